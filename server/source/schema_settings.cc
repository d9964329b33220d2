// Passwords, as far as they are reported here, and sessions that are refused.
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using enum Presence;
using store::LoginProfileDefinition;
using store::PasswordPolicyDefinition;
using store::RevocationDefinition;
using Policy = store::PasswordPolicy;

template <auto kMember>
void PolicyBool(ParseContext& context, const Node& node, PasswordPolicyDefinition* out) {
  ReadBoolInto(context, node, &(out->policy.*kMember));
}
// A number and its place, since numbers have ranges.
template <auto kMember, auto kPosition>
void PolicyNumber(ParseContext& context, const Node& node, PasswordPolicyDefinition* out) {
  ReadIntegerInto(context, node, &(out->policy.*kMember));
  out->*kPosition = node.begin;
}
constexpr Field<PasswordPolicyDefinition> kPasswordPolicyFields[] = {
    {"MinimumPasswordLength", kOptional,
     &PolicyNumber<&Policy::minimum_password_length,
                   &PasswordPolicyDefinition::minimum_password_length>},
    {"RequireSymbols", kOptional, &PolicyBool<&Policy::require_symbols>},
    {"RequireNumbers", kOptional, &PolicyBool<&Policy::require_numbers>},
    {"RequireUppercaseCharacters", kOptional, &PolicyBool<&Policy::require_uppercase_characters>},
    {"RequireLowercaseCharacters", kOptional, &PolicyBool<&Policy::require_lowercase_characters>},
    {"AllowUsersToChangePassword", kOptional, &PolicyBool<&Policy::allow_users_to_change_password>},
    {"MaxPasswordAge", kOptional,
     &PolicyNumber<&Policy::max_password_age_days, &PasswordPolicyDefinition::max_password_age>},
    {"PasswordReusePrevention", kOptional,
     &PolicyNumber<&Policy::password_reuse_prevention,
                   &PasswordPolicyDefinition::password_reuse_prevention>},
    {"HardExpiry", kOptional, &PolicyBool<&Policy::hard_expiry>},
};

constexpr Field<LoginProfileDefinition> kLoginProfileFields[] = {
    {"CreateDate", kRequired, &Timestamp<&LoginProfileDefinition::create_date>},
    {"PasswordLastUsed", kOptional, &Timestamp<&LoginProfileDefinition::password_last_used>},
    {"PasswordResetRequired", kOptional, &Bool<&LoginProfileDefinition::password_reset_required>},
};

constexpr Field<RevocationDefinition> kRevocationFields[] = {
    {"RoleArn", kOptional, &Text<&RevocationDefinition::role_arn>},
    {"UserArn", kOptional, &Text<&RevocationDefinition::user_arn>},
    {"AccessKeyId", kOptional, &Text<&RevocationDefinition::access_key_id>},
    {"SessionAccessKeyId", kOptional, &Text<&RevocationDefinition::session_access_key_id>},
    {"IssuedBefore", kOptional, &Timestamp<&RevocationDefinition::issued_before>},
    {"Reason", kOptional, &Text<&RevocationDefinition::reason>},
};

}  // namespace

void ReadPasswordPolicyInto(ParseContext& context, const Node& node,
                            std::optional<PasswordPolicyDefinition>* out) {
  ReadObject(context, node, "PasswordPolicy", kPasswordPolicyFields, &out->emplace());
}

void ReadLoginProfileInto(ParseContext& context, const Node& node,
                          std::optional<LoginProfileDefinition>* out) {
  out->emplace().position = node.begin;
  ReadObject(context, node, "LoginProfile", kLoginProfileFields, &**out);
}

void ReadRevocations(ParseContext& context, const Node& node) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    RevocationDefinition& revocation = context.definitions.revocations.emplace_back();
    revocation.position = item.begin;
    ReadObject(context, item, "Revocation", kRevocationFields, &revocation);
  }
}

void DescribeSettings(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("PasswordPolicy", kPasswordPolicyFields));
  objects->push_back(Describe("LoginProfile", kLoginProfileFields));
  objects->push_back(Describe("Revocation", kRevocationFields));
}

}  // namespace portcullis::source
