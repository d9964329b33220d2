#include "server/engine/issue.h"

#include <algorithm>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/sts_question.h"
#include "server/policy/arn.h"
#include "server/policy/compiled_policy.h"

namespace portcullis::engine {
namespace {

using session::SessionClaims;
using session::SessionKind;

absl::Status Invalid(std::string_view code, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, code, message);
}

SessionClaims ClaimsFor(const store::Role& role, const session::AssumeRoleParameters& parameters,
                        const FederatedFacts* federated) {
  SessionClaims claims;
  claims.kind = federated == nullptr ? SessionKind::kAssumedRole : federated->kind;
  claims.partition = role.account->partition;
  claims.account = role.account->id;
  claims.principal_id = role.id;
  claims.principal_name = role.name;
  claims.session_name = parameters.role_session_name;
  if (federated != nullptr) {
    claims.federated_provider = federated->provider;
    claims.federated_subject = federated->subject;
    claims.federated_audience = federated->audience;
    claims.federated_keys = federated->keys;
  }
  return claims;
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

}  // namespace

const store::Role* FindAssumableRole(std::string_view role_arn, const store::Snapshot& snapshot) {
  const store::Role* role = snapshot.FindRole(role_arn);
  return role != nullptr && !role->account->suspended ? role : nullptr;
}

absl::Status CheckSessionPolicies(const std::optional<std::string>& policy,
                                  const std::vector<std::string>& policy_arns,
                                  const store::Account& account, const store::Snapshot& snapshot) {
  if (policy.has_value()) {
    std::vector<policy::Diagnostic> diagnostics;
    if (policy::CompilePolicyJson(*policy, policy::PolicyType::kSession, policy::PolicyLimits{},
                                  &diagnostics) == nullptr) {
      return Invalid("MalformedPolicyDocument", policy::IamMessage(diagnostics));
    }
  }
  for (const std::string& arn : policy_arns) {
    const auto parsed = policy::ArnView::Parse(arn);
    const bool own_or_platform =
        parsed.has_value() && (parsed->account == account.id || parsed->account == "aws");
    if (!own_or_platform || snapshot.FindManagedPolicy(arn) == nullptr) {
      return Invalid("ValidationError",
                     base::Concat({"Policy ", base::Quoted(arn),
                                   " does not exist in the account of the session or is not "
                                   "attachable."}));
    }
  }
  return absl::OkStatus();
}

void SetOrigin(const Caller& caller, SessionClaims* claims) {
  claims->issuer_access_key_id = std::string(IssuerAccessKeyId(caller));
  if (caller.session != nullptr) claims->chain = caller.session->claims.chain;
  if (!caller.principal.arn.empty()) claims->chain.emplace_back(caller.principal.arn);
  while (claims->chain.size() > session::kChainMax) claims->chain.erase(claims->chain.begin());
  if (caller.principal.kind != policy::PrincipalKind::kRoleSession) return;
  claims->chain_depth = caller.session == nullptr ? 1 : caller.session->claims.chain_depth + 1;
}

absl::StatusOr<session::Credentials> Seal(SessionClaims* claims, int64_t duration_seconds,
                                          const StsCall& call) {
  claims->session_id = session::NewSessionId(claims->account);
  claims->issued_at_seconds = absl::ToUnixSeconds(call.now);
  claims->expires_at_seconds = claims->issued_at_seconds + duration_seconds;
  return session::IssueCredentials(*claims, *call.snapshot.key_ring());
}

absl::StatusOr<AssumedRole> IssueRoleSession(const Caller& caller,
                                             const session::AssumeRoleParameters& parameters,
                                             const store::Role& role,
                                             const FederatedFacts* federated, const StsCall& call) {
  SessionClaims claims = ClaimsFor(role, parameters, federated);
  const bool chained = caller.principal.kind == policy::PrincipalKind::kRoleSession;
  ASSIGN_OR_RETURN(int64_t duration, session::SessionDurationSeconds(
                                         parameters, role.max_session_duration_seconds, chained));
  if (federated != nullptr && federated->duration_seconds_max.has_value()) {
    duration = std::min(duration, *federated->duration_seconds_max);
  }
  ASSIGN_OR_RETURN(claims.tags, session::SessionTags(parameters, TransitiveTags(caller)));
  ASSIGN_OR_RETURN(claims.source_identity,
                   session::SourceIdentity(parameters, InheritedSourceIdentity(caller)));
  RETURN_IF_ERROR(CheckSessionPolicies(parameters.policy, parameters.policy_arns, *role.account,
                                       call.snapshot));
  ASSIGN_OR_RETURN(
      const std::optional<int32_t> packed,
      session::PackedPolicySize(parameters.policy, parameters.policy_arns, claims.tags));
  claims.limited = parameters.policy.has_value() || !parameters.policy_arns.empty();
  claims.session_policy = parameters.policy.value_or(std::string());
  claims.policy_arns = parameters.policy_arns;
  SetOrigin(caller, &claims);
  ASSIGN_OR_RETURN(session::Credentials credentials, Seal(&claims, duration, call));
  return MakeAssumedRole(claims, std::move(credentials), packed);
}

}  // namespace portcullis::engine
