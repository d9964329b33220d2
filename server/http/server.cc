#include "server/http/server.h"

#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "server/base/status_macros.h"
#include "server/http/listener_internal.h"
#include "server/http/server_state_internal.h"
#include "server/http/tls_internal.h"

namespace portcullis::http {
namespace {

constexpr int kThreadsMax = 64;

// Until the context is stopped. What escapes a callback is memory having run out; the callback's
// connection is lost, the thread goes on.
void RunContext(asio::io_context* context) {
  bool running = true;
  while (running) {
    try {
      context->run();
      running = false;
    } catch (...) {
      running = true;
    }
  }
}

absl::Status CheckOptions(const ServerOptions& options) {
  if (options.threads < 1 || options.threads > kThreadsMax) {
    return absl::InvalidArgumentError("an HTTP server has 1 to 64 threads");
  }
  if (options.connections_max == 0 || options.header_bytes_max == 0) {
    return absl::InvalidArgumentError("an HTTP server needs room for a connection and a header");
  }
  return absl::OkStatus();
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, Handler handler, RefusalHandler refusal,
       std::shared_ptr<TlsContext> tls)
      : state_{.options = options,
               .handler = std::move(handler),
               .refusal = std::move(refusal),
               .table = ConnectionTable(options.connections_max),
               .tls = TlsContextHolder(std::move(tls))},
        context_(options.threads),
        work_(context_.get_executor()),
        listener_(&context_, &state_) {}

  absl::Status Start() {
    RETURN_IF_ERROR(listener_.Open());
    listener_.Start();
    for (int i = 0; i < state_.options.threads; ++i) {
      threads_.emplace_back([this] { RunContext(&context_); });
    }
    return absl::OkStatus();
  }

  void Shutdown(absl::Time deadline) {
    const absl::MutexLock lock(&shutdown_mutex_);
    if (stopped_) return;
    stopped_ = true;
    listener_.Stop();
    state_.table.Drain();
    if (!state_.table.AwaitEmpty(deadline)) {
      state_.table.AbortAll();
      state_.table.AwaitEmpty(absl::InfiniteFuture());
    }
    context_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  uint16_t port() const { return listener_.port(); }
  ServerState& state() { return state_; }

 private:
  ServerState state_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Listener listener_;
  std::vector<std::thread> threads_;

  absl::Mutex shutdown_mutex_;
  bool stopped_ ABSL_GUARDED_BY(shutdown_mutex_) = false;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler,
                                                      RefusalHandler refusal) {
  RETURN_IF_ERROR(CheckOptions(options));
  std::shared_ptr<TlsContext> tls;
  if (options.tls.has_value()) {
    ASSIGN_OR_RETURN(tls, MakeTlsContext(*options.tls));
  }
  auto impl =
      std::make_unique<Impl>(options, std::move(handler), std::move(refusal), std::move(tls));
  RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  Shutdown(absl::InfinitePast());
}

uint16_t Server::port() const {
  return impl_->port();
}

ServerCounters Server::counters() const {
  const ServerState& state = impl_->state();
  return {.connections_open = state.table.open(),
          .connections_accepted = state.connections_accepted,
          .connections_turned_away = state.connections_turned_away,
          .requests_refused = state.requests_refused,
          .bodies_bytes = state.body_bytes};
}

absl::Status Server::ReplaceCertificate(const TlsMaterial& material) {
  ASSIGN_OR_RETURN(std::shared_ptr<TlsContext> tls, MakeTlsContext(material));
  impl_->state().tls.Replace(std::move(tls));
  return absl::OkStatus();
}

void Server::Shutdown(absl::Time deadline) {
  impl_->Shutdown(deadline);
}

}  // namespace portcullis::http
