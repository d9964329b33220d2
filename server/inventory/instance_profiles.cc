// ListInstanceProfiles, ListInstanceProfilesForRole, GetInstanceProfile, ListInstanceProfileTags.
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using Profile = store::InstanceProfile;

constexpr ParameterRule kListProfiles[] = {kPathPrefixRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kOfRole[] = {RequiredText("RoleName", &kRoleNameText), kMarkerRule,
                                     kMaxItemsRule};
constexpr ParameterRule kGetProfile[] = {
    RequiredText("InstanceProfileName", &kInstanceProfileNameText)};
constexpr ParameterRule kListProfileTags[] = {
    RequiredText("InstanceProfileName", &kInstanceProfileNameText), kMarkerRule, kMaxItemsRule};

absl::StatusOr<Shape> ListProfiles(const Scope& scope, const Parameters& parameters) {
  return ListByName("ListInstanceProfiles", parameters, "InstanceProfiles",
                    scope.snapshot.InstanceProfilesOf(scope.account), parameters.Get("PathPrefix"),
                    [&](const Profile& profile) { return InstanceProfileShape(scope, profile); });
}

absl::StatusOr<Shape> ListProfilesForRole(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::Role* role, FindNamed<store::Role>(scope, parameters));
  return ListByName("ListInstanceProfilesForRole", parameters, "InstanceProfiles",
                    scope.snapshot.InstanceProfilesOf(*role), /*path_prefix=*/"",
                    [&](const Profile& profile) { return InstanceProfileShape(scope, profile); });
}

absl::StatusOr<Shape> GetProfile(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Profile* profile, FindNamed<Profile>(scope, parameters));
  ASSIGN_OR_RETURN(Shape shape, InstanceProfileShape(scope, *profile));
  return ResultOf("InstanceProfile", std::move(shape));
}

absl::StatusOr<Shape> ListProfileTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Profile* profile, FindNamed<Profile>(scope, parameters));
  return ListTags("ListInstanceProfileTags", parameters, profile->tags);
}

constexpr Operation kOperations[] = {
    {"ListInstanceProfiles", kListProfiles, KindArn<Profile>, ListProfiles},
    {"ListInstanceProfilesForRole", kOfRole, NamedArn<store::Role>, ListProfilesForRole},
    {"GetInstanceProfile", kGetProfile, NamedArn<Profile>, GetProfile},
    {"ListInstanceProfileTags", kListProfileTags, NamedArn<Profile>, ListProfileTags},
};

}  // namespace

absl::Span<const Operation> InstanceProfileOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
