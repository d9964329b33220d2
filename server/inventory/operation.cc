#include "server/inventory/operation.h"

#include <algorithm>
#include <vector>

#include "server/inventory/listings_internal.h"

namespace portcullis::inventory {
namespace {

bool ComesBefore(const Operation& a, const Operation& b) {
  return a.name < b.name;
}

}  // namespace

absl::Span<const Operation> Operations() {
  static const auto* const all = [] {
    auto* rows = new std::vector<Operation>();
    for (const auto rows_of_file :
         {AccountOperations, ContextKeyOperations, CredentialOperations, EntityPolicyOperations,
          GroupOperations, InstanceProfileOperations, ManagedPolicyOperations, ProviderOperations,
          RoleOperations, UploadOperations, UserOperations}) {
      const absl::Span<const Operation> some = rows_of_file();
      rows->insert(rows->end(), some.begin(), some.end());
    }
    std::sort(rows->begin(), rows->end(), ComesBefore);
    return rows;
  }();
  return *all;
}

const Operation* FindOperation(std::string_view name) {
  const absl::Span<const Operation> all = Operations();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const Operation& row, std::string_view wanted) { return row.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace portcullis::inventory
