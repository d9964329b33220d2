// Who asks, identified in one snapshot.
#ifndef PORTCULLIS_SERVER_ENGINE_CALLER_H_
#define PORTCULLIS_SERVER_ENGINE_CALLER_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/engine/query.h"
#include "server/policy/policy_set.h"
#include "server/policy/request.h"
#include "server/session/claims.h"
#include "server/session/key_ring.h"
#include "server/state/revocation_log.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// An opened token with everything about it that never changes. Immutable, shared by threads.
struct OpenedSession {
  session::SessionClaims claims;
  std::string arn;              // The request ARN (section 1.5).
  std::string user_id;          // aws:userid.
  std::string creator_arn;      // Federated users: the ARN of whoever made the session.
  std::string issue_time_text;  // aws:TokenIssueTime.
  std::string access_key_id;    // ASIA...
  std::vector<store::Tag> tags;
  // The condition keys that an identity provider vouched for.
  struct ProviderKey {
    policy::ConditionKeyName name;
    std::vector<std::string_view> values;  // Of `claims`.
    bool multivalued = false;
  };
  std::vector<ProviderKey> provider_keys;
  // The inline session policy; nullptr if there is none.
  std::unique_ptr<const policy::CompiledPolicySet> inline_policy;
};

// A caller as the rest of the engine needs it. Pointers and views refer to the snapshot, to
// `session` and to what the proof referred to; all three must outlive it.
struct Caller {
  policy::Principal principal;
  std::string_view user_id;                 // aws:userid; empty: absent.
  std::string_view user_name;               // aws:username; empty: absent.
  std::string_view principal_arn;           // aws:PrincipalArn: the role's ARN for role sessions.
  std::string_view access_key_id;           // For records; empty if none was used.
  const store::Account* account = nullptr;  // nullptr for service principals.
  const store::User* user = nullptr;        // The user, or a federated user's creator.
  const store::Role* role = nullptr;        // The role of a role session.
  std::shared_ptr<const OpenedSession> session;  // nullptr: no session token was presented.
  bool revoked = false;  // The session has been revoked: everything is denied.

  // Temporary credentials, a token or an asserted session.
  bool temporary() const {
    return session != nullptr || principal.kind == policy::PrincipalKind::kRoleSession ||
           principal.kind == policy::PrincipalKind::kFederatedUser;
  }
};

// Identifies the caller that `proof` proves or asserts. Errors as Authorizer::Authorize documents.
// Opened tokens are remembered per thread, bounded in number; expiry, revocation and the existence
// of the principal are checked every time. `revocations` are those made by hand, besides the
// snapshot's; nullptr: there are none.
absl::StatusOr<Caller> IdentifyCaller(const CallerProof& proof, const Peer& peer,
                                      const store::Snapshot& snapshot,
                                      const state::RevocationLog* revocations, absl::Time now);

// The session that `token` seals, without looking for its principal. Errors of session::OpenToken.
absl::StatusOr<std::shared_ptr<const OpenedSession>> OpenSession(
    std::string_view token, const std::shared_ptr<const session::KeyRing>& ring, absl::Time now);

// The same without a look at the clock; session::CheckLifetime() comes later.
absl::StatusOr<std::shared_ptr<const OpenedSession>> OpenSessionAtAnyTime(
    std::string_view token, const std::shared_ptr<const session::KeyRing>& ring);

// The user or root that a long-term key belongs to. UNAUTHENTICATED "PRINCIPAL_DISABLED",
// "ACCOUNT_SUSPENDED". Whether the key is active and was proved is not looked at.
absl::StatusOr<Caller> CallerOfAccessKey(const store::AccessKey& key);

// Finds the principal of an opened session in the snapshot, and whether it was revoked:
// UNAUTHENTICATED "PRINCIPAL_GONE" if it was deleted, re-created, disabled, or its account
// is suspended.
absl::StatusOr<Caller> CallerOfSession(std::shared_ptr<const OpenedSession> session,
                                       const store::Snapshot& snapshot,
                                       const state::RevocationLog* revocations);

// The caller of an unsigned AssumeRoleWithWebIdentity or ...WithSAML: whoever the provider vouches
// for. `provider_arn` outlives the caller.
Caller FederatedCaller(policy::PrincipalKind kind, std::string_view provider_arn);

// The long-term access key that a session made by this caller was obtained with; "" if none.
std::string_view IssuerAccessKeyId(const Caller& caller);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_CALLER_H_
