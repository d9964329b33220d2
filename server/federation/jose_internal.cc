#include "server/federation/jose_internal.h"

#include <rhonabwy.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "openssl/core_names.h"
#include "openssl/evp.h"
#include "openssl/param_build.h"
#include "server/base/json_writer.h"
#include "server/base/str_cat.h"

namespace portcullis::federation {
namespace {

constexpr size_t kModulusBitsMin = 2048;
constexpr size_t kModulusBitsMax = 8192;  // Verifying takes a fraction of a millisecond.
constexpr size_t kExponentBytesMax = 4;

constexpr SignatureAlgorithm kAlgorithms[] = {
    {"RS256", KeyType::kRsa, 0, R_JWA_ALG_RS256},
    {"RS384", KeyType::kRsa, 0, R_JWA_ALG_RS384},
    {"RS512", KeyType::kRsa, 0, R_JWA_ALG_RS512},
    {"PS256", KeyType::kRsa, 0, R_JWA_ALG_PS256},
    {"ES256", KeyType::kP256, 64, R_JWA_ALG_ES256},
    {"ES384", KeyType::kP384, 96, R_JWA_ALG_ES384},
    {"ES512", KeyType::kP521, 132, R_JWA_ALG_ES512},
    {"EdDSA", KeyType::kEd25519, 64, R_JWA_ALG_EDDSA},
};

// What a curve is called, and how long its coordinates are.
struct Curve {
  KeyType type;
  const char* jwk_name;
  const char* openssl_name;
  size_t coordinate_bytes;
};
constexpr Curve kCurves[] = {
    {KeyType::kP256, "P-256", "prime256v1", 32},
    {KeyType::kP384, "P-384", "secp384r1", 48},
    {KeyType::kP521, "P-521", "secp521r1", 66},
    {KeyType::kEd25519, "Ed25519", nullptr, 32},
};

const Curve* CurveOf(KeyType type) {
  for (const Curve& curve : kCurves) {
    if (curve.type == type) return &curve;
  }
  return nullptr;
}

// The library asks for one call before any other and before threads use it. What it sets up
// (Jansson's hash seed, its own copy of curl) is kept until the process ends.
bool LibraryIsReady() {
  static const bool ready = r_global_init() == RHN_OK;
  return ready;
}

// The value of a character of the alphabet; -1 for all others.
int Base64UrlValue(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '-') return 62;
  if (character == '_') return 63;
  return -1;
}

std::string EncodeBase64Url(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  uint32_t buffer = 0;
  int bits = 0;
  for (const char byte : bytes) {
    buffer = (buffer << 8) | static_cast<uint8_t>(byte);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += kAlphabet[(buffer >> bits) & 63];
    }
  }
  if (bits > 0) text += kAlphabet[(buffer << (6 - bits)) & 63];
  return text;
}

size_t BitCount(std::string_view big_endian) {
  size_t bits = (big_endian.size() - 1) * 8;
  for (auto first = static_cast<uint8_t>(big_endian.front()); first != 0; first >>= 1) ++bits;
  return bits;
}

bool IsOdd(std::string_view big_endian) {
  return (big_endian.back() & 1) != 0;
}

absl::Status CheckRsa(std::string_view modulus, std::string_view exponent) {
  if (modulus.empty() || modulus.front() == 0 || exponent.empty() || exponent.front() == 0) {
    return absl::InvalidArgumentError("`n` and `e` must be numbers without leading zero bytes");
  }
  const size_t bits = BitCount(modulus);
  if (bits < kModulusBitsMin || bits > kModulusBitsMax) {
    return absl::InvalidArgumentError(base::StrCat("the RSA key has ", bits, " bits, allowed are ",
                                                   kModulusBitsMin, " to ", kModulusBitsMax));
  }
  const bool is_one = exponent.size() == 1 && exponent.front() == 1;
  if (exponent.size() > kExponentBytesMax || is_one || !IsOdd(exponent) || !IsOdd(modulus)) {
    return absl::InvalidArgumentError("`n` must be odd, and `e` odd, at least 3 and below 2^32");
  }
  return absl::OkStatus();
}

// OpenSSL refuses points that are not on the curve; librhonabwy would take them and fail later.
bool IsOnCurve(const Curve& curve, std::string_view x, std::string_view y) {
  const std::string point = base::StrCat("\x04", x, y);
  std::string group = curve.openssl_name;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<char*>(point.data()),
                                        point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* key = nullptr;
  const bool imported = context != nullptr && EVP_PKEY_fromdata_init(context) == 1 &&
                        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) == 1;
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  return imported;
}

