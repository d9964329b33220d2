// Sessions of roles for those whom somebody else vouches for: web identity, SAML, workloads
// (sections 5.10 and 5.11).
#ifndef PORTCULLIS_SERVER_ENGINE_FEDERATED_SESSIONS_H_
#define PORTCULLIS_SERVER_ENGINE_FEDERATED_SESSIONS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/engine/identity_providers.h"
#include "server/engine/issue.h"
#include "server/session/sts_parameters.h"

namespace portcullis::engine {

// What AssumeRoleWithWebIdentity returns.
struct WebIdentityRole {
  AssumedRole role;
  std::string provider;  // The token's issuer.
  std::string audience;  // The registered client id that the token is for.
  std::string subject;
  absl::Time token_expiration;  // As claimed, without the skew that is allowed for.
};

// What a web identity token says of itself, NOT VERIFIED: to choose the role to ask for with it,
// and the session's name. "InvalidIdentityToken" INVALID_ARGUMENT for what is no such token.
struct ClaimedIdentity {
  std::string issuer;
  std::string subject;
};
absl::StatusOr<ClaimedIdentity> UnverifiedIdentityOf(std::string_view token);

// What AssumeRoleWithSAML returns.
struct SamlRole {
  AssumedRole role;
  std::string subject;
  std::string subject_type;
  std::string issuer;
  std::string audience;
  std::string name_qualifier;
};

// A workload that asks for a role, by the name in its certificate.
struct WorkloadParameters {
  std::string role_arn;
  std::string role_session_name;  // Empty: the last segment of the SPIFFE ID.
  // Asserted by a client that is trusted to assert; empty: the ID in the client's own certificate.
  std::string spiffe_id;
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::optional<int64_t> duration_seconds;
};

struct WorkloadRole {
  AssumedRole role;
  std::string spiffe_id;
  std::string provider_arn;
};

// Errors of all three: "ValidationError" and whatever else IssueRoleSession reports; "AccessDenied"
// with R-4.80's text if the trust policy does not admit the identity, or there is no such role;
// "InvalidIdentityToken", "ExpiredTokenException" INVALID_ARGUMENT for proofs that are none.
absl::StatusOr<WebIdentityRole> IssueForWebIdentity(
    const session::WebIdentityParameters& parameters, const StsCall& call,
    IdentityProviders* providers);
absl::StatusOr<SamlRole> IssueForSaml(const session::SamlParameters& parameters,
                                      const StsCall& call, IdentityProviders* providers);
// PERMISSION_DENIED "ASSERTION_NOT_ALLOWED" for an asserted SPIFFE ID from a client that may not;
// UNAUTHENTICATED "MissingAuthenticationToken" if there is neither ID nor certificate.
absl::StatusOr<WorkloadRole> IssueForWorkload(const WorkloadParameters& parameters,
                                              const StsCall& call);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_FEDERATED_SESSIONS_H_
