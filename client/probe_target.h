// The one address that a probe talks to.
#ifndef PORTCULLIS_CLIENT_PROBE_TARGET_H_
#define PORTCULLIS_CLIENT_PROBE_TARGET_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::client {

// A URL in parts, none of them decoded or tidied up.
struct ProbeTarget {
  std::string scheme;     // "http" or "https".
  std::string host;       // As in the URL; an IPv6 address in its brackets.
  std::string port;       // Also where the URL leaves it out.
  std::string authority;  // What a client sends as Host: the port only where the URL has one.
  std::string path;       // Begins with "/".
  std::string query;      // With its "?", or empty.

  // Where connections go: scheme, host and port, no path.
  std::string ConnectionUrl() const;
};

// INVALID_ARGUMENT for anything but http:// or https:// with a host, and for a user or a fragment,
// which no server would see. Thread-safe.
absl::StatusOr<ProbeTarget> ParseProbeTarget(std::string_view url);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_PROBE_TARGET_H_
