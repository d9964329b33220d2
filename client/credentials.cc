#include "client/credentials.h"

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr absl::Duration kRenewEarlyMax = absl::Minutes(10);
constexpr absl::Duration kRetryAfter = absl::Seconds(10);

}  // namespace

FixedCredentials::FixedCredentials(v1::CallerCredentials credentials)
    : credentials_(std::move(credentials)) {}

RoleCredentials::RoleCredentials(Connection& connection, v1::AssumeRoleRequest request,
                                 std::unique_ptr<CredentialsProvider> source,
                                 const base::Clock& clock)
    : connection_(connection),
      request_(std::move(request)),
      source_(std::move(source)),
      clock_(clock) {}

bool RoleCredentials::IsGood(absl::Time now) const {
  return now < expiration_;
}

absl::StatusOr<v1::CallerCredentials> RoleCredentials::Get() {
  {
    absl::MutexLock lock(&mutex_);
    if (clock_.Now() < renew_at_) return session_;
    if (renewing_ && IsGood(clock_.Now())) return session_;
    // Nothing to go on with: whoever renews does it for all that wait here.
    mutex_.Await(absl::Condition(this, &RoleCredentials::NotRenewing));
    if (clock_.Now() < renew_at_) return session_;
    renewing_ = true;
  }
  const absl::StatusOr<v1::Credentials> issued = AssumeRole();

  absl::MutexLock lock(&mutex_);
  renewing_ = false;
  const absl::Time now = clock_.Now();
  if (issued.ok()) {
    Keep(*issued, now);
  } else if (IsGood(now)) {
    renew_at_ = std::min(now + kRetryAfter, expiration_);
  }
  if (IsGood(now)) return session_;
  if (!issued.ok()) return issued.status();
  return absl::UnauthenticatedError(
      "the session that was issued has expired already: the clocks differ too much");
}

absl::StatusOr<v1::Credentials> RoleCredentials::AssumeRole() {
  v1::AssumeRoleRequest request = request_;
  ASSIGN_OR_RETURN(*request.mutable_caller(), source_->Get());
  ASSIGN_OR_RETURN(v1::AssumeRoleResponse response, connection_.AssumeRole(request));
  return std::move(*response.mutable_credentials());
}

void RoleCredentials::Keep(const v1::Credentials& issued, absl::Time now) {
  session_.set_session_token(issued.session_token());
  expiration_ = absl::FromUnixSeconds(issued.expiration().seconds()) +
                absl::Nanoseconds(issued.expiration().nanos());
  renew_at_ = expiration_ - std::min((expiration_ - now) / 4, kRenewEarlyMax);
}

}  // namespace portcullis::client
