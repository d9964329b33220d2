// ListGroups, GetGroup.
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

constexpr ParameterRule kListGroups[] = {kPathPrefixRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetGroup[] = {RequiredText("GroupName", &kGroupNameText), kMarkerRule,
                                       kMaxItemsRule};

absl::StatusOr<Shape> ListGroups(const Scope& scope, const Parameters& parameters) {
  return ListByName("ListGroups", parameters, "Groups", scope.snapshot.GroupsOf(scope.account),
                    parameters.Get("PathPrefix"), GroupShape);
}

// The group with a page of its members.
absl::StatusOr<Shape> GetGroup(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::Group* group, FindNamed<store::Group>(scope, parameters));
  ASSIGN_OR_RETURN(const Shape members,
                   ListByName("GetGroup", parameters, "Users", scope.snapshot.MembersOf(*group),
                              /*path_prefix=*/"", UserShape));
  Shape result = ResultOf("Group", GroupShape(*group));
  for (const Shape::Member& member : members.members()) result.Add(member.name, member.value);
  return result;
}

constexpr Operation kOperations[] = {
    {"ListGroups", kListGroups, KindArn<store::Group>, ListGroups},
    {"GetGroup", kGetGroup, NamedArn<store::Group>, GetGroup},
};

}  // namespace

absl::Span<const Operation> GroupOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
