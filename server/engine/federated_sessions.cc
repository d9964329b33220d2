#include "server/engine/federated_sessions.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/assume_role.h"
#include "server/federation/workload.h"
#include "server/policy/arn.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalKind;
using session::AssumeRoleParameters;
using session::FederatedKey;
using session::SessionKind;

absl::Status Invalid(std::string_view code, std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, code, message);
}

// The account field of an ARN; a role's provider must be registered there.
absl::StatusOr<std::string> AccountOfRole(const std::string& role_arn) {
  const auto arn = policy::ArnView::Parse(role_arn);
  if (!policy::IsResourceName(role_arn) || !arn.has_value()) {
    return Invalid("ValidationError", base::Concat({base::Quoted(role_arn), " is invalid"}));
  }
  return std::string(arn->account);
}

// What a provider says about tags and source identity obeys the rules for what callers say (R-5.50,
// ); what does not makes the proof unusable.
absl::Status CheckVouched(const AssumeRoleParameters& parameters) {
  const absl::Status status = session::ValidateParameters(parameters);
  if (status.ok()) return status;
  return Invalid("InvalidIdentityToken", {status.message().data(), status.message().size()});
}

// The keys that requests of the session still have: `prefix`, a colon and one of `claims`.
std::vector<FederatedKey> LastingKeys(const std::vector<FederatedKey>& keys,
                                      std::string_view prefix,
                                      std::initializer_list<std::string_view> claims) {
  std::vector<FederatedKey> lasting;
  for (const FederatedKey& key : keys) {
    const bool lasts = std::any_of(claims.begin(), claims.end(), [&](std::string_view claim) {
      return key.name == base::Concat({prefix, ":", claim});
    });
    if (lasts) lasting.push_back(key);
  }
  return lasting;
}

// One federated request after its proof has been verified.
struct Vouched {
  std::string_view action;
  PrincipalKind kind = PrincipalKind::kWebIdentity;
  std::string_view provider_arn;
  AssumeRoleParameters parameters;
  std::vector<FederatedKey> keys;
  FederatedFacts facts;
};

// Steps 6 to 10 of.
absl::StatusOr<AssumedRole> AuthorizeAndIssue(const Vouched& vouched, const StsCall& call) {
  const Caller caller = FederatedCaller(vouched.kind, vouched.provider_arn);
  AssumeRoleQuestion question;
  question.action = vouched.action;
  question.caller = &caller;
  question.peer = &call.peer;
  question.parameters = &vouched.parameters;
  question.role = FindAssumableRole(vouched.parameters.role_arn, call.snapshot);
  question.federated_keys = vouched.keys;
  question.context = call.context;
  question.now = call.now;
  RETURN_IF_ERROR(AuthorizeAssumeRole(question, call.snapshot));
  if (question.role == nullptr) {
    return absl::InternalError("a role that does not exist was found assumable");
  }
  absl::StatusOr<AssumedRole> issued =
      IssueRoleSession(caller, vouched.parameters, *question.role, &vouched.facts, call);
  const bool does_not_fit = issued.status().code() == absl::StatusCode::kInvalidArgument &&
                            base::ReasonOf(issued.status()).empty();
  // Parameters are bounded, so it is what the provider said that is too much for a session token.
  if (does_not_fit) {
    const absl::string_view problem = issued.status().message();
    return Invalid("InvalidIdentityToken", {problem.data(), problem.size()});
  }
  return issued;
}

template <typename Parameters>
AssumeRoleParameters CommonParameters(const Parameters& parameters) {
  AssumeRoleParameters common;
  common.role_arn = parameters.role_arn;
  common.policy = parameters.policy;
  common.policy_arns = parameters.policy_arns;
  common.duration_seconds = parameters.duration_seconds;
  return common;
}

template <typename Tags>
void SetTags(const Tags& tags, const std::vector<std::string>& transitive_tag_keys,
             AssumeRoleParameters* parameters) {
  for (const auto& tag : tags) parameters->tags.push_back({tag.key, tag.value});
  parameters->transitive_tag_keys = transitive_tag_keys;
}

