#include "server/federation/jwks.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "server/base/node.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/jose_internal.h"

namespace portcullis::federation {
namespace {

using base::Node;
using base::NodeKind;
using base::Quoted;
using base::StrCat;

constexpr uint32_t kDepthMax = 16;

// Members that hold the secret half of a key (RFC 7518 section 6).
constexpr std::string_view kPrivateMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

struct NamedCurve {
  std::string_view name;
  std::string_view key_type;
  KeyType type;
};
constexpr NamedCurve kCurves[] = {{"P-256", "EC", KeyType::kP256},
                                  {"P-384", "EC", KeyType::kP384},
                                  {"P-521", "EC", KeyType::kP521},
                                  {"Ed25519", "OKP", KeyType::kEd25519}};

bool Fits(const VerificationKey& key, const SignatureAlgorithm& algorithm) {
  return key.type == algorithm.key_type &&
         (key.algorithm.empty() || key.algorithm == algorithm.name);
}

}  // namespace

// Reads one set; used once.
class KeySetParser {
 public:
  explicit KeySetParser(std::vector<base::TextError>* errors)
      : errors_(errors), errors_before_(errors->size()), set_(new KeySet) {}

  std::shared_ptr<const KeySet> Read(const Node& root);

 private:
  void ReadKey(const Node& node);
  bool RefuseSecrets(const Node& node);
  bool ReadKeyId(const Node& node, VerificationKey* key);
  bool IsForVerifying(const Node& node);
  bool ReadAlgorithm(const Node& node, VerificationKey* key);
  bool ReadParts(const Node& node, std::string_view key_type, PublicKey::Parts* parts);
  bool ReadCurve(const Node& node, std::string_view key_type, PublicKey::Parts* parts);
  bool ReadBytes(const Node& node, std::string_view name, std::string* bytes);
  void Keep(const Node& node, VerificationKey key);

  // The string member `name`, or nullptr; reports a member that is no string, and one that is
  // missing if it is `required`. Tells the two apart by the number of errors.
  const Node* StringMember(const Node& node, std::string_view name, bool required);

  bool Wrong(const Node& node, std::string message) {
    errors_->push_back({node.begin, std::move(message)});
    return false;
  }
  bool PassOver(const Node& node, std::string message) {
    set_->unused_.push_back({node.begin, std::move(message)});
    return false;
  }

