// A naive reference evaluator of access decisions.
//
// It is written straight from the normative semantics (parts 2, 3 and 4, rule ids R-x.y) and
// shares no code with server/, so that the two can be compared on any number of generated
// questions. Everything is done the obvious way: documents are parsed anew for every question,
// patterns are matched by a table, nothing is indexed, compiled or remembered.
//
// All functions are pure and may be called from any thread. A document that is not the JSON of a
// policy throws std::runtime_error: the oracle does not validate, it is given what a strict
// loader accepted.

#ifndef PORTCULLIS_TESTS_ORACLE_ORACLE_H_
#define PORTCULLIS_TESTS_ORACLE_ORACLE_H_

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::oracle {

// One policy document. `id` is only used to name the statements of a verdict.
struct PolicyText {
  std::string id;
  std::string json;
};

// An RCP of this id allows everything, whatever its text.
inline constexpr char kRcpFullAccessId[] = "RCPFullAWSAccess";

enum class CallerKind {
  kAnonymous,
  kUnnamed,        // an identity about which nothing is known but its policies (simulation)
  kUser,           // long-term keys or GetSessionToken
  kRoleSession,    // ..1.26
  kFederatedUser,
  kRoot,
  kService,        // `arn` is the service name
  kWebIdentity,    // the unsigned AssumeRoleWithWebIdentity call itself
};

struct Caller {
  CallerKind kind = CallerKind::kAnonymous;
  std::string arn;      // the request ARN (R-1.22..1.28)
  std::string account;  // 12 digits; empty for services, anonymous and web identity
  // Role session: the ARN of the role, with its path. Empty when the path is unknown; then a role
  // ARN in a policy is compared by account and by the name after its last `/`.
  std::string role_arn;
  std::string creator_arn;  // federated user: the user who asked for the session
  std::string unique_id;    // AIDA… (federated: the creator's) or AROA… without session name
  std::string federated_provider;  // web identity: provider ARN or built-in name
};

// The value of a context key. No values at all counts as an absent key.
struct Values {
  std::vector<std::string> values;
  bool multivalued = false;
};

using Context = std::map<std::string, Values>;
using PolicySet = std::vector<PolicyText>;

// One (action, resource) pair to decide, with everything that bears on it.
struct Question {
  Caller caller;
  std::string action;
  std::string resource;          // an ARN, or "*" for an action without resource
  std::string resource_account;  // owner; empty = the caller's account
  // Every key the policies may see, those derived from the caller included (AddCallerKeys).
  Context context;
  PolicySet identity;
  bool identity_is_all = false;  // root, and federated sessions made by root
  std::optional<PolicySet> boundary;
  // For a federated user an absent session policy counts as an empty one ...
  std::optional<PolicySet> session;
  // ... unless this is false: a simulation knows no session policies and must do without.
  bool federation_requires_session = true;
  std::optional<PolicyText> resource_policy;  // a trust policy when the resource is a role
  // Outer vector: one entry per level, root of the organization first. No level = not in one.
  std::vector<PolicySet> scp_levels;      // of the caller's account
  std::vector<PolicySet> rcp_levels;      // of the resource's account
  bool requires_resource_policy = false;
};

enum class Effect { kImplicitDeny, kExplicitDeny, kAllow };

// ("identity:deploy", 2): the third statement of identity policy `deploy`. The kinds are
// identity, boundary, session, resource, scp and rcp.
using StatementName = std::pair<std::string, size_t>;

struct Verdict {
  Effect effect = Effect::kImplicitDeny;
  // Allow: every Allow statement that applies, of every set consulted for this caller.
  // Explicit deny: every Deny statement that applies. Implicit deny: empty.
  std::set<StatementName> determining;
};

// the reference procedure.
Verdict Decide(const Question& question);

// Adds the keys that follow from the caller (part 1.5) and are not yet in the context under any
// spelling: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:username, aws:userid.
void AddCallerKeys(Question& question);

// The name of an effect as answers spell it: `allowed`, `explicitDeny`, `implicitDeny`.
std::string EffectName(Effect effect);

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_ORACLE_H_
