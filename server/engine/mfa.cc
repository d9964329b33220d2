#include "server/engine/mfa.h"

#include <utility>

#include "absl/types/span.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/session/totp.h"

namespace portcullis::engine {
namespace {

// The texts of; the double blank is AWS's.
constexpr std::string_view kUnableToValidate =
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
    "number is valid and associated with this user.";
constexpr std::string_view kInvalidCode =
    "MultiFactorAuthentication failed with invalid MFA one time pass code.";

absl::Status Refused(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", message);
}

}  // namespace

absl::Status Mfa::Verify(const store::MfaDevice* device, std::string_view code, absl::Time now) {
  if (device == nullptr || device->seed.empty()) return Refused(kUnableToValidate);
  const std::string name = base::Concat({device->account->id, " ", device->serial_number});
  const absl::MutexLock lock(&mutex_);
  State& state = devices_[name];
  while (!state.failures.empty() && now - state.failures.front() >= kFailureWindow) {
    state.failures.pop_front();
  }
  if (state.failures.size() >= kFailuresMax) return Refused(kUnableToValidate);
  const auto* seed = reinterpret_cast<const uint8_t*>(device->seed.data());
  const std::optional<uint64_t> step = session::VerifyTotp(
      absl::MakeConstSpan(seed, device->seed.size()), code, now, state.last_accepted_step);
  if (!step.has_value()) {
    state.failures.push_back(now);
    return Refused(kInvalidCode);
  }
  state.last_accepted_step = step;
  return absl::OkStatus();
}

}  // namespace portcullis::engine
