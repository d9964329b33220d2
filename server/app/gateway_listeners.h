// From the addresses of --gateway-listen to HTTP servers that proxies and programs ask: forward
// authentication and AuthZEN.
#ifndef PORTCULLIS_SERVER_APP_GATEWAY_LISTENERS_H_
#define PORTCULLIS_SERVER_APP_GATEWAY_LISTENERS_H_

#include <vector>

#include "absl/status/statusor.h"

#include "server/app/http_listener.h"
#include "server/app/log.h"
#include "server/app/options.h"
#include "server/engine/authorizer.h"
#include "server/gateway/gatekeeper.h"
#include "server/http/server.h"
#include "server/store/policy_store.h"

namespace portcullis::app {

// Whom the endpoints ask. All outlive the listeners.
struct GatewayParts {
  gateway::Gatekeeper& gatekeeper;
  engine::Authorizer& authorizer;
  const store::PolicyStore& store;
  Logger& log;
};

// The bounds of a server for requests that proxies bring: their own headers around those of a
// client that sends as many as any proxy lets through.
http::ServerOptions GatewayServerOptions(const ServerOptions& options);

// Starts all of `options`, or none. Errors name the address or file.
absl::StatusOr<std::vector<HttpListener>> StartGatewayListeners(const ServerOptions& options,
                                                                const GatewayParts& parts);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_GATEWAY_LISTENERS_H_
