#include "server/inventory/shapes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/status_macros.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

Shape DateShape(const std::optional<absl::Time>& date) {
  return Shape::Time(DateOf(date));
}

Shape Count(size_t count) {
  return Shape::Integer(static_cast<int64_t>(count));
}

void AddBoundary(const store::ManagedPolicy* boundary, Shape* structure) {
  if (boundary == nullptr) return;
  Shape attached = Shape::Structure();
  attached.Add("PermissionsBoundaryType", "PermissionsBoundaryPolicy");
  attached.Add("PermissionsBoundaryArn", std::string_view(boundary->arn));
  structure->Add("PermissionsBoundary", std::move(attached));
}

// The last of all uses by any session of the role. An empty structure, as AWS has it, if there was
// none in the tracking period; nothing if nobody tracks.
absl::Status AddRoleLastUsed(const Scope& scope, const store::Role& role, Shape* structure) {
  if (scope.activity == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<state::ServiceUse> uses,
                   scope.activity->ServicesUsedBy(role.account->id, state::EntityKind::kRole,
                                                  role.id, /*with_actions=*/false));
  const auto last = std::max_element(uses.begin(), uses.end(),
                                     [](const auto& a, const auto& b) { return a.last < b.last; });
  Shape last_used = Shape::Structure();
  if (last != uses.end()) {
    last_used.Add("LastUsedDate", Shape::Time(last->last));
    last_used.AddUnlessEmpty("Region", last->region);
  }
  structure->Add("RoleLastUsed", std::move(last_used));
  return absl::OkStatus();
}

// The members that users, groups, roles and instance profiles begin with.
template <typename Entity>
Shape BeginEntity(const Entity& entity, std::string_view name_member, std::string_view id_member) {
  Shape shape = Shape::Structure();
  shape.Add("Path", std::string_view(entity.path));
  shape.Add(name_member, std::string_view(entity.name));
  shape.Add(id_member, std::string_view(entity.id));
  shape.Add("Arn", std::string_view(entity.arn));
  shape.Add("CreateDate", DateShape(entity.create_date));
  return shape;
}

Shape InlinePolicyList(const std::vector<store::InlinePolicy>& policies) {
  Shape list = Shape::List();
  for (const store::InlinePolicy& policy : policies) {
    Shape detail = Shape::Structure();
    detail.Add("PolicyName", policy.name);
    detail.Add("PolicyDocument", Shape::Json(policy.policy->policy().document()));
    list.Append(std::move(detail));
  }
  return list;
}

Shape AttachedPolicyList(const std::vector<const store::ManagedPolicy*>& policies) {
  Shape list = Shape::List();
  for (const store::ManagedPolicy* policy : policies) list.Append(AttachedPolicyShape(*policy));
  return list;
}

// The number of a version, by which they are ordered: "v12" after "v9".
bool IsNewer(const PolicyVersionView& a, const PolicyVersionView& b) {
  if (a.id.size() != b.id.size()) return a.id.size() > b.id.size();
  return a.id > b.id;
}

// The members that Policy and ManagedPolicyDetail have in common.
Shape BeginPolicy(const Scope& scope, const store::ManagedPolicy& policy) {
  const store::PolicyAttachments uses = scope.snapshot.AttachmentsOf(policy, scope.account);
  Shape shape = Shape::Structure();
  shape.Add("PolicyName", std::string_view(policy.name));
  shape.Add("PolicyId", std::string_view(policy.id));
  shape.Add("Arn", std::string_view(policy.arn));
  shape.Add("Path", std::string_view(policy.path));
  shape.Add("DefaultVersionId", std::string_view(policy.default_version_id));
  shape.Add("AttachmentCount", Count(uses.attachment_count()));
  shape.Add("PermissionsBoundaryUsageCount", Count(uses.boundary_usage_count()));
  shape.Add("IsAttachable", Shape::Boolean(true));
  shape.AddUnlessEmpty("Description", policy.description);
  shape.Add("CreateDate", DateShape(policy.create_date));
  shape.Add("UpdateDate",
            DateShape(policy.update_date.has_value() ? policy.update_date : policy.create_date));
  return shape;
}

}  // namespace

Shape TagShape(const store::Tag& tag) {
  Shape shape = Shape::Structure();
  shape.Add("Key", std::string_view(tag.key));
  shape.Add("Value", std::string_view(tag.value));
  return shape;
}

void AddTags(const std::vector<store::Tag>& tags, Shape* structure) {
  if (tags.empty()) return;
  Shape list = Shape::List();
  for (const store::Tag& tag : tags) list.Append(TagShape(tag));
  structure->Add("Tags", std::move(list));
}

Shape AttachedPolicyShape(const store::ManagedPolicy& policy) {
  Shape shape = Shape::Structure();
  shape.Add("PolicyName", std::string_view(policy.name));
  shape.Add("PolicyArn", std::string_view(policy.arn));
  return shape;
}

std::string TrustDocument(const store::Role& role) {
  return role.trust_policy->policies().front().policy().document();
}

Shape UserShape(const store::User& user) {
  Shape shape = BeginEntity(user, "UserName", "UserId");
  if (user.password_last_used.has_value()) {
    shape.Add("PasswordLastUsed", DateShape(user.password_last_used));
  }
  AddBoundary(user.boundary, &shape);
  AddTags(user.tags, &shape);
  return shape;
}

