// The read operations of the IAM API (version 2010-05-08) on what an account holds: one row each.
#ifndef PORTCULLIS_SERVER_INVENTORY_OPERATION_H_
#define PORTCULLIS_SERVER_INVENTORY_OPERATION_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/base/shape.h"
#include "server/inventory/parameters.h"
#include "server/state/activity.h"
#include "server/store/snapshot.h"

namespace portcullis::inventory {

// Whose inventory is asked about, in which snapshot. Not owned; outlives the call.
struct Scope {
  const store::Snapshot& snapshot;
  const store::Account& account;               // The caller's; nothing else is visible.
  const store::User* user = nullptr;           // The calling user; nullptr: root or a role session.
  state::ActivityTracker* activity = nullptr;  // nullptr: no last uses are known.
  bool is_root = false;                        // The caller is the account's root user.
  // When a provider's metadata runs out; nullptr: nobody here can read it.
  std::function<std::optional<absl::Time>(const store::SamlProvider& provider)> saml_valid_until =
      nullptr;
};

// One operation. Both functions are pure but for `Scope::activity`, and get parameters that
// Validate() accepted.
struct Operation {
  std::string_view name;  // "ListUsers"; the permission is `iam:` and this.
  absl::Span<const ParameterRule> parameters;

  // The resource on which the caller needs that permission: the ARN of the entity in question, "as
  // if" for one that does not exist, or what the operation's row in the service's authorization
  // reference says. INVALID_ARGUMENT "ValidationError" if a user has to be named and was not.
  absl::StatusOr<std::string> (*resource)(const Scope& scope, const Parameters& parameters);

  // The members of the operation's result, in the order of the service's model. NOT_FOUND
  // "NoSuchEntity", INVALID_ARGUMENT "InvalidInput" or "ValidationError".
  absl::StatusOr<base::Shape> (*read)(const Scope& scope, const Parameters& parameters);
};

// All rows, sorted by name.
absl::Span<const Operation> Operations();
// nullptr: this module has no such operation.
const Operation* FindOperation(std::string_view name);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_OPERATION_H_
