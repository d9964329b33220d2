// Makes keys and signs tokens for tests, by OpenSSL: a library that the product does not verify
// with.
#ifndef PORTCULLIS_TESTS_UNIT_FEDERATION_IDENTITY_TOKEN_MAKER_H_
#define PORTCULLIS_TESTS_UNIT_FEDERATION_IDENTITY_TOKEN_MAKER_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "openssl/bn.h"
#include "openssl/core_names.h"
#include "openssl/ec.h"
#include "openssl/ecdsa.h"
#include "openssl/evp.h"
#include "openssl/hmac.h"
#include "openssl/rsa.h"
#include "server/base/text.h"

namespace portcullis::federation {

inline std::string Base64Url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

// A private key. Whatever fails ends the test program: nothing can be tested without it.
class SigningKey {
 public:
  static SigningKey Rsa(unsigned bits) { return SigningKey(EVP_RSA_gen(bits)); }
  static SigningKey Ec(const char* curve) {
    return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
  }
  static SigningKey Ed25519() { return SigningKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
  // A key of the type that `algorithm` needs, made once in this process.
  static const SigningKey& For(std::string_view algorithm);

  // The public half as a JWK with these members besides: `"kid":"1","use":"sig"`.
  std::string Jwk(std::string_view more_members) const {
    const std::string members = PublicMembers();
    return base::Concat({"{", members, more_members.empty() ? "" : ",", more_members, "}"});
  }

  // The raw bytes of a JOSE signature. `salt_bytes`: of PSS, -1 for as many as the digest has.
  std::string Sign(std::string_view algorithm, std::string_view message, int salt_bytes = -1) const;

  // `x` or `n`, as bytes.
  std::string Number(const char* parameter, int bytes) const {
    BIGNUM* number = nullptr;
    Require(EVP_PKEY_get_bn_param(key_.get(), parameter, &number) == 1);
    std::string text(static_cast<size_t>(bytes > 0 ? bytes : BN_num_bytes(number)), '\0');
    Require(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()),
                         static_cast<int>(text.size())) > 0);
    BN_free(number);
    return text;
  }

 private:
  friend class SignatureCheck;
  explicit SigningKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { Require(key != nullptr); }

  static void Require(bool holds) {
    if (!holds) std::abort();
  }

  int CoordinateBytes() const { return (EVP_PKEY_get_bits(key_.get()) + 7) / 8; }

  std::string PublicMembers() const {
    if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
      return base::Concat({R"("kty":"RSA","n":")", Base64Url(Number(OSSL_PKEY_PARAM_RSA_N, 0)),
                           R"(","e":")", Base64Url(Number(OSSL_PKEY_PARAM_RSA_E, 0)), "\""});
    }
    if (EVP_PKEY_is_a(key_.get(), "EC") == 1) {
      const int bytes = CoordinateBytes();
      return base::Concat({R"("kty":"EC","crv":")",
                           bytes == 32   ? "P-256"
                           : bytes == 48 ? "P-384"
                                         : "P-521",
                           R"(","x":")", Base64Url(Number(OSSL_PKEY_PARAM_EC_PUB_X, bytes)),
                           R"(","y":")", Base64Url(Number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes)), "\""});
    }
    unsigned char raw[32];
    size_t length = sizeof(raw);
    Require(EVP_PKEY_get_raw_public_key(key_.get(), raw, &length) == 1);
    return base::Concat({R"("kty":"OKP","crv":"Ed25519","x":")",
                         Base64Url({reinterpret_cast<const char*>(raw), length}), "\""});
  }

  // As OpenSSL makes it: for elliptic curves in DER.
  std::string RawSign(std::string_view algorithm, std::string_view message, int salt_bytes) const;

  // From DER to the fixed-length form.
  std::string FixedLength(const std::string& der) const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
    Require(signature != nullptr);
    const int half = CoordinateBytes();
    std::string fixed(static_cast<size_t>(half) * 2, '\0');
    auto* out = reinterpret_cast<unsigned char*>(fixed.data());
    Require(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, half) == half);
    Require(BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + half, half) == half);
    ECDSA_SIG_free(signature);
    return fixed;
  }

  std::shared_ptr<EVP_PKEY> key_;
};

