#include "server/http/stream_internal.h"

#include <array>
#include <utility>

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "server/http/peer_names_internal.h"

namespace portcullis::http {
namespace {

std::array<asio::const_buffer, 2> Buffers(std::string_view first, std::string_view second) {
  return {asio::buffer(first.data(), first.size()), asio::buffer(second.data(), second.size())};
}

class PlainStream final : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

  asio::awaitable<ErrorCode> Handshake() override { co_return ErrorCode(); }

  asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode* error) override {
    const size_t size = co_await socket_.async_read_some(buffer, ErrorInto(error));
    co_return size;
  }

  asio::awaitable<ErrorCode> Write(std::string_view first, std::string_view second) override {
    ErrorCode error;
    co_await asio::async_write(socket_, Buffers(first, second), ErrorInto(&error));
    co_return error;
  }

  asio::awaitable<void> Close() override {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }

  Socket& socket() override { return socket_; }

 private:
  Socket socket_;
};

class TlsStream final : public Stream {
 public:
  TlsStream(Socket socket, std::shared_ptr<TlsContext> context)
      : context_(std::move(context)),
        stream_(std::move(socket), *context_),
        ssl_(stream_.native_handle()) {}

  asio::awaitable<ErrorCode> Handshake() override {
    ErrorCode error;
    co_await stream_.async_handshake(asio::ssl::stream_base::server, ErrorInto(&error));
    co_return error;
  }

  asio::awaitable<size_t> ReadSome(asio::mutable_buffer buffer, ErrorCode* error) override {
    const size_t size = co_await stream_.async_read_some(buffer, ErrorInto(error));
    co_return size;
  }

  asio::awaitable<ErrorCode> Write(std::string_view first, std::string_view second) override {
    ErrorCode error;
    co_await asio::async_write(stream_, Buffers(first, second), ErrorInto(&error));
    co_return error;
  }

  asio::awaitable<void> Close() override {
    ErrorCode ignored;
    co_await stream_.async_shutdown(ErrorInto(&ignored));
  }

  std::vector<std::string> PeerNames() const override { return NamesOfPeer(*ssl_); }

  Socket& socket() override { return stream_.next_layer(); }

 private:
  std::shared_ptr<TlsContext> context_;
  asio::ssl::stream<Socket> stream_;
  const SSL* const ssl_;  // Of stream_.
};

}  // namespace

std::unique_ptr<Stream> MakePlainStream(Socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<Stream> MakeTlsStream(Socket socket, std::shared_ptr<TlsContext> context) {
  return std::make_unique<TlsStream>(std::move(socket), std::move(context));
}

}  // namespace portcullis::http
