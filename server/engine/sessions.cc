#include "server/engine/sessions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/assume_role.h"
#include "server/engine/caller.h"
#include "server/engine/revocation.h"
#include "server/policy/arn.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalKind;
using session::AssumeRoleParameters;
using session::SessionClaims;
using session::SessionKind;
using session::SessionTag;

absl::Status AccessDenied(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", message);
}

absl::Status Invalid(std::string_view code, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, code, message);
}

absl::Status NotLoaded() {
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, "NOT_LOADED",
                               "no policies are loaded yet");
}

// who may call AssumeRole at all.
absl::Status CheckCallerKind(const Caller& caller) {
  switch (caller.principal.kind) {
    case PrincipalKind::kUser:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kService:
      return absl::OkStatus();
    case PrincipalKind::kRoot:
      return AccessDenied("Roles may not be assumed by root accounts.");
    case PrincipalKind::kFederatedUser:
      return AccessDenied("Cannot call AssumeRole with federation token credentials");
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      break;
  }
  return AccessDenied("AssumeRole needs the credentials of a user or of a role");
}

// a pair or nothing, and only a device of the calling user. Returns whether a code
// was verified.
absl::StatusOr<bool> CheckMfa(const AssumeRoleParameters& parameters, const Caller& caller,
                              absl::Time now, Mfa* mfa) {
  if (!parameters.serial_number.has_value() && !parameters.token_code.has_value()) return false;
  if (!parameters.serial_number.has_value() || !parameters.token_code.has_value()) {
    return AccessDenied(
        "MultiFactorAuthentication failed, must provide both MFA serial number and "
        "one time pass code.");
  }
  const store::MfaDevice* own = nullptr;
  if (caller.principal.kind == PrincipalKind::kUser && caller.user != nullptr) {
    for (const store::MfaDevice* device : caller.user->mfa_devices) {
      if (device->serial_number == *parameters.serial_number) own = device;
    }
  }
  RETURN_IF_ERROR(mfa->Verify(own, *parameters.token_code, now));
  return true;
}

// The role by its exact ARN; nullptr also if its account is suspended.
const store::Role* FindRole(const AssumeRoleParameters& parameters,
                            const store::Snapshot& snapshot) {
  const store::Role* role = snapshot.FindRole(parameters.role_arn);
  return role != nullptr && !role->account->suspended ? role : nullptr;
}

// Step 9 of: session policies parse and exist.
absl::Status CheckSessionPolicies(const AssumeRoleParameters& parameters, const store::Role& role,
                                  const store::Snapshot& snapshot) {
  if (parameters.policy.has_value()) {
    std::vector<policy::Diagnostic> diagnostics;
    if (policy::CompilePolicyJson(*parameters.policy, policy::PolicyType::kSession,
                                  policy::PolicyLimits{}, &diagnostics) == nullptr) {
      return Invalid("MalformedPolicyDocument", policy::IamMessage(diagnostics));
    }
  }
  for (const std::string& arn : parameters.policy_arns) {
    const auto parsed = policy::ArnView::Parse(arn);
    const bool own_or_platform =
        parsed.has_value() && (parsed->account == role.account->id || parsed->account == "aws");
    if (!own_or_platform || snapshot.FindManagedPolicy(arn) == nullptr) {
      return Invalid("ValidationError", base::Concat({"Policy ", base::Quoted(arn),
                                                      " does not exist in the account "
                                                      "of the role or is not attachable."}));
    }
  }
  return absl::OkStatus();
}

void CopySessionPolicies(const AssumeRoleParameters& parameters, SessionClaims* claims) {
  claims->limited = parameters.policy.has_value() || !parameters.policy_arns.empty();
  claims->session_policy = parameters.policy.value_or(std::string());
  claims->policy_arns = parameters.policy_arns;
}

// what survives a hop, and where the session came from.
void CopyChain(const Caller& caller, SessionClaims* claims) {
  if (caller.session != nullptr) claims->chain = caller.session->claims.chain;
  claims->chain.emplace_back(caller.principal.arn);
  while (claims->chain.size() > session::kChainMax) claims->chain.erase(claims->chain.begin());
  if (caller.principal.kind != PrincipalKind::kRoleSession) return;
  claims->chain_depth = caller.session == nullptr ? 1 : caller.session->claims.chain_depth + 1;
}

AssumedRole MakeAssumedRole(const SessionClaims& claims, session::Credentials credentials,
                            std::optional<int32_t> packed) {
  AssumedRole result;
  result.credentials = std::move(credentials);
  result.assumed_role_arn =
      base::Concat({"arn:", claims.partition, ":sts::", claims.account, ":assumed-role/",
                    claims.principal_name, "/", claims.session_name});
  result.assumed_role_id = base::Concat({claims.principal_id, ":", claims.session_name});
  result.packed_policy_size = packed;
  result.source_identity = claims.source_identity;
  return result;
}