  std::vector<base::TextError>* const errors_;
  const size_t errors_before_;
  std::shared_ptr<KeySet> set_;
  size_t rsa_count_ = 0;
  size_t other_count_ = 0;
};

std::shared_ptr<const KeySet> KeySetParser::Read(const Node& root) {
  if (!root.is_mapping()) {
    Wrong(root, "a key set must be a JSON object with the member `keys`");
    return nullptr;
  }
  const Node* keys = root.Find("keys");
  if (keys == nullptr || !keys->is_sequence()) {
    Wrong(keys == nullptr ? root : *keys, "a key set must have a list of keys named `keys`");
    return nullptr;
  }
  for (const Node& key : keys->children()) ReadKey(key);
  if (rsa_count_ > KeySet::kKeysOfAKindMax || other_count_ > KeySet::kKeysOfAKindMax) {
    Wrong(*keys, StrCat("a key set has at most ", KeySet::kKeysOfAKindMax, " RSA keys and ",
                        KeySet::kKeysOfAKindMax, " others; this one has ", rsa_count_, " and ",
                        other_count_));
  }
  if (errors_->size() == errors_before_ && set_->keys_.empty()) {
    Wrong(*keys, "no key of the set can verify signatures");
  }
  return errors_->size() == errors_before_ ? std::move(set_) : nullptr;
}

void KeySetParser::ReadKey(const Node& node) {
  if (!node.is_mapping()) {
    Wrong(node, "a key must be a JSON object");
    return;
  }
  if (!RefuseSecrets(node)) return;
  const Node* key_type = StringMember(node, "kty", true);
  if (key_type == nullptr) return;
  (key_type->text == "RSA" ? rsa_count_ : other_count_) += 1;
  VerificationKey key;
  if (!ReadKeyId(node, &key) || !IsForVerifying(node) || !ReadAlgorithm(node, &key)) return;
  PublicKey::Parts parts;
  if (!ReadParts(node, key_type->text, &parts)) return;
  absl::StatusOr<std::shared_ptr<const PublicKey>> public_key = PublicKey::Import(parts);
  if (!public_key.ok()) {
    Wrong(node, std::string(public_key.status().message()));
    return;
  }
  key.type = parts.type;
  key.public_key = *std::move(public_key);
  Keep(node, std::move(key));
}

// Looks at every key, also at those that would not be used: a secret does not belong here at all.
// Says which member it is, never what it holds.
bool KeySetParser::RefuseSecrets(const Node& node) {
  const Node* key_type = node.Find("kty");
  if (key_type != nullptr && key_type->kind == NodeKind::kString && key_type->text == "oct") {
    return Wrong(*key_type,
                 "a symmetric key (`kty` is `oct`) must not be in a key set: whoever can "
                 "verify with it can also sign");
  }
  for (const Node& member : node.children()) {
    if (std::find(std::begin(kPrivateMembers), std::end(kPrivateMembers), member.key) !=
        std::end(kPrivateMembers)) {
      errors_->push_back({member.key_begin, StrCat("a key set must not hold private keys: remove ",
                                                   Quoted(member.key),
                                                   " and replace the key, it is not secret any "
                                                   "more")});
      return false;
    }
  }
  return true;
}

const Node* KeySetParser::StringMember(const Node& node, std::string_view name, bool required) {
  const Node* member = node.Find(name);
  if (member == nullptr) {
    if (required) Wrong(node, StrCat("the key has no ", Quoted(name)));
    return nullptr;
  }
  if (member->kind != NodeKind::kString) {
    Wrong(*member, StrCat(Quoted(name), " must be a string"));
    return nullptr;
  }
  return member;
}

bool KeySetParser::ReadKeyId(const Node& node, VerificationKey* key) {
  if (node.Find("kid") == nullptr) return true;
  const Node* key_id = StringMember(node, "kid", true);
  if (key_id == nullptr) return false;
  if (key_id->text.empty() || key_id->text.size() > KeySet::kKeyIdBytesMax) {
    return Wrong(*key_id, StrCat("`kid` must have 1 to ", KeySet::kKeyIdBytesMax, " bytes"));
  }
  key->key_id = key_id->text;
  return true;
}

bool KeySetParser::IsForVerifying(const Node& node) {
  if (node.Find("use") != nullptr) {
    const Node* use = StringMember(node, "use", true);
    if (use == nullptr) return false;
    if (use->text != "sig") return PassOver(*use, StrCat("`use` is ", Quoted(use->text)));
  }
  const Node* operations = node.Find("key_ops");
  if (operations == nullptr) return true;
  if (!operations->is_sequence()) return Wrong(*operations, "`key_ops` must be a list of strings");
  bool verifies = false;
  for (const Node& operation : operations->children()) {
    if (operation.kind != NodeKind::kString) {
      return Wrong(operation, "`key_ops` must be a list of strings");
    }
    verifies |= operation.text == "verify";
  }
  return verifies || PassOver(*operations, "`key_ops` does not hold `verify`");
}

bool KeySetParser::ReadAlgorithm(const Node& node, VerificationKey* key) {
  if (node.Find("alg") == nullptr) return true;
  const Node* algorithm = StringMember(node, "alg", true);
  if (algorithm == nullptr) return false;
  if (FindSignatureAlgorithm(algorithm->text) == nullptr) {
    return PassOver(*algorithm, StrCat("`alg` is ", Quoted(algorithm->text)));
  }
  key->algorithm = algorithm->text;
  return true;
}

bool KeySetParser::ReadParts(const Node& node, std::string_view key_type, PublicKey::Parts* parts) {
  if (key_type == "RSA") {
    parts->type = KeyType::kRsa;
    const bool has_modulus = ReadBytes(node, "n", &parts->modulus);
    return ReadBytes(node, "e", &parts->exponent) && has_modulus;
  }
  if (key_type == "EC" || key_type == "OKP") return ReadCurve(node, key_type, parts);
  return PassOver(*node.Find("kty"), StrCat("`kty` is ", Quoted(key_type)));
}

bool KeySetParser::ReadCurve(const Node& node, std::string_view key_type, PublicKey::Parts* parts) {
  const Node* name = StringMember(node, "crv", true);
  if (name == nullptr) return false;
  for (const NamedCurve& curve : kCurves) {
    if (curve.name == name->text && curve.key_type == key_type) parts->type = curve.type;
  }
  if (parts->type == KeyType::kNone) {
    return PassOver(*name, StrCat("`crv` is ", Quoted(name->text)));
  }
  const bool has_x = ReadBytes(node, "x", &parts->x);
  return (key_type == "OKP" || ReadBytes(node, "y", &parts->y)) && has_x;
}

bool KeySetParser::ReadBytes(const Node& node, std::string_view name, std::string* bytes) {
  const Node* member = StringMember(node, name, true);
  if (member == nullptr) return false;
  std::optional<std::string> decoded = DecodeBase64Url(member->text);
  if (!decoded.has_value() || decoded->empty()) {
    return Wrong(*member, StrCat(Quoted(name), " must be base64url without padding"));
  }
  *bytes = *std::move(decoded);
  return true;
}

void KeySetParser::Keep(const Node& node, VerificationKey key) {
  if (!key.algorithm.empty() && !Fits(key, *FindSignatureAlgorithm(key.algorithm))) {
    Wrong(*node.Find("alg"), StrCat("a key of this type cannot verify ", Quoted(key.algorithm)));
    return;
  }
  for (const VerificationKey& other : set_->keys_) {
    if (!key.key_id.empty() && other.key_id == key.key_id && other.type == key.type) {
      Wrong(*node.Find("kid"),
            StrCat("another key of this type has the `kid` ", Quoted(key.key_id), " as well"));
      return;
    }
  }
  set_->keys_.push_back(std::move(key));
}

std::shared_ptr<const KeySet> KeySet::Parse(std::string_view text, base::JsonReaderOptions options,
                                            std::vector<base::TextError>* errors) {
  options.bytes_max = std::min(options.bytes_max, kTextBytesMax);
  options.depth_max = std::min(options.depth_max, kDepthMax);
  base::NodeTree tree;
  if (!base::ReadJson(text, options, &tree, errors)) return nullptr;
  return KeySetParser(errors).Read(tree.root());
}

const VerificationKey* KeySet::Select(const std::optional<std::string>& key_id,
                                      std::string_view algorithm) const {
  const SignatureAlgorithm* row = FindSignatureAlgorithm(algorithm);
  if (row == nullptr || (key_id.has_value() && key_id->empty())) return nullptr;
  const VerificationKey* found = nullptr;
  for (const VerificationKey& key : keys_) {
    if (!Fits(key, *row) || (key_id.has_value() && key.key_id != *key_id)) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

bool KeySet::HasKeyId(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const VerificationKey& key) { return key.key_id == key_id; });
}

}  // namespace portcullis::federation
