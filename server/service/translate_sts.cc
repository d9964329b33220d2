#include "server/service/translate_sts.h"

#include "server/base/error_reason.h"
#include "server/service/translate.h"

namespace portcullis::service {
namespace {

std::optional<std::string> UnlessEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

v1::SessionStatus StatusToProto(engine::SessionStatus status) {
  switch (status) {
    case engine::SessionStatus::kUnknown:
      return v1::SESSION_STATUS_UNKNOWN;
    case engine::SessionStatus::kValid:
      return v1::SESSION_STATUS_VALID;
    case engine::SessionStatus::kExpired:
      return v1::SESSION_STATUS_EXPIRED;
    case engine::SessionStatus::kRevoked:
      return v1::SESSION_STATUS_REVOKED;
    case engine::SessionStatus::kPrincipalGone:
      return v1::SESSION_STATUS_PRINCIPAL_GONE;
  }
  return v1::SESSION_STATUS_UNKNOWN;
}

// Session policies and lifetime, which all operations but one take.
template <typename Request, typename Parameters>
void SetContents(const Request& request, Parameters* parameters) {
  parameters->policy = UnlessEmpty(request.policy());
  parameters->policy_arns.assign(request.policy_arns().begin(), request.policy_arns().end());
  if (request.duration_seconds() != 0) parameters->duration_seconds = request.duration_seconds();
}

template <typename Request, typename Parameters>
void SetCommon(const Request& request, Parameters* parameters) {
  parameters->role_arn = request.role_arn();
  SetContents(request, parameters);
}

void SetCredentials(const session::Credentials& credentials, v1::Credentials* message) {
  message->set_access_key_id(credentials.access_key_id);
  message->set_secret_access_key(credentials.secret_access_key);
  message->set_session_token(credentials.session_token);
  SetTimestamp(credentials.expiration, [&] { return message->mutable_expiration(); });
}

// What the answers of all forms of AssumeRole have in common.
template <typename Response>
void SetRole(const engine::AssumedRole& role, Response* response) {
  response->Clear();
  SetCredentials(role.credentials, response->mutable_credentials());
  response->mutable_assumed_role_user()->set_arn(role.assumed_role_arn);
  response->mutable_assumed_role_user()->set_assumed_role_id(role.assumed_role_id);
  if (role.packed_policy_size) response->set_packed_policy_size(*role.packed_policy_size);
}

v1::SessionKind KindToProto(session::SessionKind kind) {
  switch (kind) {
    case session::SessionKind::kUnspecified:
      return v1::SESSION_KIND_UNSPECIFIED;
    case session::SessionKind::kAssumedRole:
      return v1::SESSION_KIND_ASSUMED_ROLE;
    case session::SessionKind::kWebIdentity:
      return v1::SESSION_KIND_WEB_IDENTITY;
    case session::SessionKind::kSaml:
      return v1::SESSION_KIND_SAML;
    case session::SessionKind::kSessionToken:
      return v1::SESSION_KIND_SESSION_TOKEN;
    case session::SessionKind::kFederatedUser:
      return v1::SESSION_KIND_FEDERATED_USER;
  }
  return v1::SESSION_KIND_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<engine::CallerProof> ToProof(const v1::CallerCredentials& credentials,
                                            bool private_transport) {
  using Kind = engine::CallerProof::Kind;
  switch (credentials.credentials_case()) {
    case v1::CallerCredentials::kSessionToken:
      return engine::CallerProof{Kind::kSessionToken, credentials.session_token(), {}};
    case v1::CallerCredentials::kPrincipalArn:
      return engine::CallerProof{Kind::kPrincipalArn, credentials.principal_arn(), {}};
    case v1::CallerCredentials::kAccessKey:
      if (!private_transport) {
        return base::ErrorWithReason(
            absl::StatusCode::kPermissionDenied, "INSECURE_TRANSPORT",
            "caller.access_key: a secret access key is accepted over TLS, a Unix domain socket or "
            "a "
            "trusted listener only; take this key out of use, it has crossed the network in the "
            "clear");
      }
      return engine::CallerProof{Kind::kAccessKey, credentials.access_key().access_key_id(),
                                 credentials.access_key().secret_access_key()};
    case v1::CallerCredentials::CREDENTIALS_NOT_SET:
      break;
  }
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                               "caller: set session_token, access_key or principal_arn");
}

session::WebIdentityParameters ToParameters(const v1::AssumeRoleWithWebIdentityRequest& request) {
  session::WebIdentityParameters parameters;
  SetCommon(request, &parameters);
  parameters.role_session_name = request.role_session_name();
  parameters.web_identity_token = request.web_identity_token();
  parameters.provider_id = UnlessEmpty(request.provider_id());
  return parameters;
}

session::SamlParameters ToParameters(const v1::AssumeRoleWithSAMLRequest& request) {
  session::SamlParameters parameters;
  SetCommon(request, &parameters);
  parameters.principal_arn = request.principal_arn();
  parameters.saml_assertion = request.saml_assertion();
  return parameters;
}

engine::WorkloadParameters ToParameters(const v1::AssumeRoleWithWorkloadIdentityRequest& request) {
  engine::WorkloadParameters parameters;
  SetCommon(request, &parameters);
  parameters.role_session_name = request.role_session_name();
  parameters.spiffe_id = request.spiffe_id();
  return parameters;
}

session::SessionTokenParameters ToParameters(const v1::GetSessionTokenRequest& request) {
  session::SessionTokenParameters parameters;
  if (request.duration_seconds() != 0) parameters.duration_seconds = request.duration_seconds();
  parameters.serial_number = UnlessEmpty(request.serial_number());
  parameters.token_code = UnlessEmpty(request.token_code());
  return parameters;
}

session::FederationTokenParameters ToParameters(const v1::GetFederationTokenRequest& request) {
  session::FederationTokenParameters parameters;
  parameters.name = request.name();
  SetContents(request, &parameters);
  for (const v1::Tag& tag : request.tags()) parameters.tags.push_back({tag.key(), tag.value()});
  return parameters;
}

session::AssumeRoleParameters ToParameters(const v1::AssumeRoleRequest& request) {
  session::AssumeRoleParameters parameters;
  SetCommon(request, &parameters);
  parameters.role_session_name = request.role_session_name();
  for (const v1::Tag& tag : request.tags()) parameters.tags.push_back({tag.key(), tag.value()});
  parameters.transitive_tag_keys.assign(request.transitive_tag_keys().begin(),
                                        request.transitive_tag_keys().end());
  parameters.external_id = UnlessEmpty(request.external_id());
  parameters.serial_number = UnlessEmpty(request.serial_number());
  parameters.token_code = UnlessEmpty(request.token_code());
  parameters.source_identity = UnlessEmpty(request.source_identity());
  return parameters;
}

void ToProto(const engine::AssumedRole& role, v1::AssumeRoleResponse* response) {
  SetRole(role, response);
  response->set_source_identity(role.source_identity);
}

void ToProto(const engine::WebIdentityRole& issued,
             v1::AssumeRoleWithWebIdentityResponse* response) {
  SetRole(issued.role, response);
  response->set_provider(issued.provider);
  response->set_audience(issued.audience);
  response->set_subject_from_web_identity_token(issued.subject);
  response->set_source_identity(issued.role.source_identity);
}

void ToProto(const engine::SamlRole& issued, v1::AssumeRoleWithSAMLResponse* response) {
  SetRole(issued.role, response);
  response->set_subject(issued.subject);
  response->set_subject_type(issued.subject_type);
  response->set_issuer(issued.issuer);
  response->set_audience(issued.audience);
  response->set_name_qualifier(issued.name_qualifier);
  response->set_source_identity(issued.role.source_identity);
}

void ToProto(const engine::WorkloadRole& issued,
             v1::AssumeRoleWithWorkloadIdentityResponse* response) {
  SetRole(issued.role, response);
  response->set_spiffe_id(issued.spiffe_id);
  response->set_provider_arn(issued.provider_arn);
}

void ToProto(const session::Credentials& credentials, v1::GetSessionTokenResponse* response) {
  response->Clear();
  SetCredentials(credentials, response->mutable_credentials());
}

void ToProto(const engine::FederatedUser& user, v1::GetFederationTokenResponse* response) {
  response->Clear();
  SetCredentials(user.credentials, response->mutable_credentials());
  response->mutable_federated_user()->set_arn(user.arn);
  response->mutable_federated_user()->set_federated_user_id(user.federated_user_id);
  if (user.packed_policy_size) response->set_packed_policy_size(*user.packed_policy_size);
}

void ToProto(const engine::SessionDescription& session, v1::ValidateSessionResponse* response) {
  response->Clear();
  response->set_status(StatusToProto(session.status));
  response->set_detail(session.detail);
  response->set_policy_revision(session.policy_revision);
  // Nothing of a token that is not authentic is passed on, whatever it claims.
  if (session.status == engine::SessionStatus::kUnknown) return;
  response->set_principal_arn(session.principal_arn);
  response->set_role_arn(session.role_arn);
  response->set_user_id(session.user_id);
  response->set_account(session.account);
  response->set_session_name(session.session_name);
  response->set_access_key_id(session.access_key_id);
  SetTimestamp(session.issue_time, [&] { return response->mutable_issue_time(); });
  SetTimestamp(session.expiration, [&] { return response->mutable_expiration(); });
  for (const session::SessionTag& tag : session.principal_tags) {
    v1::Tag* added = response->add_principal_tags();
    added->set_key(tag.key);
    added->set_value(tag.value);
    if (tag.transitive) response->add_transitive_tag_keys(tag.key);
  }
  response->set_source_identity(session.source_identity);
  response->set_kind(KindToProto(session.kind));
  response->set_federated_provider(session.federated_provider);
  response->set_mfa_authenticated(session.mfa_authenticated);
  for (const std::string& caller : session.chain) response->add_chain(caller);
}

void ToProto(const engine::CallerIdentity& identity, v1::GetCallerIdentityResponse* response) {
  response->Clear();
  response->set_user_id(identity.user_id);
  response->set_account(identity.account);
  response->set_arn(identity.arn);
}

}  // namespace portcullis::service
