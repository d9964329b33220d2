#include "server/app/query_listeners.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/status_macros.h"

namespace portcullis::app {
namespace {

// A session token of the greatest length, and as much again for everything else.
constexpr size_t kHeaderBytesMax = 32 << 10;

std::shared_ptr<const query::Endpoint> MakeEndpoint(const ListenerOptions& address,
                                                    const ServerOptions& options,
                                                    const query::Engine& engine,
                                                    metrics::Registry* metrics, Logger* log) {
  query::EndpointOptions endpoint;
  endpoint.path = address.http_path;
  endpoint.region = options.region;
  endpoint.on_internal_error = [log](const absl::Status& status, std::string_view request_id) {
    log->Error("request not answered",
               {{"request", std::string(request_id)}, {"status", status.ToString()}});
  };
  return std::make_shared<query::Endpoint>(engine, std::move(endpoint), metrics);
}

}  // namespace

http::ServerOptions QueryServerOptions(const ServerOptions& options) {
  http::ServerOptions http_options;
  http_options.threads = static_cast<int>(options.query_threads);
  http_options.header_bytes_max = kHeaderBytesMax;
  return http_options;
}

absl::StatusOr<std::vector<HttpListener>> StartQueryListeners(const ServerOptions& options,
                                                              const query::Engine& engine,
                                                              metrics::Registry* metrics,
                                                              Logger* log) {
  std::vector<HttpListener> listeners;
  for (const ListenerOptions& address : options.query_listen) {
    const auto endpoint = MakeEndpoint(address, options, engine, metrics, log);
    ASSIGN_OR_RETURN(
        HttpListener listener,
        StartHttpListener(
            address, QueryServerOptions(options),
            [endpoint](const http::Request& request) { return endpoint->Handle(request); },
            [endpoint](int status) { return endpoint->Refuse(status); }));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

}  // namespace portcullis::app
