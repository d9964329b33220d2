// Accepts connections at one address.
#ifndef PORTCULLIS_SERVER_HTTP_LISTENER_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_LISTENER_INTERNAL_H_

#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/status/status.h"

#include "server/http/asio_internal.h"
#include "server/http/server_state_internal.h"
#include "server/http/stream_internal.h"

namespace portcullis::http {

// Outlives the threads that run `context`.
class Listener {
 public:
  // Both outlive the listener.
  Listener(asio::io_context* context, ServerState* state);

  // Binds and listens; see Server::Start() for the errors.
  absl::Status Open();
  // Accepts until Stop(). REQUIRES: Open() was OK.
  void Start();
  // Accepts no more. Thread-safe.
  void Stop();

  uint16_t port() const { return port_; }

 private:
  asio::awaitable<void> Run();
  void Take(Socket socket);

  asio::io_context* const context_;
  ServerState* const state_;
  asio::ip::tcp::acceptor acceptor_;  // On a strand, as is the timer.
  asio::steady_timer pause_;
  uint16_t port_ = 0;
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_LISTENER_INTERNAL_H_
