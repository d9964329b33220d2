// Who a service is when it asks Portcullis, kept fresh.
#ifndef PORTCULLIS_CLIENT_CREDENTIALS_H_
#define PORTCULLIS_CLIENT_CREDENTIALS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "client/connection.h"
#include "portcullis/v1/security_token_service.pb.h"
#include "server/base/clock.h"

namespace portcullis::client {

// Supplies what to send as `caller`. Implementations are thread-safe.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // Credentials that are good now. May call the server; an error means that there are none.
  virtual absl::StatusOr<v1::CallerCredentials> Get() = 0;
};

// The same credentials always: an access key, a principal asserted over a trusted connection, or a
// token that somebody else renews.
class FixedCredentials final : public CredentialsProvider {
 public:
  explicit FixedCredentials(v1::CallerCredentials credentials);
  absl::StatusOr<v1::CallerCredentials> Get() override { return credentials_; }

 private:
  const v1::CallerCredentials credentials_;
};

// The session of a role, assumed when first asked for and renewed before it expires.
//
// It is renewed when a quarter of its life is left, ten minutes at most. One thread renews; the
// others go on with the session at hand, and wait only if it has expired. If renewing fails, the
// session is used until its end, with a new attempt every ten seconds at most.
class RoleCredentials final : public CredentialsProvider {
 public:
  // `request.caller` is filled in from `source` for every call. `connection` and `clock` outlive
  // the object. Not owned.
  RoleCredentials(Connection& connection, v1::AssumeRoleRequest request,
                  std::unique_ptr<CredentialsProvider> source,
                  const base::Clock& clock = base::Clock::System());

  // Errors are those of AssumeRole and of `source`.
  absl::StatusOr<v1::CallerCredentials> Get() override;

 private:
  bool IsGood(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool NotRenewing() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !renewing_; }
  absl::StatusOr<v1::Credentials> AssumeRole();
  void Keep(const v1::Credentials& issued, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  Connection& connection_;
  const v1::AssumeRoleRequest request_;
  const std::unique_ptr<CredentialsProvider> source_;  // Synchronizes itself.
  const base::Clock& clock_;

  // Guarded by mutex_, which is not held during a call to the server.
  absl::Mutex mutex_;
  v1::CallerCredentials session_ ABSL_GUARDED_BY(mutex_);
  absl::Time expiration_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time renew_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool renewing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CREDENTIALS_H_
