#include "tests/unit/http/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

#include "absl/strings/str_cat.h"

namespace portcullis::http {
namespace {

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

size_t Number(const std::string& text) {
  size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::string WireResponse::Header(const std::string& name) const {
  return headers.count(name) == 1 ? headers.find(name)->second : "";
}

Wire::Wire(uint16_t port) : fd_(Connect(port)), connected_(fd_ >= 0) {}

Wire::Wire(uint16_t port, SSL_CTX* context) : Wire(port) {
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, fd_);
  handshake_ok_ = SSL_connect(ssl_) == 1;
}

Wire::Wire(Wire&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      ssl_(std::exchange(other.ssl_, nullptr)),
      connected_(other.connected_),
      handshake_ok_(other.handshake_ok_),
      received_(std::move(other.received_)) {}

Wire::~Wire() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (fd_ >= 0) close(fd_);
}

bool Wire::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const long sent = ssl_ != nullptr
                          ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                          : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

long Wire::Receive(char* buffer, size_t size) {
  return ssl_ != nullptr ? SSL_read(ssl_, buffer, static_cast<int>(size))
                         : recv(fd_, buffer, size, 0);
}

bool Wire::Fill() {
  char buffer[16384];
  const long size = Receive(buffer, sizeof(buffer));
  if (size <= 0) return false;
  received_.append(buffer, static_cast<size_t>(size));
  return true;
}

WireResponse Wire::ReadResponse(bool head_only) {
  WireResponse response;
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return response;
  }
  size_t start = received_.find("\r\n") + 2;
  const int status = static_cast<int>(Number(received_.substr(9, 3)));
  while (start < end + 2) {
    const size_t line_end = received_.find("\r\n", start);
    const size_t colon = received_.find(": ", start);
    response.headers.emplace(received_.substr(start, colon - start),
                             received_.substr(colon + 2, line_end - colon - 2));
    start = line_end + 2;
  }
  received_.erase(0, end + 4);
  const size_t size = head_only ? 0 : Number(response.Header("Content-Length"));
  while (received_.size() < size) {
    if (!Fill()) return {};
  }
  response.body = received_.substr(0, size);
  received_.erase(0, size);
  response.status = status;
  return response;
}

WireResponse Wire::Exchange(std::string_view bytes) {
  return Send(bytes) ? ReadResponse() : WireResponse();
}

std::string Wire::ReadAll() {
  while (Fill()) {
  }
  return std::exchange(received_, "");
}

bool Wire::IsClosed() {
  char byte = 0;
  errno = 0;
  return received_.empty() && Receive(&byte, 1) <= 0 && errno != EAGAIN;
}

void Wire::FinishSending() {
  shutdown(fd_, SHUT_WR);
}

std::string Get(const std::string& path) {
  return absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

std::string Post(const std::string& path, const std::string& body) {
  return absl::StrCat("POST ", path,
                      " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ", body.size(), "\r\n\r\n",
                      body);
}

}  // namespace portcullis::http
