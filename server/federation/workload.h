// SPIFFE IDs: the names of workloads in their certificates, as the SPIFFE-ID specification has
// them.
#ifndef PORTCULLIS_SERVER_FEDERATION_WORKLOAD_H_
#define PORTCULLIS_SERVER_FEDERATION_WORKLOAD_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::federation {

inline constexpr size_t kSpiffeIdBytesMax = 2048;
inline constexpr size_t kTrustDomainBytesMax = 255;

// spiffe://<trust_domain><path>. There is one spelling of each, so equal texts are equal IDs.
struct SpiffeId {
  std::string trust_domain;  // Never empty; lower-case letters, digits, `.`, `-`, `_`.
  // Empty (the trust domain itself, which is no workload), or `/` and segments with `/` between.
  std::string path;

  friend bool operator==(const SpiffeId&, const SpiffeId&) = default;
};

// The whole of `text`, which must be `spiffe://`, a trust domain and an optional path: no port, no
// user, no query, no fragment, no percent-encoding, no empty segment, no `.` or `..`, no `/` at the
// end. Nothing is normalised: an upper-case trust domain is an error. INVALID_ARGUMENT otherwise.
absl::StatusOr<SpiffeId> ParseSpiffeId(std::string_view text);

// The text that parses to `id`.
std::string SpiffeIdText(const SpiffeId& id);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_WORKLOAD_H_
