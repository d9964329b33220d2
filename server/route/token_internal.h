// Tokens of HTTP. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_

#include <string_view>

namespace portcullis::route {

// Methods and names of headers (RFC 9110, section 5.6.2).
inline bool IsToken(std::string_view text) {
  if (text.empty()) return false;
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  for (const char c : text) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alphanumeric && kPunctuation.find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_
