// Rules of parameters that several operations have (section 6 of the Query API's facts).
#ifndef PORTCULLIS_SERVER_INVENTORY_RULES_H_
#define PORTCULLIS_SERVER_INVENTORY_RULES_H_

#include <string_view>

#include "server/base/constraints.h"
#include "server/inventory/parameters.h"

namespace portcullis::inventory {

// What the service's model says of each kind of text.
extern const base::TextConstraint kArnText;
extern const base::TextConstraint kGroupNameText;
extern const base::TextConstraint kInstanceProfileNameText;
extern const base::TextConstraint kMarkerText;
extern const base::TextConstraint kPathPrefixText;  // Users, groups, roles, profiles.
extern const base::TextConstraint kPolicyDocumentText;
extern const base::TextConstraint kPolicyNameText;
extern const base::TextConstraint kPolicyPathText;  // Listings of policies.
extern const base::TextConstraint kEntityPathText;  // ListEntitiesForPolicy.
extern const base::TextConstraint kRoleNameText;
extern const base::TextConstraint kSerialNumberText;
extern const base::TextConstraint kUserNameText;          // 64 characters.
extern const base::TextConstraint kExistingUserNameText;  // 128.
extern const base::TextConstraint kVersionIdText;
extern const base::TextConstraint kPublicKeyIdText;
extern const base::TextConstraint kServerCertificateNameText;
extern const base::TextConstraint kServiceNameText;
// Of what operations would create.
extern const base::TextConstraint kUrlText;
extern const base::TextConstraint kSamlNameText;
extern const base::TextConstraint kDeviceNameText;

bool IsPathPrefix(std::string_view text);  // Begins with `/`.
bool IsPolicyPath(std::string_view text);  // `/`, or names between slashes.
bool IsEntityPath(std::string_view text);  // `/`, or begins and ends with one.
bool IsVersionId(std::string_view text);   // "v1".

constexpr ParameterRule OptionalText(std::string_view name, const base::TextConstraint* text,
                                     bool (*has_form)(std::string_view) = nullptr) {
  ParameterRule rule;
  rule.name = name;
  rule.text = text;
  rule.has_form = has_form;
  return rule;
}

constexpr ParameterRule RequiredText(std::string_view name, const base::TextConstraint* text,
                                     bool (*has_form)(std::string_view) = nullptr) {
  ParameterRule rule = OptionalText(name, text, has_form);
  rule.required = true;
  return rule;
}

constexpr ParameterRule OptionalInteger(std::string_view name, int64_t min, int64_t max) {
  ParameterRule rule;
  rule.name = name;
  rule.type = ParameterRule::Type::kInteger;
  rule.integer_min = min;
  rule.integer_max = max;
  return rule;
}

constexpr ParameterRule OptionalBoolean(std::string_view name) {
  ParameterRule rule;
  rule.name = name;
  rule.type = ParameterRule::Type::kBoolean;
  return rule;
}

constexpr ParameterRule OptionalOneOf(std::string_view name,
                                      absl::Span<const std::string_view> values) {
  ParameterRule rule;
  rule.name = name;
  rule.type = ParameterRule::Type::kOneOf;
  rule.values = values;
  return rule;
}

constexpr ParameterRule ListOf(ParameterRule rule) {
  rule.list = true;
  return rule;
}

inline constexpr int64_t kMaxItemsMin = 1;
inline constexpr int64_t kMaxItemsMax = 1000;
inline constexpr int64_t kMaxItemsDefault = 100;

inline constexpr ParameterRule kMarkerRule = OptionalText("Marker", &kMarkerText);
inline constexpr ParameterRule kMaxItemsRule =
    OptionalInteger("MaxItems", kMaxItemsMin, kMaxItemsMax);
inline constexpr ParameterRule kPathPrefixRule =
    OptionalText("PathPrefix", &kPathPrefixText, IsPathPrefix);
inline constexpr ParameterRule kPolicyPathRule =
    OptionalText("PathPrefix", &kPolicyPathText, IsPolicyPath);
inline constexpr ParameterRule kPolicyArnRule = RequiredText("PolicyArn", &kArnText);

// Of a policy's use, in two operations.
inline constexpr std::string_view kPermissionsPolicy = "PermissionsPolicy";
inline constexpr std::string_view kPermissionsBoundary = "PermissionsBoundary";
inline constexpr std::string_view kPolicyUsages[] = {kPermissionsPolicy, kPermissionsBoundary};
inline constexpr ParameterRule kPolicyUsageRule = OptionalOneOf("PolicyUsageFilter", kPolicyUsages);

// Kinds of entity, in two operations.
inline constexpr std::string_view kEntityTypes[] = {"User", "Role", "Group", "LocalManagedPolicy",
                                                    "AWSManagedPolicy"};

// Operations without parameters, and those that only page.
inline constexpr ParameterRule kPageRules[] = {kMarkerRule, kMaxItemsRule};

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_RULES_H_
