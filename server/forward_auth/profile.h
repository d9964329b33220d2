// The kinds of proxies that ask over HTTP: how each tells of the request that it asks about, and
// what it makes of the answer. One row each, so that nothing else here asks which proxy it is.
#ifndef PORTCULLIS_SERVER_FORWARD_AUTH_PROFILE_H_
#define PORTCULLIS_SERVER_FORWARD_AUTH_PROFILE_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

#include "server/http/message.h"
#include "server/metrics/names.h"

namespace portcullis::forward_auth {

// Where Envoy's HTTP service is told to ask, as `path_prefix`; the original path follows.
inline constexpr std::string_view kEnvoyPrefix = "/ext_authz";
// Where all others ask.
inline constexpr std::string_view kForwardAuthPath = "/forward-auth";

// Names of headers are in lower case; empty: the proxy has none for it.
struct Profile {
  // From what the address of the client is known that the proxy had the request from.
  enum class Source : uint8_t {
    kUnknown,       // Not told in a way that the client could not imitate.
    kRealIp,        // X-Real-IP, which the proxy's configuration sets.
    kForwardedFor,  // The last of X-Forwarded-For, which the proxy appends.
  };

  std::string_view name;
  metrics::Api api = metrics::Api::kForwardAuth;

  // The request line is the original's, with the prefix before its path, and Host is its host.
  // Otherwise the headers below tell.
  bool in_request_line = false;
  std::string_view method_header = {};
  std::string_view uri_header = {};   // Path and query as sent, percent-encoded.
  std::string_view url_header = {};   // The same behind scheme and host: instead of both.
  std::string_view host_header = {};  // As sent: with its port.
  std::string_view scheme_header = {};
  Source source = Source::kUnknown;

  // Headers of one name come as one, joined with commas.
  bool joins_headers = false;
  // The sub-request may have the original's body (Envoy's with_request_body).
  bool may_have_body = false;

  // Of what is no 2xx the client gets only 401 and 403; anything else it would see as a 500.
  bool passes_only_401_and_403 = false;
  // It can be told, with an allowed request, which headers not to let through.
  bool removes_headers = false;
};

// Envoy's HTTP service; nginx, ingress-nginx; Traefik, Caddy, APISIX.
const Profile& EnvoyProfile();
const Profile& OriginalProfile();
const Profile& ForwardedProfile();
absl::Span<const Profile> Profiles();

// By what a request to kForwardAuthPath has.
struct ProfileChoice {
  const Profile* profile = nullptr;  // Never nullptr: whom to answer.
  std::string_view problem = {};     // Not empty: it tells of a request in no way, or in two.
};
ProfileChoice ChooseProfile(const http::Request& request);

}  // namespace portcullis::forward_auth

#endif  // PORTCULLIS_SERVER_FORWARD_AUTH_PROFILE_H_
