#include "server/base/error_reason.h"

#include "absl/strings/cord.h"
#include "absl/types/optional.h"
#include "server/base/text.h"

namespace portcullis::base {
namespace {

constexpr std::string_view kPayloadUrl = "portcullis.dev/error-reason";

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view reason,
                             std::string_view message) {
  absl::Status status(code, AbslView(message));
  status.SetPayload(AbslView(kPayloadUrl), absl::Cord(AbslView(reason)));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(AbslView(kPayloadUrl));
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace portcullis::base
