// The authorization half of AssumeRole in its three forms: who may assume which role, with what
// (section 4.5).
#ifndef PORTCULLIS_SERVER_ENGINE_ASSUME_ROLE_H_
#define PORTCULLIS_SERVER_ENGINE_ASSUME_ROLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/engine/caller.h"
#include "server/engine/query.h"
#include "server/session/claims.h"
#include "server/session/sts_parameters.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

inline constexpr std::string_view kAssumeRoleAction = "sts:AssumeRole";
inline constexpr std::string_view kAssumeRoleWithWebIdentityAction =
    "sts:AssumeRoleWithWebIdentity";
inline constexpr std::string_view kAssumeRoleWithSamlAction = "sts:AssumeRoleWithSAML";

// What a call asks for, as far as policies can see it. Not owned.
struct AssumeRoleQuestion {
  std::string_view action = kAssumeRoleAction;
  const Caller* caller = nullptr;
  const Peer* peer = nullptr;
  const session::AssumeRoleParameters* parameters = nullptr;
  const store::Role* role = nullptr;  // nullptr: there is no such role.
  // What the identity provider vouched for; federated callers only.
  absl::Span<const session::FederatedKey> federated_keys;
  absl::Span<const ContextInput> context;
  bool mfa_verified = false;
  absl::Time now;
};

// Asks the PDP about `action`, and about `sts:TagSession` and `sts:SetSourceIdentity` where tags or
// a source identity are passed or inherited: the trust policy and the caller's own
// policies in the one evaluation; for federated callers the trust policy alone. OK
// if all are allowed. PERMISSION_DENIED "AccessDenied" with the text of section 4.7 that names the
// action otherwise; a role that does not exist gives the same answer as one that may not be assumed
//
absl::Status AuthorizeAssumeRole(const AssumeRoleQuestion& question,
                                 const store::Snapshot& snapshot);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_ASSUME_ROLE_H_
