#include "server/engine/recorder.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"

#include "server/audit/queue.h"
#include "server/audit/record.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/metrics/registry.h"
#include "server/policy/arn.h"
#include "server/state/activity.h"

namespace portcullis::engine {
namespace {

using audit::Text;
using metrics::DecisionReason;

// One thread's record, reused: filling it allocates nothing after warm-up.
audit::Record& ThreadRecord() {
  thread_local audit::Record record;
  record.Clear();
  return record;
}

// What an operation is called in each place.
struct OperationRow {
  Operation::Kind kind;
  audit::Event event;
  bool sts;  // Counted in sts_requests_total as `action`.
  metrics::StsAction action;
};
constexpr OperationRow kOperations[] = {
    {Operation::Kind::kAssumeRole, audit::Event::kAssumeRole, true,
     metrics::StsAction::kAssumeRole},
    {Operation::Kind::kValidateSession, audit::Event::kValidateSession, true,
     metrics::StsAction::kValidateSession},
    {Operation::Kind::kGetCallerIdentity, audit::Event::kGetCallerIdentity, true,
     metrics::StsAction::kGetCallerIdentity},
    {Operation::Kind::kGetSessionToken, audit::Event::kGetSessionToken, true,
     metrics::StsAction::kGetSessionToken},
    {Operation::Kind::kGetFederationToken, audit::Event::kGetFederationToken, true,
     metrics::StsAction::kGetFederationToken},
    {Operation::Kind::kAssumeRoleWithWebIdentity, audit::Event::kAssumeRoleWithWebIdentity, true,
     metrics::StsAction::kAssumeRoleWithWebIdentity},
    {Operation::Kind::kAssumeRoleWithSaml, audit::Event::kAssumeRoleWithSaml, true,
     metrics::StsAction::kAssumeRoleWithSaml},
    {Operation::Kind::kAssumeRoleWithWorkloadIdentity,
     audit::Event::kAssumeRoleWithWorkloadIdentity, true,
     metrics::StsAction::kAssumeRoleWithWorkloadIdentity},
    {Operation::Kind::kGetAccessKeyInfo, audit::Event::kGetAccessKeyInfo, true,
     metrics::StsAction::kGetAccessKeyInfo},
    {Operation::Kind::kDecodeAuthorizationMessage, audit::Event::kDecodeAuthorizationMessage, true,
     metrics::StsAction::kDecodeAuthorizationMessage},
    {Operation::Kind::kGetStatus, audit::Event::kGetStatus, false, {}},
    {Operation::Kind::kReloadPolicies, audit::Event::kReloadPolicies, false, {}},
    {Operation::Kind::kSimulateCustomPolicy, audit::Event::kSimulateCustomPolicy, false, {}},
    {Operation::Kind::kSimulatePrincipalPolicy, audit::Event::kSimulatePrincipalPolicy, false, {}},
    {Operation::Kind::kRevokeSessions, audit::Event::kRevokeSessions, false, {}},
    {Operation::Kind::kListRevocations, audit::Event::kListRevocations, false, {}},
    {Operation::Kind::kGetAccountPasswordPolicy,
     audit::Event::kGetAccountPasswordPolicy,
     false,
     {}},
    {Operation::Kind::kGenerateCredentialReport,
     audit::Event::kGenerateCredentialReport,
     false,
     {}},
    {Operation::Kind::kGetCredentialReport, audit::Event::kGetCredentialReport, false, {}},
    {Operation::Kind::kGetAccessKeyLastUsed, audit::Event::kGetAccessKeyLastUsed, false, {}},
    {Operation::Kind::kGenerateServiceLastAccessedDetails,
     audit::Event::kGenerateServiceLastAccessedDetails,
     false,
     {}},
    {Operation::Kind::kGetServiceLastAccessedDetails,
     audit::Event::kGetServiceLastAccessedDetails,
     false,
     {}},
    {Operation::Kind::kGetServiceLastAccessedDetailsWithEntities,
     audit::Event::kGetServiceLastAccessedDetailsWithEntities,
     false,
     {}},
    {Operation::Kind::kListPoliciesGrantingServiceAccess,
     audit::Event::kListPoliciesGrantingServiceAccess,
     false,
     {}},
    {Operation::Kind::kReadInventory, audit::Event::kReadInventory, false, {}},
    {Operation::Kind::kRefuseWrite, audit::Event::kRefuseWrite, false, {}},
};

const OperationRow& RowOf(Operation::Kind kind) {
  for (const OperationRow& row : kOperations) {
    if (row.kind == kind) return row;
  }
  return kOperations[0];
}

struct OutcomeRow {
  audit::Outcome outcome;
  DecisionReason reason;
  std::string_view word;
};

OutcomeRow OutcomeOf(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::kAllow:
      return {audit::Outcome::kAllow, DecisionReason::kExplicitAllow, "explicit_allow"};
    case policy::Effect::kExplicitDeny:
      return {audit::Outcome::kExplicitDeny, DecisionReason::kExplicitDeny, "explicit_deny"};
    case policy::Effect::kImplicitDeny:
      break;
  }
  return {audit::Outcome::kImplicitDeny, DecisionReason::kImplicitDeny, "implicit_deny"};
}

// Why there was no decision.
OutcomeRow OutcomeOf(absl::StatusCode code) {
  const auto error = [](DecisionReason reason, std::string_view word) {
    return OutcomeRow{audit::Outcome::kError, reason, word};
  };
  switch (code) {
    case absl::StatusCode::kUnauthenticated:
      return error(DecisionReason::kSessionInvalid, "session_invalid");
    case absl::StatusCode::kPermissionDenied:
      return error(DecisionReason::kPeerRefused, "peer_refused");
    case absl::StatusCode::kInvalidArgument:
      return error(DecisionReason::kMalformed, "malformed");
    case absl::StatusCode::kUnavailable:
      return error(DecisionReason::kUnavailable, "unavailable");
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return error(DecisionReason::kOverload, "overload");
    default:
      return error(DecisionReason::kInternal, "internal");
  }
}

// Whether a reason is a code of AWS's: ours are written in capitals.
bool IsAwsCode(std::string_view reason) {
  return std::any_of(reason.begin(), reason.end(), absl::ascii_islower);
}

// The name AWS gives an error: reasons of Portcullis's own are folded into them.
std::string_view AwsErrorCode(absl::StatusCode code, std::string_view reason) {
  if (IsAwsCode(reason)) return reason;
  if (reason == "TOKEN_EXPIRED") return "ExpiredToken";
  if (code == absl::StatusCode::kUnauthenticated) return "InvalidClientTokenId";
  if (code == absl::StatusCode::kUnavailable) return "ServiceUnavailable";
  if (code == absl::StatusCode::kInternal) return "InternalFailure";
  return reason;
}

void SetDoor(const DoorFacts& door, audit::Record* record) {
  record->Set(Text::kDecisionId, door.decision_id);
  record->Set(Text::kProxy, door.proxy);
  record->Set(Text::kGateway, door.gateway);
  record->Set(Text::kRule, door.rule);
  record->Set(Text::kHttpMethod, door.method);
  record->Set(Text::kHttpHost, door.host);
  record->Set(Text::kHttpPath, door.path);
  record->Set(Text::kSourcePrincipal, door.source_principal);
  record->Set(Text::kProxyRequestId, door.request_id);
}

void SetPeer(const Peer& peer, audit::Record* record) {
  record->api = peer.api;
  record->Set(Text::kSourceIp, peer.source_ip);
  record->Set(Text::kUserAgent, peer.user_agent);
  record->Set(Text::kPeer, peer.identity);
  record->Set(Text::kRequestId, peer.request_id);
  record->Set(Text::kTraceId, peer.trace_id);
  if (peer.door != nullptr) SetDoor(*peer.door, record);
}

void SetSession(const OpenedSession& session, audit::Record* record) {
  record->session_issued_at_seconds = session.claims.issued_at_seconds;
  record->mfa_authenticated = session.claims.mfa_at_seconds.has_value();
  record->Set(Text::kSourceIdentity, session.claims.source_identity);
  record->Set(Text::kFederatedProvider, session.claims.federated_provider);
}

void SetCaller(const Caller& caller, audit::Record* record) {
  record->principal_kind = caller.principal.kind;
  record->Set(Text::kPrincipalArn, caller.principal.arn);
  record->Set(Text::kPrincipalId, caller.user_id);
  record->Set(Text::kAccountId, caller.principal.account);
  record->Set(Text::kAccessKeyId, caller.access_key_id);
  record->Set(Text::kUserName, caller.role != nullptr ? caller.role->name : caller.user_name);
  if (caller.temporary()) {
    record->Set(Text::kIssuerArn, caller.principal.issuer_arn);
    record->Set(Text::kIssuerId, caller.principal.unique_id);
  }
  if (caller.session != nullptr) SetSession(*caller.session, record);
}

void SetError(const absl::Status& status, audit::Record* record) {
  if (status.ok()) return;
  record->Set(Text::kErrorCode, AwsErrorCode(status.code(), base::ReasonOf(status)));
  record->Set(Text::kErrorMessage, {status.message().data(), status.message().size()});
}

void AddStatements(const policy::Decision& decision, audit::Record* record) {
  for (const policy::StatementRef& reference : decision.determining) {
    // Built-in policies and those of session tokens stand in no file.
    const std::string_view file = reference.policy->source_file();
    std::string source;
    if (!file.empty()) {
      source = base::Concat({file, ":", std::to_string(reference.statement->begin.line)});
    }
    record->AddStatement({reference.policy->id(), reference.statement->sid, source, reference.kind,
                          reference.statement->effect == policy::StatementEffect::kAllow});
  }
}

void SetDecision(const QueryItem& item, const AnswerItem& answer, const OutcomeRow& outcome,
                 audit::Record* record) {
  record->outcome = outcome.outcome;
  record->limited_by = answer.decision.limited_by;
  record->Set(Text::kAction, item.action);
  record->Set(Text::kResource, item.resource.empty() ? "*" : item.resource);
  record->Set(Text::kReason, outcome.word);
  record->Set(Text::kDecisionId, answer.decision_id);
  if (outcome.outcome != audit::Outcome::kAllow) {
    record->Set(Text::kErrorCode, "AccessDenied");
    record->Set(Text::kErrorMessage, answer.reason);
  }
  AddStatements(answer.decision, record);
}

// How a request that was not asked about is counted and called.
OutcomeRow OutcomeOf(const DoorEnd& end) {
  switch (end.kind) {
    case DoorEnd::Kind::kFailed:
      break;
    case DoorEnd::Kind::kNoRoute:
      return {audit::Outcome::kImplicitDeny, DecisionReason::kNoRoute, "no_route"};
    case DoorEnd::Kind::kNotAdmitted:
      return {audit::Outcome::kImplicitDeny, DecisionReason::kImplicitDeny, "implicit_deny"};
    case DoorEnd::Kind::kPublicRoute:
      return {audit::Outcome::kAllow, DecisionReason::kPublicRoute, "public_route"};
  }
  return OutcomeOf(end.status.code());
}

bool IssuesRoleSessions(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::kAssumeRole:
    case Operation::Kind::kAssumeRoleWithWebIdentity:
    case Operation::Kind::kAssumeRoleWithSaml:
    case Operation::Kind::kAssumeRoleWithWorkloadIdentity:
      return true;
    default:
      return false;
  }
}

