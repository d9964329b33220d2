// Gets documents from identity providers over HTTPS.
#ifndef PORTCULLIS_SERVER_FEDERATION_HTTP_FETCHER_H_
#define PORTCULLIS_SERVER_FEDERATION_HTTP_FETCHER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace portcullis::federation {

inline constexpr size_t kHttpBodyBytesMax = 1 << 20;

struct HttpResponse {
  int status = 0;
  std::string body;
  std::string cache_control;  // The header's value, "" if there is none.
};

// An interface so that tests need no network. Implementations are thread-safe.
class HttpFetcher {
 public:
  virtual ~HttpFetcher() = default;

  // The answer to one GET, whatever its status code. Blocks for `timeout` at most. Fails if there
  // is no complete answer in time, or its body has more than kHttpBodyBytesMax bytes; the message
  // is for operators, not for whoever sent a token.
  virtual absl::StatusOr<HttpResponse> Get(const std::string& url, absl::Duration timeout) = 0;
};

struct HttpFetcherOptions {
  std::string ca_file;  // PEM; "" for the system's authorities.
  // Lets `http://` through for 127.0.0.1, [::1] and localhost. For tests.
  bool allow_loopback_http = false;
};

// Whether a document may be got from `url`: https (or as the option says), a host, no user, no
// fragment, nothing but printable ASCII.
absl::Status CheckFetchUrl(std::string_view url, bool allow_loopback_http);

// By libcurl. Certificates are always verified, TLS is 1.2 or later, at most three redirects are
// followed and only from https to https, nothing is decompressed, no cookies, no credentials.
std::unique_ptr<HttpFetcher> NewHttpFetcher(HttpFetcherOptions options);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_HTTP_FETCHER_H_
