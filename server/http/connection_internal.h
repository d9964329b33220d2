// One connection: a handshake, requests one after another, the end.
#ifndef PORTCULLIS_SERVER_HTTP_CONNECTION_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_CONNECTION_INTERNAL_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "absl/time/time.h"

#include "server/http/asio_internal.h"
#include "server/http/connection_table_internal.h"
#include "server/http/request_parser.h"
#include "server/http/server_state_internal.h"
#include "server/http/stream_internal.h"

namespace portcullis::http {

// Runs on its socket's executor, a strand, where nothing of it happens at the same time as anything
// else of it; only Abort() and Drain() may be called from elsewhere.
//
// There is one deadline at a time. When it passes, what is in progress fails and nothing is read
// any more, but an answer may still be written under a deadline of its own.
class Connection final : public ConnectionTable::Member,
                         public std::enable_shared_from_this<Connection> {
 public:
  // `state` outlives the connection.
  Connection(std::unique_ptr<Stream> stream, ServerState* state);

  // Runs it to its end, where it leaves the table. REQUIRES: it is in there.
  void Start();

  void Abort() override;
  void Drain() override;

 private:
  asio::awaitable<void> Run();
  // These return whether the connection goes on.
  asio::awaitable<bool> Handshake();
  asio::awaitable<bool> ServeOne();
  asio::awaitable<bool> ReceiveHead(RequestParser* parser);
  asio::awaitable<bool> ReceiveBody(RequestParser* parser);
  asio::awaitable<bool> ReadMore();
  asio::awaitable<bool> Send(const Response& response, bool head_only, bool keep_alive);

  asio::awaitable<void> Refuse(int status);  // The last answer on this connection.
  asio::awaitable<void> Finish();
  asio::awaitable<void> Linger();

  void Feed(RequestParser* parser);
  bool CountBody(size_t bytes);
  Response Answer(const RequestParser& parser);
  Response AnswerRefusal(int status);
  void SetDeadline(absl::Duration duration);
  void OnDeadline();

  ServerState* const state_;
  const std::unique_ptr<Stream> stream_;
  asio::steady_timer timer_;
  const std::string peer_address_;
  std::vector<std::string> client_names_;            // Fixed after the handshake,
  std::vector<std::string_view> client_name_views_;  // likewise.

  boost::beast::flat_buffer buffer_;  // Received and not yet parsed.
  size_t counted_body_bytes_ = 0;     // This connection's part of state_->body_bytes.
  bool idle_ = true;        // Nothing has been begun that is worth waiting for at the end.
  bool timed_out_ = false;  // The deadline has passed.
  bool unread_ = false;     // The peer may be sending what will not be read.
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_CONNECTION_INTERNAL_H_