// Steps 7 to 10 of: the caller may assume the role; what is the session like?
absl::StatusOr<AssumedRole> Issue(const Caller& caller, const AssumeRoleParameters& parameters,
                                  const store::Role& role, const store::Snapshot& snapshot,
                                  absl::Time now) {
  SessionClaims claims;
  claims.kind = SessionKind::kAssumedRole;
  claims.partition = role.account->partition;
  claims.account = role.account->id;
  claims.principal_id = role.id;
  claims.principal_name = role.name;
  claims.session_name = parameters.role_session_name;

  const bool chained = caller.principal.kind == PrincipalKind::kRoleSession;
  ASSIGN_OR_RETURN(
      const int64_t duration,
      session::SessionDurationSeconds(parameters, role.max_session_duration_seconds, chained));
  ASSIGN_OR_RETURN(claims.tags, session::SessionTags(parameters, TransitiveTags(caller)));
  ASSIGN_OR_RETURN(claims.source_identity,
                   session::SourceIdentity(parameters, InheritedSourceIdentity(caller)));
  RETURN_IF_ERROR(CheckSessionPolicies(parameters, role, snapshot));
  ASSIGN_OR_RETURN(
      const std::optional<int32_t> packed,
      session::PackedPolicySize(parameters.policy, parameters.policy_arns, claims.tags));
  CopySessionPolicies(parameters, &claims);
  CopyChain(caller, &claims);
  claims.session_id = session::NewSessionId();
  claims.issued_at_seconds = absl::ToUnixSeconds(now);
  claims.expires_at_seconds = claims.issued_at_seconds + duration;
  ASSIGN_OR_RETURN(session::Credentials credentials,
                   session::IssueCredentials(claims, *snapshot.key_ring()));
  return MakeAssumedRole(claims, std::move(credentials), packed);
}

struct AssumeRoleCall {
  const AssumeRoleParameters& parameters;
  absl::Span<const ContextInput> context;
  const Peer& peer;
  absl::Time now;
};

// Steps 3 to 10 of for an identified caller.
absl::StatusOr<AssumedRole> AssumeRoleFor(const Caller& caller, const AssumeRoleCall& call,
                                          const store::Snapshot& snapshot, Mfa* mfa) {
  RETURN_IF_ERROR(session::ValidateParameters(call.parameters));
  if (!policy::IsResourceName(call.parameters.role_arn) || call.parameters.role_arn == "*") {
    return Invalid("ValidationError",
                   base::Concat({base::Quoted(call.parameters.role_arn), " is invalid"}));
  }
  RETURN_IF_ERROR(CheckCallerKind(caller));
  ASSIGN_OR_RETURN(const bool mfa_verified, CheckMfa(call.parameters, caller, call.now, mfa));
  AssumeRoleQuestion question;
  question.caller = &caller;
  question.peer = &call.peer;
  question.parameters = &call.parameters;
  question.role = FindRole(call.parameters, snapshot);
  question.context = call.context;
  question.mfa_verified = mfa_verified;
  question.now = call.now;
  RETURN_IF_ERROR(AuthorizeAssumeRole(question, snapshot));
  if (question.role == nullptr) {
    return absl::InternalError("a role that does not exist was found assumable");
  }
  return Issue(caller, call.parameters, *question.role, snapshot, call.now);
}

// Role tags overlaid by session tags.
std::vector<SessionTag> PrincipalTags(const Caller& caller) {
  std::vector<SessionTag> tags = caller.session->claims.tags;
  const std::vector<store::Tag>* own = nullptr;
  if (caller.role != nullptr) own = &caller.role->tags;
  if (caller.principal.kind == PrincipalKind::kUser) own = &caller.user->tags;
  if (own == nullptr) return tags;
  for (const store::Tag& tag : *own) {
    const bool overlaid = std::any_of(tags.begin(), tags.end(), [&](const SessionTag& other) {
      return base::EqualFolded(other.key, tag.key);
    });
    if (!overlaid) tags.push_back(SessionTag{tag.key, tag.value, false});
  }
  return tags;
}

void DescribeClaims(const OpenedSession& opened, SessionDescription* description) {
  const SessionClaims& claims = opened.claims;
  description->principal_arn = opened.arn;
  description->user_id = opened.user_id;
  description->account = claims.account;
  description->session_name = claims.session_name;
  description->access_key_id = opened.access_key_id;
  description->issue_time = absl::FromUnixSeconds(claims.issued_at_seconds);
  description->expiration = absl::FromUnixSeconds(claims.expires_at_seconds);
  description->source_identity = claims.source_identity;
  description->mfa_authenticated = claims.mfa_at_seconds.has_value();
  description->chain = claims.chain;
}

