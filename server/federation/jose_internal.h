// The pieces of JOSE (RFC 7515 to 7518, 8037) that key sets and identity tokens share: base64url,
// the table of signature algorithms, and public keys that verify.
//
// Signatures are verified by librhonabwy. It is given nothing to decide: which key, which algorithm
// and that the token is well-formed is settled before it is called, the reasons are in README.md.
#ifndef PORTCULLIS_SERVER_FEDERATION_JOSE_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_JOSE_INTERNAL_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/federation/jwks.h"

namespace portcullis::federation {

// RFC 4648 section 5 without padding, one spelling only: bits that no byte needs must be zero.
// nullopt if `text` is anything else.
std::optional<std::string> DecodeBase64Url(std::string_view text);

// A row of the table of algorithms that a token may be signed with. What has no row is refused:
// `none`, every HMAC, PS384 and PS512.
struct SignatureAlgorithm {
  std::string_view name;   // As in `alg`, compared exactly.
  KeyType key_type;        // The only type of key that it may be verified with.
  size_t signature_bytes;  // 0: as many as the key's modulus.
  int library_id;          // A jwa_alg of librhonabwy.
};

// nullptr if there is no such row. Rows live as long as the process.
const SignatureAlgorithm* FindSignatureAlgorithm(std::string_view name);

// A public key as librhonabwy holds it. Immutable after Import; thread-safe: verifying only reads.
class PublicKey {
 public:
  // The members of a JWK that make the key, decoded; `y` for elliptic curves with two coordinates.
  struct Parts {
    KeyType type = KeyType::kNone;
    std::string modulus = {};
    std::string exponent = {};
    std::string x = {};
    std::string y = {};
  };

  // InvalidArgument with a text for people if the key is malformed, weak (R-5.64: RSA below 2,048
  // bits), so large that verifying would take long, or not on its curve.
  static absl::StatusOr<std::shared_ptr<const PublicKey>> Import(const Parts& parts);

  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  KeyType type() const { return type_; }

  // Whether the signature of `token` is this key's, made with `algorithm`. False also if the
  // library fails.
  // REQUIRES: `token` is a compact JWS of three strict base64url parts whose header is a JSON
  // object without duplicate members and without `zip`, and names `algorithm`.
  bool Verifies(const SignatureAlgorithm& algorithm, std::string_view token) const;

 private:
  struct Handle;  // Hides the library's types, which are C's.
  PublicKey(KeyType type, size_t signature_bytes, std::unique_ptr<Handle> handle);

  const KeyType type_;
  const size_t modulus_bytes_;  // 0 unless RSA.
  const std::unique_ptr<Handle> handle_;
};

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_JOSE_INTERNAL_H_
