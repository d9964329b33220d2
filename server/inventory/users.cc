// ListUsers, GetUser, ListUserTags, ListGroupsForUser.
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"

namespace portcullis::inventory {
namespace {

using base::Shape;

constexpr ParameterRule kListUsers[] = {kPathPrefixRule, kMarkerRule, kMaxItemsRule};
constexpr ParameterRule kGetUser[] = {OptionalText("UserName", &kExistingUserNameText)};
constexpr ParameterRule kOfUser[] = {RequiredText("UserName", &kExistingUserNameText), kMarkerRule,
                                     kMaxItemsRule};

absl::StatusOr<Shape> ListUsers(const Scope& scope, const Parameters& parameters) {
  return ListByName("ListUsers", parameters, "Users", scope.snapshot.UsersOf(scope.account),
                    parameters.Get("PathPrefix"), UserShape);
}

absl::StatusOr<Shape> GetUser(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const Subject subject, FindSubject(scope, parameters));
  return ResultOf("User",
                  subject.user != nullptr ? UserShape(*subject.user) : RootShape(scope.account));
}

absl::StatusOr<Shape> ListUserTags(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::User* user, FindNamed<store::User>(scope, parameters));
  return ListTags("ListUserTags", parameters, user->tags);
}

absl::StatusOr<Shape> ListGroupsForUser(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const store::User* user, FindNamed<store::User>(scope, parameters));
  const std::vector<const store::Group*> groups = SortedByName(user->groups);
  return ListByName("ListGroupsForUser", parameters, "Groups", absl::MakeConstSpan(groups),
                    /*path_prefix=*/"", GroupShape);
}

constexpr Operation kOperations[] = {
    {"ListUsers", kListUsers, KindArn<store::User>, ListUsers},
    {"GetUser", kGetUser, SubjectArn, GetUser},
    {"ListUserTags", kOfUser, NamedArn<store::User>, ListUserTags},
    {"ListGroupsForUser", kOfUser, NamedArn<store::User>, ListGroupsForUser},
};

}  // namespace

absl::Span<const Operation> UserOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
