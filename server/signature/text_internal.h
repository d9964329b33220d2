// Characters, header values and error statuses of this directory.
#ifndef PORTCULLIS_SERVER_SIGNATURE_TEXT_INTERNAL_H_
#define PORTCULLIS_SERVER_SIGNATURE_TEXT_INTERNAL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace portcullis::signature {

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
inline bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// What a method or a header name is made of (RFC 9110 token).
bool IsToken(std::string_view text);

inline char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
// ASCII only; `lower` is lower-case already.
bool EqualsLower(std::string_view text, std::string_view lower);
bool StartsWithLower(std::string_view text, std::string_view lower);

// Whether all bytes can be in a header value: no controls but the tabulator.
bool IsHeaderValue(std::string_view value);

// `text` for a message: cut after 128 bytes, `?` for what is not printable ASCII.
std::string Printable(std::string_view text);

absl::Status MissingAuthenticationToken();
absl::Status IncompleteSignature(std::string_view message);
absl::Status SignatureDoesNotMatch(std::string_view message);
// The one for check 10.
absl::Status WrongSignature();

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_TEXT_INTERNAL_H_
