// The operations of the IAM API that would change an account. Its policies are read from files, so
// none of them can be carried out; what they are about is known, and so is the file to edit.
#ifndef PORTCULLIS_SERVER_INVENTORY_WRITE_OPERATIONS_H_
#define PORTCULLIS_SERVER_INVENTORY_WRITE_OPERATIONS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/inventory/operation.h"
#include "server/inventory/parameters.h"

namespace portcullis::inventory {

// Of what an operation changes.
enum class EntityKind : uint8_t {
  kAccount,
  kUser,
  kGroup,
  kRole,
  kInstanceProfile,
  kManagedPolicy,
  kOidcProvider,
  kSamlProvider,
  kMfaDevice,
};

// One operation.
struct WriteOperation {
  std::string_view name;  // "AttachRolePolicy".
  EntityKind kind = EntityKind::kAccount;
  // What it changes, by its name, ARN or serial number; empty: the account.
  ParameterRule parameter;
  bool creates = false;  // It makes the entity, which is in no file yet.

  // `parameter` as a list; empty if there is none.
  absl::Span<const ParameterRule> rules() const {
    return {&parameter, parameter.name.empty() ? size_t{0} : size_t{1}};
  }
};

// All rows, sorted by name.
absl::Span<const WriteOperation> WriteOperations();
// nullptr: IAM has no such operation, or one of no concern here.
const WriteOperation* FindWriteOperation(std::string_view name);

// The resource on which the caller needs `iam:<name>`; errors as Operation::resource.
absl::StatusOr<std::string> ResourceOf(const WriteOperation& operation, const Scope& scope,
                                       const Parameters& parameters);

// What whoever may do it is told: PERMISSION_DENIED "AccessDenied", with the file and line that
// define the entity, or that it is to be added to a file.
absl::Status RefuseWrite(const WriteOperation& operation, const Scope& scope,
                         const Parameters& parameters);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_WRITE_OPERATIONS_H_
