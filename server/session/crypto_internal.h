// The few cryptographic operations of this directory, on OpenSSL 3.
//
// Algorithms are fetched once per process and contexts are kept per thread: a fetch at every call
// would cost more than the work. All functions are thread-safe. They return false only if OpenSSL
// itself fails (no memory, a provider that lacks the algorithm); then the output is not to be used.
#ifndef PORTCULLIS_SERVER_SESSION_CRYPTO_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_CRYPTO_INTERNAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::session {

inline constexpr size_t kGcmNonceBytes = 12;
inline constexpr size_t kGcmTagBytes = 16;

// A key of AES-256-GCM; the bytes are wiped when the object dies. A thread that opens with the same
// key again and again expands it once; it tells keys apart by `serial`.
struct GcmKey {
  GcmKey();
  ~GcmKey();
  GcmKey(const GcmKey&) = delete;
  GcmKey& operator=(const GcmKey&) = delete;

  std::array<uint8_t, 32> bytes{};
  const uint64_t serial;  // Never used twice in one process.
};

// Appends ciphertext and tag to `sealed`.
[[nodiscard]] bool SealGcm(const GcmKey& key, std::string_view nonce, std::string_view header,
                           std::string_view plaintext, std::string* sealed);

// Replaces `plaintext`. False also if anything does not agree with the tag; then `plaintext` is
// empty. REQUIRES: nonce.size() == kGcmNonceBytes.
[[nodiscard]] bool OpenGcm(const GcmKey& key, std::string_view nonce, std::string_view header,
                           std::string_view sealed, std::string* plaintext);

[[nodiscard]] bool HmacSha256(absl::Span<const uint8_t> key, std::string_view message,
                              std::array<uint8_t, 32>* mac);
[[nodiscard]] bool HmacSha1(absl::Span<const uint8_t> key, std::string_view message,
                            std::array<uint8_t, 20>* mac);

// RFC 5869 with an empty salt: the input is a uniformly random key already.
[[nodiscard]] bool HkdfSha256(absl::Span<const uint8_t> key, std::string_view info,
                              absl::Span<uint8_t> output);

[[nodiscard]] bool Sha256(std::string_view message, std::array<uint8_t, 32>* digest);

// Fills `output` from the system's generator. Aborts the process if there is no randomness: nothing
// that needs it can go on safely.
void RandomBytes(absl::Span<uint8_t> output);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_CRYPTO_INTERNAL_H_
