#include "server/inventory/listings_internal.h"

#include "server/inventory/shapes.h"

namespace portcullis::inventory {

absl::StatusOr<base::Shape> ListTags(std::string_view operation, const Parameters& parameters,
                                     const std::vector<store::Tag>& tags) {
  return ListByKey(
      operation, parameters, "Tags", tags,
      [](const store::Tag& tag) { return std::string_view(tag.key); }, TagShape);
}

}  // namespace portcullis::inventory
