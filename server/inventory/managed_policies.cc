// ListPolicies, GetPolicy, GetPolicyVersion, ListPolicyVersions, ListPolicyTags,
// ListEntitiesForPolicy.
#include <algorithm>

#include "absl/strings/str_format.h"

#include "server/base/numbers.h"
#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using store::ManagedPolicy;
using store::PolicyAttachments;

constexpr std::string_view kScopes[] = {"All", "AWS", "Local"};
constexpr ParameterRule kListPolicies[] = {OptionalOneOf("Scope", kScopes),
                                           OptionalBoolean("OnlyAttached"),
                                           kPolicyPathRule,
                                           kPolicyUsageRule,
                                           kMarkerRule,
                                           kMaxItemsRule};
constexpr ParameterRule kOnePolicy[] = {kPolicyArnRule};
constexpr ParameterRule kPagesOfPolicy[] = {kPolicyArnRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetVersion[] = {kPolicyArnRule,
                                         RequiredText("VersionId", &kVersionIdText, IsVersionId)};
constexpr ParameterRule kListEntities[] = {
    kPolicyArnRule,
    OptionalOneOf("EntityFilter", kEntityTypes),
    OptionalText("PathPrefix", &kEntityPathText, IsEntityPath),
    kPolicyUsageRule,
    kMarkerRule,
    kMaxItemsRule};

// Whether a policy with these uses is to be listed. Without a filter any use counts.
bool HasUsage(const PolicyAttachments& uses, std::string_view filter) {
  if (filter == kPermissionsPolicy) return uses.attachment_count() > 0;
  if (filter == kPermissionsBoundary) return uses.boundary_usage_count() > 0;
  return true;
}

bool IsListed(const Scope& scope, const Parameters& parameters, const ManagedPolicy& policy) {
  if (!std::string_view(policy.path).starts_with(parameters.Get("PathPrefix"))) return false;
  const bool only_attached = parameters.GetBoolean("OnlyAttached").value_or(false);
  const std::string& usage = parameters.Get("PolicyUsageFilter");
  if (!only_attached && usage.empty()) return true;
  const PolicyAttachments uses = scope.snapshot.AttachmentsOf(policy, scope.account);
  if (!HasUsage(uses, usage)) return false;
  // With the filter for boundaries, being one is being attached.
  return !only_attached || usage == kPermissionsBoundary || uses.attachment_count() > 0;
}

// Those of the account first, then the platform's.
absl::StatusOr<Shape> ListPolicies(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(Page page, Page::Create("ListPolicies", parameters));
  const std::string& where = parameters.Get("Scope");
  Shape policies = Shape::List();
  const auto list = [&](absl::Span<const ManagedPolicy* const> sorted, std::string_view kind) {
    for (const ManagedPolicy* policy : page.From(sorted, kind)) {
      if (!IsListed(scope, parameters, *policy)) continue;
      if (!page.Take(base::Concat({kind, policy->name}))) return;
      policies.Append(PolicyShape(scope, *policy));
    }
  };
  if (where != "AWS") list(scope.snapshot.ManagedPoliciesOf(scope.account), "1");
  if (where != "Local") list(scope.snapshot.PlatformManagedPolicies(), "2");
  Shape result = ResultOf("Policies", std::move(policies));
  page.Finish(&result);
  return result;
}

absl::StatusOr<Shape> GetPolicy(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const ManagedPolicy* policy, FindPolicy(scope, parameters));
  return ResultOf("Policy", PolicyShape(scope, *policy));
}

absl::StatusOr<Shape> GetVersion(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const ManagedPolicy* policy, FindPolicy(scope, parameters));
  const std::string& id = parameters.Get("VersionId");
  for (const PolicyVersionView& version : VersionsOf(*policy)) {
    if (version.id != id) continue;
    return ResultOf("PolicyVersion", PolicyVersionShape(version, /*with_document=*/true));
  }
  return NoSuchEntity(base::Concat({"Policy ", policy->arn, " version ", id, " does not exist."}));
}

// Orders versions from the newest to the oldest.
std::string VersionKey(const PolicyVersionView& version) {
  constexpr uint64_t kNumberMax = 9'999'999'999;
  const uint64_t number = base::ParseUnsigned(version.id.substr(1), kNumberMax).value_or(0);
  return base::Concat({absl::StrFormat("%010d", kNumberMax - number), version.id});
}

