// What is known of SPIFFE IDs wherever the names in a certificate are looked at. Only `federation`
// takes one apart.
#ifndef PORTCULLIS_SERVER_BASE_SPIFFE_H_
#define PORTCULLIS_SERVER_BASE_SPIFFE_H_

#include <string_view>

namespace portcullis::base {

// A name that begins so is a SPIFFE ID, and no other name is.
inline constexpr std::string_view kSpiffeScheme = "spiffe://";

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_SPIFFE_H_
