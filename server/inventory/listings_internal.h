// Listings as most operations make them.
#ifndef PORTCULLIS_SERVER_INVENTORY_LISTINGS_INTERNAL_H_
#define PORTCULLIS_SERVER_INVENTORY_LISTINGS_INTERNAL_H_

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/shape.h"
#include "server/base/status_macros.h"
#include "server/inventory/operation.h"
#include "server/inventory/page_internal.h"
#include "server/inventory/parameters.h"

namespace portcullis::inventory {

// The rows of each file.
absl::Span<const Operation> AccountOperations();
absl::Span<const Operation> ContextKeyOperations();
absl::Span<const Operation> CredentialOperations();
absl::Span<const Operation> EntityPolicyOperations();
absl::Span<const Operation> GroupOperations();
absl::Span<const Operation> InstanceProfileOperations();
absl::Span<const Operation> ManagedPolicyOperations();
absl::Span<const Operation> ProviderOperations();
absl::Span<const Operation> RoleOperations();
absl::Span<const Operation> UploadOperations();
absl::Span<const Operation> UserOperations();

// The page of `sorted`, in byte order of names, whose paths begin with `path_prefix`, as `member`.
// `shape_of(const T&)` gives a Shape or an absl::StatusOr of one.
template <typename T, typename ShapeOf>
absl::StatusOr<base::Shape> ListByName(std::string_view operation, const Parameters& parameters,
                                       std::string_view member, absl::Span<const T* const> sorted,
                                       std::string_view path_prefix, ShapeOf shape_of) {
  ASSIGN_OR_RETURN(Page page, Page::Create(operation, parameters));
  base::Shape list = base::Shape::List();
  for (const T* element : page.From(sorted)) {
    if (!std::string_view(element->path).starts_with(path_prefix)) continue;
    if (!page.Take(element->name)) break;
    absl::StatusOr<base::Shape> shape = shape_of(*element);
    RETURN_IF_ERROR(shape.status());
    list.Append(*std::move(shape));
  }
  base::Shape result = base::Shape::Structure();
  result.Add(member, std::move(list));
  page.Finish(&result);
  return result;
}

// The page of elements in any order, by `key_of(const T&)`, as `member`.
template <typename T, typename KeyOf, typename ShapeOf>
absl::StatusOr<base::Shape> ListByKey(std::string_view operation, const Parameters& parameters,
                                      std::string_view member, const std::vector<T>& elements,
                                      KeyOf key_of, ShapeOf shape_of) {
  ASSIGN_OR_RETURN(Page page, Page::Create(operation, parameters));
  std::vector<std::pair<std::string, const T*>> sorted;
  for (const T& element : elements) {
    std::string key = BoundedKey(key_of(element));
    if (!page.IsPast(key)) sorted.emplace_back(std::move(key), &element);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  base::Shape list = base::Shape::List();
  for (const auto& [key, element] : sorted) {
    if (!page.Take(key)) break;
    list.Append(shape_of(*element));
  }
  base::Shape result = base::Shape::Structure();
  result.Add(member, std::move(list));
  page.Finish(&result);
  return result;
}

// The page of an entity's tags, by key, as `Tags`.
absl::StatusOr<base::Shape> ListTags(std::string_view operation, const Parameters& parameters,
                                     const std::vector<store::Tag>& tags);

// In byte order of names.
template <typename T>
std::vector<const T*> SortedByName(std::vector<const T*> elements) {
  std::sort(elements.begin(), elements.end(),
            [](const T* a, const T* b) { return a->name < b->name; });
  return elements;
}

// A result with one member.
inline base::Shape ResultOf(std::string_view member, base::Shape shape) {
  base::Shape result = base::Shape::Structure();
  result.Add(member, std::move(shape));
  return result;
}

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_LISTINGS_INTERNAL_H_
