#include "server/engine/sessions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/assume_role.h"
#include "server/engine/authorization_message.h"
#include "server/engine/call_internal.h"
#include "server/engine/caller.h"
#include "server/engine/credential_rules.h"
#include "server/engine/revocation.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using session::AssumeRoleParameters;
using session::SessionClaims;
using session::SessionTag;

StsCall StsOf(const Call& call, absl::Span<const ContextInput> context = {}) {
  return StsCall{call.peer(), context, call.snapshot(), call.now()};
}

// What was issued, for the record.
void NoteIssued(const AssumedRole& role, Operation* operation) {
  operation->session_arn = role.assumed_role_arn;
  operation->issued_access_key_id = role.credentials.access_key_id;
  operation->source_identity = role.source_identity;
}

// Steps 3 to 10 of for an identified caller.
absl::StatusOr<AssumedRole> AssumeRoleFor(const Caller& caller,
                                          const AssumeRoleParameters& parameters,
                                          const StsCall& call, Mfa* mfa) {
  RETURN_IF_ERROR(session::ValidateParameters(parameters));
  if (!policy::IsResourceName(parameters.role_arn) || parameters.role_arn == "*") {
    return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError",
                                 base::Concat({base::Quoted(parameters.role_arn), " is invalid"}));
  }
  RETURN_IF_ERROR(CheckMayCall(caller, StsOperation::kAssumeRole));
  AssumeRoleQuestion question;
  ASSIGN_OR_RETURN(question.mfa_verified, CheckMfa(parameters.serial_number, parameters.token_code,
                                                   caller, call.now, mfa));
  question.caller = &caller;
  question.peer = &call.peer;
  question.parameters = &parameters;
  question.role = FindAssumableRole(parameters.role_arn, call.snapshot);
  question.context = call.context;
  question.now = call.now;
  RETURN_IF_ERROR(AuthorizeAssumeRole(question, call.snapshot));
  if (question.role == nullptr) {
    return absl::InternalError("a role that does not exist was found assumable");
  }
  return IssueRoleSession(caller, parameters, *question.role, nullptr, call);
}

// Role tags overlaid by session tags.
std::vector<SessionTag> PrincipalTags(const Caller& caller) {
  std::vector<SessionTag> tags = caller.session->claims.tags;
  const std::vector<store::Tag>* own = nullptr;
  if (caller.role != nullptr) own = &caller.role->tags;
  if (caller.role == nullptr && caller.user != nullptr) own = &caller.user->tags;
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
  description->kind = claims.kind;
  description->principal_arn = opened.arn;
  description->user_id = opened.user_id;
  description->account = claims.account;
  description->session_name = claims.session_name;
  description->access_key_id = opened.access_key_id;
  description->issue_time = absl::FromUnixSeconds(claims.issued_at_seconds);
  description->expiration = absl::FromUnixSeconds(claims.expires_at_seconds);
  description->source_identity = claims.source_identity;
  description->federated_provider = claims.federated_provider;
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
                                 const state::RevocationLog* revocations, absl::Time now) {
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
  const absl::StatusOr<Caller> caller = CallerOfSession(*opened, snapshot, revocations);
  if (!caller.ok()) {
    description.status = SessionStatus::kPrincipalGone;
    description.detail = std::string(caller.status().message());
    return description;
  }
  DescribeCaller(*caller, &description);
  if (caller->revoked || IsRevoked(*caller, snapshot, now)) {
    description.status = SessionStatus::kRevoked;
    description.detail = caller->revoked
                             ? "the session has been revoked"
                             : "a policy denies everything to sessions issued when this one was";
    return description;
  }
  description.status = SessionStatus::kValid;
  return description;
}

absl::StatusOr<std::string> AccountOfKey(const std::string& access_key_id,
                                         const store::Snapshot& snapshot) {
  if (const store::AccessKey* key = snapshot.FindAccessKey(access_key_id)) return key->account->id;
  const std::optional<std::string> account = session::AccountOfSessionKey(access_key_id);
  if (account.has_value() && snapshot.FindAccount(*account) != nullptr) return *account;
  return base::ErrorWithReason(absl::StatusCode::kUnauthenticated, "InvalidClientTokenId",
                               "The access key id is not known.");
}

}  // namespace

Sessions::Sessions(const store::PolicyStore& store, const base::Clock& clock,
                   const SessionsParts& parts)
    : store_(store), clock_(clock), parts_(parts) {}

CallParts Sessions::call_parts() const {
  return {store_, clock_, parts_.authorizer, parts_.recorder, parts_.revocations};
}

absl::StatusOr<AssumedRole> Sessions::AssumeRole(const CallerProof& proof,
                                                 const AssumeRoleParameters& parameters,
                                                 absl::Span<const ContextInput> context,
                                                 const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kAssumeRole, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  call.operation().external_id_present = parameters.external_id.has_value();
  call.operation().mfa_present = parameters.token_code.has_value();
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<AssumedRole> role =
      AssumeRoleFor(call.caller(), parameters, StsOf(call, context), &parts_.mfa);
  if (role.ok()) NoteIssued(*role, &call.operation());
  RETURN_IF_ERROR(call.Record(role.status()));
  return role;
}

