// The evaluable form of one policy document.
#ifndef PORTCULLIS_SERVER_POLICY_COMPILED_POLICY_H_
#define PORTCULLIS_SERVER_POLICY_COMPILED_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"

#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/policy/condition.h"
#include "server/policy/diagnostic.h"
#include "server/policy/limits.h"
#include "server/policy/pattern.h"
#include "server/policy/policy_document.h"
#include "server/policy/policy_type.h"
#include "server/policy/request.h"

namespace portcullis::policy {

// How strongly a resource-based statement's Principal element names the caller. Ordered.
enum class PrincipalMatch : uint8_t {
  kNone,
  kAccount,  // The caller's account: delegates, does not grant by itself.
  kLimited,  // The session's role, or the federated user's creator.
  kDirect,   // The caller itself, or everyone.
};

// One entry of Principal or NotPrincipal, classified.
struct CompiledPrincipal {
  enum class Kind : uint8_t {
    kEveryone,
    kAccount,
    kUser,
    kRole,
    kRoleSession,
    kFederatedUser,
    kUniqueId,
    kService,
    kFederated,
    kCanonicalUser,
  };
  Kind kind = Kind::kUniqueId;
  std::string value;      // kAccount: the 12 digits. Otherwise the ARN, id or name as written.
  std::string partition;  // kAccount written as a root ARN; empty if the id alone was written.
  base::Position position;
};

// An entry of Action or NotAction. Folded; variables are not expanded here. Entries that
// no action can match are left out: under Action they add nothing, under NotAction they
// exclude nothing.
//
// Service and name are one pattern: action and entry have one colon each, so the two colons meet
// and no wildcard reaches across.
struct CompiledAction {
  Pattern pattern;  // `*` and `*:*` are Pattern::is_any().
};

// One statement, ready to evaluate. Immutable.
struct CompiledStatement {
  uint32_t index = 0;  // In the document, from 0.
  StatementEffect effect = StatementEffect::kDeny;
  bool not_action = false;
  bool not_resource = false;
  bool not_principal = false;
  bool has_principal = false;  // a resource-policy statement without one never applies.
  // Resource may be left out where the attached resource is implied: matches any.
  bool resource_implied = false;
  std::string sid;
  base::Position begin;
  base::Position end;
  std::vector<CompiledPrincipal> principals;
  std::vector<CompiledAction> actions;
  std::vector<ArnPattern> resources;
  std::vector<CompiledCondition> conditions;
};

// A compiled document. Immutable and shareable between threads and snapshots: it does not know its
// name or who it is attached to, so an unchanged document can be reused by any number of snapshots.
class CompiledPolicy {
 public:
  CompiledPolicy(PolicyType type, std::vector<CompiledStatement> statements)
      : type_(type), statements_(std::move(statements)) {}

  PolicyType type() const { return type_; }
  absl::Span<const CompiledStatement> statements() const { return statements_; }

 private:
  PolicyType type_;
  std::vector<CompiledStatement> statements_;
};

// Compiles a parsed document: values converted, patterns compiled. Appends errors that only show
// here (malformed variables, short ARNs where they are refused). nullptr iff an error was added.
std::shared_ptr<const CompiledPolicy> CompileDocument(const PolicyDocument& document,
                                                      PolicyType type, const PolicyLimits& limits,
                                                      std::vector<Diagnostic>* diagnostics);

// Parses and compiles. nullptr iff `diagnostics` gained an error. `written_size` as for
// ParsePolicy.
std::shared_ptr<const CompiledPolicy> CompilePolicy(const base::Node& root, PolicyType type,
                                                    const PolicyLimits& limits,
                                                    std::vector<Diagnostic>* diagnostics,
                                                    std::optional<uint32_t> written_size = {});

// The same from JSON text, whose characters are checked too; syntax errors become
// diagnostics of row kSyntax. `origin` shifts positions as in base::JsonReaderOptions.
std::shared_ptr<const CompiledPolicy> CompilePolicyJson(std::string_view json, PolicyType type,
                                                        const PolicyLimits& limits,
                                                        std::vector<Diagnostic>* diagnostics,
                                                        base::Position origin = {1, 1},
                                                        uint32_t later_line_column = 1);

// Whether the statement's principal part matches, and how strongly. For a
// statement with NotPrincipal: kDirect if it applies to the caller, else kNone.
// `caller_has_boundary`.
PrincipalMatch MatchPrincipal(const CompiledStatement& statement, const Principal& caller,
                              bool caller_has_boundary);

// The parts of "applies" other than the principal.
bool MatchesAction(const CompiledStatement& statement, const AuthorizationRequest& request);
bool MatchesResource(const CompiledStatement& statement, const AuthorizationRequest& request);
bool MatchesConditions(const CompiledStatement& statement, const RequestContext& context);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_COMPILED_POLICY_H_
