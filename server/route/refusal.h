// Why a request never becomes a question.
#ifndef PORTCULLIS_SERVER_ROUTE_REFUSAL_H_
#define PORTCULLIS_SERVER_ROUTE_REFUSAL_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace portcullis::route {

// Each has a row in refusal.cc: the reason, as records and metrics name it, and a sentence for
// whoever sent the request, which tells nothing of rules or policies.
enum class Refusal : uint8_t {
  kMalformed,      // No method, path or host; too long; text that is not UTF-8.
  kAmbiguousPath,  // Two readers could take the path for two different ones.
  kAmbiguousHost,  // Likewise, or a host that is none.
  kNoGateway,      // Nobody is responsible for the host.
  kNoRoute,        // No rule is about the request.
  kMissingValue,   // The rule needs something that the request does not have, or has twice.
  kUnmappable,     // The mapping knows no action for the request.
};
inline constexpr int kRefusalCount = 7;

struct RefusalTraits {
  std::string_view reason;   // "AMBIGUOUS_PATH"; base::ReasonOf of statuses.
  std::string_view message;  // "The path of the request is ambiguous."
};
const RefusalTraits& TraitsOf(Refusal refusal);

// INVALID_ARGUMENT (kMalformed, kAmbiguousPath, kAmbiguousHost) or PERMISSION_DENIED (all others)
// with the row's reason, and `detail` as its message: for records and for authors of rules, not for
// whoever sent the request.
absl::Status Refuse(Refusal refusal, std::string_view detail);

}  // namespace portcullis::route

#endif  // PORTCULLIS_SERVER_ROUTE_REFUSAL_H_
