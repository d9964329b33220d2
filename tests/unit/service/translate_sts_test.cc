#include "server/service/translate_sts.h"

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

}  // namespace
}  // namespace portcullis::service
