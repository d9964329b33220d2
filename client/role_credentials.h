// The session of a role, kept fresh.
#ifndef PORTCULLIS_CLIENT_ROLE_CREDENTIALS_H_
#define PORTCULLIS_CLIENT_ROLE_CREDENTIALS_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "client/connection.h"
#include "client/credentials.h"
#include "client/issue_session.h"
#include "client/retry.h"
#include "server/base/clock.h"

namespace portcullis::client {

struct RefreshOptions {
  // A thread of the object renews the session, so that no caller ever waits for it while a session
  // is good. Otherwise the first caller after the time to renew does it.
  bool in_background = false;

  // How long to leave the server alone after failures in a row; see RetryPolicy. There is no last
  // attempt.
  absl::Duration first_pause = absl::Seconds(1);
  absl::Duration pause_max = absl::Minutes(1);

  // How often the thread looks at the clock, which may be set or may have stood still.
  absl::Duration poll_interval = absl::Seconds(10);

  // Supplies the random part of pauses; tests put another one here.
  double (*random)() = RandomFraction;
};

// How a RoleCredentials is doing, for health checks and metrics. Holds no secret.
struct RefreshStatus {
  bool good = false;                               // There is a session that has not expired.
  absl::Time expiration = absl::InfinitePast();    // Of the session; InfinitePast: there was none.
  absl::Time next_attempt = absl::InfinitePast();  // Not before then is the server asked again.
  absl::Time last_success = absl::InfinitePast();  // When the session was issued.
  int failures = 0;                                // In a row, since the last success.
  absl::Status last_error;                         // Of the last attempt; OK if it succeeded.
};

// A session that is assumed when first asked for, or at once in the background, and renewed before
// it expires: when a quarter of its life is left, ten minutes at most.
//
// One thread renews; the others go on with the session at hand, and wait only if it has expired. If
// renewing fails, the session is used to its end, with further attempts after pauses that grow. An
// expired session is never handed out: without a good one the callers get the error of the last
// attempt, without a call of their own until the pause is over. A revoked session cannot be noticed
// here; whoever is told so by the server calls Discard().
//
// Thread-safe. The destructor ends the thread and waits for a call that it is in the middle of.
class RoleCredentials final : public CredentialsProvider {
 public:
  // What `issue` refers to, and `clock`, outlive the object.
  explicit RoleCredentials(IssueSession issue, const RefreshOptions& options = {},
                           const base::Clock& clock = base::Clock::System());
  ~RoleCredentials() override;
  RoleCredentials(const RoleCredentials&) = delete;
  RoleCredentials& operator=(const RoleCredentials&) = delete;

  // The session token as a caller. Errors are those of `issue`, or UNAUTHENTICATED if it issues
  // sessions that have expired already.
  absl::StatusOr<v1::CallerCredentials> Get() override;

  // The same with the access key, for requests that are signed.
  absl::StatusOr<v1::Credentials> GetCredentials();

  // Forgets the session: the next caller gets a new one, or an error.
  void Discard();

  RefreshStatus status() const;

 private:
  bool IsGood() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsDue() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool NotRenewing() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !renewing_; }
  bool ThreadHasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Calls the server with the mutex released. REQUIRES: nobody else is renewing.
  void Renew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TryToKeep(const v1::Credentials& issued) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteFailure(const absl::Status& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunThread();

  // Constant after construction.
  const IssueSession issue_;  // Called by whoever set renewing_.
  const RefreshOptions options_;
  const base::Clock& clock_;

  // Guarded by mutex_, which is not held during a call to the server.
  mutable absl::Mutex mutex_;
  v1::Credentials session_ ABSL_GUARDED_BY(mutex_);
  RefreshStatus status_ ABSL_GUARDED_BY(mutex_);  // All but `good`.
  bool renewing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_ROLE_CREDENTIALS_H_
