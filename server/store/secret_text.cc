#include "server/store/secret_text.h"

#include <utility>

#include <openssl/crypto.h>

namespace portcullis::store {

SecretText::SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) {
  other.Wipe();  // A short text is copied, not taken over.
}

SecretText& SecretText::operator=(const SecretText& other) {
  if (this != &other) *this = SecretText(other);
  return *this;
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  text_.swap(other.text_);
  other.Wipe();
  return *this;
}

SecretText::~SecretText() {
  Wipe();
}

void SecretText::Wipe() {
  // Its capacity, too: a longer text may have been there before.
  text_.resize(text_.capacity());
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

}  // namespace portcullis::store
