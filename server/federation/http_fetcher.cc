#include "server/federation/http_fetcher.h"

#include <algorithm>
#include <utility>

#include "curl/curl.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::federation {
namespace {

using base::StrCat;

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";
constexpr long kRedirectsMax = 3;
constexpr size_t kUrlBytesMax = 2048;

// Once per process and before any handle is made; what it sets up is kept.
bool CurlIsReady() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// The host of an authority: without its port.
std::string_view HostOf(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    const size_t end = authority.find(']');
    return end == std::string_view::npos ? "" : authority.substr(0, end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool IsLoopback(std::string_view host) {
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

size_t AppendToBody(char* data, size_t size, size_t count, void* body) {
  auto* text = static_cast<std::string*>(body);
  const size_t bytes = size * count;
  if (bytes > kHttpBodyBytesMax - text->size())
    return 0;  // Anything but `bytes` ends the transfer.
  text->append(data, bytes);
  return bytes;
}

std::string HeaderOf(CURL* handle, const char* name) {
  std::string value;
  curl_header* header = nullptr;
  for (size_t i = 0; curl_easy_header(handle, name, i, CURLH_HEADER, -1, &header) == CURLHE_OK;
       ++i) {
    value += value.empty() ? header->value : StrCat(",", header->value);
    if (i + 1 >= header->amount) break;
  }
  return value;
}

class CurlFetcher : public HttpFetcher {
 public:
  explicit CurlFetcher(HttpFetcherOptions options) : options_(std::move(options)) {}

  absl::StatusOr<HttpResponse> Get(const std::string& url, absl::Duration timeout) override;

 private:
  // Whether every option could be set: a handle without one of them must not be used.
  bool Configure(CURL* handle, const std::string& url, absl::Duration timeout) const;

  const HttpFetcherOptions options_;
};

bool CurlFetcher::Configure(CURL* handle, const std::string& url, absl::Duration timeout) const {
  const bool is_https = url.compare(0, kHttps.size(), kHttps) == 0;
  const auto milliseconds =
      static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(timeout)));
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) {
    ok = curl_easy_setopt(handle, option, value) == CURLE_OK && ok;
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, is_https ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, kRedirectsMax);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) {
    set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!is_https) set(CURLOPT_NOPROXY, "*");  // Loopback is here, not where a proxy is.
  set(CURLOPT_NOSIGNAL, 1L);                 // Signals belong to the process, not to a library.
  set(CURLOPT_TIMEOUT_MS, milliseconds);
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
  set(CURLOPT_MAXFILESIZE, static_cast<long>(kHttpBodyBytesMax));
  set(CURLOPT_USERAGENT, "portcullis/" PORTCULLIS_VERSION);
  return ok;
}

absl::StatusOr<HttpResponse> CurlFetcher::Get(const std::string& url, absl::Duration timeout) {
  RETURN_IF_ERROR(CheckFetchUrl(url, options_.allow_loopback_http));
  if (timeout <= absl::ZeroDuration()) return absl::DeadlineExceededError("no time is left");
  if (!CurlIsReady()) return absl::InternalError("libcurl cannot be initialised");
  const std::unique_ptr<CURL, HandleDeleter> handle(curl_easy_init());
  HttpResponse response;
  char reason[CURL_ERROR_SIZE] = "";
  if (handle == nullptr || !Configure(handle.get(), url, timeout) ||
      curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, AppendToBody) != CURLE_OK ||
      curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &response.body) != CURLE_OK ||
      curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, reason) != CURLE_OK) {
    return absl::InternalError("libcurl cannot be configured");
  }
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(
        StrCat("cannot get ", url, ": ", reason[0] != '\0' ? reason : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  response.cache_control = HeaderOf(handle.get(), "Cache-Control");
  return response;
}

}  // namespace

absl::Status CheckFetchUrl(std::string_view url, bool allow_loopback_http) {
  const auto refuse = [&](std::string_view problem) {
    return absl::InvalidArgumentError(StrCat(base::Quoted(url), " ", problem));
  };
  const bool is_https = url.substr(0, kHttps.size()) == kHttps;
  const bool is_http = url.substr(0, kHttp.size()) == kHttp;
  if (!is_https && !(is_http && allow_loopback_http)) return refuse("does not begin with https://");
  const bool is_plain =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_plain || url.size() > kUrlBytesMax) return refuse("is not an address");
  const std::string_view rest = url.substr(is_https ? kHttps.size() : kHttp.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find_first_of("@\\%") != std::string_view::npos ||
      url.find('#') != std::string_view::npos) {
    return refuse("must not have a user, an escaped host or a fragment");
  }
  const std::string_view host = HostOf(authority);
  if (host.empty()) return refuse("has no host");
  if (is_http && !IsLoopback(host)) return refuse("does not begin with https://");
  return absl::OkStatus();
}

std::unique_ptr<HttpFetcher> NewHttpFetcher(HttpFetcherOptions options) {
  return std::make_unique<CurlFetcher>(std::move(options));
}

}  // namespace portcullis::federation
