#include "server/engine/own_sessions.h"

#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/credential_rules.h"
#include "server/engine/sts_question.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalKind;
using session::SessionClaims;
using session::SessionKind;

bool IsRoot(const Caller& caller) {
  return caller.principal.kind == PrincipalKind::kRoot;
}

// The devices that a caller may present.
const std::vector<const store::MfaDevice*>* DevicesOf(const Caller& caller) {
  if (caller.session != nullptr) return nullptr;
  if (IsRoot(caller) && caller.account != nullptr) return &caller.account->root_mfa_devices;
  if (caller.principal.kind == PrincipalKind::kUser && caller.user != nullptr) {
    return &caller.user->mfa_devices;
  }
  return nullptr;
}

// What GetSessionToken and GetFederationToken sessions have in common: they belong to the caller.
SessionClaims ClaimsOf(const Caller& caller, SessionKind kind) {
  SessionClaims claims;
  claims.kind = kind;
  claims.partition = caller.account->partition;
  claims.account = caller.account->id;
  if (IsRoot(caller)) {
    claims.principal_id = caller.account->id;
    claims.principal_name = "root";
  } else if (caller.user != nullptr) {
    claims.principal_id = caller.user->id;
    claims.principal_name = caller.user->name;
  }
  SetOrigin(caller, &claims);
  return claims;
}

// The user and account behind a caller that CheckMayCall let pass.
absl::Status CheckHasEntity(const Caller& caller) {
  if (caller.account != nullptr && (IsRoot(caller) || caller.user != nullptr)) {
    return absl::OkStatus();
  }
  return absl::InternalError("long-term credentials without a user");
}

absl::Status AuthorizeFederationToken(const Caller& caller, std::string_view arn,
                                      const session::FederationTokenParameters& parameters,
                                      const StsCall& call) {
  StsQuestion question;
  question.caller = &caller;
  question.peer = &call.peer;
  question.resource = arn;
  question.tags = parameters.tags;
  question.context = call.context;
  question.now = call.now;
  StsAsker asker(question, call.snapshot);
  RETURN_IF_ERROR(asker.BuildContext());
  RETURN_IF_ERROR(asker.Ask("sts:GetFederationToken"));
  return asker.has_tags() ? asker.Ask("sts:TagSession") : absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> CheckMfa(const std::optional<std::string>& serial_number,
                              const std::optional<std::string>& token_code, const Caller& caller,
                              absl::Time now, Mfa* mfa) {
  if (!serial_number.has_value() && !token_code.has_value()) return false;
  if (!serial_number.has_value() || !token_code.has_value()) {
    return base::ErrorWithReason(
        absl::StatusCode::kPermissionDenied, "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
        "code.");
  }
  const store::MfaDevice* own = nullptr;
  if (const auto* devices = DevicesOf(caller)) {
    for (const store::MfaDevice* device : *devices) {
      if (device->serial_number == *serial_number) own = device;
    }
  }
  RETURN_IF_ERROR(mfa->Verify(own, *token_code, now));
  return true;
}

absl::StatusOr<session::Credentials> IssueSessionToken(
    const Caller& caller, const session::SessionTokenParameters& parameters, const StsCall& call,
    Mfa* mfa) {
  RETURN_IF_ERROR(session::ValidateParameters(parameters));
  RETURN_IF_ERROR(CheckMayCall(caller, StsOperation::kGetSessionToken));
  RETURN_IF_ERROR(CheckHasEntity(caller));
  ASSIGN_OR_RETURN(const bool mfa_verified, CheckMfa(parameters.serial_number,
                                                     parameters.token_code, caller, call.now, mfa));
  SessionClaims claims = ClaimsOf(caller, SessionKind::kSessionToken);
  if (mfa_verified) claims.mfa_at_seconds = absl::ToUnixSeconds(call.now);
  return Seal(&claims,
              session::OwnSessionDurationSeconds(parameters.duration_seconds, IsRoot(caller)),
              call);
}

absl::StatusOr<FederatedUser> IssueFederationToken(
    const Caller& caller, const session::FederationTokenParameters& parameters,
    const StsCall& call) {
  RETURN_IF_ERROR(session::ValidateParameters(parameters));
  RETURN_IF_ERROR(CheckMayCall(caller, StsOperation::kGetFederationToken));
  RETURN_IF_ERROR(CheckHasEntity(caller));
  FederatedUser user;
  user.arn = base::Concat({"arn:", caller.account->partition, ":sts::", caller.account->id,
                           ":federated-user/", parameters.name});
  user.federated_user_id = base::Concat({caller.account->id, ":", parameters.name});
  RETURN_IF_ERROR(AuthorizeFederationToken(caller, user.arn, parameters, call));

  SessionClaims claims = ClaimsOf(caller, SessionKind::kFederatedUser);
  claims.session_name = parameters.name;
  const session::AssumeRoleParameters contents = session::AsRoleParameters(parameters);
  ASSIGN_OR_RETURN(claims.tags, session::SessionTags(contents, {}));
  RETURN_IF_ERROR(CheckSessionPolicies(parameters.policy, parameters.policy_arns, *caller.account,
                                       call.snapshot));
  ASSIGN_OR_RETURN(
      user.packed_policy_size,
      session::PackedPolicySize(parameters.policy, parameters.policy_arns, claims.tags));
  claims.limited = parameters.policy.has_value() || !parameters.policy_arns.empty();
  claims.session_policy = parameters.policy.value_or(std::string());
  claims.policy_arns = parameters.policy_arns;
  ASSIGN_OR_RETURN(
      user.credentials,
      Seal(&claims, session::OwnSessionDurationSeconds(parameters.duration_seconds, IsRoot(caller)),
           call));
  return user;
}

}  // namespace portcullis::engine
