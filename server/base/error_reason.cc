#include "server/base/error_reason.h"

#include <optional>

#include "absl/strings/cord.h"

namespace portcullis::base {
namespace {

constexpr std::string_view kPayloadUrl = "portcullis.dev/error-reason";

}  // namespace

absl::Status ErrorWithReason(absl::StatusCode code, std::string_view reason,
                             std::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kPayloadUrl, absl::Cord(reason));
  return status;
}

std::string ReasonOf(const absl::Status& status) {
  const std::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace portcullis::base
