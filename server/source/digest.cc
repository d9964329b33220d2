#include "server/source/digest.h"

#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include <openssl/evp.h>

#include "server/base/str_cat.h"

namespace portcullis::source {
namespace {

std::string ToHex(const std::array<uint8_t, EVP_MAX_MD_SIZE>& digest, size_t size) {
  // The library takes its own string_view of characters.
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace

std::string DigestOf(std::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return ToHex(digest, size);
}

struct DigestBuilder::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

DigestBuilder::DigestBuilder() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
}

DigestBuilder::~DigestBuilder() = default;

void DigestBuilder::Add(std::string_view part) {
  const std::string length = base::StrCat(part.size(), ":");
  EVP_DigestUpdate(state_->context, length.data(), length.size());
  EVP_DigestUpdate(state_->context, part.data(), part.size());
}

std::string DigestBuilder::Finish() {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &size);
  return ToHex(digest, size);
}

}  // namespace portcullis::source
