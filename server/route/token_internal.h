// Tokens of HTTP. Only for this directory.
#ifndef PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_
#define PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_

#include <algorithm>
#include <array>
#include <string_view>

#include "server/base/text.h"

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

// The methods that everybody knows (RFC 9110, section 9; RFC 5789).
inline constexpr std::array<std::string_view, 9> kKnownMethods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"};

// Whether it is one of these but for case. Methods are case-sensitive (RFC 9110, section 9.1),
// which many applications do not know: "delete" is DELETE to them.
inline bool IsMethodInOtherCase(std::string_view method) {
  return std::any_of(kKnownMethods.begin(), kKnownMethods.end(), [method](std::string_view known) {
    return known != method && base::EqualFolded(known, method);
  });
}

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_TOKEN_INTERNAL_H_
