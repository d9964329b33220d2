// Headers by which a request says that it is another one. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_OVERRIDE_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_OVERRIDE_INTERNAL_H_

#include "absl/status/status.h"

#include "server/route/request.h"

namespace portcullis::route {

// Frameworks have headers that replace a request's method (X-HTTP-Method-Override) or its path
// (X-Original-URL, CVE-2018-14773). An application that follows one does something else than what
// was decided. Refusal::kAmbiguousPath if the request has one that does not say what is so anyway.
absl::Status CheckOverrides(const Request& request);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_OVERRIDE_INTERNAL_H_
