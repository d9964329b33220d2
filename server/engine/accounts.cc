#include "server/engine/accounts.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/base/uuid.h"
#include "server/engine/call_internal.h"
#include "server/engine/caller.h"
#include "server/engine/credential_report.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using Kind = Operation::Kind;

constexpr std::string_view kEverything = "*";

absl::Status InvalidInput(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput", message);
}

absl::Status NoSuchEntity(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kNotFound, "NoSuchEntity", message);
}

absl::Status CheckArn(std::string_view arn) {
  if (policy::IsResourceName(arn) && arn != kEverything) return absl::OkStatus();
  return InvalidInput(base::Concat({"arn: ", base::Quoted(arn), " is not an ARN"}));
}

absl::Status CheckServiceNamespace(std::string_view service) {
  const bool well_formed =
      !service.empty() && service.size() <= Accounts::kServiceNamespaceBytesMax &&
      std::all_of(service.begin(), service.end(),
                  [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '_'; });
  if (well_formed) return absl::OkStatus();
  return InvalidInput(base::Concat(
      {"service_namespace: ", base::Quoted(service), " is not the namespace of a service"}));
}

absl::Status CheckServiceNamespaces(const std::vector<std::string>& services) {
  if (services.empty() || services.size() > Accounts::kServiceNamespacesMax) {
    return InvalidInput(
        base::StrCat("service_namespaces: give 1 to ", Accounts::kServiceNamespacesMax));
  }
  for (const std::string& service : services) RETURN_IF_ERROR(CheckServiceNamespace(service));
  return absl::OkStatus();
}

// Hard to guess: all bits are the system's.
std::string NewJobId() {
  std::random_device device;
  std::uniform_int_distribution<uint64_t> bits;
  const uint64_t high = bits(device);
  return base::FormatRandomUuid(high, bits(device));
}

// One text per principal. IAM may not be called by federated users, so whoever gets here
// has an id: a user's, a role's or, for root, the account's.
std::string_view Requester(const Caller& caller) {
  return caller.principal.unique_id;
}

std::vector<EntityAccess> EntitiesOf(const LastAccessedReport& report, std::string_view service) {
  const ServiceAccess* const access = report.Find(service);
  if (access == nullptr) return {};
  std::vector<EntityAccess> entities;
  std::vector<bool> used(report.members.size());
  for (const MemberAccess& member : access->members) {
    used[member.member] = true;
    entities.push_back({report.members[member.member], member.last});
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) entities.push_back({report.members[i], std::nullopt});
  }
  return entities;
}

}  // namespace

Accounts::Accounts(const store::PolicyStore& store, const base::Clock& clock,
                   const AccountsParts& parts)
    : store_(store), clock_(clock), parts_(parts) {}

