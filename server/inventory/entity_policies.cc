// List{User,Group,Role}Policies, Get{User,Group,Role}Policy, ListAttached{User,Group,Role}Policies.
#include <algorithm>

#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

// The three operations on the policies of one type of entity.
template <typename Entity>
struct PolicyWords;
template <>
struct PolicyWords<store::User> {
  static constexpr std::string_view kListInline = "ListUserPolicies";
  static constexpr std::string_view kListAttached = "ListAttachedUserPolicies";
};
template <>
struct PolicyWords<store::Group> {
  static constexpr std::string_view kListInline = "ListGroupPolicies";
  static constexpr std::string_view kListAttached = "ListAttachedGroupPolicies";
};
template <>
struct PolicyWords<store::Role> {
  static constexpr std::string_view kListInline = "ListRolePolicies";
  static constexpr std::string_view kListAttached = "ListAttachedRolePolicies";
};

constexpr ParameterRule kInlineOfUser[] = {RequiredText("UserName", &kExistingUserNameText),
                                           kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kInlineOfGroup[] = {RequiredText("GroupName", &kGroupNameText), kMarkerRule,
                                            kMaxItemsRule};
constexpr ParameterRule kInlineOfRole[] = {RequiredText("RoleName", &kRoleNameText), kMarkerRule,
                                           kMaxItemsRule};
constexpr ParameterRule kOneOfUser[] = {RequiredText("UserName", &kExistingUserNameText),
                                        RequiredText("PolicyName", &kPolicyNameText)};
constexpr ParameterRule kOneOfGroup[] = {RequiredText("GroupName", &kGroupNameText),
                                         RequiredText("PolicyName", &kPolicyNameText)};
constexpr ParameterRule kOneOfRole[] = {RequiredText("RoleName", &kRoleNameText),
                                        RequiredText("PolicyName", &kPolicyNameText)};
constexpr ParameterRule kAttachedToUser[] = {RequiredText("UserName", &kUserNameText),
                                             kPolicyPathRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kAttachedToGroup[] = {RequiredText("GroupName", &kGroupNameText),
                                              kPolicyPathRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kAttachedToRole[] = {RequiredText("RoleName", &kRoleNameText),
                                             kPolicyPathRule, kMarkerRule, kMaxItemsRule};

template <typename Entity>
absl::StatusOr<Shape> ListInline(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Entity* entity, FindNamed<Entity>(scope, parameters));
  const store::EntityPolicies policies = scope.snapshot.PoliciesOf(*entity);
  return ListByKey(
      PolicyWords<Entity>::kListInline, parameters, "PolicyNames", policies.inline_policies,
      [](const store::InlinePolicy& policy) { return policy.name; },
      [](const store::InlinePolicy& policy) { return Shape::String(policy.name); });
}

template <typename Entity>
absl::StatusOr<Shape> GetInline(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Entity* entity, FindNamed<Entity>(scope, parameters));
  const store::EntityPolicies policies = scope.snapshot.PoliciesOf(*entity);
  const std::string& name = parameters.Get("PolicyName");
  const auto found =
      std::find_if(policies.inline_policies.begin(), policies.inline_policies.end(),
                   [&](const store::InlinePolicy& policy) { return policy.name == name; });
  if (found == policies.inline_policies.end()) {
    return NoSuchEntity(base::Concat(
        {"The ", EntityWords<Entity>::kNoun, " policy with name ", name, " cannot be found."}));
  }
  Shape result = Shape::Structure();
  result.Add(EntityWords<Entity>::kNameParameter, std::string_view(entity->name));
  result.Add("PolicyName", found->name);
  result.Add("PolicyDocument", Shape::Json(found->policy->policy().document()));
  return result;
}

// Names are unique within an account only, so that a policy of the account and one of the platform
// may share one.
std::string AttachedKey(const store::ManagedPolicy& policy) {
  return base::Concat({policy.name, policy.account != nullptr ? " 1" : " 2"});
}

template <typename Entity>
absl::StatusOr<Shape> ListAttached(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Entity* entity, FindNamed<Entity>(scope, parameters));
  const std::string_view prefix = parameters.Get("PathPrefix");
  std::vector<const store::ManagedPolicy*> attached;
  for (const store::ManagedPolicy* policy : scope.snapshot.PoliciesOf(*entity).managed) {
    if (std::string_view(policy->path).starts_with(prefix)) attached.push_back(policy);
  }
  return ListByKey(
      PolicyWords<Entity>::kListAttached, parameters, "AttachedPolicies", attached,
      [](const store::ManagedPolicy* policy) { return AttachedKey(*policy); },
      [](const store::ManagedPolicy* policy) { return AttachedPolicyShape(*policy); });
}

constexpr Operation kOperations[] = {
    {"ListUserPolicies", kInlineOfUser, NamedArn<store::User>, ListInline<store::User>},
    {"ListGroupPolicies", kInlineOfGroup, NamedArn<store::Group>, ListInline<store::Group>},
    {"ListRolePolicies", kInlineOfRole, NamedArn<store::Role>, ListInline<store::Role>},
    {"GetUserPolicy", kOneOfUser, NamedArn<store::User>, GetInline<store::User>},
    {"GetGroupPolicy", kOneOfGroup, NamedArn<store::Group>, GetInline<store::Group>},
    {"GetRolePolicy", kOneOfRole, NamedArn<store::Role>, GetInline<store::Role>},
    {"ListAttachedUserPolicies", kAttachedToUser, NamedArn<store::User>, ListAttached<store::User>},
    {"ListAttachedGroupPolicies", kAttachedToGroup, NamedArn<store::Group>,
     ListAttached<store::Group>},
    {"ListAttachedRolePolicies", kAttachedToRole, NamedArn<store::Role>, ListAttached<store::Role>},
};

}  // namespace

absl::Span<const Operation> EntityPolicyOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
