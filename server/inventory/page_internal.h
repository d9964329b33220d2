// One page of a listing: where it begins, when it is full, how to go on.
#ifndef PORTCULLIS_SERVER_INVENTORY_PAGE_INTERNAL_H_
#define PORTCULLIS_SERVER_INVENTORY_PAGE_INTERNAL_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "server/base/shape.h"
#include "server/inventory/parameters.h"

namespace portcullis::inventory {

// Elements are listed in byte order of their keys. A marker holds the operation and the key of the
// last element that was given, nothing else: it needs no memory here, means the same on every
// replica and after every reload, and whatever came or went meanwhile, no element that was there
// all the time is left out or given twice.
//
// Use: begin each list with From() or, where keys cannot be searched for, skip what IsPast() says;
// Take() each element before it is added, and stop when that fails; Finish().
class Page {
 public:
  // Keys are cut to this (see BoundedKey) so that markers fit into their 320 characters.
  static constexpr size_t kKeyBytesMax = 160;

  // Reads `Marker` and `MaxItems`. INVALID_ARGUMENT "InvalidInput" for a marker that is none of
  // this operation's.
  static absl::StatusOr<Page> Create(std::string_view operation, const Parameters& parameters);

  // Whether the element was given on an earlier page.
  bool IsPast(std::string_view key) const { return after_.has_value() && key <= *after_; }

  // The elements of `sorted` that earlier pages did not give. `sorted` is in byte order of `name`.
  // Several lists on one page have a `kind` each, ascending, which begins their keys.
  template <typename T>
  absl::Span<const T* const> From(absl::Span<const T* const> sorted,
                                  std::string_view kind = {}) const {
    const std::optional<std::string_view> after = AfterIn(kind);
    if (!after.has_value()) return sorted;
    const auto begin = std::upper_bound(
        sorted.begin(), sorted.end(), *after,
        [](std::string_view name, const T* element) { return name < element->name; });
    return sorted.subspan(static_cast<size_t>(begin - sorted.begin()));
  }

  // Room for the element? If not, there is another page, and nothing more fits on this one.
  bool Take(std::string_view key);
  bool full() const { return truncated_; }

  // Adds IsTruncated and, if it is true, Marker.
  void Finish(base::Shape* result) const;

 private:
  Page(std::string_view operation, std::optional<std::string> after, int64_t count_max)
      : operation_(operation), after_(std::move(after)), count_max_(count_max) {}

  // What of the last key concerns the list `kind`: nullopt if nothing of the list was given.
  std::optional<std::string_view> AfterIn(std::string_view kind) const;

  std::string_view operation_;
  std::optional<std::string> after_;  // The key of the last element of the page before.
  int64_t count_max_;
  int64_t count_ = 0;
  bool truncated_ = false;
  std::string last_;
};

// A key of at most Page::kKeyBytesMax bytes for `text`, with the same order but for texts that
// differ only behind that: these have an order of their own.
std::string BoundedKey(std::string_view text);

}  // namespace portcullis::inventory

#endif  // PORTCULLIS_SERVER_INVENTORY_PAGE_INTERNAL_H_
