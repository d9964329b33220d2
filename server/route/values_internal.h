// Values that a request gives, if it gives exactly one. Only for this directory.
//
// A value decides what is asked, so it has to be the one that the application will see. Readers
// differ in whether the first or the last of several counts, in the case of query parameters, and
// in whether `x_tenant` is the header `x-tenant`; what depends on such a choice is no value.
#ifndef PORTCULLIS_SERVER_ROUTE_VALUES_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_VALUES_INTERNAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "server/route/canonical_request.h"
#include "server/route/request.h"
#include "server/route/table.h"

namespace portcullis::route {

// What a question is made of. Views of what AskFor() was given.
struct Values {
  const Gateway& gateway;
  const Request& request;
  const CanonicalRequest& canonical;
  const std::vector<std::string>& path_variables;
};

// Whether the request has a header of that name, or one that some readers take for it.
bool HasHeader(const Request& request, std::string_view name);

// The one value of a header; kMissingValue if there is none, an empty one, several, or one that may
// be several or garbled: joined by a comma, or with a `!`, by which Envoy replaces what is not
// UTF-8 when it sends headers joined.
absl::StatusOr<std::string_view> OnlyHeaderValue(const Request& request, std::string_view name);

// OK unless what was sent for the parameter's name and value has several readings, which is
// kMissingValue: a `+` that is not encoded, or a `!` where Envoy replaces bytes.
absl::Status CheckReading(const QueryParameter& parameter);

// The one value of a query parameter; kMissingValue likewise, for a `;` that is not encoded, and as
// CheckReading says.
absl::StatusOr<std::string_view> OnlyQueryValue(const CanonicalRequest& canonical,
                                                std::string_view name);

// Whether one of several or joined headers of that name may be `value` to the application although
// another one may count: nothing can be said then. `matches` tells whether the only one is.
struct HeaderMatch {
  bool matches = false;
  bool ambiguous = false;
};
HeaderMatch MatchHeader(const Request& request, std::string_view name, std::string_view value);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_VALUES_INTERNAL_H_
