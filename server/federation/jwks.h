// The public keys of an OpenID Connect provider: a JSON Web Key Set (RFC 7517; ).
//
// A set is read as a whole, with every mistake at once, because it also stands in policy files. Two
// kinds of trouble are told apart. What is wrong (malformed, weak, private or symmetric keys,
// duplicate members) fails the set. What is merely not for us (a key for encryption, a type of key
// that is not known here) is passed over and named in unused(): providers add such keys at will
// (RFC 7517 section 5), and a key that is not used can allow nothing.
#ifndef PORTCULLIS_SERVER_FEDERATION_JWKS_H_
#define PORTCULLIS_SERVER_FEDERATION_JWKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json_reader.h"
#include "server/base/position.h"

namespace portcullis::federation {

class PublicKey;

enum class KeyType : uint8_t { kNone, kRsa, kP256, kP384, kP521, kEd25519 };

// One key of a set. Immutable.
struct VerificationKey {
  std::string key_id;     // `kid`, "" if the key has none.
  std::string algorithm;  // `alg`: the only algorithm it may be used with; "" for any of its type.
  KeyType type = KeyType::kNone;
  std::shared_ptr<const PublicKey> public_key;
};

// Immutable and thread-safe. Holds at least one key.
class KeySet {
 public:
  static constexpr size_t kTextBytesMax = 1 << 20;
  // Of RSA keys, and again of all others.
  static constexpr size_t kKeysOfAKindMax = 100;
  static constexpr size_t kKeyIdBytesMax = 1024;

  // Reads `text`: {"keys": [...]}. Returns nullptr and appends at least one error if it is not a
  // set with at least one usable key. `options.bytes_max` and `options.depth_max` are lowered to
  // what a key set needs; `options.origin` says where the text stands in a larger one. Members
  // that are not known are ignored, as RFC 7517 demands; so are `x5c`, `x5t` and `x5u`: a key is
  // its numbers, and nothing is ever fetched.
  static std::shared_ptr<const KeySet> Parse(std::string_view text, base::JsonReaderOptions options,
                                             std::vector<base::TextError>* errors);

  // The key that a token with this `kid` and `alg` has to be verified with; nullptr if there is
  // none. The key's type and its own `alg`, if any, must agree with `algorithm`, so that nobody who
  // chooses `alg` chooses how a key is used. A token without `kid` finds a key only if there is no
  // choice.
  const VerificationKey* Select(const std::optional<std::string>& key_id,
                                std::string_view algorithm) const;

  // Whether any key has this `kid`, whatever it may be used for.
  bool HasKeyId(std::string_view key_id) const;

  const std::vector<VerificationKey>& keys() const { return keys_; }

  // The keys that were passed over, and why: for warnings.
  const std::vector<base::TextError>& unused() const { return unused_; }

 private:
  friend class KeySetParser;
  KeySet() = default;

  std::vector<VerificationKey> keys_;
  std::vector<base::TextError> unused_;
};

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_JWKS_H_
