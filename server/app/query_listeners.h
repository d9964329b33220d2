// From the addresses of --query-listen to HTTP servers with the AWS Query endpoint behind them.
#ifndef PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_
#define PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_

#include <vector>

#include "absl/status/statusor.h"

#include "server/app/http_listener.h"
#include "server/app/log.h"
#include "server/app/options.h"
#include "server/http/server.h"
#include "server/metrics/registry.h"
#include "server/query/endpoint.h"

namespace portcullis::app {

// The bounds of a server for the Query protocol.
http::ServerOptions QueryServerOptions(const ServerOptions& options);

// Starts all of `options`, or none. Errors name the address or file. What `engine` refers to, `log`
// and `metrics` outlive the listeners.
absl::StatusOr<std::vector<HttpListener>> StartQueryListeners(const ServerOptions& options,
                                                              const query::Engine& engine,
                                                              metrics::Registry* metrics,
                                                              Logger* log);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_
