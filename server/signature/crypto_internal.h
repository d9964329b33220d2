// SHA-256, HMAC-SHA256 and the derivation of signing keys, on OpenSSL 3.
//
// Algorithms are fetched once per process and contexts are kept per thread. All functions are
// thread-safe. They return false only if OpenSSL itself fails; then the output is not to be used.
#ifndef PORTCULLIS_SERVER_SIGNATURE_CRYPTO_INTERNAL_H_
#define PORTCULLIS_SERVER_SIGNATURE_CRYPTO_INTERNAL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "server/signature/signing_key_cache.h"

namespace portcullis::signature {

using Digest = std::array<uint8_t, 32>;
using HexDigest = std::array<char, 64>;

// A derived key; wiped when the object dies.
struct SigningKey {
  SigningKey() = default;
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  Digest bytes{};
};

// The key of `scope`; false also if the secret is longer than kSecretBytesMax.
[[nodiscard]] bool DeriveSigningKey(std::string_view secret, const SigningScope& scope,
                                    SigningKey* key);

[[nodiscard]] bool Sha256Hex(std::string_view message, HexDigest* hex);
[[nodiscard]] bool HmacHex(const SigningKey& key, std::string_view message, HexDigest* hex);

// A key with its HMAC context set up, which halves the cost of using it. Not thread-safe.
class PreparedKey {
 public:
  // nullptr if OpenSSL fails.
  static std::unique_ptr<PreparedKey> Create(const SigningKey& key);

  [[nodiscard]] bool HmacHex(std::string_view message, HexDigest* hex);

 private:
  struct ContextFree {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }  // Wipes its key.
  };
  using Context = std::unique_ptr<EVP_MAC_CTX, ContextFree>;

  explicit PreparedKey(Context context) : context_(std::move(context)) {}

  const Context context_;
};

// In constant time for equal lengths; different lengths are different.
bool EqualInConstantTime(std::string_view a, std::string_view b);

inline std::string_view TextOf(const HexDigest& hex) {
  return {hex.data(), hex.size()};
}

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_CRYPTO_INTERNAL_H_
