// Pages of answers that the engine gives as a whole.
#ifndef PORTCULLIS_SERVER_QUERY_PAGE_H_
#define PORTCULLIS_SERVER_QUERY_PAGE_H_

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "server/base/shape.h"
#include "server/inventory/parameters.h"
#include "server/inventory/rules.h"

namespace portcullis::query {

// What a client asks for by MaxItems and Marker. Only for lists that are the same at every call: a
// marker is the index of the element that comes next.
struct Page {
  size_t begin = 0;
  size_t items_max = inventory::kMaxItemsDefault;
};

// REQUIRES: the parameters were validated by inventory::kMarkerRule and kMaxItemsRule.
// INVALID_ARGUMENT "InvalidInput" for a marker that no answer had.
absl::StatusOr<Page> ReadPage(const inventory::Parameters& parameters);

// Adds the list `name` with the page's part of `items`, each made by `shape(item)`. Returns where
// the page ends. "InvalidInput" if it begins behind the list.
template <typename Items, typename MakeShape>
absl::StatusOr<size_t> AddPage(std::string_view name, const Items& items, const Page& page,
                               const MakeShape& shape, base::Shape* result);

// Adds IsTruncated and, if there is more, Marker.
void AddPageEnd(size_t end, size_t size, base::Shape* result);

// ---- Implementation -----------------------------------------------------------------------------

absl::Status InvalidMarker();

template <typename Items, typename MakeShape>
absl::StatusOr<size_t> AddPage(std::string_view name, const Items& items, const Page& page,
                               const MakeShape& shape, base::Shape* result) {
  if (page.begin > 0 && page.begin >= items.size()) return InvalidMarker();
  const size_t end = page.begin + std::min(items.size() - page.begin, page.items_max);
  base::Shape list = base::Shape::List();
  for (size_t i = page.begin; i < end; ++i) list.Append(shape(items[i]));
  result->Add(name, std::move(list));
  return end;
}

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_PAGE_H_
