#include "server/engine/sessions.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/assume_role.h"
#include "server/engine/authorization_message.h"
#include "server/engine/caller.h"
#include "server/engine/credential_rules.h"
#include "server/engine/revocation.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using session::AssumeRoleParameters;
using session::SessionClaims;
using session::SessionTag;

absl::Status NotLoaded() {
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, "NOT_LOADED",
                               "no policies are loaded yet");
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

// One operation from its beginning to its record.
class Sessions::Call {
 public:
  Call(const Sessions& sessions, Operation::Kind kind, const Peer& peer)
      : sessions_(sessions),
        peer_(peer),
        now_(sessions.clock_.Now()),
        snapshot_(sessions.store_.Current()) {
    operation_.kind = kind;
    operation_.peer = &peer;
    if (snapshot_ != nullptr) operation_.policy_revision = snapshot_->digest();
  }

  bool loaded() const { return snapshot_ != nullptr; }
  absl::Time now() const { return now_; }
  const store::Snapshot& snapshot() const { return *snapshot_; }
  Operation& operation() { return operation_; }
  const Caller& caller() const { return *caller_; }
  StsCall sts(absl::Span<const ContextInput> context = {}) const {
    return StsCall{peer_, context, *snapshot_, now_};
  }

  absl::Status Identify(const CallerProof& proof) {
    absl::StatusOr<Caller> caller =
        IdentifyCaller(proof, peer_, *snapshot_, sessions_.parts_.revocations, now_);
    RETURN_IF_ERROR(caller.status());
    caller_ = *std::move(caller);
    operation_.caller = &*caller_;
    return absl::OkStatus();
  }

  // What was issued, for the record.
  void Issued(const AssumedRole& role) {
    operation_.session_arn = role.assumed_role_arn;
    operation_.issued_access_key_id = role.credentials.access_key_id;
    operation_.source_identity = role.source_identity;
  }

  // Writes the record, and returns what the caller gets to know.
  absl::Status Record(const absl::Status& outcome) {
    return sessions_.parts_.recorder.RecordOperation(operation_, outcome, now_, timer_);
  }

 private:
  const Sessions& sessions_;
  const Peer& peer_;
  const RecorderTimer timer_;
  const absl::Time now_;
  const std::shared_ptr<const store::Snapshot> snapshot_;
  Operation operation_;
  std::optional<Caller> caller_;
};

Sessions::Sessions(const store::PolicyStore& store, const base::Clock& clock,
                   const SessionsParts& parts)
    : store_(store), clock_(clock), parts_(parts) {}

absl::StatusOr<AssumedRole> Sessions::AssumeRole(const CallerProof& proof,
                                                 const AssumeRoleParameters& parameters,
                                                 absl::Span<const ContextInput> context,
                                                 const Peer& peer) {
  Call call(*this, Operation::Kind::kAssumeRole, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  call.operation().external_id_present = parameters.external_id.has_value();
  call.operation().mfa_present = parameters.token_code.has_value();
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<AssumedRole> role =
      AssumeRoleFor(call.caller(), parameters, call.sts(context), &parts_.mfa);
  if (role.ok()) call.Issued(*role);
  RETURN_IF_ERROR(call.Record(role.status()));
  return role;
}

absl::StatusOr<session::Credentials> Sessions::GetSessionToken(
    const CallerProof& proof, const session::SessionTokenParameters& parameters, const Peer& peer) {
  Call call(*this, Operation::Kind::kGetSessionToken, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().mfa_present = parameters.token_code.has_value();
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<session::Credentials> credentials =
      IssueSessionToken(call.caller(), parameters, call.sts(), &parts_.mfa);
  if (credentials.ok()) call.operation().issued_access_key_id = credentials->access_key_id;
  RETURN_IF_ERROR(call.Record(credentials.status()));
  return credentials;
}

absl::StatusOr<FederatedUser> Sessions::GetFederationToken(
    const CallerProof& proof, const session::FederationTokenParameters& parameters,
    const Peer& peer) {
  Call call(*this, Operation::Kind::kGetFederationToken, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().role_session_name = parameters.name;
  if (absl::Status status = call.Identify(proof); !status.ok()) return call.Record(status);
  absl::StatusOr<FederatedUser> user = IssueFederationToken(call.caller(), parameters, call.sts());
  if (user.ok()) {
    call.operation().session_arn = user->arn;
    call.operation().issued_access_key_id = user->credentials.access_key_id;
  }
  RETURN_IF_ERROR(call.Record(user.status()));
  return user;
}

absl::StatusOr<WebIdentityRole> Sessions::AssumeRoleWithWebIdentity(
    const session::WebIdentityParameters& parameters, const Peer& peer) {
  Call call(*this, Operation::Kind::kAssumeRoleWithWebIdentity, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  absl::StatusOr<WebIdentityRole> issued =
      IssueForWebIdentity(parameters, call.sts(), &parts_.providers);
  if (issued.ok()) {
    call.Issued(issued->role);
    call.operation().federated_provider = issued->provider;
    call.operation().federated_subject = issued->subject;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<SamlRole> Sessions::AssumeRoleWithSaml(const session::SamlParameters& parameters,
                                                      const Peer& peer) {
  Call call(*this, Operation::Kind::kAssumeRoleWithSaml, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().resource = parameters.role_arn;
  call.operation().federated_provider = parameters.principal_arn;
  absl::StatusOr<SamlRole> issued = IssueForSaml(parameters, call.sts(), &parts_.providers);
  if (issued.ok()) {
    call.Issued(issued->role);
    call.operation().federated_subject = issued->subject;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<WorkloadRole> Sessions::AssumeRoleWithWorkloadIdentity(
    const WorkloadParameters& parameters, const Peer& peer) {
  Call call(*this, Operation::Kind::kAssumeRoleWithWorkloadIdentity, peer);
  if (!call.loaded()) return NotLoaded();
  call.operation().resource = parameters.role_arn;
  call.operation().role_session_name = parameters.role_session_name;
  absl::StatusOr<WorkloadRole> issued = IssueForWorkload(parameters, call.sts());
  if (issued.ok()) {
    call.Issued(issued->role);
    call.operation().federated_provider = issued->provider_arn;
    call.operation().federated_subject = issued->spiffe_id;
  }
  RETURN_IF_ERROR(call.Record(issued.status()));
  return issued;
}

absl::StatusOr<SessionDescription> Sessions::Validate(std::string_view token, const Peer& peer) {
  Call call(*this, Operation::Kind::kValidateSession, peer);
  if (!call.loaded()) return NotLoaded();
  SessionDescription description =
      DescribeToken(token, call.snapshot(), parts_.revocations, call.now());
  call.operation().session_arn = description.principal_arn;
  RETURN_IF_ERROR(call.Record(absl::OkStatus()));
  return description;
}

absl::StatusOr<CallerIdentity> Sessions::GetCallerIdentity(const CallerProof& proof,
                                                           const Peer& peer) {
  Call call(*this, Operation::Kind::kGetCallerIdentity, peer);
  if (!call.loaded()) return NotLoaded();
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
  Call call(*this, Operation::Kind::kGetAccessKeyInfo, peer);
  if (!call.loaded()) return NotLoaded();
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
  Call call(*this, Operation::Kind::kDecodeAuthorizationMessage, peer);
  if (!call.loaded()) return NotLoaded();
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
