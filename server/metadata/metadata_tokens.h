// The session tokens of the instance metadata service, version 2.
#ifndef PORTCULLIS_SERVER_METADATA_METADATA_TOKENS_H_
#define PORTCULLIS_SERVER_METADATA_METADATA_TOKENS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace portcullis::metadata {

// Tokens that say themselves until when they are good, sealed with a key that this process made and
// forgets at its end. So nothing is kept for a token, however many are asked for. Thread-safe.
//
// They prove no identity: whoever reaches the endpoint gets one. They prove that the client can
// send a PUT with a header of its own and read the answer, which a process that is tricked into
// fetching a URL cannot.
class MetadataTokens {
 public:
  static constexpr int64_t kLifetimeSecondsMin = 1;
  static constexpr int64_t kLifetimeSecondsMax = 21600;

  // UNAVAILABLE if there is no randomness.
  static absl::StatusOr<MetadataTokens> Create();

  // REQUIRES: a lifetime within the bounds.
  std::string Issue(absl::Time now, int64_t lifetime_seconds) const;
  // Takes the same time for all wrong tokens of the right length.
  bool IsValid(std::string_view token, absl::Time now) const;

 private:
  static constexpr size_t kKeyBytes = 32;
  using Key = std::array<unsigned char, kKeyBytes>;

  explicit MetadataTokens(const Key& key) : key_(key) {}
  std::string Seal(std::string_view expiry) const;

  Key key_;
};

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_METADATA_TOKENS_H_
