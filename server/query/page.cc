#include "server/query/page.h"

#include <optional>
#include <string>

#include "server/base/error_reason.h"
#include "server/base/numbers.h"

namespace portcullis::query {
namespace {

constexpr uint64_t kIndexMax = 1'000'000'000;

}  // namespace

absl::StatusOr<Page> ReadPage(const inventory::Parameters& parameters) {
  Page page;
  if (const std::optional<int64_t> items_max = parameters.GetInteger("MaxItems")) {
    page.items_max = static_cast<size_t>(*items_max);
  }
  if (parameters.Has("Marker")) {
    const std::optional<uint64_t> begin = base::ParseUnsigned(parameters.Get("Marker"), kIndexMax);
    if (!begin.has_value() || *begin == 0) return InvalidMarker();
    page.begin = static_cast<size_t>(*begin);
  }
  return page;
}

void AddPageEnd(size_t end, size_t size, base::Shape* result) {
  result->Add("IsTruncated", base::Shape::Boolean(end < size));
  if (end < size) result->Add("Marker", std::to_string(end));
}

absl::Status InvalidMarker() {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput",
                               "The Marker is not of an earlier answer.");
}

}  // namespace portcullis::query
