// Points in time as requests spell them.
#ifndef PORTCULLIS_SERVER_SIGNATURE_DATE_INTERNAL_H_
#define PORTCULLIS_SERVER_SIGNATURE_DATE_INTERNAL_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace portcullis::signature {

// 20261121T120000Z, exactly, and a real point in time; years 1 to 9999, no leap seconds.
std::optional<absl::Time> ParseBasicDate(std::string_view text);

// The `Date` header's form: "Sat, 21 Nov 2026 20:33:43 GMT", or with "UTC", "+0000" or "-0000" (all
// signers send UTC). The day of the week must be one and is not compared with the date.
std::optional<absl::Time> ParseHttpDate(std::string_view text);

// 20261121T120000Z, cut to the second. REQUIRES: a year from 0 to 9999 for exactly this form.
std::string FormatBasicDate(absl::Time time);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_DATE_INTERNAL_H_
