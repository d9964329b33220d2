// Percent-encoding of URIs (RFC 3986) and of HTML forms, both ways.
#ifndef PORTCULLIS_SERVER_BASE_PERCENT_H_
#define PORTCULLIS_SERVER_BASE_PERCENT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::base {

// RFC 3986 unreserved: what stays bare.
inline bool IsUriUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// The value of a hexadecimal digit; -1 if it is none.
inline int HexDigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Appends `text` with everything but unreserved characters, and `/` if `slash_stays`, as %XX in
// capitals.
void AppendPercentEncoded(std::string_view text, bool slash_stays, std::string* output);

// Calls `take` with each byte of a decoded name or value of a form or query string; `+` is a space.
// False, and no more calls, at a `%` that is not followed by two hexadecimal digits.
template <typename Take>
bool DecodeForm(std::string_view text, const Take& take) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      take(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = HexDigitValue(text[i + 1]);
    const int low = HexDigitValue(text[i + 2]);
    if (high < 0 || low < 0) return false;
    take(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

// The same into a text, which is replaced.
bool DecodeFormInto(std::string_view text, std::string* decoded);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_PERCENT_H_
