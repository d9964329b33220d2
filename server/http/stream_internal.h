// One connection's bytes, in the clear or through TLS.
#ifndef PORTCULLIS_SERVER_HTTP_STREAM_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_STREAM_INTERNAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "server/http/asio_internal.h"
#include "server/http/tls_internal.h"

namespace portcullis::http {

using Socket = boost::asio::ip::tcp::socket;

// Used by one coroutine at a time, on the socket's executor. Closing or cancelling the socket ends
// the operation in progress with an error.
class Stream {
 public:
  virtual ~Stream() = default;

  // Must come first.
  virtual asio::awaitable<ErrorCode> Handshake() = 0;
  // Some bytes, at least one unless there is an error; the end of the stream is one.
  virtual asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode* error) = 0;
  // Both, one behind the other.
  virtual asio::awaitable<ErrorCode> Write(std::string_view first, std::string_view second) = 0;
  // Tells the peer properly that nothing more will come.
  virtual asio::awaitable<void> Close() = 0;

  // Whom the peer's verified certificate names; see Request::client_names. After the handshake.
  virtual std::vector<std::string> PeerNames() const { return {}; }

  virtual Socket& socket() = 0;
};

std::unique_ptr<Stream> MakePlainStream(Socket socket);
std::unique_ptr<Stream> MakeTlsStream(Socket socket, std::shared_ptr<TlsContext> context);

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_STREAM_INTERNAL_H_
