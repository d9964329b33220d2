#include "server/session/crypto_internal.h"

#include <atomic>
#include <climits>
#include <cstdlib>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace portcullis::session {
namespace {

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
struct MacContextFree {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
struct DigestContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct KdfContextFree {
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, MacContextFree>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestContextFree>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, KdfContextFree>;

// Fetched once and deliberately never freed: threads may outlive static destruction.
EVP_CIPHER* Aes256Gcm() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}
EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return mac;
}
EVP_MD* Sha256Digest() {
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}
EVP_KDF* Hkdf() {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  return kdf;
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string* text, size_t offset) {
  return reinterpret_cast<unsigned char*>(text->data()) + offset;
}

// A MAC context of this thread with its digest chosen; nullptr if OpenSSL fails.
MacContext NewHmacContext(const char* digest_name) {
  if (Hmac() == nullptr) return nullptr;
  MacContext context(EVP_MAC_CTX_new(Hmac()));
  if (context == nullptr) return nullptr;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest_name), 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_CTX_set_params(context.get(), parameters) != 1) return nullptr;
  return context;
}

bool HmacWith(EVP_MAC_CTX* context, absl::Span<const uint8_t> key, std::string_view message,
              absl::Span<uint8_t> mac) {
  size_t written = 0;
  return context != nullptr && EVP_MAC_init(context, key.data(), key.size(), nullptr) == 1 &&
         EVP_MAC_update(context, Bytes(message), message.size()) == 1 &&
         EVP_MAC_final(context, mac.data(), &written, mac.size()) == 1 && written == mac.size();
}

// The decrypting context of this thread and whose key is expanded in it.
struct Opener {
  CipherContext context{EVP_CIPHER_CTX_new()};
  uint64_t key_serial = 0;  // 0: no key.
};

bool StartOpening(const GcmKey& key, std::string_view nonce, Opener* opener) {
  if (opener->context == nullptr || Aes256Gcm() == nullptr) return false;
  if (opener->key_serial == key.serial) {
    return EVP_DecryptInit_ex2(opener->context.get(), nullptr, nullptr, Bytes(nonce), nullptr) == 1;
  }
  opener->key_serial = 0;
  if (EVP_DecryptInit_ex2(opener->context.get(), Aes256Gcm(), key.bytes.data(), Bytes(nonce),
                          nullptr) != 1) {
    return false;
  }
  opener->key_serial = key.serial;
  return true;
}

}  // namespace

GcmKey::GcmKey()
    : serial([] {
        static std::atomic<uint64_t> last{0};
        return last.fetch_add(1, std::memory_order_relaxed) + 1;
      }()) {}

GcmKey::~GcmKey() {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool SealGcm(const GcmKey& key, std::string_view nonce, std::string_view header,
             std::string_view plaintext, std::string* sealed) {
  if (nonce.size() != kGcmNonceBytes || plaintext.size() > INT_MAX || header.size() > INT_MAX) {
    return false;
  }
  thread_local const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* const gcm = context.get();
  const size_t start = sealed->size();
  sealed->resize(start + plaintext.size() + kGcmTagBytes);
  unsigned char* const out = Bytes(sealed, start);
  int length = 0;
  const bool sealed_well =
      gcm != nullptr && Aes256Gcm() != nullptr &&
      EVP_EncryptInit_ex2(gcm, Aes256Gcm(), key.bytes.data(), Bytes(nonce), nullptr) == 1 &&
      EVP_EncryptUpdate(gcm, nullptr, &length, Bytes(header), static_cast<int>(header.size())) ==
          1 &&
      EVP_EncryptUpdate(gcm, out, &length, Bytes(plaintext), static_cast<int>(plaintext.size())) ==
          1 &&
      EVP_EncryptFinal_ex(gcm, out + plaintext.size(), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, out + plaintext.size()) == 1;
  if (!sealed_well) sealed->resize(start);
  return sealed_well;
}

bool OpenGcm(const GcmKey& key, std::string_view nonce, std::string_view header,
             std::string_view sealed, std::string* plaintext) {
  plaintext->clear();
  if (nonce.size() != kGcmNonceBytes || sealed.size() < kGcmTagBytes || sealed.size() > INT_MAX ||
      header.size() > INT_MAX) {
    return false;
  }
  thread_local Opener opener;
  const std::string_view ciphertext = sealed.substr(0, sealed.size() - kGcmTagBytes);
  std::array<unsigned char, kGcmTagBytes> tag;
  sealed.copy(reinterpret_cast<char*>(tag.data()), tag.size(), ciphertext.size());
  plaintext->resize(ciphertext.size());
  EVP_CIPHER_CTX* const gcm = opener.context.get();
  std::array<unsigned char, kGcmTagBytes> rest;
  int length = 0;
  const bool authentic =
      StartOpening(key, nonce, &opener) &&
      EVP_DecryptUpdate(gcm, nullptr, &length, Bytes(header), static_cast<int>(header.size())) ==
          1 &&
      EVP_DecryptUpdate(gcm, Bytes(plaintext, 0), &length, Bytes(ciphertext),
                        static_cast<int>(ciphertext.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(gcm, rest.data(), &length) == 1;
  if (!authentic) {
    OPENSSL_cleanse(plaintext->data(), plaintext->size());
    plaintext->clear();
  }
  return authentic;
}

bool HmacSha256(absl::Span<const uint8_t> key, std::string_view message,
                std::array<uint8_t, 32>* mac) {
  thread_local const MacContext context = NewHmacContext("SHA256");
  return HmacWith(context.get(), key, message, absl::MakeSpan(*mac));
}

bool HmacSha1(absl::Span<const uint8_t> key, std::string_view message,
              std::array<uint8_t, 20>* mac) {
  thread_local const MacContext context = NewHmacContext("SHA1");
  return HmacWith(context.get(), key, message, absl::MakeSpan(*mac));
}

bool HkdfSha256(absl::Span<const uint8_t> key, std::string_view info, absl::Span<uint8_t> output) {
  if (Hkdf() == nullptr) return false;
  const KdfContext context(EVP_KDF_CTX_new(Hkdf()));
  if (context == nullptr) return false;
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<uint8_t*>(key.data()),
                                        key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(info.data()),
                                        info.size()),
      OSSL_PARAM_construct_end()};
  return EVP_KDF_derive(context.get(), output.data(), output.size(), parameters) == 1;
}

bool Sha256(std::string_view message, std::array<uint8_t, 32>* digest) {
  thread_local const DigestContext context(EVP_MD_CTX_new());
  unsigned int written = 0;
  return context != nullptr && Sha256Digest() != nullptr &&
         EVP_DigestInit_ex2(context.get(), Sha256Digest(), nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), digest->data(), &written) == 1 &&
         written == digest->size();
}

void RandomBytes(absl::Span<uint8_t> output) {
  if (output.size() > INT_MAX || RAND_bytes(output.data(), static_cast<int>(output.size())) != 1) {
    std::abort();
  }
}

}  // namespace portcullis::session
