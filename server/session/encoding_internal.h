// Bytes as text: base64url without padding for tokens, Base32 for key ids and TOTP seeds.
//
// Decoders are strict, so that every value has exactly one spelling: the whole input is consumed,
// no blanks, and bits that encode nothing must be zero. Otherwise two different tokens would be the
// same session.
#ifndef PORTCULLIS_SERVER_SESSION_ENCODING_INTERNAL_H_
#define PORTCULLIS_SERVER_SESSION_ENCODING_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::session {

std::string EncodeBase64Url(std::string_view bytes);
std::optional<std::string> DecodeBase64Url(std::string_view text);

// RFC 4648 section 6 alphabet, upper case, without padding.
std::string EncodeBase32(std::string_view bytes);
std::optional<std::string> DecodeBase32(std::string_view text);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_ENCODING_INTERNAL_H_
