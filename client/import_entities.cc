#include "client/import_entities.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"

namespace portcullis::client {
namespace {

using base::Node;
using enum MemberUse;

constexpr std::string_view kPartition = "aws";
constexpr std::string_view kPlatform = "aws";  // The owner of AWS's own policies, in their ARNs.

// ---- ARNs ----

// Whether the ARN belongs to the account that is imported, which the first one decides.
bool CheckAccount(ImportContext& context, const Placed& arn, const policy::ArnView& parsed) {
  AwsAccount& account = context.account;
  if (parsed.account != kPlatform && !policy::IsAccountId(parsed.account)) {
    context.report.Error(arn.place,
                         base::StrCat("ARN ", base::Quoted(arn.text), " names no account"));
    return false;
  }
  if (parsed.partition != kPartition) {
    context.report.Error(
        arn.place, base::StrCat("ARN ", base::Quoted(arn.text), " is of another partition than `",
                                kPartition, "`, the one that servers have"));
    return false;
  }
  if (parsed.account == kPlatform) return true;
  if (account.id.text.empty()) account.id = {std::string(parsed.account), arn.place};
  if (account.id.text == parsed.account) return true;
  context.report.Error(
      arn.place,
      base::StrCat("ARN ", base::Quoted(arn.text), " is not of account `", account.id.text,
                   "`, of which ", context.report.Format(account.id.place),
                   " is: import one account at a time"));
  return false;
}

// Completes path and name from the ARN, and checks that they say the same.
void CheckArn(ImportContext& context, std::string_view noun, bool platform_allowed,
              AwsNamed* named) {
  const auto arn = policy::ArnView::Parse(named->arn.text);
  const std::string prefix = base::StrCat(noun, "/");
  if (!arn.has_value() || arn->service != "iam" || !arn->region.empty() ||
      !arn->resource.starts_with(prefix) || (arn->account == kPlatform && !platform_allowed)) {
    context.report.Error(named->arn.place, base::StrCat(base::Quoted(named->arn.text),
                                                        " is not the ARN of a ", noun));
    return;
  }
  if (!CheckAccount(context, named->arn, *arn)) return;
  const std::string_view rest = arn->resource.substr(noun.size());
  const size_t slash = rest.rfind('/');
  if (named->name.text.empty()) {
    named->name = {std::string(rest.substr(slash + 1)), named->arn.place};
  }
  if (named->path.text.empty()) {
    named->path = {std::string(rest.substr(0, slash + 1)), named->arn.place};
  }
  if (base::StrCat(named->path.text, named->name.text) != rest) {
    context.report.Error(
        named->arn.place,
        base::StrCat("ARN ", base::Quoted(named->arn.text), " does not end with path ",
                     base::Quoted(named->path.text), " and name ", base::Quoted(named->name.text)));
  }
}

// ---- What users, groups and roles have in common ----

constexpr ImportMember<AwsInlinePolicy> kInlinePolicyMembers[] = {
    {"PolicyName", kRequired, &TextMember<&AwsInlinePolicy::name>},
    {"PolicyDocument", kRequired, &DocumentMember<&AwsInlinePolicy::document>},
};
template <typename T>
void InlinePolicies(ImportContext& context, const Node& node, T* out) {
  ReadObjectList(context, node, kInlinePolicyMembers, &out->inline_policies);
}

struct AttachedPolicy {
  Placed name;
  Placed arn;
};
constexpr ImportMember<AttachedPolicy> kAttachedPolicyMembers[] = {
    {"PolicyName", kOptional, &TextMember<&AttachedPolicy::name>},
    {"PolicyArn", kRequired, &TextMember<&AttachedPolicy::arn>},
};
template <typename T>
void AttachedPolicies(ImportContext& context, const Node& node, T* out) {
  std::vector<AttachedPolicy> policies;
  ReadObjectList(context, node, kAttachedPolicyMembers, &policies);
  for (AttachedPolicy& policy : policies) out->attached.push_back(std::move(policy.arn));
}

struct Boundary {
  Placed type;
  Placed arn;
};
constexpr ImportMember<Boundary> kBoundaryMembers[] = {
    {"PermissionsBoundaryType", kOptional, &TextMember<&Boundary::type>},
    {"PermissionsBoundaryArn", kRequired, &TextMember<&Boundary::arn>},
};
template <typename T>
void PermissionsBoundary(ImportContext& context, const Node& node, T* out) {
  if (node.is_mapping() && node.child_count == 0) return;
  Boundary boundary;
  if (!ReadMembers(context, node, kBoundaryMembers, &boundary)) return;
  const std::string& type = boundary.type.text;
  if (!type.empty() && type != "Policy" && type != "PermissionsBoundaryPolicy") {
    context.report.Error(boundary.type.place, base::StrCat("permissions boundary of type ",
                                                           base::Quoted(type), " is not known"));
  }
  out->boundary = std::move(boundary.arn);
}

template <typename T>
void LastUsed(ImportContext& context, const Node& node, T*) {
  if (node.is_mapping() && node.Find("LastUsedDate") == nullptr) return;
  context.report.NotCarried({context.input, node.key_begin},
                            "the last use: a server notes the uses that it sees itself");
}

// ---- Users and groups ----

constexpr ImportMember<AwsUser> kUserMembers[] = {
    {"Path", kOptional, &TextMember<&AwsNamed::path>},
    {"UserName", kOptional, &TextMember<&AwsNamed::name>},
    {"UserId", kOptional, &TextMember<&AwsNamed::id>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"CreateDate", kOptional, &TimeMember<&AwsNamed::create_date>},
    {"UserPolicyList", kOptional, &InlinePolicies},
    {"GroupList", kOptional, &TextListMember<&AwsUser::groups>},
    {"AttachedManagedPolicies", kOptional, &AttachedPolicies},
    {"PermissionsBoundary", kOptional, &PermissionsBoundary},
    {"Tags", kOptional, &TagsMember<&AwsNamed::tags>},
    {"PasswordLastUsed", kOptional, &TimeMember<&AwsUser::password_last_used>},
};

constexpr ImportMember<AwsGroup> kGroupMembers[] = {
    {"Path", kOptional, &TextMember<&AwsNamed::path>},
    {"GroupName", kOptional, &TextMember<&AwsNamed::name>},
    {"GroupId", kOptional, &TextMember<&AwsNamed::id>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"CreateDate", kOptional, &TimeMember<&AwsNamed::create_date>},
    {"GroupPolicyList", kOptional, &InlinePolicies},
    {"AttachedManagedPolicies", kOptional, &AttachedPolicies},
};

// ---- Roles and instance profiles ----

// A role as answers repeat it: only what other members do not say is looked at.
constexpr ImportMember<ListedRole> kListedRoleMembers[] = {
    {"RoleName", kRequired, &TextMember<&AwsNamed::name>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"Description", kOptional, &TextMember<&ListedRole::description>},
    {"MaxSessionDuration", kOptional, &IntegerMember<&ListedRole::max_session_duration_seconds>},
    {"Path", kImplied},
    {"RoleId", kImplied},
    {"CreateDate", kImplied},
    {"AssumeRolePolicyDocument", kImplied},
    {"PermissionsBoundary", kImplied},
    {"Tags", kImplied},
    {"RoleLastUsed", kImplied},
};

struct ProfileDetail : AwsInstanceProfile {
  std::vector<ListedRole> listed;
};
void ProfileRoles(ImportContext& context, const Node& node, ProfileDetail* out) {
  ReadObjectList(context, node, kListedRoleMembers, &out->listed);
  for (const ListedRole& role : out->listed) out->roles.push_back(role.name);
}
constexpr ImportMember<ProfileDetail> kProfileMembers[] = {
    {"Path", kOptional, &TextMember<&AwsNamed::path>},
    {"InstanceProfileName", kOptional, &TextMember<&AwsNamed::name>},
    {"InstanceProfileId", kOptional, &TextMember<&AwsNamed::id>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"CreateDate", kOptional, &TimeMember<&AwsNamed::create_date>},
    {"Roles", kOptional, &ProfileRoles},
    {"Tags", kOptional, &TagsMember<&AwsNamed::tags>},
};

struct RoleDetail : AwsRole {
  std::vector<ProfileDetail> profiles;
};
void Profiles(ImportContext& context, const Node& node, RoleDetail* out) {
  ReadObjectList(context, node, kProfileMembers, &out->profiles);
}
constexpr ImportMember<RoleDetail> kRoleMembers[] = {
    {"Path", kOptional, &TextMember<&AwsNamed::path>},
    {"RoleName", kOptional, &TextMember<&AwsNamed::name>},
    {"RoleId", kOptional, &TextMember<&AwsNamed::id>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"CreateDate", kOptional, &TimeMember<&AwsNamed::create_date>},
    {"AssumeRolePolicyDocument", kRequired, &DocumentMember<&AwsRole::trust_policy>},
    {"Description", kOptional, &TextMember<&AwsRole::description>},
    {"MaxSessionDuration", kOptional, &IntegerMember<&AwsRole::max_session_duration_seconds>},
    {"InstanceProfileList", kOptional, &Profiles},
    {"RolePolicyList", kOptional, &InlinePolicies},
    {"AttachedManagedPolicies", kOptional, &AttachedPolicies},
    {"PermissionsBoundary", kOptional, &PermissionsBoundary},
    {"Tags", kOptional, &TagsMember<&AwsNamed::tags>},
    {"RoleLastUsed", kOptional, &LastUsed},
};

// The profiles of a role, and what they tell about it.
void AddProfiles(ImportContext& context, RoleDetail* role) {
  for (ProfileDetail& profile : role->profiles) {
    CheckArn(context, "instance-profile", false, &profile);
    for (const ListedRole& listed : profile.listed) {
      if (listed.arn.text != role->arn.text) {
        context.report.Error(listed.arn.place,
                             base::StrCat("instance profile of role ", base::Quoted(role->arn.text),
                                          " holds another role"));
        continue;
      }
      if (role->description.text.empty()) role->description = listed.description;
      if (!role->max_session_duration_seconds.has_value()) {
        role->max_session_duration_seconds = listed.max_session_duration_seconds;
      }
    }
    context.account.instance_profiles.push_back(std::move(profile));
  }
}

// ---- Managed policies ----

constexpr ImportMember<AwsPolicyVersion> kVersionMembers[] = {
    {"Document", kRequired, &DocumentMember<&AwsPolicyVersion::document>},
    {"VersionId", kRequired, &TextMember<&AwsPolicyVersion::id>},
    {"IsDefaultVersion", kOptional, &BooleanMember<&AwsPolicyVersion::is_default>},
    {"CreateDate", kOptional, &TimeMember<&AwsPolicyVersion::create_date>},
};
void Versions(ImportContext& context, const Node& node, AwsManagedPolicy* out) {
  ReadObjectList(context, node, kVersionMembers, &out->versions);
}
void IsAttachable(ImportContext& context, const Node& node, AwsManagedPolicy*) {
  bool attachable = true;
  ReadBoolean(context, node, &attachable);
  if (!attachable) {
    context.report.NotCarried({context.input, node.key_begin},
                              "that the policy cannot be attached: here every one can");
  }
}
constexpr ImportMember<AwsManagedPolicy> kPolicyMembers[] = {
    {"PolicyName", kOptional, &TextMember<&AwsNamed::name>},
    {"PolicyId", kOptional, &TextMember<&AwsNamed::id>},
    {"Arn", kRequired, &TextMember<&AwsNamed::arn>},
    {"Path", kOptional, &TextMember<&AwsNamed::path>},
    {"DefaultVersionId", kOptional, &TextMember<&AwsManagedPolicy::default_version_id>},
    {"AttachmentCount", kImplied},
    {"PermissionsBoundaryUsageCount", kImplied},
    {"IsAttachable", kOptional, &IsAttachable},
    {"Description", kOptional, &TextMember<&AwsManagedPolicy::description>},
    {"CreateDate", kOptional, &TimeMember<&AwsNamed::create_date>},
    {"UpdateDate", kOptional, &TimeMember<&AwsManagedPolicy::update_date>},
    {"PolicyVersionList", kRequired, &Versions},
    {"Tags", kOptional, &TagsMember<&AwsNamed::tags>},
};

// Exactly one version is in force, and both ways to say which one agree.
void CheckDefaultVersion(ImportContext& context, AwsManagedPolicy* policy) {
  Placed& wanted = policy->default_version_id;
  bool found = false;
  for (AwsPolicyVersion& version : policy->versions) {
    if (wanted.text.empty() && version.is_default) wanted = version.id;
    if (version.is_default && version.id.text != wanted.text) {
      context.report.Error(version.place, base::StrCat("version ", base::Quoted(version.id.text),
                                                       " is said to be the default, and so is ",
                                                       base::Quoted(wanted.text)));
    }
    version.is_default = version.id.text == wanted.text;
    found = found || version.is_default;
  }
  if (!found) {
    context.report.Error(
        policy->place, base::StrCat("policy ", base::Quoted(policy->arn.text),
                                    " has no text: its default version ", base::Quoted(wanted.text),
                                    " is not among the versions"));
  }
}

}  // namespace

void ReadUserDetails(ImportContext& context, const Node& list) {
  std::vector<AwsUser> users;
  ReadObjectList(context, list, kUserMembers, &users);
  for (AwsUser& user : users) {
    CheckArn(context, "user", false, &user);
    context.account.users.push_back(std::move(user));
  }
}

void ReadGroupDetails(ImportContext& context, const Node& list) {
  std::vector<AwsGroup> groups;
  ReadObjectList(context, list, kGroupMembers, &groups);
  for (AwsGroup& group : groups) {
    CheckArn(context, "group", false, &group);
    context.account.groups.push_back(std::move(group));
  }
}

void ReadRoleDetails(ImportContext& context, const Node& list) {
  std::vector<RoleDetail> roles;
  ReadObjectList(context, list, kRoleMembers, &roles);
  for (RoleDetail& role : roles) {
    CheckArn(context, "role", false, &role);
    AddProfiles(context, &role);
    context.account.roles.push_back(std::move(role));
  }
}

void ReadPolicyDetails(ImportContext& context, const Node& list) {
  std::vector<AwsManagedPolicy> policies;
  ReadObjectList(context, list, kPolicyMembers, &policies);
  for (AwsManagedPolicy& policy : policies) {
    CheckArn(context, "policy", true, &policy);
    const auto arn = policy::ArnView::Parse(policy.arn.text);
    policy.platform = arn.has_value() && arn->account == kPlatform;
    CheckDefaultVersion(context, &policy);
    context.account.policies.push_back(std::move(policy));
  }
}

void ReadListedRoles(ImportContext& context, const Node& list, std::vector<ListedRole>* out) {
  ReadObjectList(context, list, kListedRoleMembers, out);
}

}  // namespace portcullis::client
