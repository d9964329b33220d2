#include "client/role_credentials.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/cord.h"

#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr absl::Duration kRenewEarlyMax = absl::Minutes(10);
constexpr absl::Duration kWaitMin = absl::Milliseconds(1);

absl::Time ExpirationOf(const v1::Credentials& credentials) {
  return absl::FromUnixSeconds(credentials.expiration().seconds()) +
         absl::Nanoseconds(credentials.expiration().nanos());
}

// A copy that shares nothing with `status`. Copies of a status count references inside the system's
// Abseil, where the thread sanitizer cannot see that they are counted well.
absl::Status Detached(const absl::Status& status) {
  absl::Status copy(status.code(), status.message());
  status.ForEachPayload([&copy](absl::string_view url, const absl::Cord& payload) {
    copy.SetPayload(url, absl::Cord(std::string(payload)));
  });
  return copy;
}

}  // namespace

RoleCredentials::RoleCredentials(IssueSession issue, const RefreshOptions& options,
                                 const base::Clock& clock)
    : issue_(std::move(issue)), options_(options), clock_(clock) {
  if (options_.in_background) thread_ = std::thread(&RoleCredentials::RunThread, this);
}

RoleCredentials::~RoleCredentials() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<v1::CallerCredentials> RoleCredentials::Get() {
  ASSIGN_OR_RETURN(v1::Credentials session, GetCredentials());
  v1::CallerCredentials caller;
  caller.set_session_token(std::move(*session.mutable_session_token()));
  return caller;
}

absl::StatusOr<v1::Credentials> RoleCredentials::GetCredentials() {
  absl::MutexLock lock(&mutex_);
  if (IsGood() && (renewing_ || options_.in_background || !IsDue())) return session_;
  // Whoever renews does it for all that wait here, and so does whoever fails to.
  mutex_.Await(absl::Condition(this, &RoleCredentials::NotRenewing));
  if (IsDue()) Renew();
  if (IsGood()) return session_;
  return status_.last_error.ok() ? absl::UnavailableError("the session has just expired")
                                 : Detached(status_.last_error);
}

void RoleCredentials::Discard() {
  absl::MutexLock lock(&mutex_);
  session_.Clear();
  status_.expiration = absl::InfinitePast();
  // A server that fails is still left alone until its pause is over.
  if (status_.failures == 0) status_.next_attempt = absl::InfinitePast();
}

RefreshStatus RoleCredentials::status() const {
  absl::MutexLock lock(&mutex_);
  RefreshStatus status = status_;
  status.good = IsGood();
  status.last_error = Detached(status_.last_error);
  return status;
}

bool RoleCredentials::IsGood() const {
  return clock_.Now() < status_.expiration;
}

bool RoleCredentials::IsDue() const {
  return clock_.Now() >= status_.next_attempt;
}

bool RoleCredentials::ThreadHasWork() const {
  return stopping_ || (!renewing_ && IsDue());
}

void RoleCredentials::Renew() {
  renewing_ = true;
  mutex_.Unlock();
  const absl::StatusOr<v1::Credentials> issued = issue_();
  mutex_.Lock();
  renewing_ = false;
  const absl::Status outcome = issued.ok() ? TryToKeep(*issued) : issued.status();
  if (!outcome.ok()) NoteFailure(outcome);
}

absl::Status RoleCredentials::TryToKeep(const v1::Credentials& issued) {
  if (issued.session_token().empty()) {
    return absl::InternalError("the server answered without a session token");
  }
  const absl::Time now = clock_.Now();
  const absl::Time expiration = ExpirationOf(issued);
  if (expiration <= now) {
    return absl::UnauthenticatedError(
        "the session that was issued has expired already: the clocks differ too much");
  }
  session_ = issued;
  status_.expiration = expiration;
  status_.next_attempt = expiration - std::min((expiration - now) / 4, kRenewEarlyMax);
  status_.last_success = now;
  status_.failures = 0;
  status_.last_error = absl::OkStatus();
  return absl::OkStatus();
}

void RoleCredentials::NoteFailure(const absl::Status& error) {
  ++status_.failures;
  status_.last_error = error;
  const RetryPolicy pauses{.first_pause = options_.first_pause, .pause_max = options_.pause_max};
  const absl::Time now = clock_.Now();
  status_.next_attempt = now + PauseAfter(status_.failures, pauses, options_.random());
  // The session's end is a time to try, however long the pause.
  if (now < status_.expiration) {
    status_.next_attempt = std::min(status_.next_attempt, status_.expiration);
  }
}

void RoleCredentials::RunThread() {
  absl::MutexLock lock(&mutex_);
  while (!stopping_) {
    if (!renewing_ && IsDue()) {
      Renew();
      continue;
    }
    const absl::Duration until_due = status_.next_attempt - clock_.Now();
    mutex_.AwaitWithTimeout(
        absl::Condition(this, &RoleCredentials::ThreadHasWork),
        renewing_ ? options_.poll_interval
                  : std::clamp(until_due, kWaitMin, std::max(kWaitMin, options_.poll_interval)));
  }
}

}  // namespace portcullis::client
