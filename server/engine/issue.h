// What all operations that issue credentials share: their surroundings, session policies, the chain
// and the end of R-5.29's list of checks.
#ifndef PORTCULLIS_SERVER_ENGINE_ISSUE_H_
#define PORTCULLIS_SERVER_ENGINE_ISSUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/engine/caller.h"
#include "server/engine/query.h"
#include "server/session/claims.h"
#include "server/session/sts_parameters.h"
#include "server/session/token_codec.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// The surroundings of one call. Not owned.
struct StsCall {
  const Peer& peer;
  absl::Span<const ContextInput> context;  // Supplied by the client.
  const store::Snapshot& snapshot;
  absl::Time now;
};

// What AssumeRole in its forms returns.
struct AssumedRole {
  session::Credentials credentials;
  std::string assumed_role_arn;
  std::string assumed_role_id;  // AROA...:session
  std::optional<int32_t> packed_policy_size;
  std::string source_identity;
};

// What an identity provider adds to a session.
struct FederatedFacts {
  session::SessionKind kind = session::SessionKind::kUnspecified;
  std::string provider;
  std::string subject;
  std::string audience;
  std::vector<session::FederatedKey> keys;  // Those that stay for the session.
  // The provider's own bound of the lifetime.
  std::optional<int64_t> duration_seconds_max;
};

// The role by its exact ARN; nullptr also if its account is suspended.
const store::Role* FindAssumableRole(std::string_view role_arn, const store::Snapshot& snapshot);

// Steps 7 to 10 of: `caller` may assume `role`; makes the session. `federated` is nullptr
// for AssumeRole itself. "ValidationError", "InvalidParameterValue", "MalformedPolicyDocument",
// "PackedPolicyTooLarge", INVALID_ARGUMENT.
absl::StatusOr<AssumedRole> IssueRoleSession(const Caller& caller,
                                             const session::AssumeRoleParameters& parameters,
                                             const store::Role& role,
                                             const FederatedFacts* federated, const StsCall& call);

// Step 9: the inline policy parses, the managed ones exist in `account` or are the platform's.
absl::Status CheckSessionPolicies(const std::optional<std::string>& policy,
                                  const std::vector<std::string>& policy_arns,
                                  const store::Account& account, const store::Snapshot& snapshot);

// Writes down how `caller` made the session: the chain and the key it came from.
void SetOrigin(const Caller& caller, session::SessionClaims* claims);

// Gives the claims an id and a lifetime from `now`, and seals them.
absl::StatusOr<session::Credentials> Seal(session::SessionClaims* claims, int64_t duration_seconds,
                                          const StsCall& call);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_ISSUE_H_
