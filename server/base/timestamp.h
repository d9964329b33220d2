// Points in time as text.
#ifndef PORTCULLIS_SERVER_BASE_TIMESTAMP_H_
#define PORTCULLIS_SERVER_BASE_TIMESTAMP_H_

#include <string>

#include "absl/time/time.h"

namespace portcullis::base {

// In UTC, rounded down to the second, `2026-11-21T13:00:00Z`: as AWS writes it in answers and
// records.
std::string FormatTimestamp(absl::Time time);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_TIMESTAMP_H_
