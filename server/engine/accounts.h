// Reports about an account's users, keys and sessions, and the end of sessions before their time.
#ifndef PORTCULLIS_SERVER_ENGINE_ACCOUNTS_H_
#define PORTCULLIS_SERVER_ENGINE_ACCOUNTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/granting_policies.h"
#include "server/engine/last_accessed.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/engine/session_revocations.h"
#include "server/state/activity.h"
#include "server/state/report_store.h"
#include "server/state/revocation_log.h"
#include "server/store/password_policy.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

using state::CredentialReport;
using store::PasswordPolicy;

// What RevokeSessions did.
struct RevokedSessions {
  RevocationDescription revocation;
  std::string policy_entry;  // For the policies, which all replicas read: see PolicyEntry().
  bool durable = false;      // Survives a restart of this process.
};

// Reports are made at once, so none is ever in progress.
struct CredentialReportState {
  bool started = false;  // "STARTED"; otherwise "COMPLETE".
  std::string description;
};

//
struct AccessKeyLastUsed {
  std::string user_name;           // "<root_account>" for root's keys.
  std::optional<absl::Time> last;  // nullopt: no use is known.
  std::string region = "N/A";      // Also if the use was of no region.
  std::string service = "N/A";
};

// A finished GenerateServiceLastAccessedDetails. All of it: pages are the transport's.
struct LastAccessedDetails {
  Granularity granularity = Granularity::kServiceLevel;
  absl::Time created;
  absl::Time completed;
  LastAccessedReport report;
};

// Who could have used a service, latest first, those who did not at the end.
struct EntityAccess {
  ReportMember entity;
  std::optional<absl::Time> last;
};
struct EntityAccessDetails {
  absl::Time created;
  absl::Time completed;
  std::vector<EntityAccess> entities;
};

//
struct ServiceGrants {
  std::string service;  // As it was asked.
  std::vector<PolicyReference> policies;
};

class Call;  // In call_internal.h.

// Not owned; outlive the Accounts.
struct AccountsParts {
  Authorizer& authorizer;
  Recorder& recorder;
  state::ActivityTracker& activity;
  state::ReportStore& reports;
  state::RevocationLog& revocations;
};

// Thread-safe. Calls wait for the database and look at whole accounts: not for a completion queue's
// thread. Every operation is recorded, refused ones too.
//
// Everything is about the caller's own account. Each operation needs the action of its name from
// the caller's policies; those of IAM may not be called with the sessions of at all.
// Statuses carry AWS's error code as base::ReasonOf: "AccessDenied" PERMISSION_DENIED;
// "InvalidClientTokenId" UNAUTHENTICATED, and for a bad proof as Authorizer::Authorize;
// "ValidationError", "InvalidInput" INVALID_ARGUMENT; "NoSuchEntity" NOT_FOUND. UNAVAILABLE while
// nothing is loaded. INTERNAL if the database fails.
class Accounts {
 public:
  static constexpr size_t kServiceNamespacesMax = 200;
  static constexpr size_t kServiceNamespaceBytesMax = 64;

  Accounts(const store::PolicyStore& store, const base::Clock& clock, const AccountsParts& parts);

  // portcullis:RevokeSessions on RevocationResource(). In effect when it returns, on this process.
  // RESOURCE_EXHAUSTED "LimitExceeded": there are too many revocations.
  absl::StatusOr<RevokedSessions> RevokeSessions(const CallerProof& caller,
                                                 const RevokeSessionsParameters& parameters,
                                                 const Peer& peer);
  // portcullis:ListRevocations on "*".
  absl::StatusOr<std::vector<RevocationDescription>> ListRevocations(const CallerProof& caller,
                                                                     const Peer& peer);

  // iam:GetAccountPasswordPolicy on "*". "NoSuchEntity" if the account has none.
  absl::StatusOr<PasswordPolicy> GetAccountPasswordPolicy(const CallerProof& caller,
                                                          const Peer& peer);

  // iam:GenerateCredentialReport on "*". Makes no new report while the last one is current.
  absl::StatusOr<CredentialReportState> GenerateCredentialReport(const CallerProof& caller,
                                                                 const Peer& peer);
  // iam:GetCredentialReport on "*". NOT_FOUND "ReportNotPresent"; FAILED_PRECONDITION
  // "ReportExpired".
  absl::StatusOr<CredentialReport> GetCredentialReport(const CallerProof& caller, const Peer& peer);
  // iam:GetAccessKeyLastUsed on the ARN of the key's user, or of root; on "*" for a key that the
  // account does not have, which is then "NoSuchEntity".
  absl::StatusOr<AccessKeyLastUsed> GetAccessKeyLastUsed(const CallerProof& caller,
                                                         std::string_view access_key_id,
                                                         const Peer& peer);

  // iam:GenerateServiceLastAccessedDetails on `arn`. Returns the id of the finished job.
  absl::StatusOr<std::string> GenerateServiceLastAccessedDetails(const CallerProof& caller,
                                                                 std::string_view arn,
                                                                 Granularity granularity,
                                                                 const Peer& peer);
  // iam:GetServiceLastAccessedDetails on "*". "NoSuchEntity" also for another principal's job; the
  // sessions of a role are one principal.
  absl::StatusOr<LastAccessedDetails> GetServiceLastAccessedDetails(const CallerProof& caller,
                                                                    std::string_view job_id,
                                                                    const Peer& peer);
  // iam:GetServiceLastAccessedDetailsWithEntities on "*". Nobody is listed for a service that the
  // report does not list.
  absl::StatusOr<EntityAccessDetails> GetServiceLastAccessedDetailsWithEntities(
      const CallerProof& caller, std::string_view job_id, std::string_view service,
      const Peer& peer);

  // iam:ListPoliciesGrantingServiceAccess on `arn`, a user, group or role.
  absl::StatusOr<std::vector<ServiceGrants>> ListPoliciesGrantingServiceAccess(
      const CallerProof& caller, std::string_view arn, const std::vector<std::string>& services,
      const Peer& peer);

 private:
  // Runs `work(Call&)` for an identified caller with an account, and records how it ended.
  template <typename Result, typename Work>
  absl::StatusOr<Result> Run(Operation::Kind kind, const CallerProof& caller, const Peer& peer,
                             Work work);
  absl::StatusOr<RevokedSessions> Revoke(const Call& call,
                                         const RevokeSessionsParameters& parameters);
  absl::StatusOr<CredentialReportState> MakeReport(const Call& call);
  absl::StatusOr<LastAccessedDetails> FindJob(const Call& call, std::string_view job_id);

  const store::PolicyStore& store_;
  const base::Clock& clock_;
  const AccountsParts parts_;

  // Held while a credential report is made: whoever asks meanwhile gets that one.
  absl::Mutex report_mutex_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_ACCOUNTS_H_
