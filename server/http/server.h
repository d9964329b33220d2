// An HTTP/1.1 server with bounds on everything, over plain TCP or TLS.
#ifndef PORTCULLIS_SERVER_HTTP_SERVER_H_
#define PORTCULLIS_SERVER_HTTP_SERVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/http/message.h"

namespace portcullis::http {

// A server's certificate and, for mutual TLS, the authorities of its clients; PEM.
struct TlsMaterial {
  std::string private_key;
  std::string certificate_chain;
  std::string client_authorities = {};  // Empty: clients need no certificate.
};

struct ServerOptions {
  std::string address = "127.0.0.1";              // IPv4 or IPv6.
  uint16_t port = 0;                              // 0: the system picks one.
  std::optional<TlsMaterial> tls = std::nullopt;  // Plain.

  int threads = 4;  // 1 to 64. They read, call the handler and write.
  size_t connections_max = 10000;
  size_t header_bytes_max = 16 << 10;  // Request line and headers.
  size_t headers_max = 100;
  size_t body_bytes_max = 2 << 20;
  size_t bodies_bytes_max = 256 << 20;  // Of all requests in progress together.

  // How many hosts a packet may pass on its way to the client, itself included: 1 keeps what is
  // said on this host, or from whoever forwards for others. 0: what the system has.
  int hop_limit = 0;

  absl::Duration handshake_timeout = absl::Seconds(10);
  absl::Duration header_timeout = absl::Seconds(10);  // From the first byte of a request.
  absl::Duration body_timeout = absl::Seconds(30);    // From the end of the headers.
  absl::Duration write_timeout = absl::Seconds(30);
  absl::Duration idle_timeout = absl::Seconds(75);  // Between requests of one connection.
};

// Answers one request. Called on the server's threads, concurrently; may block, which occupies one
// of them. Must not throw.
using Handler = std::function<Response(const Request& request)>;

// The answer to a request that never reaches the handler: too large (413, 431), malformed (400),
// too slow (408), one too many (503, see bodies_bytes_max); or whose handler threw nevertheless
// (500). Lets a protocol give these its own form; what it returns is sent with `status`, and the
// connection ends. Called as a handler is.
using RefusalHandler = std::function<Response(int status)>;

// How a server is doing. Counters since its start, but for what is open and held now.
struct ServerCounters {
  uint64_t connections_open = 0;
  uint64_t connections_accepted = 0;
  uint64_t connections_turned_away = 0;  // There were connections_max.
  uint64_t requests_refused = 0;         // See RefusalHandler.
  size_t bodies_bytes = 0;               // Held for requests in progress; see bodies_bytes_max.
};

// Runs from Start() to Shutdown() or destruction. Thread-safe.
//
// Nothing a client does costs others more than its own connection: every phase has a time limit, a
// connection that is idle costs no thread, and when there are connections_max of them the one that
// has been idle longest, or for longest has not sent the whole head of a request, makes room for a
// new one. A request that could mean two things to two readers (two lengths, a length and chunks,
// folded lines, a bare line feed, no host or two) is refused, and so is what nobody here needs and
// others read in different ways: trailers, extensions of chunks, targets that are no path.
class Server {
 public:
  // UNAVAILABLE if the address cannot be bound; INVALID_ARGUMENT for bad TLS material or an address
  // that is none.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       Handler handler, RefusalHandler refusal);
  ~Server();  // As Shutdown() at once.
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The port that is listened on.
  uint16_t port() const;

  ServerCounters counters() const;

  // New connections get this certificate; INVALID_ARGUMENT leaves the old one in use. REQUIRES: TLS
  // was set in the options.
  absl::Status ReplaceCertificate(const TlsMaterial& material);

  // Accepts no more, ends idle connections, lets requests in progress end until `deadline`, then
  // ends everything. Returns when no handler is running any more. Idempotent. REQUIRES: not called
  // by a handler.
  void Shutdown(absl::Time deadline);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_SERVER_H_