Shape RootShape(const store::Account& account) {
  Shape shape = Shape::Structure();
  shape.Add("Path", "/");
  shape.Add("UserName", kRootUserName);
  shape.Add("UserId", std::string_view(account.id));
  shape.Add("Arn", std::string_view(account.root_arn));
  shape.Add("CreateDate", DateShape(account.create_date));
  return shape;
}

Shape GroupShape(const store::Group& group) {
  return BeginEntity(group, "GroupName", "GroupId");
}

absl::StatusOr<Shape> RoleShape(const Scope& scope, const store::Role& role) {
  Shape shape = BeginEntity(role, "RoleName", "RoleId");
  shape.Add("AssumeRolePolicyDocument", Shape::Json(TrustDocument(role)));
  shape.AddUnlessEmpty("Description", role.description);
  shape.Add("MaxSessionDuration", Shape::Integer(role.max_session_duration_seconds));
  AddBoundary(role.boundary, &shape);
  AddTags(role.tags, &shape);
  RETURN_IF_ERROR(AddRoleLastUsed(scope, role, &shape));
  return shape;
}

absl::StatusOr<Shape> InstanceProfileShape(const Scope& scope,
                                           const store::InstanceProfile& profile) {
  Shape shape = BeginEntity(profile, "InstanceProfileName", "InstanceProfileId");
  Shape roles = Shape::List();
  if (profile.role != nullptr) {
    ASSIGN_OR_RETURN(Shape role, RoleShape(scope, *profile.role));
    roles.Append(std::move(role));
  }
  shape.Add("Roles", std::move(roles));
  AddTags(profile.tags, &shape);
  return shape;
}

Shape PolicyShape(const Scope& scope, const store::ManagedPolicy& policy) {
  Shape shape = BeginPolicy(scope, policy);
  AddTags(policy.tags, &shape);
  return shape;
}

std::vector<PolicyVersionView> VersionsOf(const store::ManagedPolicy& policy) {
  std::vector<PolicyVersionView> versions;
  versions.push_back(
      {policy.default_version_id, true, policy.policy.policy->document(),
       DateOf(policy.update_date.has_value() ? policy.update_date : policy.create_date)});
  for (const store::PolicyVersion& version : policy.other_versions) {
    versions.push_back({version.id, false, *version.document, DateOf(version.create_date)});
  }
  std::sort(versions.begin(), versions.end(), IsNewer);
  return versions;
}

Shape PolicyVersionShape(const PolicyVersionView& version, bool with_document) {
  Shape shape = Shape::Structure();
  if (with_document) shape.Add("Document", Shape::Json(version.document));
  shape.Add("VersionId", version.id);
  shape.Add("IsDefaultVersion", Shape::Boolean(version.is_default));
  shape.Add("CreateDate", Shape::Time(version.create_date));
  return shape;
}

Shape UserDetailShape(const Scope& scope, const store::User& user) {
  const store::EntityPolicies policies = scope.snapshot.PoliciesOf(user);
  std::vector<std::string_view> names;
  for (const store::Group* group : user.groups) names.push_back(group->name);
  std::sort(names.begin(), names.end());
  Shape groups = Shape::List();
  for (const std::string_view name : names) groups.Append(Shape::String(name));

  Shape shape = BeginEntity(user, "UserName", "UserId");
  shape.Add("UserPolicyList", InlinePolicyList(policies.inline_policies));
  shape.Add("GroupList", std::move(groups));
  shape.Add("AttachedManagedPolicies", AttachedPolicyList(policies.managed));
  AddBoundary(user.boundary, &shape);
  AddTags(user.tags, &shape);
  return shape;
}

Shape GroupDetailShape(const Scope& scope, const store::Group& group) {
  const store::EntityPolicies policies = scope.snapshot.PoliciesOf(group);
  Shape shape = BeginEntity(group, "GroupName", "GroupId");
  shape.Add("GroupPolicyList", InlinePolicyList(policies.inline_policies));
  shape.Add("AttachedManagedPolicies", AttachedPolicyList(policies.managed));
  return shape;
}

absl::StatusOr<Shape> RoleDetailShape(const Scope& scope, const store::Role& role) {
  const store::EntityPolicies policies = scope.snapshot.PoliciesOf(role);
  Shape profiles = Shape::List();
  for (const store::InstanceProfile* profile : scope.snapshot.InstanceProfilesOf(role)) {
    ASSIGN_OR_RETURN(Shape shape, InstanceProfileShape(scope, *profile));
    profiles.Append(std::move(shape));
  }
  Shape shape = BeginEntity(role, "RoleName", "RoleId");
  shape.Add("AssumeRolePolicyDocument", Shape::Json(TrustDocument(role)));
  shape.Add("InstanceProfileList", std::move(profiles));
  shape.Add("RolePolicyList", InlinePolicyList(policies.inline_policies));
  shape.Add("AttachedManagedPolicies", AttachedPolicyList(policies.managed));
  AddBoundary(role.boundary, &shape);
  AddTags(role.tags, &shape);
  RETURN_IF_ERROR(AddRoleLastUsed(scope, role, &shape));
  return shape;
}

Shape ManagedPolicyDetailShape(const Scope& scope, const store::ManagedPolicy& policy) {
  Shape versions = Shape::List();
  for (const PolicyVersionView& version : VersionsOf(policy)) {
    versions.Append(PolicyVersionShape(version, /*with_document=*/true));
  }
  Shape shape = BeginPolicy(scope, policy);
  shape.Add("PolicyVersionList", std::move(versions));
  return shape;
}

}  // namespace portcullis::inventory
