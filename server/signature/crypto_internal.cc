#include "server/signature/crypto_internal.h"

#include <cstddef>
#include <utility>

#include "absl/types/span.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "server/signature/authentication.h"
#include "server/signature/request.h"

namespace portcullis::signature {
namespace {

struct MacContextFree {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
struct DigestContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, MacContextFree>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFree>;

// Fetched once and deliberately never freed: threads may outlive static destruction.
EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return mac;
}
EVP_MD* Sha256Digest() {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// nullptr if OpenSSL fails.
EVP_MAC_CTX* NewHmacContext() {
  if (Hmac() == nullptr) return nullptr;
  MacContext context(EVP_MAC_CTX_new(Hmac()));
  if (context == nullptr) return nullptr;
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(context.get(), parameters) == 1 ? context.release() : nullptr;
}

bool Finish(EVP_MAC_CTX* context, std::string_view message, Digest* mac) {
  size_t written = 0;
  return EVP_MAC_update(context, Bytes(message), message.size()) == 1 &&
         EVP_MAC_final(context, mac->data(), &written, mac->size()) == 1 && written == mac->size();
}

bool HmacSha256(absl::Span<const uint8_t> key, std::string_view message, Digest* mac) {
  thread_local const MacContext context(NewHmacContext());
  return context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), nullptr) == 1 &&
         Finish(context.get(), message, mac);
}

void ToHex(const Digest& digest, HexDigest* hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < digest.size(); ++i) {
    (*hex)[2 * i] = kDigits[digest[i] >> 4];
    (*hex)[2 * i + 1] = kDigits[digest[i] & 0x0f];
  }
}

}  // namespace

SigningKey::~SigningKey() {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool DeriveSigningKey(std::string_view secret, const SigningScope& scope, SigningKey* key) {
  constexpr std::string_view kPrefix = "AWS4";
  if (secret.size() > kSecretBytesMax) return false;
  std::array<uint8_t, kPrefix.size() + kSecretBytesMax> seed;
  kPrefix.copy(reinterpret_cast<char*>(seed.data()), kPrefix.size());
  secret.copy(reinterpret_cast<char*>(seed.data()) + kPrefix.size(), secret.size());
  const bool derived = HmacSha256(absl::MakeConstSpan(seed.data(), kPrefix.size() + secret.size()),
                                  scope.date, &key->bytes) &&
                       HmacSha256(key->bytes, scope.region, &key->bytes) &&
                       HmacSha256(key->bytes, scope.service, &key->bytes) &&
                       HmacSha256(key->bytes, kScopeTerminator, &key->bytes);
  OPENSSL_cleanse(seed.data(), seed.size());
  return derived;
}

bool Sha256Hex(std::string_view message, HexDigest* hex) {
  thread_local const DigestContext context(EVP_MD_CTX_new());
  Digest digest;
  unsigned int written = 0;
  const bool digested = context != nullptr && Sha256Digest() != nullptr &&
                        EVP_DigestInit_ex2(context.get(), Sha256Digest(), nullptr) == 1 &&
                        EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
                        EVP_DigestFinal_ex(context.get(), digest.data(), &written) == 1 &&
                        written == digest.size();
  if (digested) ToHex(digest, hex);
  return digested;
}

bool HmacHex(const SigningKey& key, std::string_view message, HexDigest* hex) {
  Digest mac;
  if (!HmacSha256(key.bytes, message, &mac)) return false;
  ToHex(mac, hex);
  return true;
}

std::unique_ptr<PreparedKey> PreparedKey::Create(const SigningKey& key) {
  Context context(NewHmacContext());
  if (context == nullptr ||
      EVP_MAC_init(context.get(), key.bytes.data(), key.bytes.size(), nullptr) != 1) {
    return nullptr;
  }
  return std::unique_ptr<PreparedKey>(new PreparedKey(std::move(context)));
}

bool PreparedKey::HmacHex(std::string_view message, HexDigest* hex) {
  Digest mac;
  // Without a key: starts again with the one that the context has.
  if (EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1 ||
      !Finish(context_.get(), message, &mac)) {
    return false;
  }
  ToHex(mac, hex);
  return true;
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace portcullis::signature
