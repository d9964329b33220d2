#include "server/forward_auth/sub_request.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"

#include "server/base/blanks.h"
#include "server/base/text.h"

namespace portcullis::forward_auth {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";
constexpr std::string_view kRealIp = "x-real-ip";
constexpr std::string_view kContentLength = "content-length";
// Proxies do not send the Content-Length of a body that they keep, but signatures may cover it.
constexpr std::string_view kOriginalContentLength = "x-original-content-length";
// Added by Envoy to a request whose body it hands over; it drops the client's own.
constexpr std::string_view kPartialBody = "x-envoy-auth-partial-body";

// Of the connection between the proxy and us, or written by the proxy about the request.
constexpr std::array<std::string_view, 14> kProxysOwn = {
    "connection",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "forwarded",
    kRealIp,
    kContentLength,
    "x-sent-from",
    "x-auth-request-redirect",
};
constexpr std::array<std::string_view, 2> kProxysOwnPrefixes = {"x-original-", "x-forwarded-"};
constexpr std::string_view kEnvoysOwnPrefix = "x-envoy-";

bool IsProxysOwn(const Profile& profile, std::string_view name) {
  if (name == route::kProxySecretHeader) return true;
  // Whom earlier proxies had the request from: Proxies[].TrustedHops says what of it is believed.
  if (name == kForwardedFor) return profile.source == Profile::Source::kUnknown;
  if (std::find(kProxysOwn.begin(), kProxysOwn.end(), name) != kProxysOwn.end()) return true;
  if (profile.in_request_line && name.starts_with(kEnvoysOwnPrefix)) return true;
  return std::any_of(kProxysOwnPrefixes.begin(), kProxysOwnPrefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

bool IsToken(std::string_view text) {
  static constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kSigns.find(c) != std::string_view::npos;
  });
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= 19 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

bool IsAddress(std::string_view text) {
  const std::string address(text);
  in6_addr bytes{};
  return inet_pton(AF_INET, address.c_str(), &bytes) == 1 ||
         inet_pton(AF_INET6, address.c_str(), &bytes) == 1;
}

}  // namespace

SubRequest::SubRequest(const Profile& profile, const http::Request& request,
                       std::string_view problem)
    : profile_(profile), request_(request), problem_(problem) {
  if (profile_.in_request_line) {
    ReadRequestLine();
  } else if (problem_.empty()) {
    ReadNamedHeaders();
  }
  if (problem_.empty()) ReadSource();
  ReadSecret();
  CopyHeaders();
  ReadBody();
  trace_parent_ = request_.FindHeader("traceparent");
  if (problem_.empty()) return;
  const auto headers = original_.headers;
  original_ = route::Request();
  original_.headers = headers;
  source_address_ = {};
}

// The first problem is told.
void SubRequest::Fail(std::string_view problem) {
  if (problem_.empty()) problem_ = problem;
}

// The value of a header of the profile; empty if there is none.
std::string_view SubRequest::Take(std::string_view name) {
  if (name.empty()) return {};
  if (request_.CountHeaders(name) > 1) Fail(base::Concat({name, " is there twice"}));
  return request_.FindHeader(name);
}

std::string_view SubRequest::Require(std::string_view name) {
  const std::string_view value = Take(name);
  if (value.empty()) Fail(base::Concat({name, " is missing"}));
  return value;
}

void SubRequest::ReadRequestLine() {
  original_.method = request_.method;
  original_.target = request_.target;
  // Nothing but the prefix and the path behind it is a path of the application's.
  if (original_.target.starts_with(kEnvoyPrefix)) {
    original_.target.remove_prefix(kEnvoyPrefix.size());
  } else {
    original_.target = {};
  }
  if (!original_.target.starts_with('/')) Fail("there is no path behind the prefix /ext_authz");
  original_.host = Require("host");
}

void SubRequest::ReadNamedHeaders() {
  original_.method = Require(profile_.method_header);
  if (!IsToken(original_.method)) Fail(base::Concat({profile_.method_header, " is malformed"}));
  const std::string_view url = Take(profile_.url_header);
  if (!url.empty()) {
    ReadUrl(url);
    return;
  }
  original_.target = Require(profile_.uri_header);
  original_.host = Require(profile_.host_header);
  ReadScheme(Take(profile_.scheme_header));
}

// As nginx writes it: "$scheme://$http_host$request_uri".
void SubRequest::ReadUrl(std::string_view url) {
  if (!Take(profile_.uri_header).empty() || !Take(profile_.host_header).empty()) {
    return Fail(base::Concat({profile_.url_header, " is there, and another that tells the same"}));
  }
  const std::string malformed = base::Concat({profile_.url_header, " is malformed"});
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return Fail(malformed);
  ReadScheme(url.substr(0, scheme_end));
  url.remove_prefix(scheme_end + 3);
  const size_t host_end = url.find_first_of("/?#");
  if (host_end == 0 || host_end == std::string_view::npos || url[host_end] != '/') {
    return Fail(malformed);
  }
  original_.host = url.substr(0, host_end);
  original_.target = url.substr(host_end);
}

void SubRequest::ReadScheme(std::string_view scheme) {
  if (scheme == "https" || scheme == "wss") {  // Traefik says the latter of WebSockets.
    original_.scheme = "https";
  } else if (scheme == "http" || scheme == "ws") {
    original_.scheme = "http";
  } else if (!scheme.empty()) {
    Fail("the scheme of the request is neither http nor https");
  }
}

void SubRequest::ReadSource() {
  switch (profile_.source) {
    case Profile::Source::kUnknown:
      return;
    case Profile::Source::kRealIp:
      source_address_ = Take(kRealIp);
      if (!source_address_.empty() && !IsAddress(source_address_)) {
        Fail("x-real-ip is not an address");
      }
      return;
    case Profile::Source::kForwardedFor: {
      const std::string_view list = Take(kForwardedFor);
      const size_t comma = list.rfind(',');
      source_address_ =
          base::TrimBlanks(comma == std::string_view::npos ? list : list.substr(comma + 1));
      if (!list.empty() && !IsAddress(source_address_)) {
        Fail("x-forwarded-for does not end in an address");
      }
      return;
    }
  }
}

void SubRequest::ReadSecret() {
  secret_ = request_.FindHeader(route::kProxySecretHeader);
  if (request_.CountHeaders(route::kProxySecretHeader) > 1) {
    Fail(base::Concat({route::kProxySecretHeader, " is there twice"}));
  }
}

void SubRequest::CopyHeaders() {
  size_t size = 0;
  for (const http::Header& header : request_.headers) size += header.name.size();
  names_.reserve(size);
  headers_.reserve(request_.headers.size() + 1);
  for (const http::Header& header : request_.headers) {
    const size_t begin = names_.size();
    for (const char c : header.name) {
      names_.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
    const std::string_view name(names_.data() + begin, header.name.size());
    if (!IsProxysOwn(profile_, name)) headers_.push_back({name, header.value});
  }
}

// A body that does not come along is unknown, even where the proxy says that there is none: the
// Content-Length here is its own.
void SubRequest::ReadBody() {
  std::string_view length;
  if (profile_.may_have_body && request_.FindHeader(kPartialBody) == "false") {
    original_.body = request_.body;
    length = request_.FindHeader(kContentLength);
  } else {
    length = Take(kOriginalContentLength);
    if (!length.empty() && !IsNumber(length)) {
      Fail(base::Concat({kOriginalContentLength, " is malformed"}));
    }
  }
  if (!length.empty()) headers_.push_back({kContentLength, length});
  original_.headers = headers_;
  original_.headers_joined = profile_.joins_headers;
}

}  // namespace portcullis::forward_auth