void SetOperation(const Operation& operation, audit::Record* record) {
  record->Set(Text::kEventName, operation.name);
  record->Set(Text::kPolicyRevision, operation.policy_revision);
  record->Set(Text::kResource, operation.resource);
  const auto parameter = [record](std::string_view name, std::string_view value) {
    if (!value.empty()) record->AddParameter(name, value);
  };
  if (IssuesRoleSessions(operation.kind)) parameter("roleArn", operation.resource);
  const bool named_user = operation.kind == Operation::Kind::kGetFederationToken;
  parameter(named_user ? "name" : "roleSessionName", operation.role_session_name);
  parameter("sourceIdentity", operation.source_identity);
  parameter("provider", operation.federated_provider);
  parameter("subject", operation.federated_subject);
  if (operation.external_id_present) parameter("externalId", "***");
  if (operation.mfa_present) parameter("mfa", "true");
  if (!operation.federated_provider.empty()) {
    record->Set(Text::kFederatedProvider, operation.federated_provider);
  }
  if (!operation.session_arn.empty()) {
    const bool federated = operation.kind == Operation::Kind::kGetFederationToken;
    record->AddResponse(federated ? "federatedUserArn" : "assumedRoleArn", operation.session_arn);
  }
  if (!operation.issued_access_key_id.empty()) {
    record->AddResponse("accessKeyId", operation.issued_access_key_id);
  }
}

