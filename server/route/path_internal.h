// Paths with one reading. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_PATH_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_PATH_INTERNAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "server/route/canonical_request.h"

namespace portcullis::route {

struct DecodedPath {
  std::string path;
  std::vector<std::string> segments;
  bool trailing_slash = false;
};

// The path of a target, that is, without its query, as CanonicalRequest describes it; with the
// refusals that Canonicalize() lists. REQUIRES: `raw` begins with "/".
absl::Status DecodePath(std::string_view raw, const PathOptions& options, DecodedPath* decoded);

// What is wrong with a decoded segment, as a clause ("is a dot segment"); empty if nothing is.
// Empty segments are the caller's business.
std::string_view FlawOfSegment(std::string_view segment, const PathOptions& options);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_PATH_INTERNAL_H_