Vouched VouchedByToken(const session::WebIdentityParameters& parameters,
                       const federation::IdentityToken& token,
                       const store::OidcProvider& provider) {
  Vouched vouched;
  vouched.action = kAssumeRoleWithWebIdentityAction;
  vouched.provider_arn = provider.arn;
  vouched.parameters = CommonParameters(parameters);
  vouched.parameters.role_session_name = parameters.role_session_name;
  SetTags(token.tags, token.transitive_tag_keys, &vouched.parameters);
  vouched.parameters.source_identity = token.source_identity;
  for (const federation::NamedClaim& claim : federation::ConditionKeysOf(token)) {
    vouched.keys.push_back({claim.name, claim.values.values, claim.values.multivalued});
  }
  vouched.facts.kind = SessionKind::kWebIdentity;
  vouched.facts.provider = provider.arn;
  vouched.facts.subject = token.subject;
  vouched.facts.audience = token.client_id;
  vouched.facts.keys = LastingKeys(vouched.keys, federation::ProviderNameOf(token.issuer),
                                   {"amr", "aud", "id", "sub"});
  return vouched;
}

Vouched VouchedByAssertion(const session::SamlParameters& parameters,
                           const federation::SamlAssertion& assertion,
                           const store::SamlProvider& provider, absl::Time now) {
  Vouched vouched;
  vouched.action = kAssumeRoleWithSamlAction;
  vouched.kind = PrincipalKind::kSaml;
  vouched.provider_arn = provider.arn;
  vouched.parameters = CommonParameters(parameters);
  vouched.parameters.role_session_name = assertion.role_session_name;
  SetTags(assertion.tags, assertion.transitive_tag_keys, &vouched.parameters);
  if (!assertion.source_identity.empty()) {
    vouched.parameters.source_identity = assertion.source_identity;
  }
  for (const federation::SamlConditionKey& key : assertion.condition_keys) {
    vouched.keys.push_back({key.name, key.values, key.multivalued});
  }
  vouched.facts.kind = SessionKind::kSaml;
  vouched.facts.provider = provider.arn;
  vouched.facts.subject = assertion.subject;
  vouched.facts.audience = assertion.audience;
  vouched.facts.keys = LastingKeys(vouched.keys, "saml", {"namequalifier", "sub", "sub_type"});
  if (assertion.session_not_on_or_after.has_value()) {
    vouched.facts.duration_seconds_max =
        absl::ToInt64Seconds(*assertion.session_not_on_or_after - now);
  }
  return vouched;
}

// The SPIFFE ID that the caller has shown, or that a trusted client reports.
absl::StatusOr<std::string> ShownSpiffeId(const WorkloadParameters& parameters, const Peer& peer) {
  if (parameters.spiffe_id.empty()) {
    if (!peer.spiffe_id.empty()) return std::string(peer.spiffe_id);
    return base::ErrorWithReason(
        absl::StatusCode::kUnauthenticated, "MissingAuthenticationToken",
        "the client has shown no certificate with a SPIFFE ID: connect with mutual TLS");
  }
  if (peer.may_assert_principals || parameters.spiffe_id == peer.spiffe_id) {
    return parameters.spiffe_id;
  }
  return base::ErrorWithReason(
      absl::StatusCode::kPermissionDenied, "ASSERTION_NOT_ALLOWED",
      "this client is not trusted to report the SPIFFE ID of others; leave spiffe_id out, or "
      "connect through a trusted listener");
}

}  // namespace

absl::StatusOr<WebIdentityRole> IssueForWebIdentity(
    const session::WebIdentityParameters& parameters, const StsCall& call,
    IdentityProviders* providers) {
  RETURN_IF_ERROR(session::ValidateParameters(parameters));
  if (parameters.provider_id.has_value()) {  // only for providers that AWS has built in.
    return Invalid("ValidationError",
                   "ProviderId is not for OpenID Connect tokens: leave it out, the token names "
                   "its issuer");
  }
  ASSIGN_OR_RETURN(const std::string account, AccountOfRole(parameters.role_arn));
  ASSIGN_OR_RETURN(const std::string issuer,
                   federation::UnverifiedIssuerOf(parameters.web_identity_token));
  const store::OidcProvider* provider = call.snapshot.FindOidcProviderByUrl(account, issuer);
  if (provider == nullptr) return federation::NoProviderError(issuer);
  ASSIGN_OR_RETURN(const federation::IdentityToken token,
                   providers->VerifyToken(*provider, parameters.web_identity_token, call.now));
  const Vouched vouched = VouchedByToken(parameters, token, *provider);
  RETURN_IF_ERROR(CheckVouched(vouched.parameters));
  WebIdentityRole result;
  ASSIGN_OR_RETURN(result.role, AuthorizeAndIssue(vouched, call));
  result.provider = token.issuer;
  result.audience = token.client_id;
  result.subject = token.subject;
  result.token_expiration = absl::FromUnixSeconds(token.expires_at_seconds);
  return result;
}