template <typename Result, typename Work>
absl::StatusOr<Result> Accounts::Run(Kind kind, const CallerProof& caller, const Peer& peer,
                                     Work work) {
  Call call({store_, clock_, parts_.authorizer, parts_.recorder, &parts_.revocations}, kind, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  if (absl::Status status = call.IdentifyWithAccount(caller); !status.ok()) {
    return call.Record(status);
  }
  absl::StatusOr<Result> result = work(call);
  RETURN_IF_ERROR(call.Record(WithoutState(result.status())));
  return result;
}

// ---- Sessions -----------------------------------------------------------------------------------

absl::StatusOr<RevokedSessions> Accounts::RevokeSessions(const CallerProof& caller,
                                                         const RevokeSessionsParameters& parameters,
                                                         const Peer& peer) {
  return Run<RevokedSessions>(
      Kind::kRevokeSessions, caller, peer, [&](Call& call) -> absl::StatusOr<RevokedSessions> {
        RETURN_IF_ERROR(ValidateParameters(parameters, call.now()));
        RETURN_IF_ERROR(
            call.Require(caller, "portcullis:RevokeSessions",
                         RevocationResource(parameters, call.account(), call.snapshot())));
        return Revoke(call, parameters);
      });
}

absl::StatusOr<RevokedSessions> Accounts::Revoke(const Call& call,
                                                 const RevokeSessionsParameters& parameters) {
  state::Revocation revocation;
  ASSIGN_OR_RETURN(revocation.subject,
                   RevocationSubject(parameters, call.account(), call.snapshot()));
  revocation.kind = parameters.kind;
  revocation.account = call.account().id;
  revocation.issued_before = IssuedBeforeSeconds(parameters, call.now());
  revocation.created_at = call.now();
  revocation.created_by = std::string(call.caller().principal.arn);
  revocation.reason = parameters.reason;
  const absl::StatusOr<state::RevocationReceipt> receipt = parts_.revocations.Add(revocation);
  if (absl::IsResourceExhausted(receipt.status())) {
    return base::ErrorWithReason(absl::StatusCode::kResourceExhausted, "LimitExceeded",
                                 std::string(receipt.status().message()));
  }
  RETURN_IF_ERROR(receipt.status());

  RevokedSessions revoked;
  revoked.revocation.subject = parameters.subject;
  if (parameters.kind != RevocationKind::kSession) {
    revoked.revocation.issued_before = absl::FromUnixSeconds(revocation.issued_before);
  }
  revoked.revocation.reason = parameters.reason;
  revoked.revocation.created_by = revocation.created_by;
  revoked.policy_entry = PolicyEntry(parameters, revocation.issued_before);
  revoked.durable = receipt->durable;
  return revoked;
}

absl::StatusOr<std::vector<RevocationDescription>> Accounts::ListRevocations(
    const CallerProof& caller, const Peer& peer) {
  using Result = std::vector<RevocationDescription>;
  return Run<Result>(
      Kind::kListRevocations, caller, peer, [&](Call& call) -> absl::StatusOr<Result> {
        RETURN_IF_ERROR(call.Require(caller, "portcullis:ListRevocations", kEverything));
        return DescribeRevocations(call.account(), call.snapshot(), parts_.revocations.List());
      });
}

// ---- Passwords and keys -------------------------------------------------------------------------

absl::StatusOr<PasswordPolicy> Accounts::GetAccountPasswordPolicy(const CallerProof& caller,
                                                                  const Peer& peer) {
  return Run<PasswordPolicy>(
      Kind::kGetAccountPasswordPolicy, caller, peer,
      [&](Call& call) -> absl::StatusOr<PasswordPolicy> {
        RETURN_IF_ERROR(call.Require(caller, "iam:GetAccountPasswordPolicy", kEverything));
        const std::optional<PasswordPolicy>& rules = call.account().password_policy;
        if (rules.has_value()) return *rules;
        return NoSuchEntity(base::Concat(
            {"The Password Policy with domain name ", call.account().id, " cannot be found."}));
      });
}

absl::StatusOr<CredentialReportState> Accounts::GenerateCredentialReport(const CallerProof& caller,
                                                                         const Peer& peer) {
  return Run<CredentialReportState>(
      Kind::kGenerateCredentialReport, caller, peer,
      [&](Call& call) -> absl::StatusOr<CredentialReportState> {
        RETURN_IF_ERROR(call.Require(caller, "iam:GenerateCredentialReport", kEverything));
        return MakeReport(call);
      });
}

absl::StatusOr<CredentialReportState> Accounts::MakeReport(const Call& call) {
  const std::string& account = call.account().id;
  const absl::MutexLock lock(&report_mutex_);
  ASSIGN_OR_RETURN(const std::optional<CredentialReport> last,
                   parts_.reports.GetCredentialReport(account));
  if (last.has_value() && last->IsCurrent(call.now())) return CredentialReportState{};
  CredentialReport report;
  report.generated = call.now();
  ASSIGN_OR_RETURN(report.content,
                   CredentialReportText(call.snapshot(), call.account(), parts_.activity));
  RETURN_IF_ERROR(parts_.reports.PutCredentialReport(account, report));
  return CredentialReportState{true, "No report exists. Starting a new report generation task"};
}

absl::StatusOr<CredentialReport> Accounts::GetCredentialReport(const CallerProof& caller,
                                                               const Peer& peer) {
  return Run<CredentialReport>(
      Kind::kGetCredentialReport, caller, peer,
      [&](Call& call) -> absl::StatusOr<CredentialReport> {
        RETURN_IF_ERROR(call.Require(caller, "iam:GetCredentialReport", kEverything));
        ASSIGN_OR_RETURN(std::optional<CredentialReport> report,
                         parts_.reports.GetCredentialReport(call.account().id));
        if (!report.has_value()) {
          return base::ErrorWithReason(absl::StatusCode::kNotFound, "ReportNotPresent",
                                       "No report is present. Generate one first.");
        }
        if (!report->IsCurrent(call.now())) {
          return base::ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ReportExpired",
                                       "The report is older than four hours. Generate a new one.");
        }
        return *std::move(report);
      });
}

absl::StatusOr<AccessKeyLastUsed> Accounts::GetAccessKeyLastUsed(const CallerProof& caller,
                                                                 std::string_view access_key_id,
                                                                 const Peer& peer) {
  return Run<AccessKeyLastUsed>(
      Kind::kGetAccessKeyLastUsed, caller, peer,
      [&](Call& call) -> absl::StatusOr<AccessKeyLastUsed> {
        const store::AccessKey* key = call.snapshot().FindAccessKey(access_key_id);
        if (key != nullptr && key->account != &call.account()) key = nullptr;
        std::string_view resource = kEverything;
        if (key != nullptr) {
          resource = key->user != nullptr ? key->user->arn : call.account().root_arn;
        }
        RETURN_IF_ERROR(call.Require(caller, "iam:GetAccessKeyLastUsed", resource));
        if (key == nullptr) {
          return NoSuchEntity(
              base::Concat({"The access key ", base::Quoted(access_key_id), " cannot be found."}));
        }
        ASSIGN_OR_RETURN(const std::optional<state::KeyUse> use,
                         parts_.activity.LastKeyUse(key->id));
        AccessKeyLastUsed last_used;
        last_used.user_name = key->user != nullptr ? key->user->name : "<root_account>";
        if (!use.has_value()) return last_used;
        last_used.last = use->last;
        if (!use->region.empty()) last_used.region = use->region;
        if (!use->service.empty()) last_used.service = use->service;
        return last_used;
      });
}