absl::Status CheckCurve(const Curve& curve, std::string_view x, std::string_view y) {
  const bool has_two = curve.openssl_name != nullptr;
  if (x.size() != curve.coordinate_bytes || (has_two && y.size() != curve.coordinate_bytes)) {
    return absl::InvalidArgumentError(base::StrCat("a coordinate on ", curve.jwk_name, " has ",
                                                   curve.coordinate_bytes, " bytes"));
  }
  if (has_two && !IsOnCurve(curve, x, y)) {
    return absl::InvalidArgumentError(
        base::StrCat("`x` and `y` are not a point on ", curve.jwk_name));
  }
  return absl::OkStatus();
}

// A JWK of only the members that make the key: no `x5u` to fetch, no `alg` to disagree with.
std::string MinimalJwk(const PublicKey::Parts& parts) {
  base::JsonWriter writer;
  writer.BeginObject();
  if (parts.type == KeyType::kRsa) {
    writer.Member("kty", "RSA");
    writer.Member("n", EncodeBase64Url(parts.modulus));
    writer.Member("e", EncodeBase64Url(parts.exponent));
  } else {
    writer.Member("kty", parts.type == KeyType::kEd25519 ? "OKP" : "EC");
    writer.Member("crv", CurveOf(parts.type)->jwk_name);
    writer.Member("x", EncodeBase64Url(parts.x));
    if (!parts.y.empty()) writer.Member("y", EncodeBase64Url(parts.y));
  }
  writer.EndObject();
  return std::string(writer.text());
}

struct JwsDeleter {
  void operator()(jws_t* jws) const { r_jws_free(jws); }
};

}  // namespace

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  uint32_t buffer = 0;
  int bits = 0;
  for (const char character : text) {
    const int value = Base64UrlValue(character);
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((buffer >> bits) & 0xff);
    }
  }
  if ((buffer & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

const SignatureAlgorithm* FindSignatureAlgorithm(std::string_view name) {
  for (const SignatureAlgorithm& row : kAlgorithms) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

struct PublicKey::Handle {
  ~Handle() { r_jwk_free(jwk); }
  jwk_t* jwk = nullptr;
};

PublicKey::PublicKey(KeyType type, size_t modulus_bytes, std::unique_ptr<Handle> handle)
    : type_(type), modulus_bytes_(modulus_bytes), handle_(std::move(handle)) {}

PublicKey::~PublicKey() = default;

absl::StatusOr<std::shared_ptr<const PublicKey>> PublicKey::Import(const Parts& parts) {
  const Curve* curve = CurveOf(parts.type);
  if (curve == nullptr && parts.type != KeyType::kRsa) {
    return absl::InvalidArgumentError("the type of the key is not known");
  }
  const absl::Status checked = curve != nullptr ? CheckCurve(*curve, parts.x, parts.y)
                                                : CheckRsa(parts.modulus, parts.exponent);
  if (!checked.ok()) return checked;
  if (!LibraryIsReady()) return absl::InternalError("librhonabwy cannot be initialised");
  auto handle = std::make_unique<Handle>();
  const bool imported =
      r_jwk_init(&handle->jwk) == RHN_OK &&
      r_jwk_import_from_json_str(handle->jwk, MinimalJwk(parts).c_str()) == RHN_OK &&
      (r_jwk_key_type(handle->jwk, nullptr, R_FLAG_IGNORE_REMOTE) & R_KEY_TYPE_PUBLIC) != 0;
  if (!imported) return absl::InvalidArgumentError("the key cannot be imported");
  const size_t modulus_bytes = curve != nullptr ? 0 : parts.modulus.size();
  return std::shared_ptr<const PublicKey>(
      new PublicKey(parts.type, modulus_bytes, std::move(handle)));
}

bool PublicKey::Verifies(const SignatureAlgorithm& algorithm, std::string_view token) const {
  if (algorithm.key_type != type_) return false;
  const size_t last_dot = token.rfind('.');
  if (last_dot == std::string_view::npos) return false;
  const std::optional<std::string> signature = DecodeBase64Url(token.substr(last_dot + 1));
  const size_t expected = type_ == KeyType::kRsa ? modulus_bytes_ : algorithm.signature_bytes;
  if (!signature.has_value() || signature->size() != expected) return false;

  jws_t* raw = nullptr;
  if (r_jws_init(&raw) != RHN_OK) return false;
  const std::unique_ptr<jws_t, JwsDeleter> jws(raw);
  // R_PARSE_NONE: keys and addresses in the header (`jwk`, `jku`, `x5c`, `x5u`) mean nothing, and
  // there are no unsigned tokens.
  if (r_jws_advanced_compact_parsen(raw, token.data(), token.size(), R_PARSE_NONE,
                                    R_FLAG_IGNORE_REMOTE) != RHN_OK) {
    return false;
  }
  if (r_jws_get_alg(raw) != static_cast<jwa_alg>(algorithm.library_id)) return false;
  return r_jws_verify_signature(raw, handle_->jwk, R_FLAG_IGNORE_REMOTE) == RHN_OK;
}

}  // namespace portcullis::federation