absl::StatusOr<session::Credentials> Sessions::GetSessionToken(
    const CallerProof& proof, const session::SessionTokenParameters& parameters, const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kGetSessionToken, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().mfa_present = parameters.token_code.has_value();
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<session::Credentials> credentials =
      IssueSessionToken(call.caller(), parameters, StsOf(call), &parts_.mfa);
  if (credentials.ok()) call.operation().issued_access_key_id = credentials->access_key_id;
  RETURN_IF_ERROR(call.Record(credentials.status()));
  return credentials;
}

absl::StatusOr<FederatedUser> Sessions::GetFederationToken(
    const CallerProof& proof, const session::FederationTokenParameters& parameters,
    const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kGetFederationToken, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().role_session_name = parameters.name;
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<FederatedUser> user = IssueFederationToken(call.caller(), parameters, StsOf(call));
  if (user.ok()) {
    call.operation().session_arn = user->arn;
    call.operation().issued_access_key_id = user->credentials.access_key_id;
  }
  RETURN_IF_ERROR(call.Record(user.status()));
  return user;
}

absl::StatusOr<WebIdentityRole> Sessions::AssumeRoleWithWebIdentity(
    const session::WebIdentityParameters& parameters, const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kAssumeRoleWithWebIdentity, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  absl::StatusOr<WebIdentityRole> issued =
      IssueForWebIdentity(parameters, StsOf(call), &parts_.providers);
  if (issued.ok()) {
    NoteIssued(issued->role, &call.operation());
    call.operation().federated_provider = issued->provider;
    call.operation().federated_subject = issued->subject;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<SamlRole> Sessions::AssumeRoleWithSaml(const session::SamlParameters& parameters,
                                                      const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kAssumeRoleWithSaml, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().resource = parameters.role_arn;
  call.operation().federated_provider = parameters.principal_arn;
  absl::StatusOr<SamlRole> issued = IssueForSaml(parameters, StsOf(call), &parts_.providers);
  if (issued.ok()) {
    NoteIssued(issued->role, &call.operation());
    call.operation().federated_subject = issued->subject;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<WorkloadRole> Sessions::AssumeRoleWithWorkloadIdentity(
    const WorkloadParameters& parameters, const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kAssumeRoleWithWorkloadIdentity, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  absl::StatusOr<WorkloadRole> issued = IssueForWorkload(parameters, StsOf(call));
  if (issued.ok()) {
    NoteIssued(issued->role, &call.operation());
    call.operation().federated_provider = issued->provider_arn;
    call.operation().federated_subject = issued->spiffe_id;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<SessionDescription> Sessions::Validate(std::string_view token, const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kValidateSession, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  SessionDescription description =
      DescribeToken(token, call.snapshot(), parts_.revocations, call.now());
  call.operation().session_arn = description.principal_arn;
  RETURN_IF_ERROR(call.Record(absl::OkStatus()));
  return description;
}

absl::StatusOr<CallerIdentity> Sessions::GetCallerIdentity(const CallerProof& proof,
                                                           const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kGetCallerIdentity, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  RETURN_IF_ERROR(call.Record(call.Identify(proof)));
  CallerIdentity identity;
  identity.user_id = std::string(call.caller().user_id);
  identity.account = std::string(call.caller().principal.account);
  identity.arn = std::string(call.caller().principal.arn);
  return identity;
}

absl::StatusOr<std::string> Sessions::GetAccessKeyInfo(const CallerProof& proof,
                                                       const std::string& access_key_id,
                                                       const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kGetAccessKeyInfo, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  const auto answer = [&]() -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(call.Identify(proof));
    RETURN_IF_ERROR(session::ValidateAccessKeyId(access_key_id));
    RETURN_IF_ERROR(CheckMayCall(call.caller(), StsOperation::kGetAccessKeyInfo));
    RETURN_IF_ERROR(parts_.authorizer.RequirePermission(proof, peer, "sts:GetAccessKeyInfo", "*"));
    return AccountOfKey(access_key_id, call.snapshot());
  };
  absl::StatusOr<std::string> account = answer();
  RETURN_IF_ERROR(call.Record(account.status()));
  return account;
}

absl::StatusOr<std::string> Sessions::DecodeAuthorizationMessage(const CallerProof& proof,
                                                                 const std::string& encoded_message,
                                                                 const Peer& peer) {
  Call call(call_parts(), Operation::Kind::kDecodeAuthorizationMessage, peer);
  RETURN_IF_ERROR(call.CheckLoaded());
  const auto answer = [&]() -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(call.Identify(proof));
    RETURN_IF_ERROR(session::ValidateEncodedMessage(encoded_message));
    RETURN_IF_ERROR(CheckMayCall(call.caller(), StsOperation::kDecodeAuthorizationMessage));
    RETURN_IF_ERROR(
        parts_.authorizer.RequirePermission(proof, peer, "sts:DecodeAuthorizationMessage", "*"));
    return OpenDecision(encoded_message, call.caller().principal.account,
                        *call.snapshot().key_ring());
  };
  absl::StatusOr<std::string> message = answer();
  RETURN_IF_ERROR(call.Record(message.status()));
  return message;
}

}  // namespace portcullis::engine
