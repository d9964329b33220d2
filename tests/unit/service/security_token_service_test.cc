#include "server/service/security_token_service.h"

#include <string>

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

TEST(SecurityTokenService, IsUnavailableWhileNothingIsLoaded) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  const rpc::CallFacts facts{peer};

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

// Calls `method` with a request that has been prepared.
template <typename Request, typename Response>
grpc::Status Call(UnloadedServer* server, const rpc::CallFacts& facts, const Request& request,
                  grpc::Status (SecurityTokenService::*method)(const rpc::CallFacts&,
                                                               const Request&, Response*)) {
  Response response;
  const grpc::Status status = (server->security_token.*method)(facts, request, &response);
  EXPECT_EQ(response.ByteSizeLong(), 0u);
  return status;
}

TEST(SecurityTokenService, EveryOtherMethodIsUnavailableToo) {
  UnloadedServer server;
  engine::Peer peer;
  const rpc::CallFacts facts{peer};
  const auto unavailable = [](const grpc::Status& status) {
    return status.error_code() == grpc::StatusCode::UNAVAILABLE;
  };
  using Service = SecurityTokenService;
  EXPECT_TRUE(unavailable(Call(&server, facts, v1::AssumeRoleWithWebIdentityRequest(),
                               &Service::AssumeRoleWithWebIdentity)));
  EXPECT_TRUE(unavailable(
      Call(&server, facts, v1::AssumeRoleWithSAMLRequest(), &Service::AssumeRoleWithSAML)));
  EXPECT_TRUE(unavailable(Call(&server, facts, v1::AssumeRoleWithWorkloadIdentityRequest(),
                               &Service::AssumeRoleWithWorkloadIdentity)));
  v1::GetSessionTokenRequest session;
  session.mutable_caller()->set_session_token("token");
  EXPECT_TRUE(unavailable(Call(&server, facts, session, &Service::GetSessionToken)));
  v1::GetFederationTokenRequest federation;
  federation.mutable_caller()->set_session_token("token");
  EXPECT_TRUE(unavailable(Call(&server, facts, federation, &Service::GetFederationToken)));
  v1::GetAccessKeyInfoRequest key;
  key.mutable_caller()->set_session_token("token");
  EXPECT_TRUE(unavailable(Call(&server, facts, key, &Service::GetAccessKeyInfo)));
  v1::DecodeAuthorizationMessageRequest message;
  message.mutable_caller()->set_session_token("token");
  EXPECT_TRUE(unavailable(Call(&server, facts, message, &Service::DecodeAuthorizationMessage)));
}

TEST(SecurityTokenService, RefusesCallsWithoutACaller) {
  UnloadedServer server;
  const engine::Peer peer;
  const rpc::CallFacts facts{peer};
  v1::AssumeRoleResponse assumed;
  EXPECT_EQ(rpc::ErrorReasonOf(
                server.security_token.AssumeRole(facts, v1::AssumeRoleRequest(), &assumed)),
            "MALFORMED_REQUEST");
  v1::GetCallerIdentityResponse identity;
  EXPECT_EQ(rpc::ErrorReasonOf(server.security_token.GetCallerIdentity(
                facts, v1::GetCallerIdentityRequest(), &identity)),
            "MALFORMED_REQUEST");
  using Service = SecurityTokenService;
  EXPECT_EQ(rpc::ErrorReasonOf(
                Call(&server, facts, v1::GetSessionTokenRequest(), &Service::GetSessionToken)),
            "MALFORMED_REQUEST");
  EXPECT_EQ(rpc::ErrorReasonOf(Call(&server, facts, v1::GetFederationTokenRequest(),
                                    &Service::GetFederationToken)),
            "MALFORMED_REQUEST");
  EXPECT_EQ(rpc::ErrorReasonOf(
                Call(&server, facts, v1::GetAccessKeyInfoRequest(), &Service::GetAccessKeyInfo)),
            "MALFORMED_REQUEST");
  EXPECT_EQ(rpc::ErrorReasonOf(Call(&server, facts, v1::DecodeAuthorizationMessageRequest(),
                                    &Service::DecodeAuthorizationMessage)),
            "MALFORMED_REQUEST");
}

// A secret that anybody may have read along is refused by every method that takes one.
TEST(SecurityTokenService, RefusesSecretsInTheClear) {
  UnloadedServer server;
  const engine::Peer peer;
  const rpc::CallFacts facts{peer};
  using Service = SecurityTokenService;
  const auto with_key = [](auto request) {
    request.mutable_caller()->mutable_access_key()->set_access_key_id("AKIAEXAMPLE");
    request.mutable_caller()->mutable_access_key()->set_secret_access_key("hush");
    return request;
  };
  const grpc::Status refusals[] = {
      Call(&server, facts, with_key(v1::AssumeRoleRequest()), &Service::AssumeRole),
      Call(&server, facts, with_key(v1::GetSessionTokenRequest()), &Service::GetSessionToken),
      Call(&server, facts, with_key(v1::GetFederationTokenRequest()), &Service::GetFederationToken),
      Call(&server, facts, with_key(v1::GetCallerIdentityRequest()), &Service::GetCallerIdentity),
      Call(&server, facts, with_key(v1::GetAccessKeyInfoRequest()), &Service::GetAccessKeyInfo),
      Call(&server, facts, with_key(v1::DecodeAuthorizationMessageRequest()),
           &Service::DecodeAuthorizationMessage),
  };
  for (const grpc::Status& refused : refusals) {
    EXPECT_EQ(rpc::ErrorReasonOf(refused), "INSECURE_TRANSPORT");
    EXPECT_EQ(refused.error_message().find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace portcullis::service
