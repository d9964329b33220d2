#include "server/policy/policy_type.h"

#include <array>
#include <cstddef>

namespace portcullis::policy {
namespace {

constexpr ElementRule kForbidden = ElementRule::kForbidden;
constexpr ElementRule kOptional = ElementRule::kOptional;
constexpr ElementRule kRequired = ElementRule::kRequired;

// Rows in the order of PolicyType. About the sizes (section 1.10):
// - Inline: the largest total of one entity, a role's; the totals are checked where the entity is.
// - Session: the request parameter's ceiling; who issues sessions applies.
// - Resource: IAM has no quota of its own; this is that of S3's bucket policies.
// - Trust: the maximum that AWS adjusts the default of 2048 to.
constexpr std::array<PolicyTypeTraits, kPolicyTypeCount> kTraits = {{
    {.name = "inline policy",
     .version_2012_required = false,
     .principal = kForbidden,
     .not_principal_allowed = false,
     .not_action_allowed = true,
     .resource = kRequired,
     .allow_effect_allowed = true,
     .unique_sids_required = true,
     .short_arns_padded = true,
     .short_arns_refused = false,
     .size_max = 10240,
     .size_counts_whitespace = false},
    {.name = "managed policy",
     .version_2012_required = true,
     .principal = kForbidden,
     .not_principal_allowed = false,
     .not_action_allowed = true,
     .resource = kRequired,
     .allow_effect_allowed = true,
     .unique_sids_required = true,
     .short_arns_padded = true,
     .short_arns_refused = false,
     .size_max = 6144,
     .size_counts_whitespace = false},
    {.name = "session policy",
     .version_2012_required = false,
     .principal = kForbidden,
     .not_principal_allowed = false,
     .not_action_allowed = true,
     .resource = kRequired,
     .allow_effect_allowed = true,
     .unique_sids_required = true,
     .short_arns_padded = true,
     .short_arns_refused = false,
     .size_max = 131072,
     .size_counts_whitespace = false},
    {.name = "resource-based policy",
     .version_2012_required = false,
     // A statement without Principal is legal and never applies; the parser warns.
     .principal = kOptional,
     .not_principal_allowed = true,
     .not_action_allowed = true,
     .resource = kOptional,
     .allow_effect_allowed = true,
     .unique_sids_required = false,
     .short_arns_padded = false,
     .short_arns_refused = false,
     .size_max = 20480,
     .size_counts_whitespace = false},
    {.name = "trust policy",
     .version_2012_required = false,
     .principal = kRequired,
     .not_principal_allowed = false,
     .not_action_allowed = false,
     .resource = kForbidden,
     .allow_effect_allowed = true,
     .unique_sids_required = true,
     .short_arns_padded = false,
     .short_arns_refused = false,
     .size_max = 4096,
     .size_counts_whitespace = false},
    {.name = "service control policy",
     .version_2012_required = true,
     .principal = kForbidden,
     .not_principal_allowed = false,
     .not_action_allowed = true,
     .resource = kRequired,
     .allow_effect_allowed = true,
     .unique_sids_required = true,
     .short_arns_padded = false,
     .short_arns_refused = true,
     .size_max = 5120,
     .size_counts_whitespace = true},
    {.name = "resource control policy",
     .version_2012_required = true,
     .principal = kRequired,
     .not_principal_allowed = false,
     .not_action_allowed = false,
     .resource = kRequired,
     .allow_effect_allowed = false,
     .unique_sids_required = true,
     .short_arns_padded = false,
     .short_arns_refused = true,
     .size_max = 5120,
     .size_counts_whitespace = true},
}};

}  // namespace

const PolicyTypeTraits& TraitsOf(PolicyType type) {
  return kTraits[static_cast<size_t>(type)];
}

std::string_view PolicyKindName(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kNone:
      return "";
    case PolicyKind::kResourceControl:
      return "resource control policy";
    case PolicyKind::kServiceControl:
      return "service control policy";
    case PolicyKind::kResource:
      return "resource-based policy";
    case PolicyKind::kIdentity:
      return "identity-based policy";
    case PolicyKind::kBoundary:
      return "permissions boundary";
    case PolicyKind::kSession:
      return "session policy";
  }
  return "";
}

}  // namespace portcullis::policy
