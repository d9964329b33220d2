// Sends bytes to a proxy exactly as they are, and reads what comes back.
#ifndef PORTCULLIS_CLIENT_PROBE_EXCHANGE_H_
#define PORTCULLIS_CLIENT_PROBE_EXCHANGE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/connection.h"
#include "client/probe_answer.h"
#include "client/probe_target.h"

namespace portcullis::client {

// One connection: sends, waits for the answers, closes. A connection that breaks once it stands is
// a reply (kClosed). UNAVAILABLE if none comes about.
using ProbeExchange = std::function<absl::StatusOr<ProbeReply>(const ProbeBytes& sent)>;

// What comes back beyond this is not read.
inline constexpr size_t kProbeReplyBytesMax = size_t{1} << 20;

// Exchanges with the host and port of `target` and with nobody else: no redirects, no proxy of the
// environment. Each has `timeout` to connect, and as much again for the rest. HTTPS is
// HTTP/1.1 over TLS 1.2 or later, and the host's certificate must be good; `tls` (optional) says
// whom to trust, and has a client certificate. Thread-safe.
ProbeExchange NewProbeExchange(const ProbeTarget& target, const TlsOptions& tls,
                               absl::Duration timeout);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_EXCHANGE_H_
