// Code points of UTF-8 text and what kind of character each is.
#ifndef PORTCULLIS_SERVER_BASE_UNICODE_H_
#define PORTCULLIS_SERVER_BASE_UNICODE_H_

#include <optional>
#include <string_view>

namespace portcullis::base {

// Removes the first code point from `text` and returns it; nullopt, leaving `text` as it is, if the
// text is empty or does not begin with valid UTF-8.
std::optional<char32_t> ConsumeCodePoint(std::string_view* text);

// Whether `code_point` is of the general categories L, Z or N: what the patterns of AWS write as
// `\p{L}\p{Z}\p{N}`.
bool IsLetterSeparatorOrNumber(char32_t code_point);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_UNICODE_H_
