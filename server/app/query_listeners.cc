#include "server/app/query_listeners.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::app {
namespace {

// A session token of the greatest length, and as much again for everything else.
constexpr size_t kHeaderBytesMax = 32 << 10;

http::TlsMaterial ToTlsMaterial(const CertificateMaterial& material) {
  return {material.private_key, material.certificate_chain, material.client_authorities};
}

absl::Status At(const ListenerOptions& address, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(address.Name(), ": ", status.message()));
}

absl::StatusOr<QueryListener> StartQueryListener(const ListenerOptions& address,
                                                 const ServerOptions& options,
                                                 const query::Engine& engine,
                                                 metrics::Registry* metrics, Logger* log) {
  QueryListener listener;
  listener.options = address;
  http::ServerOptions http_options = ToHttpOptions(address, options);
  if (address.tls()) {
    ASSIGN_OR_RETURN(listener.certificates, CertificateFiles::Open(address));
    http_options.tls = ToTlsMaterial(listener.certificates->Current());
  }
  query::EndpointOptions endpoint_options;
  endpoint_options.path = address.http_path;
  endpoint_options.region = options.region;
  endpoint_options.on_internal_error = [log](const absl::Status& status,
                                             std::string_view request_id) {
    log->Error("request not answered",
               {{"request", std::string(request_id)}, {"status", status.ToString()}});
  };
  listener.endpoint =
      std::make_unique<query::Endpoint>(engine, std::move(endpoint_options), metrics);
  const query::Endpoint* const endpoint = listener.endpoint.get();
  auto server = http::Server::Start(
      http_options, [endpoint](const http::Request& request) { return endpoint->Handle(request); },
      [endpoint](int status) { return endpoint->Refuse(status); });
  RETURN_IF_ERROR(At(address, server.status()));
  listener.server = *std::move(server);
  listener.options.port = listener.server->port();
  return listener;
}

}  // namespace

std::string QueryListener::Url() const {
  return absl::StrCat(options.tls() ? "https://" : "http://", options.GrpcAddress(),
                      options.http_path);
}

http::ServerOptions ToHttpOptions(const ListenerOptions& listener, const ServerOptions& options) {
  http::ServerOptions http_options;
  http_options.address = listener.host;
  http_options.port = listener.port;
  http_options.threads = static_cast<int>(options.query_threads);
  http_options.header_bytes_max = kHeaderBytesMax;
  return http_options;
}

absl::StatusOr<std::vector<QueryListener>> StartQueryListeners(const ServerOptions& options,
                                                               const query::Engine& engine,
                                                               metrics::Registry* metrics,
                                                               Logger* log) {
  std::vector<QueryListener> listeners;
  for (const ListenerOptions& address : options.query_listen) {
    ASSIGN_OR_RETURN(QueryListener listener,
                     StartQueryListener(address, options, engine, metrics, log));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

metrics::ConnectionCounts CountConnections(const std::vector<QueryListener>& listeners) {
  metrics::ConnectionCounts counts;
  for (const QueryListener& listener : listeners) {
    const http::ServerCounters one = listener.server->counters();
    counts.open += one.connections_open;
    counts.accepted += one.connections_accepted;
    counts.turned_away += one.connections_turned_away;
    counts.requests_refused += one.requests_refused;
  }
  return counts;
}

absl::StatusOr<bool> RefreshCertificate(const QueryListener& listener) {
  if (listener.certificates == nullptr) return false;
  ASSIGN_OR_RETURN(const bool changed, listener.certificates->Refresh());
  if (changed) {
    RETURN_IF_ERROR(
        listener.server->ReplaceCertificate(ToTlsMaterial(listener.certificates->Current())));
  }
  return changed;
}

void ShutDownQueryListeners(std::vector<QueryListener>* listeners, absl::Time deadline) {
  std::vector<std::thread> threads;
  threads.reserve(listeners->size());
  for (const QueryListener& listener : *listeners) {
    threads.emplace_back([&listener, deadline] { listener.server->Shutdown(deadline); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace portcullis::app