inline std::string SigningKey::Sign(std::string_view algorithm, std::string_view message,
                                    int salt_bytes) const {
  const std::string signature = RawSign(algorithm, message, salt_bytes);
  return algorithm.substr(0, 2) == "ES" ? FixedLength(signature) : signature;
}

inline std::string SigningKey::RawSign(std::string_view algorithm, std::string_view message,
                                       int salt_bytes) const {
  const bool is_eddsa = algorithm == "EdDSA";
  const std::string digest = base::Concat({"SHA", algorithm.substr(algorithm.size() - 3)});
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;  // Belongs to the context.
  Require(EVP_DigestSignInit_ex(context, &options, is_eddsa ? nullptr : digest.c_str(), nullptr,
                                nullptr, key_.get(), nullptr) == 1);
  if (algorithm.substr(0, 2) == "PS") {
    Require(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    Require(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt_bytes) == 1);
  }
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  size_t length = 0;
  Require(EVP_DigestSign(context, nullptr, &length, data, message.size()) == 1);
  std::string signature(length, '\0');
  Require(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length, data,
                         message.size()) == 1);
  signature.resize(length);
  EVP_MD_CTX_free(context);
  return signature;
}

// One good signature and OpenSSL's own way to verify it: the least that verifying costs.
class SignatureCheck {
 public:
  SignatureCheck(const SigningKey& key, std::string_view algorithm, std::string message)
      : key_(key.key_), message_(std::move(message)) {
    digest_ = algorithm == "EdDSA" ? nullptr : "SHA256";
    signature_ = key.RawSign(algorithm, message_, -1);
  }

  bool Verifies() const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool good =
        EVP_DigestVerifyInit_ex(context, nullptr, digest_, nullptr, nullptr, key_.get(), nullptr) ==
            1 &&
        EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature_.data()),
                         signature_.size(), reinterpret_cast<const unsigned char*>(message_.data()),
                         message_.size()) == 1;
    EVP_MD_CTX_free(context);
    return good;
  }

 private:
  std::shared_ptr<EVP_PKEY> key_;
  const char* digest_ = nullptr;
  std::string message_;
  std::string signature_;
};

inline const SigningKey& SigningKey::For(std::string_view algorithm) {
  if (algorithm == "ES256") {
    static const SigningKey key = Ec("P-256");
    return key;
  }
  if (algorithm == "ES384") {
    static const SigningKey key = Ec("P-384");
    return key;
  }
  if (algorithm == "ES512") {
    static const SigningKey key = Ec("P-521");
    return key;
  }
  if (algorithm == "EdDSA") {
    static const SigningKey key = Ed25519();
    return key;
  }
  static const SigningKey key = Rsa(2048);
  return key;
}

inline std::string KeySetText(std::initializer_list<std::string_view> keys) {
  std::string text = R"({"keys":[)";
  for (const std::string_view key : keys) {
    if (text.back() == '}') text += ',';
    text += key;
  }
  return text + "]}";
}

// `header` and `claims` are JSON, and need not be well-formed.
inline std::string SigningInput(std::string_view header, std::string_view claims) {
  return base::Concat({Base64Url(header), ".", Base64Url(claims)});
}

inline std::string MakeToken(const SigningKey& key, std::string_view algorithm,
                             std::string_view header, std::string_view claims) {
  const std::string input = SigningInput(header, claims);
  return base::Concat({input, ".", Base64Url(key.Sign(algorithm, input))});
}

inline std::string Hmac(const char* digest, std::string_view key, std::string_view message) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (HMAC(EVP_get_digestbyname(digest), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), mac,
           &length) == nullptr) {
    std::abort();
  }
  return {reinterpret_cast<const char*>(mac), length};
}

}  // namespace portcullis::federation

#endif  // PORTCULLIS_TESTS_UNIT_FEDERATION_IDENTITY_TOKEN_MAKER_H_
