// GetSessionToken and GetFederationToken: credentials that a user makes of its own (R-5.77,
//
#ifndef PORTCULLIS_SERVER_ENGINE_OWN_SESSIONS_H_
#define PORTCULLIS_SERVER_ENGINE_OWN_SESSIONS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "server/engine/caller.h"
#include "server/engine/issue.h"
#include "server/engine/mfa.h"
#include "server/session/sts_parameters.h"
#include "server/session/token_codec.h"

namespace portcullis::engine {

// What GetFederationToken returns.
struct FederatedUser {
  session::Credentials credentials;
  std::string arn;                // arn:aws:sts::ACCOUNT:federated-user/NAME
  std::string federated_user_id;  // ACCOUNT:NAME
  std::optional<int32_t> packed_policy_size;
};

// Verifies the MFA code of a request: a pair or nothing, and only a device of the
// calling user, or of root where the caller is root, calling with long-term credentials. Returns
// whether there was one. PERMISSION_DENIED "AccessDenied".
absl::StatusOr<bool> CheckMfa(const std::optional<std::string>& serial_number,
                              const std::optional<std::string>& token_code, const Caller& caller,
                              absl::Time now, Mfa* mfa);

// Needs no permission, and no policy can deny it. Errors: "AccessDenied",
// "ValidationError".
absl::StatusOr<session::Credentials> IssueSessionToken(
    const Caller& caller, const session::SessionTokenParameters& parameters, const StsCall& call,
    Mfa* mfa);

// Needs sts:GetFederationToken on the federated user's ARN, and sts:TagSession there if
// tags are passed. Errors: "AccessDenied", "ValidationError", "InvalidParameterValue",
// "MalformedPolicyDocument", "PackedPolicyTooLarge".
absl::StatusOr<FederatedUser> IssueFederationToken(
    const Caller& caller, const session::FederationTokenParameters& parameters,
    const StsCall& call);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_OWN_SESSIONS_H_
