#include "server/http/listener_internal.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include "absl/strings/str_cat.h"

#include "server/http/connection_internal.h"

namespace portcullis::http {
namespace {

using asio::ip::tcp;

// After a failure that will last a moment, as when file descriptors have run out.
constexpr std::chrono::milliseconds kPause(50);

// An IPv6 socket may have clients of IPv4, for whom the other limit counts. Neither can fail on a
// socket of TCP, but for the one that is not its family's.
template <typename SocketType>
void SetHopLimit(SocketType* socket, int hops) {
  if (hops <= 0) return;
  setsockopt(socket->native_handle(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof(hops));
  setsockopt(socket->native_handle(), IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
}

}  // namespace

Listener::Listener(asio::io_context* context, ServerState* state)
    : context_(context),
      state_(state),
      acceptor_(asio::make_strand(*context)),
      pause_(acceptor_.get_executor()) {}

absl::Status Listener::Open() {
  const ServerOptions& options = state_->options;
  ErrorCode error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", options.address, "` is not an IPv4 or IPv6 address"));
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) SetHopLimit(&acceptor_, options.hop_limit);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address, " port ",
                                             options.port, ": ", error.message()));
}

void Listener::Start() {
  asio::co_spawn(
      acceptor_.get_executor(), [this] { return Run(); }, [](const std::exception_ptr&) {});
}

void Listener::Stop() {
  asio::post(acceptor_.get_executor(), [this] {
    ErrorCode ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

// Waits before it accepts: without a descriptor left the system refuses even if nobody has come,
// and whoever is evicted then is evicted for nothing.
asio::awaitable<void> Listener::Run() {
  ErrorCode error;
  while (acceptor_.is_open()) {
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, ErrorInto(&error));
    if (error) continue;
    Socket socket(asio::make_strand(*context_));
    acceptor_.accept(socket, error);
    if (!error) {
      Take(std::move(socket));
    } else if (error != asio::error::would_block && error != asio::error::connection_aborted) {
      // One connection less is what helps against all the others.
      state_->table.EvictOne();
      pause_.expires_after(kPause);
      co_await pause_.async_wait(ErrorInto(&error));
    }
  }
}

void Listener::Take(Socket socket) {
  ++state_->connections_accepted;
  ErrorCode error;
  socket.set_option(tcp::no_delay(true), error);
  SetHopLimit(&socket, state_->options.hop_limit);
  const std::shared_ptr<TlsContext> tls = state_->tls.Get();
  auto connection = std::make_shared<Connection>(
      tls == nullptr ? MakePlainStream(std::move(socket)) : MakeTlsStream(std::move(socket), tls),
      state_);
  if (!state_->table.Admit(connection)) {
    ++state_->connections_turned_away;
    return;
  }
  connection->Start();
}

}  // namespace portcullis::http
