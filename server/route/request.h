// A request as it stands at a proxy's door: what every kind of proxy tells of it.
//
// Everything here is a view: nothing is copied, and whatever the views point at must live as long
// as the object is used.
#ifndef PORTCULLIS_SERVER_ROUTE_REQUEST_H_
#define PORTCULLIS_SERVER_ROUTE_REQUEST_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::route {

// One header. Names are in lower case; pseudo headers (":path") are not among them.
struct Header {
  std::string_view name;
  std::string_view value;
};

// What a proxy's own configuration says about the route, such as Envoy's context_extensions.
struct Extension {
  std::string_view name;
  std::string_view value;
};

struct Request {
  // A bare connection, of which nothing is known but the peers (Envoy's network filter): all but
  // `host`, which is then the server name of the TLS handshake, and `extensions` are empty.
  bool connection_only = false;

  std::string_view method;         // As sent: "GET".
  std::string_view scheme;         // "http" or "https"; empty: not known.
  std::string_view host;           // As sent: Host or :authority.
  std::string_view target;         // As sent: path and query, percent-encoded.
  std::string_view protocol = {};  // "HTTP/1.1", "HTTP/2", ...; empty: not known.
  absl::Span<const Header> headers;

  // The proxy joined headers of one name with commas, so one value may be several.
  bool headers_joined = false;

  // The proxy put `!` for every byte that is not UTF-8, so a `!` may stand for anything.
  bool bytes_replaced = false;

  // The whole body; nullopt if there may be one that was not handed over, or not all of it.
  std::optional<std::string_view> body = std::nullopt;

  absl::Span<const Extension> extensions;

  // The value of the only header of that name (in lower case); nullopt if there is none or several.
  std::optional<std::string_view> FindHeader(std::string_view name) const;
  size_t CountHeaders(std::string_view name) const;
  // Whether a request whose body was not handed over can be taken to have none: its head says so,
  // or says nothing and the method needs none (RFC 9110, section 9.3). Nothing follows from a head
  // that says nothing: HTTP/2 need not announce a body, and Envoy keeps Transfer-Encoding to
  // itself.
  bool AnnouncesNoBody() const;
  // nullopt if the proxy's configuration has no such name.
  std::optional<std::string_view> FindExtension(std::string_view name) const;
};

// What a proxy proves itself with that is known by neither its connection nor its certificate.
// Never part of a question, never handed on.
inline constexpr std::string_view kProxySecretHeader = "x-portcullis-proxy-secret";

// A request beyond these is refused before work is spent on it.
inline constexpr size_t kTargetBytesMax = size_t{16} * 1024;
inline constexpr size_t kHostBytesMax = 300;
inline constexpr size_t kMethodBytesMax = 32;
inline constexpr size_t kHeadersMax = 256;
inline constexpr size_t kHeaderBytesMax = size_t{128} * 1024;  // Names and values together.
inline constexpr size_t kPathSegmentsMax = 256;
inline constexpr size_t kQueryParametersMax = 1000;

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_REQUEST_H_
