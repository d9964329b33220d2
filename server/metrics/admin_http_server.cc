#include "server/metrics/admin_http_server.h"

#include <civetweb.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/metrics/open_metrics_internal.h"

namespace portcullis::metrics {
namespace {

constexpr int kThreadsMax = 16;
constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kExpositionFormat = "text/plain; version=0.0.4; charset=utf-8";

struct Response {
  int status = 404;
  std::string_view phrase = "Not Found";
  std::string_view content_type = kPlainText;
  std::string body = "not found\n";
};

Response Health(bool healthy, std::string text) {
  if (text.empty() || text.back() != '\n') text.push_back('\n');
  return {.status = healthy ? 200 : 503,
          .phrase = healthy ? "OK" : "Service Unavailable",
          .body = std::move(text)};
}

std::string ListenAddress(const AdminHttpOptions& options) {
  const bool ipv6 = options.bind_address.find(':') != std::string::npos;
  return ipv6 ? absl::StrCat("[", options.bind_address, "]:", options.port)
              : absl::StrCat(options.bind_address, ":", options.port);
}

void Send(mg_connection* connection, const Response& response, bool with_body) {
  std::string text = absl::StrCat("HTTP/1.1 ", response.status, " ", std::string(response.phrase),
                                  "\r\nContent-Type: ", std::string(response.content_type),
                                  "\r\nContent-Length: ", response.body.size(),
                                  "\r\nCache-Control: no-store"
                                  "\r\nX-Content-Type-Options: nosniff"
                                  "\r\nConnection: close\r\n");
  if (response.status == 405) absl::StrAppend(&text, "Allow: GET, HEAD\r\n");
  absl::StrAppend(&text, "\r\n");
  if (with_body) text.append(response.body);
  mg_write(connection, text.data(), text.size());
}

// Civetweb would write to standard error; what it has to say is returned by Start() instead.
int KeepQuiet(const mg_connection*, const char*) {
  return 1;
}

}  // namespace

struct AdminHttpServer::Impl {
  AdminHttpCallbacks callbacks;
  const Registry* registry = nullptr;
  mg_context* context = nullptr;
  uint16_t port = 0;

  Impl() { mg_init_library(0); }
  ~Impl() {
    if (context != nullptr) mg_stop(context);
    mg_exit_library();
  }

  Response Answer(std::string_view path, std::string_view query, std::string_view accept) const {
    if (path == "/metrics" && PrefersOpenMetrics(accept)) {
      return {.status = 200,
              .phrase = "OK",
              .content_type = kOpenMetricsType,
              .body = registry->OpenMetricsExposition()};
    }
    if (path == "/metrics") {
      return {.status = 200,
              .phrase = "OK",
              .content_type = kExpositionFormat,
              .body = registry->TextExposition()};
    }
    if (path == "/livez") {
      const bool live = callbacks.live();
      return Health(live, live ? "ok" : "not live");
    }
    if (path == "/readyz") {
      Readiness readiness = callbacks.ready(query == "verbose" || query.starts_with("verbose="));
      return Health(readiness.ready, std::move(readiness.text));
    }
    return {};
  }

  static int Handle(mg_connection* connection, void* self) {
    const mg_request_info* const request = mg_get_request_info(connection);
    const std::string_view method = request->request_method;
    const bool head = method == "HEAD";
    if (method != "GET" && !head) {
      Send(connection, {.status = 405, .phrase = "Method Not Allowed", .body = "not allowed\n"},
           true);
      return 405;
    }
    const std::string_view path = request->local_uri != nullptr ? request->local_uri : "";
    const std::string_view query = request->query_string != nullptr ? request->query_string : "";
    const char* const accept = mg_get_header(connection, "Accept");
    const Response response = static_cast<const Impl*>(self)->Answer(
        path, query, accept != nullptr ? accept : std::string_view());
    Send(connection, response, !head);
    return response.status;
  }
};

AdminHttpServer::AdminHttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminHttpServer::~AdminHttpServer() = default;

absl::StatusOr<std::unique_ptr<AdminHttpServer>> AdminHttpServer::Start(
    const AdminHttpOptions& options, AdminHttpCallbacks callbacks, const Registry* registry) {
  auto impl = std::make_unique<Impl>();
  impl->callbacks = std::move(callbacks);
  impl->registry = registry;

  const std::string address = ListenAddress(options);
  const std::string threads = absl::StrCat(std::clamp(options.threads, 1, kThreadsMax));
  const std::string timeout = absl::StrCat(options.request_timeout_milliseconds);
  const std::array<const char*, 11> settings = {"listening_ports",
                                                address.c_str(),
                                                "num_threads",
                                                threads.c_str(),
                                                "request_timeout_ms",
                                                timeout.c_str(),
                                                "enable_keep_alive",
                                                "no",
                                                "enable_directory_listing",
                                                "no",
                                                nullptr};
  mg_callbacks hooks{};
  hooks.log_message = &KeepQuiet;
  impl->context = mg_start(&hooks, nullptr, const_cast<const char**>(settings.data()));
  mg_server_port listening{};
  if (impl->context == nullptr || mg_get_server_ports(impl->context, 1, &listening) != 1) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address, " for the admin HTTP port"));
  }
  impl->port = static_cast<uint16_t>(listening.port);
  mg_set_request_handler(impl->context, "**", &Impl::Handle, impl.get());
  return std::unique_ptr<AdminHttpServer>(new AdminHttpServer(std::move(impl)));
}

uint16_t AdminHttpServer::port() const {
  return impl_->port;
}

}  // namespace portcullis::metrics
