// Time-based one-time passwords of virtual MFA devices (RFC 6238; ).
#ifndef PORTCULLIS_SERVER_SESSION_TOTP_H_
#define PORTCULLIS_SERVER_SESSION_TOTP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace portcullis::session {

inline constexpr int64_t kTotpStepSeconds = 30;
inline constexpr size_t kTotpDigits = 6;

// The bytes that an upper-case Base32 seed spells, with or without its padding; nullopt if it is
// empty, malformed or shorter than 16 bytes, which RFC 4226 asks for at least.
std::optional<std::vector<uint8_t>> DecodeTotpSeed(std::string_view text);

// The code of one time step: 6 digits, HMAC-SHA-1. A secret while its step lasts: never logged.
// "" only if the cryptographic library fails.
std::string TotpCode(absl::Span<const uint8_t> seed, uint64_t step);

// The step that `code` belongs to, if it is that of `now` or of a neighbouring one and
// later than `last_accepted_step`; otherwise nullopt. The caller keeps the returned step
// as the device's new last accepted one. Pure; takes the same time for every wrong code of 6
// digits.
std::optional<uint64_t> VerifyTotp(absl::Span<const uint8_t> seed, std::string_view code,
                                   absl::Time now, std::optional<uint64_t> last_accepted_step);

}  // namespace portcullis::session

#endif  // PORTCULLIS_SERVER_SESSION_TOTP_H_
