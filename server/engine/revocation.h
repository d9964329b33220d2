// Whether a session has been stopped by a policy.
#ifndef PORTCULLIS_SERVER_ENGINE_REVOCATION_H_
#define PORTCULLIS_SERVER_ENGINE_REVOCATION_H_

#include "absl/time/time.h"

#include "server/engine/caller.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// True if a Deny of every action on every resource applies to this session whatever it asks: its
// conditions speak only of what is fixed for a session (aws:TokenIssueTime, aws:userid,
// aws:SourceIdentity, principal keys), as the policy AWSRevokeOlderSessions does. Decisions do not
// need this: the same statement denies them. It tells a holder why.
// REQUIRES: caller.session != nullptr.
bool IsRevoked(const Caller& caller, const store::Snapshot& snapshot, absl::Time now);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_REVOCATION_H_
