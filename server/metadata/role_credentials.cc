#include "server/metadata/role_credentials.h"

#include <utility>

#include "server/base/status_macros.h"

namespace portcullis::metadata {
namespace {

constexpr absl::Duration kAttemptInterval = absl::Seconds(1);

bool MayPass(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsResourceExhausted(failure) ||
         absl::IsDeadlineExceeded(failure);
}

}  // namespace

RoleCredentials::RoleCredentials(RoleSource source, const base::Clock& clock,
                                 std::function<void(const absl::Status&)> on_failure)
    : source_(std::move(source)), clock_(clock), on_failure_(std::move(on_failure)) {}

// Whether what is kept would still be issued, however old it is.
bool RoleCredentials::IsGood(absl::Time now) const {
  if (current_ == nullptr || now >= current_->credentials.expiration) return false;
  const std::optional<std::string> revision =
      source_.revision_if_valid(current_->credentials.session_token);
  return revision.has_value() && *revision == current_->revision;
}

absl::Status RoleCredentials::Renew(absl::Time now) {
  attempted_ = now;
  absl::StatusOr<session::Credentials> credentials = source_.assume();
  failure_ = credentials.status();
  RETURN_IF_ERROR(failure_);
  auto issued = std::make_shared<IssuedCredentials>();
  issued->issued = now;
  issued->credentials = *std::move(credentials);
  issued->revision =
      source_.revision_if_valid(issued->credentials.session_token).value_or(std::string());
  current_ = std::move(issued);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const IssuedCredentials>> RoleCredentials::Get() {
  const absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  const bool good = IsGood(now);
  if (good && now < current_->issued + (current_->credentials.expiration - current_->issued) / 2) {
    return current_;
  }
  if (!good) current_ = nullptr;
  const bool too_soon = !failure_.ok() && now - attempted_ < kAttemptInterval && now >= attempted_;
  if (!too_soon) {
    const absl::Status renewed = Renew(now);
    if (!renewed.ok() && on_failure_) on_failure_(renewed);
  }
  if (failure_.ok() || (current_ != nullptr && MayPass(failure_))) return current_;
  return failure_;
}

}  // namespace portcullis::metadata
