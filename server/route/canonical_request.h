// The one reading of a request on which rules and the application behind the proxy agree.
//
// Proxies and applications differ in how they read unusual paths and hosts, and whoever finds two
// that differ walks past the rules. So nothing is normalised in silence here: what has more than
// one reading is refused (Envoy: CVE-2019-9901, CVE-2021-29492, CVE-2021-32777, CVE-2021-32779).
#ifndef PORTCULLIS_SERVER_ROUTE_CANONICAL_REQUEST_H_
#define PORTCULLIS_SERVER_ROUTE_CANONICAL_REQUEST_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "server/route/request.h"

namespace portcullis::route {

// What a gateway lets through although some applications read it in other ways than others.
struct PathOptions {
  // "/a//b": kept as they are. The final one is always fine ("/a/"), the first never ("//a"), since
  // readers of URLs take it for the beginning of a host.
  bool empty_segments = false;
  bool semicolons = false;  // "/a;v=1": part of the segment.
  bool overrides = false;   // X-HTTP-Method-Override and the like: of no meaning here.
};

// `host` in lower case, without its port and without a final dot: "api.example.com", "192.0.2.1",
// "2001:db8::1" (no brackets). Refusal::kAmbiguousHost for user information, a port that is none,
// labels with other characters than letters, digits, `-` and `_`, a name that ends in a number and
// is no dotted quad ("127.1"), or nothing at all. IPv6 addresses come out as RFC 5952 writes them.
absl::StatusOr<std::string> CanonicalHost(std::string_view host);

struct QueryParameter {
  std::string name;  // Decoded.
  std::string value;
  bool has_value = false;  // "?acl" has none, "?acl=" an empty one.
  // Written with a `;`, which separates parameters to some readers, or with a `+`, which is a blank
  // to some: whoever decides by a value refuses such.
  bool has_semicolon = false;
  bool has_plus = false;
  // Likewise: a `!` that may stand for a byte which the proxy replaced.
  bool may_have_lost_bytes = false;
};

// Owns its texts.
struct CanonicalRequest {
  std::string method;                 // As sent; methods are case-sensitive.
  std::string host;                   // CanonicalHost.
  std::string path;                   // Decoded once: "/a b/c". Begins with "/".
  std::vector<std::string> segments;  // Between the slashes, decoded: {"a b", "c"}; "/": {}.
  bool trailing_slash = false;        // "/a/": segments {"a"} and this.
  std::vector<QueryParameter> query;  // In order.

  // application/grpc requests: "pkg.Service" and "Method"; empty for others.
  std::string grpc_service;
  std::string grpc_method;

  // nullptr if there is none; several of one name are Refusal::kMissingValue for whoever needs it,
  // so this gives the first and CountQuery() says how many.
  const QueryParameter* FindQuery(std::string_view name) const;
  size_t CountQuery(std::string_view name) const;
};

// Splits the target at the first "?", then decodes each segment and parameter once.
//
// Refusal::kAmbiguousPath for a path that is not what every reader makes of it: dot segments (also
// encoded), empty segments and semicolons unless allowed, backslashes, encoded slashes and
// backslashes, encoded percent signs in front of two hex digits (double encoding), encoded
// characters that need no encoding, control characters and DEL, encoded or not, a fragment, an
// overlong or otherwise invalid UTF-8 sequence, blanks and characters outside ASCII that are not
// encoded, a segment that ends in a dot or a blank, a `%` that encodes nothing, a `!` that may
// stand for another byte; and, unless allowed, for headers by which the request says that it is
// another one (CheckOverrides). Refusal::kMalformed for a target that does not begin with "/" ("*",
// absolute forms, CONNECT), a query that does not decode, and bounds exceeded. For a bare
// connection only the host is set, and may be empty.
absl::StatusOr<CanonicalRequest> Canonicalize(const Request& request, const PathOptions& options);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_CANONICAL_REQUEST_H_
