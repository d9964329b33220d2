// An HTTP server at an address that an operator wrote, with its certificate.
#ifndef PORTCULLIS_SERVER_APP_HTTP_LISTENER_H_
#define PORTCULLIS_SERVER_APP_HTTP_LISTENER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/app/certificate_files.h"
#include "server/app/listener_options.h"
#include "server/http/server.h"
#include "server/metrics/registry.h"

namespace portcullis::app {

// Movable. Ends at once with its destruction.
struct HttpListener {
  ListenerOptions options;                         // With the port that was bound.
  std::shared_ptr<CertificateFiles> certificates;  // nullptr without TLS.
  std::unique_ptr<http::Server> server;

  // As clients are configured: "http://127.0.0.1:7480/".
  std::string Url() const;
};

// Starts a server at `address`; of `options` address, port and TLS are set here. What the handlers
// refer to they own, or it outlives the listener. Errors name the address or file.
absl::StatusOr<HttpListener> StartHttpListener(const ListenerOptions& address,
                                               http::ServerOptions options, http::Handler handler,
                                               http::RefusalHandler refusal);

// How all of them are, added up.
metrics::ConnectionCounts CountConnections(const std::vector<HttpListener>& listeners);

// Looks whether the certificate files changed. As CertificateFiles::Refresh; false without TLS.
absl::StatusOr<bool> RefreshCertificate(const HttpListener& listener);

// Shuts them down side by side; returns when all are.
void ShutDownHttpListeners(std::vector<HttpListener>* listeners, absl::Time deadline);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_HTTP_LISTENER_H_
