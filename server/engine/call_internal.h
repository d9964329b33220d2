// One operation from its beginning to its record, as every service of the engine makes it.
#ifndef PORTCULLIS_SERVER_ENGINE_CALL_INTERNAL_H_
#define PORTCULLIS_SERVER_ENGINE_CALL_INTERNAL_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/caller.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/state/revocation_log.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

// Not owned; outlive the Call.
struct CallParts {
  const store::PolicyStore& store;
  const base::Clock& clock;
  Authorizer& authorizer;
  Recorder& recorder;
  const state::RevocationLog* revocations = nullptr;  // nullptr: there are none.
};

// Use: construct, CheckLoaded(), identify the caller unless the operation is unsigned, do the work,
// Record() how it ended. For one thread. What it is given outlives it.
class Call {
 public:
  Call(const CallParts& parts, Operation::Kind kind, const Peer& peer);

  // UNAVAILABLE while there is no snapshot: then nothing but Record() may be called.
  absl::Status CheckLoaded() const;
  absl::Time now() const { return now_; }
  const store::Snapshot& snapshot() const { return *snapshot_; }
  const Peer& peer() const { return peer_; }
  // What the record says besides the caller.
  Operation& operation() { return operation_; }

  // Finds out who calls. Errors as IdentifyCaller.
  absl::Status Identify(const CallerProof& proof);
  // The same; PERMISSION_DENIED "AccessDenied" for callers without an account.
  absl::Status IdentifyWithAccount(const CallerProof& proof);
  // REQUIRES: identified.
  const Caller& caller() const { return *caller_; }
  const store::Account& account() const { return *caller_->account; }

  // Whether the caller's policies allow `action` on `resource`, and its credentials may call it at
  // all: the authorizer answers nobody about IAM who may not call it.
  absl::Status Require(const CallerProof& proof, std::string_view action,
                       std::string_view resource);

  // Writes the record, and returns what the caller gets to know.
  absl::Status Record(const absl::Status& outcome);

 private:
  const CallParts parts_;
  const Peer& peer_;
  const RecorderTimer timer_;
  const absl::Time now_;
  const std::shared_ptr<const store::Snapshot> snapshot_;
  std::string resource_;
  Operation operation_;
  std::optional<Caller> caller_;
};

// What a database says is for the log, not for whoever asked: INTERNAL keeps its text here.
// Statuses with a reason are not the database's.
absl::Status WithoutState(const absl::Status& status);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_CALL_INTERNAL_H_
