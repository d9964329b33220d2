// Strict parsers of numbers: the whole input, in the stated range, in the stated characters.
#ifndef PORTCULLIS_SERVER_BASE_NUMBERS_H_
#define PORTCULLIS_SERVER_BASE_NUMBERS_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::base {

// Decimal digits only, no sign, no blanks; nullopt if empty, malformed or above `max`.
std::optional<uint64_t> ParseUnsigned(std::string_view text, uint64_t max);

// An optional `-`, then decimal digits; nullopt if malformed or outside [min, max].
std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);

// "90s", "15m", "12h", "250ms", "1h30m" as milliseconds; nullopt if malformed, negative or above a
// year. A bare number is malformed: a duration names its unit.
std::optional<int64_t> ParseDurationMilliseconds(std::string_view text);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_NUMBERS_H_
