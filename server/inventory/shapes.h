// Entities in the structures of the IAM API's model, every member in the model's order.
#ifndef PORTCULLIS_SERVER_INVENTORY_SHAPES_H_
#define PORTCULLIS_SERVER_INVENTORY_SHAPES_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/base/shape.h"
#include "server/inventory/operation.h"
#include "server/store/snapshot.h"

namespace portcullis::inventory {

// A date that nobody wrote down is the Unix epoch: the model requires dates, and this one cannot be
// taken for a real one. It never changes, whatever is reloaded.
inline absl::Time DateOf(const std::optional<absl::Time>& date) {
  return date.value_or(absl::UnixEpoch());
}

// What reports call the root user, which has no name.
inline constexpr std::string_view kRootUserName = "<root_account>";

// Listings of AWS leave out tags, boundaries and last uses, which only the operation on one entity
// gives. Here they cost nothing, so every structure is always complete.

// User, and the root user in the same structure.
base::Shape UserShape(const store::User& user);
base::Shape RootShape(const store::Account& account);
base::Shape GroupShape(const store::Group& group);
// Role. Errors are those of `scope.activity`.
absl::StatusOr<base::Shape> RoleShape(const Scope& scope, const store::Role& role);
// InstanceProfile, with its role.
absl::StatusOr<base::Shape> InstanceProfileShape(const Scope& scope,
                                                 const store::InstanceProfile& profile);
// Policy. Its uses are those by `scope.account`.
base::Shape PolicyShape(const Scope& scope, const store::ManagedPolicy& policy);

// AttachedPolicy.
base::Shape AttachedPolicyShape(const store::ManagedPolicy& policy);

// A version of a managed policy, in force or not. Its id lives as long as the snapshot.
struct PolicyVersionView {
  std::string_view id;
  bool is_default = false;
  std::string document;
  absl::Time create_date;
};
// All of them, newest first.
std::vector<PolicyVersionView> VersionsOf(const store::ManagedPolicy& policy);
// PolicyVersion.
base::Shape PolicyVersionShape(const PolicyVersionView& version, bool with_document);

// UserDetail, GroupDetail, RoleDetail and ManagedPolicyDetail of GetAccountAuthorizationDetails.
base::Shape UserDetailShape(const Scope& scope, const store::User& user);
base::Shape GroupDetailShape(const Scope& scope, const store::Group& group);
absl::StatusOr<base::Shape> RoleDetailShape(const Scope& scope, const store::Role& role);
base::Shape ManagedPolicyDetailShape(const Scope& scope, const store::ManagedPolicy& policy);

// Tag, and a list of them; nothing is added if there are none.
base::Shape TagShape(const store::Tag& tag);
void AddTags(const std::vector<store::Tag>& tags, base::Shape* structure);

// A role's trust policy as JSON.
std::string TrustDocument(const store::Role& role);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_SHAPES_H_
