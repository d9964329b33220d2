// Users, groups, roles, instance profiles and managed policies.
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/source/schema_internal.h"

namespace portcullis::source {
namespace {

using base::Node;
using enum Presence;
using store::EntityDefinition;
using store::GroupDefinition;
using store::InstanceProfileDefinition;
using store::ManagedPolicyDefinition;
using store::NamedDefinition;
using store::RoleDefinition;
using store::UserDefinition;

constexpr auto kInline = policy::PolicyType::kInlineIdentity;
constexpr auto kManaged = policy::PolicyType::kManaged;
constexpr auto kTrust = policy::PolicyType::kTrust;

constexpr Field<UserDefinition> kUserFields[] = {
    {"UserName", kRequired, &Text<&NamedDefinition::name>},
    {"Path", kOptional, &Text<&NamedDefinition::path>},
    {"UserId", kOptional, &Text<&NamedDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&NamedDefinition::create_date>},
    {"Groups", kOptional, &TextList<&UserDefinition::groups>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"PermissionsBoundary", kOptional, &Text<&EntityDefinition::permissions_boundary>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
    {"Tags", kOptional, &Tags<&NamedDefinition::tags>},
    {"AccessKeys", kOptional, &AccessKeys<&UserDefinition::access_keys>},
    {"MFADevices", kOptional, &MfaDevices<&UserDefinition::mfa_devices>},
    {"LoginProfile", kOptional, &LoginProfile<&UserDefinition::login_profile>},
    {"PasswordLastUsed", kOptional, &Timestamp<&UserDefinition::password_last_used>},
    {"Disabled", kOptional, &Bool<&UserDefinition::disabled>},
};

constexpr Field<GroupDefinition> kGroupFields[] = {
    {"GroupName", kRequired, &Text<&NamedDefinition::name>},
    {"Path", kOptional, &Text<&NamedDefinition::path>},
    {"GroupId", kOptional, &Text<&NamedDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&NamedDefinition::create_date>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
};

constexpr Field<RoleDefinition> kRoleFields[] = {
    {"RoleName", kRequired, &Text<&NamedDefinition::name>},
    {"Path", kOptional, &Text<&NamedDefinition::path>},
    {"RoleId", kOptional, &Text<&NamedDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&NamedDefinition::create_date>},
    {"Description", kOptional, &Text<&RoleDefinition::description>},
    {"AssumeRolePolicyDocument", kOptional, &Document<&RoleDefinition::trust_policy, kTrust>},
    {"AssumeRolePolicyDocumentFile", kOptional,
     &DocumentFile<&RoleDefinition::trust_policy, kTrust>},
    {"MaxSessionDuration", kOptional, &Integer<&RoleDefinition::max_session_duration_seconds>},
    {"ManagedPolicyArns", kOptional, &TextList<&EntityDefinition::managed_policy_arns>},
    {"PermissionsBoundary", kOptional, &Text<&EntityDefinition::permissions_boundary>},
    {"Policies", kOptional, &Policies<&EntityDefinition::inline_policies, kInline>},
    {"Tags", kOptional, &Tags<&NamedDefinition::tags>},
};

// A definition while it is read: its document may turn out to be missing.
struct ManagedPolicyFields : ManagedPolicyDefinition {
  std::optional<store::PolicyDefinition> written;
};

struct PolicyVersionFields {
  store::PolicyVersionDefinition version;
  std::optional<store::PolicyDefinition> written;
};
void ReadVersionId(ParseContext& context, const Node& node, PolicyVersionFields* out) {
  ReadTextInto(context, node, &out->version.id);
}
void ReadVersionCreateDate(ParseContext& context, const Node& node, PolicyVersionFields* out) {
  ReadTimeInto(context, node, &out->version.create_date);
}
constexpr Field<PolicyVersionFields> kPolicyVersionFields[] = {
    {"VersionId", kRequired, &ReadVersionId},
    {"CreateDate", kOptional, &ReadVersionCreateDate},
    {"Document", kOptional, &Document<&PolicyVersionFields::written, kManaged>},
    {"DocumentFile", kOptional, &DocumentFile<&PolicyVersionFields::written, kManaged>},
};

void ReadOtherVersions(ParseContext& context, const Node& node, ManagedPolicyFields* out) {
  if (!CheckList(context, node)) return;
  for (const Node& item : node.children()) {
    PolicyVersionFields fields;
    const size_t diagnostics_before = context.result.diagnostics.size();
    ReadObject(context, item, "PolicyVersion", kPolicyVersionFields, &fields);
    if (fields.written.has_value()) {
      const policy::CompiledPolicy* policy = fields.written->policy.get();
      fields.version.document =
          policy == nullptr ? nullptr : std::make_shared<const std::string>(policy->document());
      out->other_versions.push_back(std::move(fields.version));
    } else if (context.result.diagnostics.size() == diagnostics_before) {
      context.Error(item.begin, "a policy version needs `Document` or `DocumentFile`");
    }
  }
}

constexpr Field<ManagedPolicyFields> kManagedPolicyFields[] = {
    {"ManagedPolicyName", kRequired, &Text<&NamedDefinition::name>},
    {"Path", kOptional, &Text<&NamedDefinition::path>},
    {"PolicyId", kOptional, &Text<&NamedDefinition::id>},
    {"Description", kOptional, &Text<&ManagedPolicyDefinition::description>},
    {"PolicyDocument", kOptional, &Document<&ManagedPolicyFields::written, kManaged>},
    {"PolicyDocumentFile", kOptional, &DocumentFile<&ManagedPolicyFields::written, kManaged>},
    {"DefaultVersionId", kOptional, &Text<&ManagedPolicyDefinition::default_version_id>},
    {"OtherVersions", kOptional, &ReadOtherVersions},
    {"CreateDate", kOptional, &Timestamp<&NamedDefinition::create_date>},
    {"UpdateDate", kOptional, &Timestamp<&ManagedPolicyDefinition::update_date>},
    {"Tags", kOptional, &Tags<&NamedDefinition::tags>},
};

constexpr Field<InstanceProfileDefinition> kInstanceProfileFields[] = {
    {"InstanceProfileName", kRequired, &Text<&NamedDefinition::name>},
    {"Path", kOptional, &Text<&NamedDefinition::path>},
    {"InstanceProfileId", kOptional, &Text<&NamedDefinition::id>},
    {"CreateDate", kOptional, &Timestamp<&NamedDefinition::create_date>},
    {"Roles", kOptional, &TextList<&InstanceProfileDefinition::roles>},
    {"Tags", kOptional, &Tags<&NamedDefinition::tags>},
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
    if (!fields.written.has_value()) {
      if (context.result.diagnostics.size() == diagnostics_before) {
        context.Error(item.begin,
                      "a managed policy needs `PolicyDocument` or `PolicyDocumentFile`");
      }
      continue;
    }
    fields.account = context.account;
    fields.document = *std::move(fields.written);
    fields.document.name = fields.name;
    ManagedPolicyDefinition& definition = fields;
    context.definitions.managed_policies.push_back(std::move(definition));
  }
}

void ReadInstanceProfiles(ParseContext& context, const Node& node) {
  ReadObjects(context, node, "InstanceProfile", kInstanceProfileFields,
              &context.definitions.instance_profiles);
}

void DescribeEntities(std::vector<SchemaObject>* objects) {
  objects->push_back(Describe("User", kUserFields));
  objects->push_back(Describe("Group", kGroupFields));
  objects->push_back(Describe("Role", kRoleFields));
  objects->push_back(Describe("ManagedPolicy", kManagedPolicyFields));
  objects->push_back(Describe("PolicyVersion", kPolicyVersionFields));
  objects->push_back(Describe("InstanceProfile", kInstanceProfileFields));
}

}  // namespace portcullis::source
