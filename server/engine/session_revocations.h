// Revocations of sessions: what may be revoked, how it is written down, what is in force.
#ifndef PORTCULLIS_SERVER_ENGINE_SESSION_REVOCATIONS_H_
#define PORTCULLIS_SERVER_ENGINE_SESSION_REVOCATIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/state/revocation_log.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

using state::RevocationKind;

// As received; nothing is checked yet.
struct RevokeSessionsParameters {
  RevocationKind kind = RevocationKind::kNone;
  std::string subject;  // The ARN of the role or user, or the access key id.
  std::optional<absl::Time> issued_before;
  std::string reason;

  static constexpr size_t kReasonLengthMax = 256;
  // Clocks differ. Later times would end sessions that do not exist yet.
  static constexpr absl::Duration kFutureMax = absl::Minutes(5);
};

// A revocation as people read it.
struct RevocationDescription {
  std::string subject;                      // ARN or access key id; the unique id of what is gone.
  std::optional<absl::Time> issued_before;  // nullopt: one session.
  std::string reason;
  std::string source;      // "file:line" of the policies; empty: made by RevokeSessions.
  std::string created_by;  // ARN; empty if it is from the policies.
};

// INVALID_ARGUMENT "ValidationError": no subject or one of the wrong form, a reason that is too
// long or has control characters, a time for one session, or one before 1970 or in the future.
absl::Status ValidateParameters(const RevokeSessionsParameters& parameters, absl::Time now);

// Whether whoever calls may revoke is asked about this resource: the role's or user's ARN, that of
// the key's user (root's for root's own keys), "*" for one session and for keys that are not
// there. REQUIRES: ValidateParameters(parameters).
std::string RevocationResource(const RevokeSessionsParameters& parameters,
                               const store::Account& account, const store::Snapshot& snapshot);

// The id under which a session finds the revocation. PERMISSION_DENIED "AccessDenied" for one
// session of another account, NOT_FOUND "NoSuchEntity" for what `account` does not have. REQUIRES:
// ValidateParameters(parameters).
absl::StatusOr<std::string> RevocationSubject(const RevokeSessionsParameters& parameters,
                                              const store::Account& account,
                                              const store::Snapshot& snapshot);

// Unix seconds, rounded up as sessions have their issue time rounded down; by default the next
// whole second. 0 for one session.
int64_t IssuedBeforeSeconds(const RevokeSessionsParameters& parameters, absl::Time now);

// The same as an entry of `Revocations:` of the policies, a YAML list item that ends with a line
// feed. Every replica that reads it revokes the same sessions.
std::string PolicyEntry(const RevokeSessionsParameters& parameters, int64_t issued_before_seconds);

// Those of `account` in force, the policies' before those made by hand. Revocations of access keys
// by the policies are missing if the key has been deleted: nobody knows whose it was.
std::vector<RevocationDescription> DescribeRevocations(const store::Account& account,
                                                       const store::Snapshot& snapshot,
                                                       absl::Span<const state::Revocation> by_hand);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_SESSION_REVOCATIONS_H_