// ---- Activity -----------------------------------------------------------------------------------

// A use by this caller, of nothing yet; nullopt if the caller does not count.
std::optional<state::Use> UseBy(const Caller& caller, absl::Time now) {
  if (caller.account == nullptr) return std::nullopt;
  state::Use use;
  use.account = caller.account->id;
  use.access_key_id = caller.access_key_id;
  use.time = now;
  if (caller.role != nullptr) {
    use.kind = state::EntityKind::kRole;
    use.unique_id = caller.role->id;
    use.arn = caller.role->arn;
  } else if (caller.user != nullptr) {
    use.kind = state::EntityKind::kUser;
    use.unique_id = caller.user->id;
    use.arn = caller.user->arn;
  } else if (caller.principal.unique_id == caller.account->id) {
    use.kind = state::EntityKind::kRoot;
    use.unique_id = caller.account->id;
    use.arn = caller.account->root_arn;
  } else {  // Asserted, so that nobody knows who made the session.
    use.kind = state::EntityKind::kFederatedUser;
    use.unique_id = caller.principal.arn;
    use.arn = caller.principal.arn;
  }
  return use;
}

// The region that a trusted PEP named among `context`; "" if it did not.
std::string_view RequestedRegion(absl::Span<const ContextInput> context) {
  static constexpr std::string_view kKey = "aws:RequestedRegion";
  for (const ContextInput& input : context) {
    const bool named = input.key.size() == kKey.size() && base::EqualFolded(input.key, kKey);
    if (named && !input.values.empty()) return input.values.front();
  }
  return {};
}

