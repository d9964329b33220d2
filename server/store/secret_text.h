// A text that nobody may find in memory later.
#ifndef PORTCULLIS_SERVER_STORE_SECRET_TEXT_H_
#define PORTCULLIS_SERVER_STORE_SECRET_TEXT_H_

#include <string>
#include <string_view>

namespace portcullis::store {

// A secret access key or the seed of a device. Whatever it held is overwritten when it is
// destroyed, moved from or assigned to. Not printable, so that it does not reach a log by accident.
// Values are not compared here: who checks a secret compares in constant time.
class SecretText {
 public:
  SecretText() = default;
  // Implicit, as any text can be a secret. The text itself is the caller's to overwrite.
  SecretText(std::string_view text) : text_(text) {}
  SecretText(const std::string& text) : text_(text) {}
  SecretText(const char* text) : text_(text) {}
  SecretText(const SecretText& other) = default;
  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(const SecretText& other);
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText();

  // Valid until the secret is changed.
  std::string_view view() const { return text_; }
  operator std::string_view() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  void Wipe();

  std::string text_;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_SECRET_TEXT_H_
