#include "server/metadata/metadata_tokens.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/text.h"

namespace portcullis::metadata {
namespace {

constexpr size_t kSealBytes = 32;
constexpr size_t kExpiryDigits = 16;  // Unix seconds, in hexadecimal.
constexpr size_t kSealCharacters = 2 * kSealBytes;

}  // namespace

absl::StatusOr<MetadataTokens> MetadataTokens::Create() {
  Key key;
  if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1) {
    return absl::UnavailableError("no randomness for the key of metadata tokens");
  }
  return MetadataTokens(key);
}

std::string MetadataTokens::Seal(std::string_view expiry) const {
  std::array<unsigned char, kSealBytes> seal{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(expiry.data()), expiry.size(), seal.data(), &size);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(seal.data()), size));
}

std::string MetadataTokens::Issue(absl::Time now, int64_t lifetime_seconds) const {
  const std::string expiry =
      absl::StrCat(absl::Hex(absl::ToUnixSeconds(now) + lifetime_seconds, absl::kZeroPad16));
  return expiry + Seal(expiry);
}

bool MetadataTokens::IsValid(std::string_view token, absl::Time now) const {
  if (token.size() != kExpiryDigits + kSealCharacters) return false;
  const std::string_view expiry = token.substr(0, kExpiryDigits);
  const std::string seal = Seal(expiry);
  if (seal.size() != kSealCharacters ||
      CRYPTO_memcmp(seal.data(), token.data() + kExpiryDigits, kSealCharacters) != 0) {
    return false;
  }
  // It is one of ours, so it is digits.
  int64_t seconds = 0;
  return absl::SimpleHexAtoi(base::AbslView(expiry), &seconds) &&
         now < absl::FromUnixSeconds(seconds);
}

}  // namespace portcullis::metadata
