// The evaluable form of one policy document, which is a block (see block.h).
#ifndef PORTCULLIS_SERVER_POLICY_COMPILED_POLICY_H_
#define PORTCULLIS_SERVER_POLICY_COMPILED_POLICY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include "absl/types/span.h"

#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/policy/block.h"
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
  BlockText value;      // kAccount: the 12 digits. Otherwise the ARN, id or name as written.
  BlockText partition;  // kAccount written as a root ARN; empty if the id alone was written.
  base::Position position;
  Kind kind = Kind::kUniqueId;
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

// One statement, ready to evaluate; in a block. Immutable.
struct CompiledStatement {
  BlockArray<CompiledAction> actions;
  BlockArray<ArnPattern> resources;
  BlockArray<CompiledCondition> conditions;
  BlockArray<CompiledPrincipal> principals;
  StatementEffect effect = StatementEffect::kDeny;
  bool not_action : 1 = false;
  bool not_resource : 1 = false;
  bool not_principal : 1 = false;
  bool has_principal : 1 = false;  // a resource-policy statement without one never applies.
  // Resource may be left out where the attached resource is implied: matches any.
  bool resource_implied : 1 = false;
  uint32_t index = 0;  // In the document, from 0.
  BlockText sid;
  base::Position begin;
  base::Position end;
};
static_assert(sizeof(CompiledStatement) == 64, "one cache line, of which a store holds millions");

class CompiledPolicy;

// A share in a policy, which goes with the last of them. Any number of threads may have their own.
// Half of a std::shared_ptr: of a million policies each is held twice at least.
using SharedPolicy = boost::intrusive_ptr<const CompiledPolicy>;

// A compiled document. Immutable and shareable between threads and snapshots: it does not know its
// name or who it is attached to, so an unchanged document can be reused by any number of snapshots.
class alignas(8) CompiledPolicy
    : public boost::intrusive_ref_counter<CompiledPolicy, boost::thread_safe_counter> {
 public:
  // `block` begins with the statements.
  static SharedPolicy Make(PolicyType type, size_t statement_count, const BlockWriter& block);
  // One that says nothing.
  static SharedPolicy MakeEmpty(PolicyType type) { return Make(type, 0, BlockWriter()); }

  // The same policy, with its document as compact JSON for those who read and export it. Decisions
  // do without.
  SharedPolicy WithDocument(std::string_view json) const;

  // What WithDocument() was given; empty if it was not. (Or if this memory is damaged: what was
  // written here can always be read back.)
  std::string document() const;

  PolicyType type() const { return type_; }
  absl::Span<const CompiledStatement> statements() const {
    return {reinterpret_cast<const CompiledStatement*>(this + 1), statement_count_};
  }

  CompiledPolicy(const CompiledPolicy&) = delete;
  CompiledPolicy& operator=(const CompiledPolicy&) = delete;
  // The memory is larger than the class.
  static void operator delete(void* policy) { ::operator delete(policy); }

 private:
  // REQUIRES: room for the block and the document follows the object.
  CompiledPolicy(PolicyType type, size_t statement_count, size_t block_bytes,
                 std::string_view document);

  static boost::intrusive_ptr<CompiledPolicy> Allocate(PolicyType type, size_t statement_count,
                                                       size_t block_bytes,
                                                       std::string_view document);

  // The block, and behind it the document.
  char* behind() { return reinterpret_cast<char*>(this + 1); }

  PolicyType type_ : 4;
  uint32_t statement_count_ : 28;  // Enough: 64 bytes each, of a block of less than 4 GiB.
  uint32_t block_bytes_;
  uint32_t document_bytes_;
};
static_assert(sizeof(CompiledPolicy) == 16, "a store holds millions");

// Compiles a parsed document: values converted, patterns compiled. Appends errors that only show
// here (malformed variables, short ARNs where they are refused). nullptr iff an error was added.
SharedPolicy CompileDocument(const PolicyDocument& document, PolicyType type,
                             const PolicyLimits& limits, std::vector<Diagnostic>* diagnostics);

// Parses and compiles. nullptr iff `diagnostics` gained an error. `written_size` as for
// ParsePolicy.
SharedPolicy CompilePolicy(const base::Node& root, PolicyType type, const PolicyLimits& limits,
                           std::vector<Diagnostic>* diagnostics,
                           std::optional<uint32_t> written_size = {});

// The same from JSON text, whose characters are checked too; syntax errors become
// diagnostics of row kSyntax. `origin` shifts positions as in base::JsonReaderOptions.
SharedPolicy CompilePolicyJson(std::string_view json, PolicyType type, const PolicyLimits& limits,
                               std::vector<Diagnostic>* diagnostics, base::Position origin = {1, 1},
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
