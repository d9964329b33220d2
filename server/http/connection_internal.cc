#include "server/http/connection_internal.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"

#include "server/http/response_head_internal.h"

namespace portcullis::http {
namespace {

// An idle connection holds the first; a request in progress reads in the larger steps.
constexpr size_t kFirstReadBytes = 2048;
constexpr size_t kReadBytes = size_t{16} << 10;

// After a refusal the peer is listened to for so long, so that it reads the answer: bytes that
// arrive at a closed socket would take it away from it.
constexpr size_t kLingerBytesMax = size_t{16} << 20;
constexpr absl::Duration kLingerTimeout = absl::Seconds(5);
constexpr absl::Duration kCloseTimeout = absl::Seconds(2);

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string AddressOf(const Socket& socket) {
  ErrorCode error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {};
  const asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

std::string_view Text(const boost::beast::flat_buffer& buffer) {
  const auto bytes = buffer.cdata();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, ServerState* state)
    : state_(state),
      stream_(std::move(stream)),
      timer_(stream_->socket().get_executor()),
      peer_address_(AddressOf(stream_->socket())) {}

void Connection::Start() {
  const auto self = shared_from_this();
  asio::co_spawn(
      stream_->socket().get_executor(), [self] { return self->Run(); },
      // Only memory can have run out; the connection ends as any other.
      [self](const std::exception_ptr&) {
        self->timer_.cancel();
        self->CountBody(0);
        ErrorCode ignored;
        self->stream_->socket().close(ignored);
        self->state_->table.Remove(self.get());
      });
}

void Connection::Abort() {
  asio::post(stream_->socket().get_executor(), [self = shared_from_this()] {
    ErrorCode ignored;
    self->stream_->socket().close(ignored);
  });
}

void Connection::Drain() {
  asio::post(stream_->socket().get_executor(), [self = shared_from_this()] {
    ErrorCode ignored;
    if (self->idle_) self->stream_->socket().close(ignored);
  });
}

void Connection::SetDeadline(absl::Duration duration) {
  timer_.expires_after(absl::ToChronoNanoseconds(duration));
  timer_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    // A wait that had ended when the deadline was moved is told apart by the time.
    if (!error && self->timer_.expiry() <= std::chrono::steady_clock::now()) self->OnDeadline();
  });
}

void Connection::OnDeadline() {
  ErrorCode ignored;
  timed_out_ = true;
  stream_->socket().cancel(ignored);
}

asio::awaitable<void> Connection::Run() {
  bool more = co_await Handshake();
  if (!more) co_return;
  while (more) more = co_await ServeOne();
  co_await Finish();
}

asio::awaitable<bool> Connection::Handshake() {
  SetDeadline(state_->options.handshake_timeout);
  const ErrorCode error = co_await stream_->Handshake();
  if (error || timed_out_) co_return false;
  client_names_ = stream_->PeerNames();
  client_name_views_.assign(client_names_.begin(), client_names_.end());
  co_return true;
}

asio::awaitable<bool> Connection::ServeOne() {
  const ServerOptions& options = state_->options;
  std::optional<RequestParser> parser(std::in_place,
                                      ParserLimits{.header_bytes_max = options.header_bytes_max,
                                                   .headers_max = options.headers_max,
                                                   .body_bytes_max = options.body_bytes_max});
  const absl::Cleanup forget = [this] { CountBody(0); };
  const bool head_received = co_await ReceiveHead(&*parser);
  if (!head_received) co_return false;
  const bool body_received = co_await ReceiveBody(&*parser);
  if (!body_received) co_return false;
  const Response response = Answer(*parser);
  const bool head_only = parser->request().method == "HEAD";
  const bool keep_alive =
      parser->wants_keep_alive() && !response.close && !state_->table.draining();
  // A client that is slow to read the answer does not hold its request.
  parser.reset();
  CountBody(0);
  const bool more = co_await Send(response, head_only, keep_alive);
  co_return more;
}

// Counts what this connection's body takes; false if all bodies together take too much.
bool Connection::CountBody(size_t bytes) {
  state_->body_bytes -= std::exchange(counted_body_bytes_, 0);
  counted_body_bytes_ = bytes;
  return state_->body_bytes.fetch_add(bytes) + bytes <= state_->options.bodies_bytes_max;
}

void Connection::Feed(RequestParser* parser) {
  buffer_.consume(parser->Put(Text(buffer_)));
}

// Waits for a request to begin, and for its head. Until that is whole the connection may be
// evicted.
asio::awaitable<bool> Connection::ReceiveHead(RequestParser* parser) {
  ConnectionTable& table = state_->table;
  idle_ = buffer_.size() == 0;
  if (idle_) buffer_.shrink_to_fit();
  if (!table.StartWaiting(this) || (idle_ && table.draining())) co_return false;
  SetDeadline(idle_ ? state_->options.idle_timeout : state_->options.header_timeout);
  Feed(parser);
  while (parser->state() == RequestParser::State::kHead) {
    const bool more = co_await ReadMore();
    if (!more && !idle_ && timed_out_) co_await Refuse(408);
    if (!more) co_return false;
    if (std::exchange(idle_, false)) SetDeadline(state_->options.header_timeout);
    Feed(parser);
  }
  if (!table.StopWaiting(this)) co_return false;
  const bool refused = parser->state() == RequestParser::State::kRefused;
  if (refused) co_await Refuse(parser->refusal());
  co_return !refused;
}

asio::awaitable<bool> Connection::ReceiveBody(RequestParser* parser) {
  if (parser->state() == RequestParser::State::kComplete) co_return true;
  SetDeadline(state_->options.body_timeout);
  if (parser->expects_continue() && buffer_.size() == 0) {
    const ErrorCode error = co_await stream_->Write(kContinue, {});
    if (error) co_return false;
  }
  Feed(parser);
  while (parser->state() == RequestParser::State::kBody) {
    if (!CountBody(parser->body_size())) {
      co_await Refuse(503);
      co_return false;
    }
    const bool more = co_await ReadMore();
    if (!more && timed_out_) co_await Refuse(408);
    if (!more) co_return false;
    Feed(parser);
  }
  const bool refused = parser->state() == RequestParser::State::kRefused;
  if (refused) co_await Refuse(parser->refusal());
  co_return !refused;
}

asio::awaitable<bool> Connection::ReadMore() {
  if (timed_out_) co_return false;
  ErrorCode error;
  const asio::mutable_buffer buffer = buffer_.prepare(idle_ ? kFirstReadBytes : kReadBytes);
  const size_t size = co_await stream_->ReadSome(buffer, &error);
  if (error) co_return false;
  buffer_.commit(size);
  co_return true;
}

Response Connection::Answer(const RequestParser& parser) {
  Request request = parser.request();
  request.peer_address = peer_address_;
  request.secure = state_->options.tls.has_value();
  request.client_names = client_name_views_;
  try {
    return state_->handler(request);
  } catch (...) {  // Against its contract; what it was about is unknown.
    return AnswerRefusal(500);
  }
}

Response Connection::AnswerRefusal(int status) {
  Response response;
  try {
    response = state_->refusal(status);
  } catch (...) {
    response = Response();
  }
  response.status = status;
  response.close = true;
  return response;
}

asio::awaitable<void> Connection::Refuse(int status) {
  ++state_->requests_refused;
  unread_ = true;
  timed_out_ = false;
  const Response response = AnswerRefusal(status);
  co_await Send(response, /*head_only=*/false, /*keep_alive=*/false);
}

asio::awaitable<bool> Connection::Send(const Response& response, bool head_only, bool keep_alive) {
  if (timed_out_) co_return false;
  SetDeadline(state_->options.write_timeout);
  absl::StatusOr<std::string> head = ResponseHead(response, keep_alive, absl::Now());
  std::string_view body;
  if (head.ok() && HasBody(response, head_only)) body = response.body;
  if (!head.ok()) {
    keep_alive = false;
    Response bare;
    bare.status = 500;
    head = ResponseHead(bare, keep_alive, absl::Now());
  }
  const ErrorCode error = co_await stream_->Write(*head, body);
  co_return !error && !timed_out_ && keep_alive;
}

asio::awaitable<void> Connection::Finish() {
  if (timed_out_ || !stream_->socket().is_open()) co_return;
  if (unread_ || buffer_.size() > 0) {
    co_await Linger();
  } else {
    SetDeadline(kCloseTimeout);
    co_await stream_->Close();
  }
}

// Reads past TLS: nobody looks at what comes.
asio::awaitable<void> Connection::Linger() {
  Socket& socket = stream_->socket();
  ErrorCode error;
  socket.shutdown(Socket::shutdown_send, error);
  idle_ = true;
  if (error || state_->table.draining() || !state_->table.StartWaiting(this)) co_return;
  SetDeadline(kLingerTimeout);
  buffer_.clear();
  size_t total = 0;
  while (!error && !timed_out_ && total < kLingerBytesMax) {
    const asio::mutable_buffer buffer = buffer_.prepare(kReadBytes);
    const size_t size = co_await socket.async_read_some(buffer, ErrorInto(&error));
    total += size;
  }
}

}  // namespace portcullis::http
