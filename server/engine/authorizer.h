// Answers authorization questions end to end: pin, identify, assemble, select, decide, record.
#ifndef PORTCULLIS_SERVER_ENGINE_AUTHORIZER_H_
#define PORTCULLIS_SERVER_ENGINE_AUTHORIZER_H_

#include <string_view>

#include "absl/status/status.h"

#include "server/base/clock.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/state/revocation_log.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

// UNAVAILABLE "NOT_LOADED": there is no snapshot yet, so nothing is decided.
absl::Status NotLoaded();

// The one way to a decision for every transport. Thread-safe: every thread works in its own scratch
// memory, which it keeps. Records every answer exactly once.
class Authorizer {
 public:
  // All outlive the authorizer. Not owned. `revocations` are those made by hand; nullptr: none.
  Authorizer(const store::PolicyStore& store, const base::Clock& clock, Recorder& recorder,
             const state::RevocationLog* revocations);

  // Decides every item of `query` against one snapshot. Reuses the memory of `answer`.
  //   UNAVAILABLE         nothing is loaded yet
  //   UNAUTHENTICATED     the proof is bad; reasons of session/token_codec.h, "UNKNOWN_PRINCIPAL",
  //                       "PRINCIPAL_GONE", "INVALID_ACCESS_KEY"; "InvalidClientTokenId": these
  //                       credentials may not call IAM, and an item is about that
  //   PERMISSION_DENIED   "ASSERTION_NOT_ALLOWED": the peer may not assert principals
  //   INVALID_ARGUMENT    malformed action, resource, context or counts; names the field
  //   UNAVAILABLE         "AUDIT_UNAVAILABLE": the answer cannot be recorded, so there is none
  // A status other than OK means that nothing was decided.
  absl::Status Authorize(const Query& query, Answer* answer);

  // OK if the caller's policies allow `action`, one of this service's own, on `resource`;
  // PERMISSION_DENIED "AccessDenied" with the denial's text if they do not; otherwise as Authorize.
  absl::Status RequirePermission(const CallerProof& caller, const Peer& peer,
                                 std::string_view action, std::string_view resource);

  // The answer to a call of `action` that cannot be carried out as it stands, for `problem`: that,
  // unless the caller's proof is bad or may not be used for this at all, which it hears of first.
  // Recorded as a refusal, without the text of `problem`: that may show what the call contained.
  absl::Status Refuse(const CallerProof& caller, const Peer& peer, std::string_view action,
                      const absl::Status& problem);
  // The same for an action that takes no proof: always `problem`.
  absl::Status RefuseUnsigned(const Peer& peer, std::string_view action,
                              const absl::Status& problem);

 private:
  void RecordRefusal(const Peer& peer, std::string_view action, const absl::Status& status,
                     absl::Time now, const Caller* caller);
  absl::Status Decide(const Query& query, absl::Time now, const RecorderTimer& timer,
                      Answer* answer);

  const store::PolicyStore& store_;
  const base::Clock& clock_;
  Recorder& recorder_;
  const state::RevocationLog* const revocations_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_AUTHORIZER_H_
