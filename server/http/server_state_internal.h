// What all connections of one server share.
#ifndef PORTCULLIS_SERVER_HTTP_SERVER_STATE_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_SERVER_STATE_INTERNAL_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "server/http/connection_table_internal.h"
#include "server/http/server.h"
#include "server/http/tls_internal.h"

namespace portcullis::http {

struct ServerState {
  // Constant.
  const ServerOptions options;
  const Handler handler;
  const RefusalHandler refusal;

  // With locks of their own.
  ConnectionTable table;
  TlsContextHolder tls;

  std::atomic<size_t> body_bytes{0};  // In memory, of all requests.
  std::atomic<uint64_t> connections_accepted{0};
  std::atomic<uint64_t> connections_turned_away{0};
  std::atomic<uint64_t> requests_refused{0};
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_SERVER_STATE_INTERNAL_H_
