// The forward-auth endpoint: a proxy's sub-request in, its answer out.
#ifndef PORTCULLIS_SERVER_FORWARD_AUTH_ENDPOINT_H_
#define PORTCULLIS_SERVER_FORWARD_AUTH_ENDPOINT_H_

#include <functional>
#include <string>
#include <string_view>

#include "server/gateway/gatekeeper.h"
#include "server/http/message.h"

namespace portcullis::forward_auth {

// gateway::Gatekeeper::Check.
using Check = std::function<gateway::Verdict(const gateway::Arrival& arrival)>;

struct EndpointOptions {
  std::string proxy;  // Whom everybody who connects is taken for; empty: nobody.
};

// Serves every kind of proxy of profile.h: Envoy's HTTP service below kEnvoyPrefix, with any method
// and any path, all others at kForwardAuthPath.
//
// Believes whoever asks about the original request, so the first thing that the gatekeeper wants is
// a proxy that the policies know: by the listener, by its certificate, or by its secret. A
// sub-request that does not tell of one request for certain is put to the gatekeeper as a request
// without method, path and host: refused and recorded by the same rules as any that is malformed.
//
// Thread-safe. Calls may wait for an identity provider or the audit log.
class Endpoint {
 public:
  Endpoint(Check check, EndpointOptions options);

  // Whether requests to this path (of a URL, still encoded) are the endpoint's.
  static bool Serves(std::string_view path);

  // An http::Handler for these.
  http::Response Handle(const http::Request& request) const;

 private:
  const Check check_;
  const EndpointOptions options_;
};

}  // namespace portcullis::forward_auth

#endif  // PORTCULLIS_SERVER_FORWARD_AUTH_ENDPOINT_H_
