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

// Elements beyond the list's bound are not looked at: the bound is what is reported.
void CheckLists(const AssumeRoleParameters& parameters, ConstraintViolations* violations) {
  violations->CheckCount("policyArns", parameters.policy_arns.size(), kPolicyArnsMax);
  for (size_t i = 0; i < std::min(parameters.policy_arns.size(), kPolicyArnsMax); ++i) {
    violations->CheckRequired(absl::StrCat("policyArns.", i + 1, ".member.arn"),
                              parameters.policy_arns[i], kArnConstraint);
  }
  violations->CheckCount("tags", parameters.tags.size(), kTagsMax);
  for (size_t i = 0; i < std::min(parameters.tags.size(), kTagsMax); ++i) {
    const std::string prefix = absl::StrCat("tags.", i + 1, ".member.");
    violations->CheckText(prefix + "key", parameters.tags[i].key, kTagKeyConstraint);
    violations->CheckText(prefix + "value", parameters.tags[i].value, kTagValueConstraint);
  }
  const std::vector<std::string>& keys = parameters.transitive_tag_keys;
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

// R-5.22, R-5.45; R-1.38 for the reserved prefix. Keys compare without case.
absl::Status CheckTagKeys(const AssumeRoleParameters& parameters) {
  absl::flat_hash_set<std::string> keys;
  for (const TagParameter& tag : parameters.tags) {
    std::string folded = base::FoldCase(tag.key);
    if (folded.starts_with(kReservedTagPrefix)) {
      return InvalidParameterValue("Tag keys must not begin with the reserved prefix aws:.");
    }
    if (!keys.insert(std::move(folded)).second) {
      return InvalidParameterValue(
          "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
  }
  for (const std::string& key : parameters.transitive_tag_keys) {
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
  if (parameters.duration_seconds.has_value()) {
    violations.CheckInteger("durationSeconds", *parameters.duration_seconds, kDurationSecondsMin,
                            kDurationSecondsMax);
  }
  CheckLists(parameters, &violations);
  CheckOptional("externalId", parameters.external_id, kExternalIdConstraint, &violations);
  CheckOptional("serialNumber", parameters.serial_number, kSerialNumberConstraint, &violations);
  CheckOptional("tokenCode", parameters.token_code, kTokenCodeConstraint, &violations);
  CheckOptional("sourceIdentity", parameters.source_identity, kSourceIdentityConstraint,
                &violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return CheckTagKeys(parameters);
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
