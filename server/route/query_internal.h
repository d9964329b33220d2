// Query strings with one reading. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_QUERY_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_QUERY_INTERNAL_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "server/route/canonical_request.h"

namespace portcullis::route {

// The parameters of `raw`, which is what stands behind the first "?". Empty ones ("a&&b") are
// nobody's and left out. `bytes_replaced` as in Request. Refusal::kMalformed, and kAmbiguousPath
// for a fragment.
absl::Status DecodeQuery(std::string_view raw, bool bytes_replaced,
                         std::vector<QueryParameter>* parameters);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_QUERY_INTERNAL_H_