// ---- Access advisor -----------------------------------------------------------------------------

absl::StatusOr<std::string> Accounts::GenerateServiceLastAccessedDetails(const CallerProof& caller,
                                                                         std::string_view arn,
                                                                         Granularity granularity,
                                                                         const Peer& peer) {
  return Run<std::string>(
      Kind::kGenerateServiceLastAccessedDetails, caller, peer,
      [&](Call& call) -> absl::StatusOr<std::string> {
        RETURN_IF_ERROR(CheckArn(arn));
        RETURN_IF_ERROR(call.Require(caller, "iam:GenerateServiceLastAccessedDetails", arn));
        ASSIGN_OR_RETURN(const ReportSubject subject,
                         FindReportSubject(arn, call.account(), call.snapshot()));
        ASSIGN_OR_RETURN(const LastAccessedReport report,
                         MakeLastAccessedReport(subject, call.account(), call.snapshot(),
                                                granularity, parts_.activity));
        state::LastAccessedJob job;
        job.job_id = NewJobId();
        job.account = call.account().id;
        job.requested_by = std::string(Requester(call.caller()));
        job.arn = std::string(arn);
        job.granularity = granularity;
        job.created = call.now();
        job.completed = clock_.Now();
        job.result = SerializeReport(report);
        RETURN_IF_ERROR(parts_.reports.PutJob(job, call.now()));
        return job.job_id;
      });
}

absl::StatusOr<LastAccessedDetails> Accounts::FindJob(const Call& call, std::string_view job_id) {
  absl::StatusOr<state::LastAccessedJob> job =
      parts_.reports.GetJob(job_id, Requester(call.caller()), call.now());
  if (absl::IsNotFound(job.status())) {
    return NoSuchEntity(base::Concat({"The job ", base::Quoted(job_id), " cannot be found."}));
  }
  RETURN_IF_ERROR(job.status());
  LastAccessedDetails details;
  details.granularity = job->granularity;
  details.created = job->created;
  details.completed = job->completed.value_or(job->created);
  ASSIGN_OR_RETURN(details.report, ParseReport(job->result));
  return details;
}

absl::StatusOr<LastAccessedDetails> Accounts::GetServiceLastAccessedDetails(
    const CallerProof& caller, std::string_view job_id, const Peer& peer) {
  return Run<LastAccessedDetails>(
      Kind::kGetServiceLastAccessedDetails, caller, peer,
      [&](Call& call) -> absl::StatusOr<LastAccessedDetails> {
        RETURN_IF_ERROR(call.Require(caller, "iam:GetServiceLastAccessedDetails", kEverything));
        return FindJob(call, job_id);
      });
}

absl::StatusOr<EntityAccessDetails> Accounts::GetServiceLastAccessedDetailsWithEntities(
    const CallerProof& caller, std::string_view job_id, std::string_view service,
    const Peer& peer) {
  return Run<EntityAccessDetails>(
      Kind::kGetServiceLastAccessedDetailsWithEntities, caller, peer,
      [&](Call& call) -> absl::StatusOr<EntityAccessDetails> {
        RETURN_IF_ERROR(CheckServiceNamespace(service));
        RETURN_IF_ERROR(
            call.Require(caller, "iam:GetServiceLastAccessedDetailsWithEntities", kEverything));
        ASSIGN_OR_RETURN(const LastAccessedDetails details, FindJob(call, job_id));
        return EntityAccessDetails{
            details.created, details.completed,
            EntitiesOf(details.report, absl::AsciiStrToLower(base::AbslView(service)))};
      });
}

absl::StatusOr<std::vector<ServiceGrants>> Accounts::ListPoliciesGrantingServiceAccess(
    const CallerProof& caller, std::string_view arn, const std::vector<std::string>& services,
    const Peer& peer) {
  using Result = std::vector<ServiceGrants>;
  return Run<Result>(
      Kind::kListPoliciesGrantingServiceAccess, caller, peer,
      [&](Call& call) -> absl::StatusOr<Result> {
        RETURN_IF_ERROR(CheckArn(arn));
        RETURN_IF_ERROR(CheckServiceNamespaces(services));
        RETURN_IF_ERROR(call.Require(caller, "iam:ListPoliciesGrantingServiceAccess", arn));
        if (call.snapshot().FindManagedPolicy(arn) != nullptr) {
          return InvalidInput("arn: give the ARN of a user, group or role");
        }
        ASSIGN_OR_RETURN(const ReportSubject subject,
                         FindReportSubject(arn, call.account(), call.snapshot()));
        Result grants;
        for (const std::string& service : services) {
          grants.push_back(
              {service, PoliciesGranting(subject.policies, absl::AsciiStrToLower(service))});
        }
        return grants;
      });
}

}  // namespace portcullis::engine
