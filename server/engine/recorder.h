// Writes down what was decided: one audit record, the counters and who used what, once per answer.
#ifndef PORTCULLIS_SERVER_ENGINE_RECORDER_H_
#define PORTCULLIS_SERVER_ENGINE_RECORDER_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/engine/caller.h"
#include "server/engine/query.h"
#include "server/session/sts_parameters.h"

namespace portcullis::audit {
class Queue;
}
namespace portcullis::metrics {
class Registry;
}
namespace portcullis::state {
class ActivityTracker;
}

namespace portcullis::engine {

// Measures from its construction.
class RecorderTimer {
 public:
  RecorderTimer() : started_(std::chrono::steady_clock::now()) {}
  int64_t ElapsedNanoseconds() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() -
                                                                started_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point started_;
};

// One operation on sessions or on the server, for the record. Views outlive the call.
struct Operation {
  enum class Kind : uint8_t {
    kAssumeRole,
    kValidateSession,
    kGetCallerIdentity,
    kGetSessionToken,
    kGetFederationToken,
    kAssumeRoleWithWebIdentity,
    kAssumeRoleWithSaml,
    kAssumeRoleWithWorkloadIdentity,
    kGetAccessKeyInfo,
    kDecodeAuthorizationMessage,
    kGetStatus,
    kReloadPolicies,
    kSimulateCustomPolicy,
    kSimulatePrincipalPolicy,
    kRevokeSessions,
    kListRevocations,
    kGetAccountPasswordPolicy,
    kGenerateCredentialReport,
    kGetCredentialReport,
    kGetAccessKeyLastUsed,
    kGenerateServiceLastAccessedDetails,
    kGetServiceLastAccessedDetails,
    kGetServiceLastAccessedDetailsWithEntities,
    kListPoliciesGrantingServiceAccess,
    kReadInventory,  // `name` says which.
    kRefuseWrite,    // `name` says which.
  };
  Kind kind = Kind::kAssumeRole;
  std::string_view name;  // "ListUsers", where the kind does not say it.
  const Peer* peer = nullptr;
  const Caller* caller = nullptr;  // nullptr: not identified.
  std::string_view resource;       // The role, the simulated entity, whose sessions; empty: none.
  std::string_view session_arn;    // Of the session that was issued or described.
  std::string_view issued_access_key_id;
  std::string_view role_session_name;
  std::string_view source_identity;
  std::string_view federated_provider;  // The issuer or provider ARN of a federated request.
  std::string_view federated_subject;
  bool external_id_present = false;  // Its value is masked.
  bool mfa_present = false;
  std::string_view policy_revision;
};

// How a request at a proxy's door ended without a question to the policies.
struct DoorEnd {
  enum class Kind : uint8_t {
    kFailed,       // As `status` says: nothing was decided.
    kNoRoute,      // Denied: no rule is about it, or the rule makes no question of it.
    kNotAdmitted,  // Denied: the trust policy of the role that the caller stands for.
    kPublicRoute,  // Allowed: by a rule that asks nobody.
  };
  Kind kind = Kind::kFailed;
  std::string_view reason;  // One word of a closed set.
  absl::Status status;      // Not OK but for kPublicRoute. For the log, not for whoever asked.
  std::string_view policy_revision;
};

// Thread-safe. Nothing shared is written on the way of a decision except the audit queue and, once
// a second for each combination of principal and action, the activity.
//
// Activity is what access advisor and the credential report tell: the attempts of an account's
// users, roles and root, allowed or denied, and with them the use of their keys. A
// session counts for its role, a federated user for whoever made the session. Services do not
// count, nor do callers whose proof was bad.
class Recorder {
 public:
  // All outlive the recorder and are not owned; nullptr: nothing is recorded there (tests, tools).
  Recorder(audit::Queue* audit, metrics::Registry* metrics,
           state::ActivityTracker* activity = nullptr);

  // Records every item of an answer. UNAVAILABLE "AUDIT_UNAVAILABLE" if the audit log is required
  // and cannot take a record: the answer must not be given.
  absl::Status RecordDecisions(const Query& query, const Caller& caller, const Answer& answer,
                               absl::Time now, const RecorderTimer& timer);

  // Records a query that was refused, with its reason. `caller`: nullptr if not identified.
  void RecordRefusal(const Query& query, const absl::Status& status, absl::Time now,
                     const Caller* caller = nullptr);

  // Records how a request at a proxy's door ended; `peer.door` says which. As RecordDecisions for
  // kPublicRoute; otherwise OK.
  absl::Status RecordDoor(const Peer& peer, const DoorEnd& end, absl::Time now,
                          const RecorderTimer& timer);

  // Records an operation and its outcome. As RecordDecisions where `outcome` is OK; otherwise
  // returns `outcome`.
  absl::Status RecordOperation(const Operation& operation, const absl::Status& outcome,
                               absl::Time now, const RecorderTimer& timer);

 private:
  audit::Queue* const audit_;
  metrics::Registry* const metrics_;
  state::ActivityTracker* const activity_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_RECORDER_H_