void DescribeCaller(const Caller& caller, SessionDescription* description) {
  description->principal_arn = std::string(caller.principal.arn);
  description->user_id = std::string(caller.user_id);
  if (caller.role != nullptr) description->role_arn = caller.role->arn;
  description->principal_tags = PrincipalTags(caller);
}

SessionDescription DescribeToken(std::string_view token, const store::Snapshot& snapshot,
                                 absl::Time now) {
  SessionDescription description;
  description.policy_revision = snapshot.digest();
  auto opened = OpenSession(token, snapshot.key_ring(), now);
  if (!opened.ok()) {
    const bool expired = base::ReasonOf(opened.status()) == session::kReasonTokenExpired;
    description.status = expired ? SessionStatus::kExpired : SessionStatus::kUnknown;
    description.detail = std::string(opened.status().message());
    return description;
  }
  DescribeClaims(**opened, &description);
  const absl::StatusOr<Caller> caller = CallerOfSession(*opened, snapshot);
  if (!caller.ok()) {
    description.status = SessionStatus::kPrincipalGone;
    description.detail = std::string(caller.status().message());
    return description;
  }
  DescribeCaller(*caller, &description);
  if (IsRevoked(*caller, snapshot, now)) {
    description.status = SessionStatus::kRevoked;
    description.detail = "a policy denies everything to sessions issued when this one was";
    return description;
  }
  description.status = SessionStatus::kValid;
  return description;
}

}  // namespace

Sessions::Sessions(const store::PolicyStore& store, const base::Clock& clock, Mfa& mfa,
                   Recorder& recorder)
    : store_(store), clock_(clock), mfa_(mfa), recorder_(recorder) {}

absl::StatusOr<AssumedRole> Sessions::AssumeRole(const CallerProof& proof,
                                                 const AssumeRoleParameters& parameters,
                                                 absl::Span<const ContextInput> context,
                                                 const Peer& peer) {
  const RecorderTimer timer;
  const absl::Time now = clock_.Now();
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  if (snapshot == nullptr) return NotLoaded();

  Operation operation;
  operation.kind = Operation::Kind::kAssumeRole;
  operation.peer = &peer;
  operation.resource = parameters.role_arn;
  operation.role_session_name = parameters.role_session_name;
  operation.external_id_present = parameters.external_id.has_value();
  operation.mfa_present = parameters.token_code.has_value();
  operation.policy_revision = snapshot->digest();

  const absl::StatusOr<Caller> caller = IdentifyCaller(proof, peer, *snapshot, now);
  if (!caller.ok()) return recorder_.RecordOperation(operation, caller.status(), now, timer);
  operation.caller = &*caller;
  const AssumeRoleCall call{parameters, context, peer, now};
  absl::StatusOr<AssumedRole> result = AssumeRoleFor(*caller, call, *snapshot, &mfa_);
  if (result.ok()) {
    operation.session_arn = result->assumed_role_arn;
    operation.issued_access_key_id = result->credentials.access_key_id;
    operation.source_identity = result->source_identity;
  }
  RETURN_IF_ERROR(recorder_.RecordOperation(operation, result.status(), now, timer));
  return result;
}

absl::StatusOr<SessionDescription> Sessions::Validate(std::string_view token, const Peer& peer) {
  const RecorderTimer timer;
  const absl::Time now = clock_.Now();
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  if (snapshot == nullptr) return NotLoaded();
  SessionDescription description = DescribeToken(token, *snapshot, now);
  Operation operation;
  operation.kind = Operation::Kind::kValidateSession;
  operation.peer = &peer;
  operation.session_arn = description.principal_arn;
  operation.policy_revision = snapshot->digest();
  RETURN_IF_ERROR(recorder_.RecordOperation(operation, absl::OkStatus(), now, timer));
  return description;
}

absl::StatusOr<CallerIdentity> Sessions::GetCallerIdentity(const CallerProof& proof,
                                                           const Peer& peer) {
  const RecorderTimer timer;
  const absl::Time now = clock_.Now();
  const std::shared_ptr<const store::Snapshot> snapshot = store_.Current();
  if (snapshot == nullptr) return NotLoaded();
  Operation operation;
  operation.kind = Operation::Kind::kGetCallerIdentity;
  operation.peer = &peer;
  operation.policy_revision = snapshot->digest();
  const absl::StatusOr<Caller> caller = IdentifyCaller(proof, peer, *snapshot, now);
  if (caller.ok()) operation.caller = &*caller;
  RETURN_IF_ERROR(recorder_.RecordOperation(operation, caller.status(), now, timer));
  CallerIdentity identity;
  identity.user_id = std::string(caller->user_id);
  identity.account = std::string(caller->principal.account);
  identity.arn = std::string(caller->principal.arn);
  return identity;
}

}  // namespace portcullis::engine
