#include "server/service/translate_sts.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::service {
namespace {

using Kind = engine::CallerProof::Kind;

TEST(ToProof, TellsTheThreeKindsApart) {
  v1::CallerCredentials credentials;
  credentials.set_session_token("token");
  auto proof = ToProof(credentials, false);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(proof->kind, Kind::kSessionToken);
  EXPECT_EQ(proof->value, "token");

  credentials.set_principal_arn("arn:aws:iam::111122223333:root");
  proof = ToProof(credentials, false);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(proof->kind, Kind::kPrincipalArn);

  credentials.mutable_access_key()->set_access_key_id("AKIAEXAMPLE");
  credentials.mutable_access_key()->set_secret_access_key("secret");
  proof = ToProof(credentials, true);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(proof->kind, Kind::kAccessKey);
  EXPECT_EQ(proof->value, "AKIAEXAMPLE");
  EXPECT_EQ(proof->secret, "secret");
}

TEST(ToProof, RefusesASecretInTheClear) {
  v1::CallerCredentials credentials;
  credentials.mutable_access_key()->set_access_key_id("AKIAEXAMPLE");
  credentials.mutable_access_key()->set_secret_access_key("hush");
  const auto proof = ToProof(credentials, false);
  EXPECT_EQ(proof.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(proof.status()), "INSECURE_TRANSPORT");
  EXPECT_EQ(proof.status().message().find("hush"), absl::string_view::npos);
}

TEST(ToProof, RefusesNoCaller) {
  const auto proof = ToProof(v1::CallerCredentials(), true);
  EXPECT_EQ(proof.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::ReasonOf(proof.status()), "MALFORMED_REQUEST");
}

TEST(ToParameters, CarriesEveryMember) {
  v1::AssumeRoleRequest request;
  request.set_role_arn("arn:aws:iam::111122223333:role/reader");
  request.set_role_session_name("ana");
  request.set_duration_seconds(900);
  request.set_policy("{}");
  request.add_policy_arns("arn:aws:iam::111122223333:policy/P");
  v1::Tag* tag = request.add_tags();
  tag->set_key("team");
  tag->set_value("blue");
  request.add_transitive_tag_keys("team");
  request.set_external_id("x1");
  request.set_serial_number("arn:aws:iam::111122223333:mfa/ana");
  request.set_token_code("123456");
  request.set_source_identity("ana");
  const session::AssumeRoleParameters parameters = ToParameters(request);
  EXPECT_EQ(parameters.role_arn, request.role_arn());
  EXPECT_EQ(parameters.role_session_name, "ana");
  EXPECT_EQ(parameters.duration_seconds, 900);
  EXPECT_EQ(parameters.policy, "{}");
  ASSERT_EQ(parameters.policy_arns.size(), 1u);
  ASSERT_EQ(parameters.tags.size(), 1u);
  EXPECT_EQ(parameters.tags[0].key, "team");
  EXPECT_EQ(parameters.tags[0].value, "blue");
  ASSERT_EQ(parameters.transitive_tag_keys.size(), 1u);
  EXPECT_EQ(parameters.external_id, "x1");
  EXPECT_EQ(parameters.serial_number, "arn:aws:iam::111122223333:mfa/ana");
  EXPECT_EQ(parameters.token_code, "123456");
  EXPECT_EQ(parameters.source_identity, "ana");
}

TEST(ToParameters, TakesEmptyForAbsent) {
  const session::AssumeRoleParameters parameters = ToParameters(v1::AssumeRoleRequest());
  EXPECT_FALSE(parameters.duration_seconds.has_value());
  EXPECT_FALSE(parameters.policy.has_value());
  EXPECT_FALSE(parameters.external_id.has_value());
  EXPECT_FALSE(parameters.serial_number.has_value());
  EXPECT_FALSE(parameters.token_code.has_value());
  EXPECT_FALSE(parameters.source_identity.has_value());
}

// A negative lifetime is not "not passed": the engine must see and refuse it.
TEST(ToParameters, KeepsANegativeDuration) {
  v1::AssumeRoleRequest request;
  request.set_duration_seconds(-1);
  EXPECT_EQ(ToParameters(request).duration_seconds, -1);
}

TEST(ToProto, CarriesIssuedCredentials) {
  engine::AssumedRole role;
  role.credentials.access_key_id = "ASIAEXAMPLE";
  role.credentials.secret_access_key = "secret";
  role.credentials.session_token = "token";
  role.credentials.expiration = absl::FromUnixSeconds(1700003600);
  role.assumed_role_arn = "arn:aws:sts::111122223333:assumed-role/reader/ana";
  role.assumed_role_id = "AROAEXAMPLE:ana";
  v1::AssumeRoleResponse response;
  response.set_packed_policy_size(99);
  response.set_source_identity("left over");
  ToProto(role, &response);
  EXPECT_EQ(response.credentials().access_key_id(), "ASIAEXAMPLE");
  EXPECT_EQ(response.credentials().secret_access_key(), "secret");
  EXPECT_EQ(response.credentials().session_token(), "token");
  EXPECT_EQ(response.credentials().expiration().seconds(), 1700003600);
  EXPECT_EQ(response.assumed_role_user().arn(), role.assumed_role_arn);
  EXPECT_EQ(response.assumed_role_user().assumed_role_id(), "AROAEXAMPLE:ana");
  EXPECT_FALSE(response.has_packed_policy_size());
  EXPECT_EQ(response.source_identity(), "");
}

TEST(ToProto, TellsNothingOfAnUnknownToken) {
  engine::SessionDescription session;
  session.status = engine::SessionStatus::kUnknown;
  session.detail = "not a token of this service";
  session.principal_arn = "arn:aws:sts::111122223333:assumed-role/admin/mallory";
  v1::ValidateSessionResponse response;
  ToProto(session, &response);
  EXPECT_EQ(response.status(), v1::SESSION_STATUS_UNKNOWN);
  EXPECT_EQ(response.detail(), "not a token of this service");
  EXPECT_EQ(response.principal_arn(), "");
  EXPECT_FALSE(response.has_expiration());
}

TEST(ToProto, DescribesASession) {
  engine::SessionDescription session;
  session.status = engine::SessionStatus::kExpired;
  session.principal_arn = "arn";
  session.principal_tags = {{"team", "blue", true}, {"unit", "x", false}};
  session.chain = {"first", "second"};
  session.mfa_authenticated = true;
  session.issue_time = absl::FromUnixSeconds(1);
  session.expiration = absl::FromUnixSeconds(2);
  v1::ValidateSessionResponse response;
  ToProto(session, &response);
  EXPECT_EQ(response.status(), v1::SESSION_STATUS_EXPIRED);
  EXPECT_EQ(response.principal_arn(), "arn");
  ASSERT_EQ(response.principal_tags_size(), 2);
  EXPECT_EQ(response.principal_tags(1).key(), "unit");
  ASSERT_EQ(response.transitive_tag_keys_size(), 1);
  EXPECT_EQ(response.transitive_tag_keys(0), "team");
  EXPECT_EQ(response.chain_size(), 2);
  EXPECT_TRUE(response.mfa_authenticated());
  EXPECT_EQ(response.issue_time().seconds(), 1);
  EXPECT_EQ(response.expiration().seconds(), 2);
}

TEST(ToParameters, OfWebIdentity) {
  v1::AssumeRoleWithWebIdentityRequest request;
  request.set_role_arn("arn:aws:iam::111122223333:role/web");
  request.set_role_session_name("pod-7");
  request.set_web_identity_token("a.b.c");
  request.set_provider_id("www.amazon.com");
  request.set_duration_seconds(900);
  request.set_policy("{}");
  request.add_policy_arns("arn:aws:iam::111122223333:policy/P");
  const session::WebIdentityParameters parameters = ToParameters(request);
  EXPECT_EQ(parameters.role_arn, request.role_arn());
  EXPECT_EQ(parameters.role_session_name, "pod-7");
  EXPECT_EQ(parameters.web_identity_token, "a.b.c");
  EXPECT_EQ(parameters.provider_id, "www.amazon.com");
  EXPECT_EQ(parameters.duration_seconds, 900);
  EXPECT_EQ(parameters.policy, "{}");
  EXPECT_EQ(parameters.policy_arns, std::vector<std::string>{"arn:aws:iam::111122223333:policy/P"});
  const session::WebIdentityParameters empty = ToParameters(v1::AssumeRoleWithWebIdentityRequest());
  EXPECT_FALSE(empty.provider_id.has_value());
  EXPECT_FALSE(empty.policy.has_value());
  EXPECT_FALSE(empty.duration_seconds.has_value());
}

TEST(ToParameters, OfSaml) {
  v1::AssumeRoleWithSAMLRequest request;
  request.set_role_arn("arn:aws:iam::111122223333:role/saml");
  request.set_principal_arn("arn:aws:iam::111122223333:saml-provider/corp");
  request.set_saml_assertion("PHNhbWw+");
  request.set_duration_seconds(901);
  request.set_policy("{}");
  request.add_policy_arns("arn:aws:iam::111122223333:policy/P");
  const session::SamlParameters parameters = ToParameters(request);
  EXPECT_EQ(parameters.role_arn, request.role_arn());
  EXPECT_EQ(parameters.principal_arn, request.principal_arn());
  EXPECT_EQ(parameters.saml_assertion, "PHNhbWw+");
  EXPECT_EQ(parameters.duration_seconds, 901);
  EXPECT_EQ(parameters.policy, "{}");
  EXPECT_EQ(parameters.policy_arns.size(), 1u);
  EXPECT_FALSE(ToParameters(v1::AssumeRoleWithSAMLRequest()).policy.has_value());
}

TEST(ToParameters, OfWorkloads) {
  v1::AssumeRoleWithWorkloadIdentityRequest request;
  request.set_role_arn("arn:aws:iam::111122223333:role/web");
  request.set_role_session_name("web-1");
  request.set_spiffe_id("spiffe://example.org/web");
  request.set_duration_seconds(902);
  request.set_policy("{}");
  request.add_policy_arns("arn:aws:iam::111122223333:policy/P");
  const engine::WorkloadParameters parameters = ToParameters(request);
  EXPECT_EQ(parameters.role_arn, request.role_arn());
  EXPECT_EQ(parameters.role_session_name, "web-1");
  EXPECT_EQ(parameters.spiffe_id, "spiffe://example.org/web");
  EXPECT_EQ(parameters.duration_seconds, 902);
  EXPECT_EQ(parameters.policy, "{}");
  EXPECT_EQ(parameters.policy_arns.size(), 1u);
}

TEST(ToParameters, OfSessionAndFederationTokens) {
  v1::GetSessionTokenRequest session_request;
  session_request.set_duration_seconds(-1);
  session_request.set_serial_number("GAHT12345678");
  session_request.set_token_code("012345");
  const session::SessionTokenParameters session = ToParameters(session_request);
  EXPECT_EQ(session.duration_seconds, -1);
  EXPECT_EQ(session.serial_number, "GAHT12345678");
  EXPECT_EQ(session.token_code, "012345");
  const session::SessionTokenParameters empty = ToParameters(v1::GetSessionTokenRequest());
  EXPECT_FALSE(empty.duration_seconds.has_value());
  EXPECT_FALSE(empty.serial_number.has_value());
  EXPECT_FALSE(empty.token_code.has_value());

  v1::GetFederationTokenRequest request;
  request.set_name("Manager1");
  request.set_duration_seconds(903);
  request.set_policy("{}");
  request.add_policy_arns("arn:aws:iam::111122223333:policy/P");
  v1::Tag* tag = request.add_tags();
  tag->set_key("team");
  tag->set_value("blue");
  const session::FederationTokenParameters parameters = ToParameters(request);
  EXPECT_EQ(parameters.name, "Manager1");
  EXPECT_EQ(parameters.duration_seconds, 903);
  EXPECT_EQ(parameters.policy, "{}");
  EXPECT_EQ(parameters.policy_arns.size(), 1u);
  ASSERT_EQ(parameters.tags.size(), 1u);
  EXPECT_EQ(parameters.tags[0].key, "team");
  EXPECT_EQ(parameters.tags[0].value, "blue");
}

engine::AssumedRole IssuedRole() {
  engine::AssumedRole role;
  role.credentials.access_key_id = "ASIAEXAMPLE";
  role.credentials.secret_access_key = "secret";
  role.credentials.session_token = "token";
  role.credentials.expiration = absl::FromUnixSeconds(1700003600);
  role.assumed_role_arn = "arn:aws:sts::111122223333:assumed-role/web/pod-7";
  role.assumed_role_id = "AROAEXAMPLE:pod-7";
  role.packed_policy_size = 7;
  role.source_identity = "alice";
  return role;
}

template <typename Response>
void ExpectIssuedRole(const Response& response) {
  EXPECT_EQ(response.credentials().access_key_id(), "ASIAEXAMPLE");
  EXPECT_EQ(response.credentials().secret_access_key(), "secret");
  EXPECT_EQ(response.credentials().session_token(), "token");
  EXPECT_EQ(response.credentials().expiration().seconds(), 1700003600);
  EXPECT_EQ(response.assumed_role_user().arn(), "arn:aws:sts::111122223333:assumed-role/web/pod-7");
  EXPECT_EQ(response.assumed_role_user().assumed_role_id(), "AROAEXAMPLE:pod-7");
  EXPECT_EQ(response.packed_policy_size(), 7);
}

TEST(ToProto, CarriesWhatWebIdentityIssued) {
  v1::AssumeRoleWithWebIdentityResponse response;
  ToProto(engine::WebIdentityRole{IssuedRole(), "https://oidc.example.com", "app", "subject",
                                  absl::UnixEpoch()},
          &response);
  ExpectIssuedRole(response);
  EXPECT_EQ(response.provider(), "https://oidc.example.com");
  EXPECT_EQ(response.audience(), "app");
  EXPECT_EQ(response.subject_from_web_identity_token(), "subject");
  EXPECT_EQ(response.source_identity(), "alice");
}

TEST(ToProto, CarriesWhatSamlIssued) {
  v1::AssumeRoleWithSAMLResponse response;
  ToProto(engine::SamlRole{IssuedRole(), "alice@example.com", "persistent", "https://idp",
                           "https://signin", "qualifier"},
          &response);
  ExpectIssuedRole(response);
  EXPECT_EQ(response.subject(), "alice@example.com");
  EXPECT_EQ(response.subject_type(), "persistent");
  EXPECT_EQ(response.issuer(), "https://idp");
  EXPECT_EQ(response.audience(), "https://signin");
  EXPECT_EQ(response.name_qualifier(), "qualifier");
  EXPECT_EQ(response.source_identity(), "alice");
}

TEST(ToProto, CarriesWhatWorkloadsGet) {
  v1::AssumeRoleWithWorkloadIdentityResponse response;
  ToProto(engine::WorkloadRole{IssuedRole(), "spiffe://example.org/web", "arn:provider"},
          &response);
  ExpectIssuedRole(response);
  EXPECT_EQ(response.spiffe_id(), "spiffe://example.org/web");
  EXPECT_EQ(response.provider_arn(), "arn:provider");
}

TEST(ToProto, CarriesWhatUsersMakeForThemselves) {
  v1::GetSessionTokenResponse session;
  ToProto(IssuedRole().credentials, &session);
  EXPECT_EQ(session.credentials().session_token(), "token");
  engine::FederatedUser user;
  user.credentials = IssuedRole().credentials;
  user.arn = "arn:aws:sts::111122223333:federated-user/Manager1";
  user.federated_user_id = "111122223333:Manager1";
  v1::GetFederationTokenResponse federated;
  federated.set_packed_policy_size(99);
  ToProto(user, &federated);
  EXPECT_EQ(federated.credentials().access_key_id(), "ASIAEXAMPLE");
  EXPECT_EQ(federated.federated_user().arn(), user.arn);
  EXPECT_EQ(federated.federated_user().federated_user_id(), user.federated_user_id);
  EXPECT_FALSE(federated.has_packed_policy_size());
  user.packed_policy_size = 3;
  ToProto(user, &federated);
  EXPECT_EQ(federated.packed_policy_size(), 3);
}

TEST(ToProto, TellsEveryKindAndStatusApart) {
  using session::SessionKind;
  const std::pair<SessionKind, v1::SessionKind> kinds[] = {
      {SessionKind::kUnspecified, v1::SESSION_KIND_UNSPECIFIED},
      {SessionKind::kAssumedRole, v1::SESSION_KIND_ASSUMED_ROLE},
      {SessionKind::kWebIdentity, v1::SESSION_KIND_WEB_IDENTITY},
      {SessionKind::kSaml, v1::SESSION_KIND_SAML},
      {SessionKind::kSessionToken, v1::SESSION_KIND_SESSION_TOKEN},
      {SessionKind::kFederatedUser, v1::SESSION_KIND_FEDERATED_USER},
  };
  using engine::SessionStatus;
  const std::pair<SessionStatus, v1::SessionStatus> statuses[] = {
      {SessionStatus::kUnknown, v1::SESSION_STATUS_UNKNOWN},
      {SessionStatus::kValid, v1::SESSION_STATUS_VALID},
      {SessionStatus::kExpired, v1::SESSION_STATUS_EXPIRED},
      {SessionStatus::kRevoked, v1::SESSION_STATUS_REVOKED},
      {SessionStatus::kPrincipalGone, v1::SESSION_STATUS_PRINCIPAL_GONE},
  };
  v1::ValidateSessionResponse response;
  for (const auto& [kind, expected] : kinds) {
    engine::SessionDescription session;
    session.status = SessionStatus::kValid;
    session.kind = kind;
    session.federated_provider = "arn:provider";
    session.access_key_id = "ASIAEXAMPLE";
    session.role_arn = "arn:role";
    ToProto(session, &response);
    EXPECT_EQ(response.kind(), expected);
    EXPECT_EQ(response.federated_provider(), "arn:provider");
    EXPECT_EQ(response.access_key_id(), "ASIAEXAMPLE");
    EXPECT_EQ(response.role_arn(), "arn:role");
  }
  for (const auto& [status, expected] : statuses) {
    engine::SessionDescription session;
    session.status = status;
    ToProto(session, &response);
    EXPECT_EQ(response.status(), expected);
  }
}

}  // namespace
}  // namespace portcullis::service
