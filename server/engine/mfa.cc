#include "server/engine/mfa.h"

#include <algorithm>
#include <utility>

#include "absl/types/span.h"

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
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

std::optional<uint64_t> Mfa::LastStep(const std::string& name, const State& state) const {
  if (steps_ == nullptr) return state.last_accepted_step;
  // No step is less than any.
  return std::max(state.last_accepted_step, steps_->LastStep(name));
}

absl::Status Mfa::Keep(const std::string& name, uint64_t step) {
  if (steps_ == nullptr) return absl::OkStatus();
  const absl::Status kept = steps_->Accept(name, step);
  if (kept.ok()) return kept;
  if (kept.code() == absl::StatusCode::kAlreadyExists) return Refused(kInvalidCode);
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, "STATE_UNAVAILABLE",
                               "it cannot be written down that this code was used; try again");
}

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
      absl::MakeConstSpan(seed, device->seed.size()), code, now, LastStep(name, state));
  if (!step.has_value()) {
    state.failures.push_back(now);
    return Refused(kInvalidCode);
  }
  RETURN_IF_ERROR(Keep(name, *step));
  state.last_accepted_step = step;
  return absl::OkStatus();
}

}  // namespace portcullis::engine
