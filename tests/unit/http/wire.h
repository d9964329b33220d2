// A client that sends bytes as they are and takes responses apart.
#ifndef PORTCULLIS_TESTS_UNIT_HTTP_WIRE_H_
#define PORTCULLIS_TESTS_UNIT_HTTP_WIRE_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::http {

// A response as it came; status 0 if there was none before the stream ended or ten seconds passed.
struct WireResponse {
  int status = 0;
  std::multimap<std::string, std::string> headers;
  std::string body;

  // The value of the only header of that name (in the server's spelling); "" otherwise.
  std::string Header(const std::string& name) const;
};

// One connection to a port of the loopback. Blocks, but never for longer than ten seconds.
class Wire {
 public:
  explicit Wire(uint16_t port);
  // Over TLS, with a certificate of its own if there is one; see handshake_ok().
  Wire(uint16_t port, SSL_CTX* context);
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool connected() const { return connected_; }
  bool handshake_ok() const { return handshake_ok_; }
  SSL* ssl() { return ssl_; }
  int fd() const { return fd_; }

  // False if the peer has closed.
  bool Send(std::string_view bytes);
  // `head_only`: to a HEAD request.
  WireResponse ReadResponse(bool head_only = false);
  // Sends and reads.
  WireResponse Exchange(std::string_view bytes);
  // All that comes until the end.
  std::string ReadAll();
  // Whether the peer ends the stream, in order or not, before sending anything more.
  bool IsClosed();
  void FinishSending();

 private:
  long Receive(char* buffer, size_t size);
  bool Fill();

  int fd_ = -1;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
  bool handshake_ok_ = false;
  std::string received_;
};

// "GET /path HTTP/1.1" with a Host and nothing else.
std::string Get(const std::string& path);
// A POST with a body and its length.
std::string Post(const std::string& path, const std::string& body);

}  // namespace portcullis::http

#endif  // PORTCULLIS_TESTS_UNIT_HTTP_WIRE_H_
