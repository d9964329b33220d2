// Parameters of the STS operations and their constraints (sections 5.3 to 5.12).
#ifndef PORTCULLIS_SERVER_SESSION_STS_PARAMETERS_H_
#define PORTCULLIS_SERVER_SESSION_STS_PARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/session/claims.h"

namespace portcullis::session {

struct TagParameter {
  std::string key;
  std::string value;
};

// As received; nothing is checked yet.
struct AssumeRoleParameters {
  std::string role_arn;
  std::string role_session_name;
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::optional<int64_t> duration_seconds;
  std::vector<TagParameter> tags;
  std::vector<std::string> transitive_tag_keys;
  std::optional<std::string> external_id;
  std::optional<std::string> serial_number;
  std::optional<std::string> token_code;
  std::optional<std::string> source_identity;
};

// The token is a credential: it never appears in messages.
struct WebIdentityParameters {
  std::string role_arn;
  std::string role_session_name;
  std::string web_identity_token;
  std::optional<std::string> provider_id;
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::optional<int64_t> duration_seconds;
};

// The assertion is a credential, too.
struct SamlParameters {
  std::string role_arn;
  std::string principal_arn;
  std::string saml_assertion;
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::optional<int64_t> duration_seconds;
};

//
struct SessionTokenParameters {
  std::optional<int64_t> duration_seconds;
  std::optional<std::string> serial_number;
  std::optional<std::string> token_code;
};

//
struct FederationTokenParameters {
  std::string name;
  std::optional<std::string> policy;
  std::vector<std::string> policy_arns;
  std::optional<int64_t> duration_seconds;
  std::vector<TagParameter> tags;
};

// Each checks every constraint of its operation and reports all failing members in one message
// INVALID_ARGUMENT, reason "ValidationError" or, for tags, "InvalidParameterValue"
//
absl::Status ValidateParameters(const AssumeRoleParameters& parameters);
absl::Status ValidateParameters(const WebIdentityParameters& parameters);
absl::Status ValidateParameters(const SamlParameters& parameters);
absl::Status ValidateParameters(const SessionTokenParameters& parameters);
absl::Status ValidateParameters(const FederationTokenParameters& parameters);
absl::Status ValidateAccessKeyId(const std::string& access_key_id);
absl::Status ValidateEncodedMessage(const std::string& encoded_message);

// What GetFederationToken's tags and policies are as parameters of a role session, for the
// functions below. They are never transitive.
AssumeRoleParameters AsRoleParameters(const FederationTokenParameters& parameters);

// The lifetime of the new session: the default, or what was asked if the ceilings
// allow; "ValidationError" otherwise. `chained`: the caller is itself a role session.
absl::StatusOr<int64_t> SessionDurationSeconds(const AssumeRoleParameters& parameters,
                                               int64_t role_max_session_duration_seconds,
                                               bool chained);

// The lifetime of a GetSessionToken or GetFederationToken session: the default, or what was asked;
// for root never more than an hour, silently.
int64_t OwnSessionDurationSeconds(std::optional<int64_t> asked, bool by_root);

// Tags of the new session: inherited transitive ones overlaid by passed ones.
// "InvalidParameterValue" if a passed key is an inherited transitive one.
absl::StatusOr<std::vector<SessionTag>> SessionTags(const AssumeRoleParameters& parameters,
                                                    const std::vector<SessionTag>& inherited);

// The new session's source identity: inherited, else passed. "ValidationError" if a
// different one is passed than was inherited.
absl::StatusOr<std::string> SourceIdentity(const AssumeRoleParameters& parameters,
                                           const std::string& inherited);

// How much of the packed allotment is used, in percent, rounded up; "PackedPolicyTooLarge"
// above 100. nullopt if neither policies nor tags count.
absl::StatusOr<std::optional<int32_t>> PackedPolicySize(const std::optional<std::string>& policy,
                                                        const std::vector<std::string>& policy_arns,
                                                        const std::vector<SessionTag>& tags);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_STS_PARAMETERS_H_
