// Machine-readable reasons on statuses.
#ifndef PORTCULLIS_SERVER_BASE_ERROR_REASON_H_
#define PORTCULLIS_SERVER_BASE_ERROR_REASON_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace portcullis::base {

// A status that carries a stable reason beside its text: what google.rpc.ErrorInfo.reason and the
// code of an AWS error document are made from. `reason` is one word such as "TOKEN_EXPIRED" or, for
// errors with an AWS name, that name: "ValidationError".
absl::Status ErrorWithReason(absl::StatusCode code, std::string_view reason,
                             std::string_view message);

// The reason given above, or "" if the status has none.
std::string ReasonOf(const absl::Status& status);

}  // namespace portcullis::base

#endif  // PORTCULLIS_SERVER_BASE_ERROR_REASON_H_
