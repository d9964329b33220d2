// The optional white space of HTTP header fields and of lists within them.
#ifndef PORTCULLIS_SERVER_BASE_BLANKS_H_
#define PORTCULLIS_SERVER_BASE_BLANKS_H_

#include <string_view>

namespace portcullis::base {

// RFC 9110, section 5.6.3: these two and no other. What the C library and Abseil call white space
// includes line ends and form feeds, which in a header are a flaw to be seen, not to be skipped.
constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// `text` without the blanks at either end.
std::string_view TrimBlanks(std::string_view text);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_BLANKS_H_
