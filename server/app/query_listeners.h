// From the addresses of --query-listen to HTTP servers with the AWS Query endpoint behind them.
#ifndef PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_
#define PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/app/certificate_files.h"
#include "server/app/log.h"
#include "server/app/options.h"
#include "server/http/server.h"
#include "server/metrics/registry.h"
#include "server/query/endpoint.h"

namespace portcullis::app {

// The server calls the endpoint, so it goes first.
struct QueryListener {
  ListenerOptions options;                         // With the port that was bound.
  std::shared_ptr<CertificateFiles> certificates;  // nullptr without TLS.
  std::unique_ptr<query::Endpoint> endpoint;
  std::unique_ptr<http::Server> server;

  // As clients are configured: "http://127.0.0.1:7480/".
  std::string Url() const;
};

// The bounds of the server at `listener`; certificates are left out.
http::ServerOptions ToHttpOptions(const ListenerOptions& listener, const ServerOptions& options);

// Starts all of `options`, or none. Errors name the address or file. What `engine` refers to, `log`
// and `metrics` outlive the listeners.
absl::StatusOr<std::vector<QueryListener>> StartQueryListeners(const ServerOptions& options,
                                                               const query::Engine& engine,
                                                               metrics::Registry* metrics,
                                                               Logger* log);

// How all of them are, added up.
metrics::ConnectionCounts CountConnections(const std::vector<QueryListener>& listeners);

// Looks whether the certificate files changed. As CertificateFiles::Refresh; false without TLS.
absl::StatusOr<bool> RefreshCertificate(const QueryListener& listener);

// Shuts them down side by side; returns when all are.
void ShutDownQueryListeners(std::vector<QueryListener>* listeners, absl::Time deadline);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_QUERY_LISTENERS_H_