std::string_view RegionOf(const QueryItem& item, const Query& query) {
  std::string_view region = RequestedRegion(item.context);
  if (region.empty()) region = RequestedRegion(query.context);
  if (!region.empty()) return region;
  const std::optional<policy::ArnView> arn = policy::ArnView::Parse(item.resource);
  return arn.has_value() && !arn->region.empty() ? arn->region : query.peer.region;
}

// A service in the one spelling by which uses are remembered. Allocates nothing after warm-up; the
// next call on the thread ends the life of what it returned.
std::string_view ServiceName(std::string_view service) {
  if (std::none_of(service.begin(), service.end(), absl::ascii_isupper)) return service;
  thread_local std::string lower;
  lower.assign(service);
  absl::AsciiStrToLower(&lower);
  return lower;
}

// not tracked.
bool IsPassRole(std::string_view action) {
  static constexpr std::string_view kPassRole = "iam:PassRole";
  return action.size() == kPassRole.size() && base::EqualFolded(action, kPassRole);
}

void RecordUses(const Query& query, const Caller& caller, absl::Time now,
                state::ActivityTracker* activity) {
  std::optional<state::Use> use = UseBy(caller, now);
  if (!use.has_value()) return;
  for (const QueryItem& item : query.items) {
    if (IsPassRole(item.action)) continue;
    const size_t colon = item.action.find(':');
    use->service = ServiceName(item.action.substr(0, colon));
    use->action = item.action.substr(colon + 1);
    use->region = RegionOf(item, query);
    activity->Record(*use);
  }
}

void RecordUse(const Caller& caller, std::string_view sts_action, const Peer& peer, absl::Time now,
               state::ActivityTracker* activity) {
  std::optional<state::Use> use = UseBy(caller, now);
  if (!use.has_value()) return;
  use->service = "sts";
  use->action = sts_action;
  use->region = peer.region;
  activity->Record(*use);
}

// ValidateSession is asked about a session, not by its principal.
bool IsUse(const OperationRow& row) {
  return row.sts && row.kind != Operation::Kind::kValidateSession;
}

}  // namespace

Recorder::Recorder(audit::Queue* audit, metrics::Registry* metrics,
                   state::ActivityTracker* activity)
    : audit_(audit), metrics_(metrics), activity_(activity) {}

absl::Status Recorder::RecordDecisions(const Query& query, const Caller& caller,
                                       const Answer& answer, absl::Time now,
                                       const RecorderTimer& timer) {
  if (activity_ != nullptr) RecordUses(query, caller, now, activity_);
  const int64_t nanoseconds =
      timer.ElapsedNanoseconds() / static_cast<int64_t>(answer.items.size());
  for (size_t i = 0; i < answer.items.size(); ++i) {
    const OutcomeRow outcome = OutcomeOf(answer.items[i].decision.effect);
    if (audit_ != nullptr) {
      audit::Record& record = ThreadRecord();
      record.event = audit::Event::kAuthorize;
      record.time = now;
      record.evaluation_nanoseconds = nanoseconds;
      SetPeer(query.peer, &record);
      SetCaller(caller, &record);
      record.Set(Text::kPolicyRevision, answer.policy_revision());
      SetDecision(query.items[i], answer.items[i], outcome, &record);
      RETURN_IF_ERROR(audit_->Push(record));
    }
    if (metrics_ != nullptr) {
      metrics_->CountDecision(query.peer.api, outcome.reason);
      metrics_->ObserveEvaluation(nanoseconds, query.peer.trace_id, now);
    }
  }
  return absl::OkStatus();
}

