// One role's temporary credentials, always fresh enough to hand out.
#ifndef PORTCULLIS_SERVER_METADATA_ROLE_CREDENTIALS_H_
#define PORTCULLIS_SERVER_METADATA_ROLE_CREDENTIALS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/session/token_codec.h"

namespace portcullis::metadata {

// How the role is assumed, and whether a session of it is still good.
struct RoleSource {
  std::function<absl::StatusOr<session::Credentials>()> assume;
  // The revision of the policies that were asked; nullopt if they do not know the session, or it
  // was revoked.
  std::function<std::optional<std::string>(std::string_view session_token)> revision_if_valid;
};

struct IssuedCredentials {
  session::Credentials credentials;
  absl::Time issued;
  std::string revision;  // Of the policies under which they were issued.
};

// Thread-safe. Credentials are obtained when they are asked for, kept, and renewed
//   - when half of their life is over: clients that get less than some twenty minutes believe that
//     the service is ill and go on with what they have beyond its end;
//   - when the policies have changed, so that a role that may no longer be assumed is no longer
//     handed out;
//   - when their session was revoked.
// If they cannot be renewed for a reason that may pass, good ones are handed out until their end. A
// refusal is final until the policies change, or a second has passed.
class RoleCredentials {
 public:
  // `on_failure` is told why the role cannot be assumed, at most once a second. `clock` outlives
  // this object.
  RoleCredentials(RoleSource source, const base::Clock& clock,
                  std::function<void(const absl::Status&)> on_failure);

  // May take as long as assuming a role takes; others wait meanwhile. Errors as
  // engine::Sessions::AssumeRole.
  absl::StatusOr<std::shared_ptr<const IssuedCredentials>> Get();

 private:
  bool IsGood(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Renew(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RoleSource source_;
  const base::Clock& clock_;
  const std::function<void(const absl::Status&)> on_failure_;

  absl::Mutex mutex_;
  std::shared_ptr<const IssuedCredentials> current_ ABSL_GUARDED_BY(mutex_);  // nullptr: none.
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // Of the latest attempt.
  absl::Time attempted_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_ROLE_CREDENTIALS_H_
