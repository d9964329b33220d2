#include "server/app/http_listener.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"

namespace portcullis::app {
namespace {

http::TlsMaterial ToTlsMaterial(const CertificateMaterial& material) {
  return {material.private_key, material.certificate_chain, material.client_authorities};
}

absl::Status At(const ListenerOptions& address, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(address.Name(), ": ", status.message()));
}

}  // namespace

std::string HttpListener::Url() const {
  return absl::StrCat(options.tls() ? "https://" : "http://", options.GrpcAddress(),
                      options.http_path);
}

absl::StatusOr<HttpListener> StartHttpListener(const ListenerOptions& address,
                                               http::ServerOptions options, http::Handler handler,
                                               http::RefusalHandler refusal) {
  HttpListener listener;
  listener.options = address;
  options.address = address.host;
  options.port = address.port;
  if (address.tls()) {
    ASSIGN_OR_RETURN(listener.certificates, CertificateFiles::Open(address));
    options.tls = ToTlsMaterial(listener.certificates->Current());
  }
  auto server = http::Server::Start(options, std::move(handler), std::move(refusal));
  RETURN_IF_ERROR(At(address, server.status()));
  listener.server = *std::move(server);
  listener.options.port = listener.server->port();
  return listener;
}

metrics::ConnectionCounts CountConnections(const std::vector<HttpListener>& listeners) {
  metrics::ConnectionCounts counts;
  for (const HttpListener& listener : listeners) {
    const http::ServerCounters one = listener.server->counters();
    counts.open += one.connections_open;
    counts.accepted += one.connections_accepted;
    counts.turned_away += one.connections_turned_away;
    counts.requests_refused += one.requests_refused;
  }
  return counts;
}

absl::StatusOr<bool> RefreshCertificate(const HttpListener& listener) {
  if (listener.certificates == nullptr) return false;
  ASSIGN_OR_RETURN(const bool changed, listener.certificates->Refresh());
  if (changed) {
    RETURN_IF_ERROR(
        listener.server->ReplaceCertificate(ToTlsMaterial(listener.certificates->Current())));
  }
  return changed;
}

void ShutDownHttpListeners(std::vector<HttpListener>* listeners, absl::Time deadline) {
  std::vector<std::thread> threads;
  threads.reserve(listeners->size());
  for (const HttpListener& listener : *listeners) {
    threads.emplace_back([&listener, deadline] { listener.server->Shutdown(deadline); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace portcullis::app
