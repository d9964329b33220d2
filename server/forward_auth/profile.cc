#include "server/forward_auth/profile.h"

#include <algorithm>
#include <array>

namespace portcullis::forward_auth {
namespace {

constexpr std::array<Profile, 3> kProfiles = {{
    {.name = "envoy",
     .api = metrics::Api::kExtAuthzHttp,
     .in_request_line = true,
     // Envoy's own client appends to X-Forwarded-For, and copies X-Real-IP of the client.
     .source = Profile::Source::kUnknown,
     .joins_headers = true,
     .may_have_body = true,
     .removes_headers = true},
    {.name = "original",
     .method_header = "x-original-method",
     .uri_header = "x-original-uri",
     .url_header = "x-original-url",
     .host_header = "x-original-host",
     .scheme_header = "x-forwarded-proto",
     .source = Profile::Source::kRealIp,
     .passes_only_401_and_403 = true},
    {.name = "forwarded",
     .method_header = "x-forwarded-method",
     .uri_header = "x-forwarded-uri",
     .host_header = "x-forwarded-host",
     .scheme_header = "x-forwarded-proto",
     .source = Profile::Source::kForwardedFor},
}};

// The headers that only one family has: others are sent along by proxies of both.
constexpr std::array<std::string_view, 4> kOriginalFamily = {"x-original-method", "x-original-uri",
                                                             "x-original-url", "x-original-host"};
constexpr std::array<std::string_view, 2> kForwardedFamily = {"x-forwarded-method",
                                                              "x-forwarded-uri"};

bool HasAny(const http::Request& request, absl::Span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&request](std::string_view name) { return request.CountHeaders(name) > 0; });
}

}  // namespace

const Profile& EnvoyProfile() {
  return kProfiles[0];
}

const Profile& OriginalProfile() {
  return kProfiles[1];
}

const Profile& ForwardedProfile() {
  return kProfiles[2];
}

absl::Span<const Profile> Profiles() {
  return kProfiles;
}

ProfileChoice ChooseProfile(const http::Request& request) {
  const bool original = HasAny(request, kOriginalFamily);
  const bool forwarded = HasAny(request, kForwardedFamily);
  if (original && !forwarded) return {&OriginalProfile()};
  if (forwarded && !original) return {&ForwardedProfile()};
  // One of them is the client's own. Every proxy understands the answers that nginx does.
  return {&OriginalProfile(), original
                                  ? "it is told of in X-Original-... and in X-Forwarded-... headers"
                                  : "neither X-Original-URI nor X-Forwarded-Uri is there"};
}

}  // namespace portcullis::forward_auth
