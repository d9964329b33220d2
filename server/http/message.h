// HTTP requests and responses as handlers see them: nothing of the library that moves them.
#ifndef PORTCULLIS_SERVER_HTTP_MESSAGE_H_
#define PORTCULLIS_SERVER_HTTP_MESSAGE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace portcullis::http {

// One header line as received, in the order received, its name in whatever case the client chose.
// Headers that occur several times are several of these. Values are without the blanks around them.
struct Header {
  std::string_view name;
  std::string_view value;
};

// A whole request: well-formed, within the server's bounds, its body complete (chunks joined).
// Views live until the handler returns.
struct Request {
  std::string_view method;  // As sent: "POST".
  std::string_view target;  // As sent, percent-encoded: "/path?query".
  std::string_view path;    // Of `target`, up to the "?"; still encoded.
  std::string_view query;   // Behind the "?"; empty if there is none.
  absl::Span<const Header> headers;
  std::string_view body;

  std::string_view peer_address;  // "192.0.2.1", "2001:db8::1": no port; empty: a Unix socket.
  bool secure = false;            // Over TLS.
  // Whom the client's certificate names, verified against ServerOptions::tls' client authorities:
  // its SPIFFE ID first, if it has one, then other URIs and DNS names. Empty without one.
  absl::Span<const std::string_view> client_names;

  // The value of the only header of that name, in any case; empty if there is none or several.
  std::string_view FindHeader(std::string_view name) const;
  // How many headers have the name.
  size_t CountHeaders(std::string_view name) const;
};

struct ResponseHeader {
  std::string name;
  std::string value;
};

// What a handler answers. The server adds Date, Content-Length, Connection and Server; headers with
// line ends in them are a programming error and make the answer a 500.
struct Response {
  int status = 200;
  std::vector<ResponseHeader> headers = {};
  std::string body = {};  // Not sent for HEAD.
  bool close = false;     // The connection ends after this response.
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_MESSAGE_H_
