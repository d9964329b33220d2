// Names of headers, as those see them who are behind a proxy.
#ifndef PORTCULLIS_SERVER_ROUTE_HEADER_NAME_H_
#define PORTCULLIS_SERVER_ROUTE_HEADER_NAME_H_

#include "absl/strings/ascii.h"

namespace portcullis::route {

// What an application sees of a character of a header's name if it makes a variable of it, as CGI
// does and all that took after it: some know no difference between `x-a` and `x_a`, some none
// between those and `x.a` or `x~a`. Names are in lower case.
inline char FoldedHeaderCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '-';
}

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_HEADER_NAME_H_
