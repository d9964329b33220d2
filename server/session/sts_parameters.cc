#include "server/session/sts_parameters.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/session/constraints_internal.h"

namespace portcullis::session {
namespace {

constexpr int64_t kDurationSecondsDefault = 3600;
constexpr int64_t kDurationSecondsMin = 900;
constexpr int64_t kDurationSecondsMax = 43200;
constexpr int64_t kChainedDurationSecondsMax = 3600;
constexpr int64_t kOwnDurationSecondsDefault = 43200;
constexpr int64_t kOwnDurationSecondsMax = 129600;
constexpr int64_t kRootDurationSecondsMax = 3600;
constexpr size_t kPolicyArnsMax = 10;
constexpr size_t kTagsMax = 50;
constexpr size_t kTransitiveTagKeysMax = 50;
constexpr std::string_view kReservedTagPrefix = "aws:";

absl::Status ValidationError(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", message);
}

absl::Status InvalidParameterValue(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidParameterValue",
                               message);
}

// Elements beyond a list's bound are not looked at: the bound is what is reported.
void CheckPolicyArns(const std::vector<std::string>& arns, ConstraintViolations* violations) {
  violations->CheckCount("policyArns", arns.size(), kPolicyArnsMax);
  for (size_t i = 0; i < std::min(arns.size(), kPolicyArnsMax); ++i) {
    violations->CheckRequired(absl::StrCat("policyArns.", i + 1, ".member.arn"), arns[i],
                              kArnConstraint);
  }
}

void CheckTags(const std::vector<TagParameter>& tags, ConstraintViolations* violations) {
  violations->CheckCount("tags", tags.size(), kTagsMax);
  for (size_t i = 0; i < std::min(tags.size(), kTagsMax); ++i) {
    const std::string prefix = absl::StrCat("tags.", i + 1, ".member.");
    violations->CheckText(prefix + "key", tags[i].key, kTagKeyConstraint);
    violations->CheckText(prefix + "value", tags[i].value, kTagValueConstraint);
  }
}

void CheckTransitiveTagKeys(const std::vector<std::string>& keys,
                            ConstraintViolations* violations) {
  violations->CheckCount("transitiveTagKeys", keys.size(), kTransitiveTagKeysMax);
  for (size_t i = 0; i < std::min(keys.size(), kTransitiveTagKeysMax); ++i) {
    violations->CheckText(absl::StrCat("transitiveTagKeys.", i + 1, ".member"), keys[i],
                          kTagKeyConstraint);
  }
}

void CheckOptional(std::string_view name, const std::optional<std::string>& value,
                   const TextConstraint& constraint, ConstraintViolations* violations) {
  if (value.has_value()) violations->CheckText(name, *value, constraint);
}

void CheckDuration(const std::optional<int64_t>& seconds, int64_t max,
                   ConstraintViolations* violations) {
  if (!seconds.has_value()) return;
  violations->CheckInteger("durationSeconds", *seconds, kDurationSecondsMin, max);
}

// R-5.22, R-5.45; R-1.38 for the reserved prefix. Keys compare without case.
absl::Status CheckTagKeys(const std::vector<TagParameter>& tags,
                          const std::vector<std::string>& transitive_tag_keys) {
  absl::flat_hash_set<std::string> keys;
  for (const TagParameter& tag : tags) {
    std::string folded = base::FoldCase(tag.key);
    if (folded.starts_with(kReservedTagPrefix)) {
      return InvalidParameterValue("Tag keys must not begin with the reserved prefix aws:.");
    }
    if (!keys.insert(std::move(folded)).second) {
      return InvalidParameterValue(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
  for (const std::string& key : transitive_tag_keys) {
    if (!keys.contains(base::FoldCase(key))) {
      return InvalidParameterValue(
          "The specified transitive tag key must be included in the requested tags.");
    }
  }
  return absl::OkStatus();
}

bool IsTransitive(std::string_view key, const std::vector<std::string>& transitive_keys) {
  return std::any_of(transitive_keys.begin(), transitive_keys.end(),
                     [key](const std::string& other) { return base::EqualFolded(key, other); });
}

}  // namespace

absl::Status ValidateParameters(const AssumeRoleParameters& parameters) {
  ConstraintViolations violations;
  violations.CheckRequired("roleArn", parameters.role_arn, kArnConstraint);
  violations.CheckRequired("roleSessionName", parameters.role_session_name,
                           kRoleSessionNameConstraint);
  CheckOptional("policy", parameters.policy, kPolicyConstraint, &violations);
  CheckDuration(parameters.duration_seconds, kDurationSecondsMax, &violations);
  CheckPolicyArns(parameters.policy_arns, &violations);
  CheckTags(parameters.tags, &violations);
  CheckTransitiveTagKeys(parameters.transitive_tag_keys, &violations);
  CheckOptional("externalId", parameters.external_id, kExternalIdConstraint, &violations);
  CheckOptional("serialNumber", parameters.serial_number, kSerialNumberConstraint, &violations);
  CheckOptional("tokenCode", parameters.token_code, kTokenCodeConstraint, &violations);
  CheckOptional("sourceIdentity", parameters.source_identity, kSourceIdentityConstraint,
                &violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return CheckTagKeys(parameters.tags, parameters.transitive_tag_keys);
}

absl::Status ValidateParameters(const WebIdentityParameters& parameters) {
  ConstraintViolations violations;
  violations.CheckRequired("roleArn", parameters.role_arn, kArnConstraint);
  violations.CheckRequired("roleSessionName", parameters.role_session_name,
                           kRoleSessionNameConstraint);
  violations.CheckRequired("webIdentityToken", parameters.web_identity_token,
                           kWebIdentityTokenConstraint);
  CheckOptional("providerId", parameters.provider_id, kProviderIdConstraint, &violations);
  CheckOptional("policy", parameters.policy, kPolicyConstraint, &violations);
  CheckDuration(parameters.duration_seconds, kDurationSecondsMax, &violations);
  CheckPolicyArns(parameters.policy_arns, &violations);
  return violations.ToStatus();
}

absl::Status ValidateParameters(const SamlParameters& parameters) {
  ConstraintViolations violations;
  violations.CheckRequired("roleArn", parameters.role_arn, kArnConstraint);
  violations.CheckRequired("principalArn", parameters.principal_arn, kArnConstraint);
  violations.CheckRequired("sAMLAssertion", parameters.saml_assertion, kSamlAssertionConstraint);
  CheckOptional("policy", parameters.policy, kPolicyConstraint, &violations);
  CheckDuration(parameters.duration_seconds, kDurationSecondsMax, &violations);
  CheckPolicyArns(parameters.policy_arns, &violations);
  return violations.ToStatus();
}

absl::Status ValidateParameters(const SessionTokenParameters& parameters) {
  ConstraintViolations violations;
  CheckDuration(parameters.duration_seconds, kOwnDurationSecondsMax, &violations);
  CheckOptional("serialNumber", parameters.serial_number, kSerialNumberConstraint, &violations);
  CheckOptional("tokenCode", parameters.token_code, kTokenCodeConstraint, &violations);
  return violations.ToStatus();
}

absl::Status ValidateParameters(const FederationTokenParameters& parameters) {
  ConstraintViolations violations;
  violations.CheckRequired("name", parameters.name, kFederatedNameConstraint);
  CheckOptional("policy", parameters.policy, kPolicyConstraint, &violations);
  CheckDuration(parameters.duration_seconds, kOwnDurationSecondsMax, &violations);
  CheckPolicyArns(parameters.policy_arns, &violations);
  CheckTags(parameters.tags, &violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return CheckTagKeys(parameters.tags, {});
}

absl::Status ValidateAccessKeyId(const std::string& access_key_id) {
  ConstraintViolations violations;
  violations.CheckRequired("accessKeyId", access_key_id, kAccessKeyIdConstraint);
  return violations.ToStatus();
}

absl::Status ValidateEncodedMessage(const std::string& encoded_message) {
  ConstraintViolations violations;
  violations.CheckRequired("encodedMessage", encoded_message, kEncodedMessageConstraint);
  return violations.ToStatus();
}

AssumeRoleParameters AsRoleParameters(const FederationTokenParameters& parameters) {
  AssumeRoleParameters role;
  role.policy = parameters.policy;
  role.policy_arns = parameters.policy_arns;
  role.tags = parameters.tags;
  return role;
}

int64_t OwnSessionDurationSeconds(std::optional<int64_t> asked, bool by_root) {
  const int64_t seconds = asked.value_or(kOwnDurationSecondsDefault);
  return by_root ? std::min(seconds, kRootDurationSecondsMax) : seconds;
}

absl::StatusOr<int64_t> SessionDurationSeconds(const AssumeRoleParameters& parameters,
                                               int64_t role_max_session_duration_seconds,
                                               bool chained) {
  // A role cannot be stored with a maximum below the default; should it happen, it holds.
  if (!parameters.duration_seconds.has_value()) {
    return std::min(kDurationSecondsDefault, role_max_session_duration_seconds);
  }
  const int64_t asked = *parameters.duration_seconds;
  ConstraintViolations violations;
  violations.CheckInteger("durationSeconds", asked, kDurationSecondsMin, kDurationSecondsMax);
  RETURN_IF_ERROR(violations.ToStatus());
  if (chained && asked > kChainedDurationSecondsMax) {
    return ValidationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining.");
  }
  if (asked > role_max_session_duration_seconds) {
    return ValidationError(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  return asked;
}

absl::StatusOr<std::vector<SessionTag>> SessionTags(const AssumeRoleParameters& parameters,
                                                    const std::vector<SessionTag>& inherited) {
  std::vector<SessionTag> tags;
  tags.reserve(inherited.size() + parameters.tags.size());
  for (const SessionTag& tag : inherited) {
    if (tag.transitive) tags.push_back(tag);
  }
  const size_t inherited_count = tags.size();
  for (const TagParameter& passed : parameters.tags) {
    for (size_t i = 0; i < inherited_count; ++i) {
      if (base::EqualFolded(tags[i].key, passed.key)) {
        return InvalidParameterValue(
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session.");
      }
    }
    tags.push_back(
        {passed.key, passed.value, IsTransitive(passed.key, parameters.transitive_tag_keys)});
  }
  return tags;
}

absl::StatusOr<std::string> SourceIdentity(const AssumeRoleParameters& parameters,
                                           const std::string& inherited) {
  if (inherited.empty()) return parameters.source_identity.value_or("");
  if (parameters.source_identity.has_value() && *parameters.source_identity != inherited) {
    return ValidationError("The source identity is already set for this assume role session");
  }
  return inherited;
}

}  // namespace portcullis::session
