#include "server/app/gateway_listeners.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/authzen/endpoint.h"
#include "server/base/status_macros.h"
#include "server/forward_auth/endpoint.h"
#include "server/gateway/asker.h"

namespace portcullis::app {
namespace {

// Everything that one address serves.
class GatewayEndpoint {
 public:
  // `threads`: how many serve the listener. Half of them may wait for identity providers.
  GatewayEndpoint(const ListenerOptions& address, size_t threads, const GatewayParts& parts)
      : waiting_room_(std::max<size_t>(threads / 2, 1)),
        forward_auth_(
            [room = &waiting_room_, gatekeeper = &parts.gatekeeper](gateway::Arrival arrival) {
              arrival.waiting_room = room;
              return gatekeeper->Check(arrival);
            },
            {.proxy = address.proxy}),
        authzen_(
            parts.authorizer,
            [store = &parts.store](const gateway::ProxyCredentials& credentials,
                                   std::string_view trace_parent) {
              return gateway::RecognizeAsker(credentials, trace_parent, *store);
            },
            AuthzenOptions(address, parts.log)) {}

  http::Response Handle(const http::Request& request) const {
    if (forward_auth::Endpoint::Serves(request.path)) return forward_auth_.Handle(request);
    return authzen_.Handle(request);
  }

 private:
  static authzen::EndpointOptions AuthzenOptions(const ListenerOptions& address, Logger& log) {
    authzen::EndpointOptions options;
    options.proxy = address.proxy;
    options.url = address.public_url;
    options.on_internal_error = [&log](const absl::Status& status) {
      log.Error("evaluation not answered", {{"status", status.ToString()}});
    };
    return options;
  }

  mutable gateway::WaitingRoom waiting_room_;  // Of a const object that threads share.
  const forward_auth::Endpoint forward_auth_;
  const authzen::Endpoint authzen_;
};

}  // namespace

http::ServerOptions GatewayServerOptions(const ServerOptions& options) {
  http::ServerOptions http_options;
  http_options.threads = static_cast<int>(options.gateway_threads);
  http_options.header_bytes_max = 160 << 10;
  http_options.headers_max = 300;
  http_options.body_bytes_max = authzen::kBodyBytesMax;
  return http_options;
}

absl::StatusOr<std::vector<HttpListener>> StartGatewayListeners(const ServerOptions& options,
                                                                const GatewayParts& parts) {
  std::vector<HttpListener> listeners;
  for (const ListenerOptions& address : options.gateway_listen) {
    const auto endpoint =
        std::make_shared<const GatewayEndpoint>(address, options.gateway_threads, parts);
    ASSIGN_OR_RETURN(HttpListener listener, StartHttpListener(
                                                address, GatewayServerOptions(options),
                                                [endpoint](const http::Request& request) {
                                                  return endpoint->Handle(request);
                                                },
                                                &authzen::Endpoint::Refuse));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

}  // namespace portcullis::app
