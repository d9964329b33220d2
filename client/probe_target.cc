#include "client/probe_target.h"

#include <memory>

#include "curl/curl.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

bool HasPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  const bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return has;
}

absl::Status NotAUrl(std::string_view url, std::string_view problem) {
  return absl::InvalidArgumentError(base::StrCat(base::Quoted(url), " ", problem));
}

}  // namespace

std::string ProbeTarget::ConnectionUrl() const {
  return base::StrCat(scheme, "://", host, ":", port, "/");
}

absl::StatusOr<ProbeTarget> ParseProbeTarget(std::string_view url) {
  const std::unique_ptr<CURLU, UrlDeleter> parsed(curl_url());
  if (parsed == nullptr) return absl::InternalError("libcurl cannot read URLs");
  const std::string text(url);
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(),
                   CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
  // libcurl forgives a slash too many, and reads the path as a host.
  const bool forgiven = url.find(":///") != std::string_view::npos;
  if (code != CURLUE_OK || forgiven || url.find('\0') != std::string_view::npos) {
    return NotAUrl(url, "is not a URL such as `https://orders.example.com/orders/7`");
  }
  ProbeTarget target;
  target.scheme = Part(parsed.get(), CURLUPART_SCHEME);
  if (target.scheme != "http" && target.scheme != "https") {
    return NotAUrl(url, "does not begin with http:// or https://");
  }
  if (HasPart(parsed.get(), CURLUPART_FRAGMENT)) {
    return NotAUrl(url, "has a fragment, which clients do not send");
  }
  target.host = Part(parsed.get(), CURLUPART_HOST);
  const std::string port = Part(parsed.get(), CURLUPART_PORT);
  target.port = Part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  target.authority = port.empty() ? target.host : base::StrCat(target.host, ":", port);
  target.path = Part(parsed.get(), CURLUPART_PATH);
  if (HasPart(parsed.get(), CURLUPART_QUERY)) {
    target.query = base::StrCat("?", Part(parsed.get(), CURLUPART_QUERY));
  }
  if (target.host.empty() || target.path.empty()) return NotAUrl(url, "has no host");
  return target;
}

}  // namespace portcullis::client
