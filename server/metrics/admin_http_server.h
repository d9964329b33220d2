// The operator's HTTP port: /metrics, /livez, /readyz.
#ifndef PORTCULLIS_SERVER_METRICS_ADMIN_HTTP_SERVER_H_
#define PORTCULLIS_SERVER_METRICS_ADMIN_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "server/metrics/registry.h"

namespace portcullis::metrics {

// Whether requests should be sent here, and in words.
struct Readiness {
  bool ready = false;
  std::string text;  // One line, or several if verbose.
};

struct AdminHttpOptions {
  std::string bind_address = "127.0.0.1";  // An IPv4 or IPv6 address, or a name.
  uint16_t port = 0;                       // 0: the system picks one.
  int threads = 2;                         // 1 to 16.
  int request_timeout_milliseconds = 10000;
};

// What the server asks. Called from its threads, concurrently; must be thread-safe and quick.
struct AdminHttpCallbacks {
  std::function<bool()> live;
  std::function<Readiness(bool verbose)> ready;
};

// Answers GET and HEAD of three paths, in plain text and without authentication: bind it to an
// address that only operators reach. Nothing it says is secret, nothing can be changed through it.
//   /metrics           200, Prometheus' text format, or OpenMetrics if Accept prefers it
//   /livez             200, or 503 if `live` says no
//   /readyz[?verbose]  200, or 503 if `ready` says no
// Runs from Start() to destruction, which waits for requests in progress.
class AdminHttpServer {
 public:
  // `registry` and what the callbacks refer to outlive the server. UNAVAILABLE if the address
  // cannot be bound.
  static absl::StatusOr<std::unique_ptr<AdminHttpServer>> Start(const AdminHttpOptions& options,
                                                                AdminHttpCallbacks callbacks,
                                                                const Registry* registry);
  ~AdminHttpServer();
  AdminHttpServer(const AdminHttpServer&) = delete;
  AdminHttpServer& operator=(const AdminHttpServer&) = delete;

  // The port that is listened on.
  uint16_t port() const;

 private:
  struct Impl;
  explicit AdminHttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_ADMIN_HTTP_SERVER_H_