absl::StatusOr<ClaimedIdentity> UnverifiedIdentityOf(std::string_view token) {
  ClaimedIdentity claimed;
  ASSIGN_OR_RETURN(claimed.issuer, federation::UnverifiedIssuerOf(token));
  ASSIGN_OR_RETURN(claimed.subject, federation::UnverifiedSubjectOf(token));
  return claimed;
}

absl::StatusOr<SamlRole> IssueForSaml(const session::SamlParameters& parameters,
                                      const StsCall& call, IdentityProviders* providers) {
  RETURN_IF_ERROR(session::ValidateParameters(parameters));
  ASSIGN_OR_RETURN(const std::string account, AccountOfRole(parameters.role_arn));
  const store::SamlProvider* provider = call.snapshot.FindSamlProvider(parameters.principal_arn);
  if (provider == nullptr || provider->account->id != account) {
    return Invalid("InvalidIdentityToken", "Specified provider doesn't exist");
  }
  ASSIGN_OR_RETURN(federation::SamlAssertion assertion,
                   providers->VerifyAssertion(*provider, parameters.role_arn,
                                              parameters.saml_assertion, call.now));
  const Vouched vouched = VouchedByAssertion(parameters, assertion, *provider, call.now);
  RETURN_IF_ERROR(CheckVouched(vouched.parameters));
  SamlRole result;
  ASSIGN_OR_RETURN(result.role, AuthorizeAndIssue(vouched, call));
  result.subject = std::move(assertion.subject);
  result.subject_type = std::move(assertion.subject_type);
  result.issuer = std::move(assertion.issuer);
  result.audience = std::move(assertion.audience);
  result.name_qualifier = std::move(assertion.name_qualifier);
  return result;
}

absl::StatusOr<WorkloadRole> IssueForWorkload(const WorkloadParameters& parameters,
                                              const StsCall& call) {
  WorkloadRole result;
  ASSIGN_OR_RETURN(result.spiffe_id, ShownSpiffeId(parameters, call.peer));
  const auto id = federation::ParseSpiffeId(result.spiffe_id);
  if (!id.ok() || id->path.empty()) {
    return Invalid("InvalidIdentityToken", base::Concat({base::Quoted(result.spiffe_id),
                                                         " is not a workload's SPIFFE ID"}));
  }
  Vouched vouched;
  vouched.action = kAssumeRoleWithWebIdentityAction;
  vouched.parameters = CommonParameters(parameters);
  vouched.parameters.role_session_name = parameters.role_session_name.empty()
                                             ? id->path.substr(id->path.rfind('/') + 1)
                                             : parameters.role_session_name;
  RETURN_IF_ERROR(session::ValidateParameters(vouched.parameters));
  ASSIGN_OR_RETURN(const std::string account, AccountOfRole(parameters.role_arn));
  const store::OidcProvider* provider =
      call.snapshot.FindOidcProviderByTrustDomain(account, id->trust_domain);
  if (provider == nullptr) {
    return Invalid("InvalidIdentityToken",
                   base::Concat({"No provider found in your account for the trust domain ",
                                 id->trust_domain}));
  }
  vouched.provider_arn = provider->arn;
  vouched.keys = {{base::Concat({federation::ProviderNameOf(provider->url), ":sub"}),
                   {result.spiffe_id},
                   false}};
  vouched.facts.kind = SessionKind::kWebIdentity;
  vouched.facts.provider = provider->arn;
  vouched.facts.subject = result.spiffe_id;
  vouched.facts.keys = vouched.keys;
  ASSIGN_OR_RETURN(result.role, AuthorizeAndIssue(vouched, call));
  result.provider_arn = provider->arn;
  return result;
}

}  // namespace portcullis::engine
