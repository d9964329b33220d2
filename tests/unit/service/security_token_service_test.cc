#include "server/service/security_token_service.h"

#include "gtest/gtest.h"

#include "server/service/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

TEST(SecurityTokenService, IsUnavailableWhileNothingIsLoaded) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  const CallFacts facts{peer};

  v1::AssumeRoleRequest assume_role;
  assume_role.mutable_caller()->set_principal_arn("arn:aws:iam::111122223333:user/ana");
  assume_role.set_role_arn("arn:aws:iam::111122223333:role/reader");
  assume_role.set_role_session_name("ana");
  v1::AssumeRoleResponse assumed;
  EXPECT_EQ(server.security_token.AssumeRole(facts, assume_role, &assumed).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(assumed.has_credentials());

  v1::ValidateSessionRequest validate;
  validate.set_session_token("token");
  v1::ValidateSessionResponse validated;
  EXPECT_EQ(server.security_token.ValidateSession(facts, validate, &validated).error_code(),
            grpc::StatusCode::UNAVAILABLE);

  v1::GetCallerIdentityRequest who;
  who.mutable_caller()->set_session_token("token");
  v1::GetCallerIdentityResponse identity;
  EXPECT_EQ(server.security_token.GetCallerIdentity(facts, who, &identity).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST(SecurityTokenService, RefusesCallsWithoutACaller) {
  UnloadedServer server;
  const engine::Peer peer;
  const CallFacts facts{peer};
  v1::AssumeRoleResponse assumed;
  EXPECT_EQ(
      ErrorReasonOf(server.security_token.AssumeRole(facts, v1::AssumeRoleRequest(), &assumed)),
      "MALFORMED_REQUEST");
  v1::GetCallerIdentityResponse identity;
  EXPECT_EQ(ErrorReasonOf(server.security_token.GetCallerIdentity(
                facts, v1::GetCallerIdentityRequest(), &identity)),
            "MALFORMED_REQUEST");
}

}  // namespace
}  // namespace portcullis::service
