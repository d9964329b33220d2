// ListRoles, GetRole, ListRoleTags.
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

constexpr ParameterRule kListRoles[] = {kPathPrefixRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetRole[] = {RequiredText("RoleName", &kRoleNameText)};
constexpr ParameterRule kListRoleTags[] = {RequiredText("RoleName", &kRoleNameText), kMarkerRule,
                                           kMaxItemsRule};

absl::StatusOr<Shape> ListRoles(const Scope& scope, const Parameters& parameters) {
  return ListByName("ListRoles", parameters, "Roles", scope.snapshot.RolesOf(scope.account),
                    parameters.Get("PathPrefix"),
                    [&](const store::Role& role) { return RoleShape(scope, role); });
}

absl::StatusOr<Shape> GetRole(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::Role* role, FindNamed<store::Role>(scope, parameters));
  ASSIGN_OR_RETURN(Shape shape, RoleShape(scope, *role));
  return ResultOf("Role", std::move(shape));
}

absl::StatusOr<Shape> ListRoleTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::Role* role, FindNamed<store::Role>(scope, parameters));
  return ListTags("ListRoleTags", parameters, role->tags);
}

constexpr Operation kOperations[] = {
    {"ListRoles", kListRoles, KindArn<store::Role>, ListRoles},
    {"GetRole", kGetRole, NamedArn<store::Role>, GetRole},
    {"ListRoleTags", kListRoleTags, NamedArn<store::Role>, ListRoleTags},
};

}  // namespace

absl::Span<const Operation> RoleOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