absl::StatusOr<Shape> ListVersions(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const ManagedPolicy* policy, FindPolicy(scope, parameters));
  return ListByKey("ListPolicyVersions", parameters, "Versions", VersionsOf(*policy), VersionKey,
                   [](const PolicyVersionView& version) {
                     return PolicyVersionShape(version, /*with_document=*/false);
                   });
}

absl::StatusOr<Shape> ListPolicyTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const ManagedPolicy* policy, FindPolicy(scope, parameters));
  return ListTags("ListPolicyTags", parameters, policy->tags);
}

// ---- ListEntitiesForPolicy ----

template <typename Entity>
using Entities = absl::Span<const Entity* const>;

// Those whose use the filter asks for, once each.
template <typename Entity>
std::vector<const Entity*> UsersOf(Entities<Entity> attached, Entities<Entity> bounded,
                                   std::string_view usage) {
  std::vector<const Entity*> entities;
  if (usage != kPermissionsBoundary) entities.assign(attached.begin(), attached.end());
  if (usage != kPermissionsPolicy) entities.insert(entities.end(), bounded.begin(), bounded.end());
  entities = SortedByName(std::move(entities));
  entities.erase(std::unique(entities.begin(), entities.end()), entities.end());
  return entities;
}

// What one list of the result consists of.
struct EntityListWords {
  std::string_view filter;       // Of EntityFilter.
  std::string_view kind;         // Begins the keys: the order of the lists on a page.
  std::string_view name_member;  // "UserName".
  std::string_view id_member;
};
constexpr EntityListWords kGroupList = {"Group", "1", "GroupName", "GroupId"};
constexpr EntityListWords kUserList = {"User", "2", "UserName", "UserId"};
constexpr EntityListWords kRoleList = {"Role", "3", "RoleName", "RoleId"};

template <typename Entity>
Shape EntityList(const Parameters& parameters, const EntityListWords& words,
                 const std::vector<const Entity*>& entities, Page* page) {
  Shape list = Shape::List();
  const std::string& filter = parameters.Get("EntityFilter");
  if (!filter.empty() && filter != words.filter) return list;
  for (const Entity* entity : page->From(absl::MakeConstSpan(entities), words.kind)) {
    if (!std::string_view(entity->path).starts_with(parameters.Get("PathPrefix"))) continue;
    if (!page->Take(base::Concat({words.kind, entity->name}))) break;
    Shape shape = Shape::Structure();
    shape.Add(words.name_member, std::string_view(entity->name));
    shape.Add(words.id_member, std::string_view(entity->id));
    list.Append(std::move(shape));
  }
  return list;
}

absl::StatusOr<Shape> ListEntities(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const ManagedPolicy* policy, FindPolicy(scope, parameters));
  ASSIGN_OR_RETURN(Page page, Page::Create("ListEntitiesForPolicy", parameters));
  const std::string& usage = parameters.Get("PolicyUsageFilter");
  const PolicyAttachments uses = scope.snapshot.AttachmentsOf(*policy, scope.account);
  const auto groups = UsersOf<store::Group>(uses.groups, {}, usage);
  const auto users = UsersOf<store::User>(uses.users, uses.boundary_users, usage);
  const auto roles = UsersOf<store::Role>(uses.roles, uses.boundary_roles, usage);
  Shape result = Shape::Structure();
  result.Add("PolicyGroups", EntityList(parameters, kGroupList, groups, &page));
  result.Add("PolicyUsers", EntityList(parameters, kUserList, users, &page));
  result.Add("PolicyRoles", EntityList(parameters, kRoleList, roles, &page));
  page.Finish(&result);
  return result;
}

constexpr Operation kOperations[] = {
    {"ListPolicies", kListPolicies, Everything, ListPolicies},
    {"GetPolicy", kOnePolicy, PolicyArn, GetPolicy},
    {"GetPolicyVersion", kGetVersion, PolicyArn, GetVersion},
    {"ListPolicyVersions", kPagesOfPolicy, PolicyArn, ListVersions},
    {"ListPolicyTags", kPagesOfPolicy, PolicyArn, ListPolicyTags},
    {"ListEntitiesForPolicy", kListEntities, PolicyArn, ListEntities},
};

}  // namespace

absl::Span<const Operation> ManagedPolicyOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
