// Hosts with one reading. Only for this directory; CanonicalHost is declared in
// canonical_request.h.
#ifndef PORTCULLIS_SERVER_ROUTE_HOST_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_HOST_INTERNAL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::route {

// CanonicalHost() without the port: what an author may write in a gateway's `Hosts`, where a port
// would be a mistake. A final dot and capitals are an author's, too.
absl::StatusOr<std::string> CanonicalHostName(std::string_view name);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_HOST_INTERNAL_H_