void Recorder::RecordRefusal(const Query& query, const absl::Status& status, absl::Time now,
                             const Caller* caller) {
  const OutcomeRow outcome = OutcomeOf(status.code());
  if (metrics_ != nullptr) metrics_->CountDecision(query.peer.api, outcome.reason);
  if (audit_ == nullptr) return;
  audit::Record& record = ThreadRecord();
  record.event = audit::Event::kAuthorize;
  record.time = now;
  record.outcome = outcome.outcome;
  SetPeer(query.peer, &record);
  if (caller != nullptr) SetCaller(*caller, &record);
  if (!query.items.empty()) {
    record.Set(Text::kAction, query.items[0].action);
    record.Set(Text::kResource, query.items[0].resource);
  }
  record.Set(Text::kReason, outcome.word);
  SetError(status, &record);
  // No answer depends on it: the refusal is given whether or not it can be recorded, and the queue
  // counts what it could not take.
  audit_->Push(record).IgnoreError();
}

absl::Status Recorder::RecordDoor(const Peer& peer, const DoorEnd& end, absl::Time now,
                                  const RecorderTimer& timer) {
  const OutcomeRow outcome = OutcomeOf(end);
  absl::Status recorded;
  if (audit_ != nullptr) {
    audit::Record& record = ThreadRecord();
    record.event = audit::Event::kAuthorize;
    record.time = now;
    record.outcome = outcome.outcome;
    record.evaluation_nanoseconds = timer.ElapsedNanoseconds();
    SetPeer(peer, &record);
    record.Set(Text::kPolicyRevision, end.policy_revision);
    record.Set(Text::kReason, end.reason.empty() ? outcome.word : end.reason);
    SetError(end.status, &record);
    if (outcome.outcome == audit::Outcome::kImplicitDeny) {
      record.Set(Text::kErrorCode, "AccessDenied");
    }
    recorded = audit_->Push(record);
  }
  const bool allowed = end.kind == DoorEnd::Kind::kPublicRoute;
  if (allowed) RETURN_IF_ERROR(recorded);
  if (metrics_ != nullptr) metrics_->CountDecision(peer.api, outcome.reason);
  return absl::OkStatus();
}

absl::Status Recorder::RecordOperation(const Operation& operation, const absl::Status& outcome,
                                       absl::Time now, const RecorderTimer& timer) {
  const OperationRow& row = RowOf(operation.kind);
  if (activity_ != nullptr && operation.caller != nullptr && IsUse(row)) {
    RecordUse(*operation.caller, audit::TraitsOf(row.event).name, *operation.peer, now, activity_);
  }
  absl::Status recorded;
  if (audit_ != nullptr) {
    audit::Record& record = ThreadRecord();
    record.event = row.event;
    record.time = now;
    record.evaluation_nanoseconds = timer.ElapsedNanoseconds();
    // A refusal by policy is an answer, told by its error code; the rest are failures to answer.
    const bool refused = base::ReasonOf(outcome) == "AccessDenied";
    if (!outcome.ok() && !refused) record.outcome = OutcomeOf(outcome.code()).outcome;
    SetPeer(*operation.peer, &record);
    if (operation.caller != nullptr) SetCaller(*operation.caller, &record);
    SetOperation(operation, &record);
    SetError(outcome, &record);
    // The texts of constraint failures repeat the values, an ExternalId among them.
    const bool repeats_values = outcome.code() == absl::StatusCode::kInvalidArgument;
    if (operation.external_id_present && repeats_values) record.Set(Text::kErrorMessage, "");
    recorded = audit_->Push(record);
  }
  const absl::Status& result = outcome.ok() ? recorded : outcome;
  if (metrics_ != nullptr && row.sts) {
    metrics_->CountStsRequest(
        row.action, result.ok()
                        ? metrics::StsCode::kOk
                        : metrics::StsCodeOf(AwsErrorCode(result.code(), base::ReasonOf(result))));
  }
  return result;
}

}  // namespace portcullis::engine
