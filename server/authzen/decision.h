// One evaluation put to the engine, and its answer in the API's words.
#ifndef PORTCULLIS_SERVER_AUTHZEN_DECISION_H_
#define PORTCULLIS_SERVER_AUTHZEN_DECISION_H_

#include <string>

#include "absl/status/statusor.h"

#include "server/authzen/evaluation.h"
#include "server/base/json_writer.h"
#include "server/engine/authorizer.h"
#include "server/engine/query.h"
#include "server/gateway/asker.h"

namespace portcullis::authzen {

// The zero value denies.
struct Decision {
  bool allowed = false;
  // For programs: "explicit_allow", "explicit_deny", "implicit_deny"; or why the subject is nobody:
  // "token_expired", "unknown_principal".
  std::string reason = {};
  std::string message = {};  // For people, of denials.
  std::string decision_id = {};
  std::string policy_revision = {};
  int error_status = 0;  // Of an evaluation that is none, as HTTP would have it; 0: of none.
};

// Decides `evaluation` for `asker`, against its snapshot, by the engine, which records it. A
// subject that is nobody (a bad or ended session, an unknown principal) is denied. INVALID_ARGUMENT
// for a question that is none; PERMISSION_DENIED "ASSERTION_NOT_ALLOWED" if the client may not name
// principals; UNAVAILABLE and others if nothing was decided.
absl::StatusOr<Decision> Decide(engine::Authorizer& authorizer, const Evaluation& evaluation,
                                const engine::Peer& peer, const gateway::Asker& asker);

// Writes {"decision": ..., "context": {...}}.
void WriteDecision(const Decision& decision, base::JsonWriter* writer);

}  // namespace portcullis::authzen

#endif  // PORTCULLIS_SERVER_AUTHZEN_DECISION_H_
