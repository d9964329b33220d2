// Users, groups, roles and managed policies.
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using enum Presence;
using store::EntityDefinition;
using store::GroupDefinition;
using store::RoleDefinition;
using store::UserDefinition;

constexpr auto kInline = policy::PolicyType::kInlineIdentity;
constexpr auto kManaged = policy::PolicyType::kManaged;
constexpr auto kTrust = policy::PolicyType::kTrust;

constexpr Field<UserDefinition> kUserFields[] = {
    {"UserName", kRequired, &Text<&EntityDefinition::name>},
    {"Path", kOptional, &Text<&EntityDefinition::path>},
    {"UserId", kOptional, &Text<&EntityDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&EntityDefinition::create_date>},
    {"Groups", kOptional, &TextList<&UserDefinition::groups>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"PermissionsBoundary", kOptional, &Text<&EntityDefinition::permissions_boundary>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
    {"Tags", kOptional, &Tags<&EntityDefinition::tags>},
    {"AccessKeys", kOptional, &AccessKeys<&UserDefinition::access_keys>},
    {"MFADevices", kOptional, &MfaDevices<&UserDefinition::mfa_devices>},
    {"LoginProfile", kOptional, &LoginProfile<&UserDefinition::login_profile>},
    {"PasswordLastUsed", kOptional, &Timestamp<&UserDefinition::password_last_used>},
    {"Disabled", kOptional, &Bool<&UserDefinition::disabled>},
};

constexpr Field<GroupDefinition> kGroupFields[] = {
    {"GroupName", kRequired, &Text<&EntityDefinition::name>},
    {"Path", kOptional, &Text<&EntityDefinition::path>},
    {"GroupId", kOptional, &Text<&EntityDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&EntityDefinition::create_date>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
};

constexpr Field<RoleDefinition> kRoleFields[] = {
    {"RoleName", kRequired, &Text<&EntityDefinition::name>},
    {"Path", kOptional, &Text<&EntityDefinition::path>},
    {"RoleId", kOptional, &Text<&EntityDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&EntityDefinition::create_date>},
    {"Description", kOptional, &Text<&RoleDefinition::description>},
    {"AssumeRolePolicyDocument", kOptional, &Document<&RoleDefinition::trust_policy, kTrust>},
    {"AssumeRolePolicyDocumentFile", kOptional,
     &DocumentFile<&RoleDefinition::trust_policy, kTrust>},
    {"MaxSessionDuration", kOptional, &Integer<&RoleDefinition::max_session_duration_seconds>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"PermissionsBoundary", kOptional, &Text<&EntityDefinition::permissions_boundary>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
    {"Tags", kOptional, &Tags<&EntityDefinition::tags>},
};

struct ManagedPolicyFields {
  store::Located name;
  store::Located path;
  store::Located id;
  store::Located description;
  std::optional<store::PolicyDefinition> document;
};
constexpr Field<ManagedPolicyFields> kManagedPolicyFields[] = {
    {"ManagedPolicyName", kRequired, &Text<&ManagedPolicyFields::name>},
    {"Path", kOptional, &Text<&ManagedPolicyFields::path>},
    {"PolicyId", kOptional, &Text<&ManagedPolicyFields::id>},
    {"Description", kOptional, &Text<&ManagedPolicyFields::description>},
    {"PolicyDocument", kOptional, &Document<&ManagedPolicyFields::document, kManaged>},
    {"PolicyDocumentFile", kOptional, &DocumentFile<&ManagedPolicyFields::document, kManaged>},
};

}  // namespace

void ReadUsers(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "User", kUserFields, &context.definitions.users);
}

void ReadGroups(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "Group", kGroupFields, &context.definitions.groups);
}

void ReadRoles(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "Role", kRoleFields, &context.definitions.roles);
}

void ReadManagedPolicies(ParseContext& context, const Node& node) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    ManagedPolicyFields fields;
    const size_t diagnostics_before = context.result.diagnostics.size();
    ReadObject(context, item, "ManagedPolicy", kManagedPolicyFields, &fields);
    if (!fields.document.has_value()) {
      if (context.result.diagnostics.size() == diagnostics_before) {
        context.Error(item.begin,
                      "a managed policy needs `PolicyDocument` or `PolicyDocumentFile`");
      }
      continue;
    }
    fields.document->name = fields.name;
    context.definitions.managed_policies.push_back(
        {context.account, std::move(fields.name), std::move(fields.path), std::move(fields.id),
         std::move(fields.description), *std::move(fields.document)});
  }
}

void DescribeEntities(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("User", kUserFields));
  objects->push_back(Describe("Group", kGroupFields));
  objects->push_back(Describe("Role", kRoleFields));
  objects->push_back(Describe("ManagedPolicy", kManagedPolicyFields));
}

}  // namespace portcullis::source
