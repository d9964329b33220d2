// Sessions from the real server: issued, described, refused.

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/integration/running_server.h"

namespace portcullis {
namespace {

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() : server_({"tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0"}) {
    server_.Start();
  }

  static v1::AssumeRoleRequest Request(const std::string& caller) {
    v1::AssumeRoleRequest request;
    request.mutable_caller()->set_principal_arn(caller);
    request.set_role_arn(kUpdateApp);
    request.set_role_session_name("work");
    return request;
  }

  v1::ValidateSessionResponse Validate(const std::string& token) {
    v1::ValidateSessionRequest request;
    request.set_session_token(token);
    v1::ValidateSessionResponse response;
    grpc::ClientContext context;
    SetDeadline(&context);
    Client client = server_.Connect(1);
    EXPECT_TRUE(client.security_token->ValidateSession(&context, request, &response).ok());
    return response;
  }

  RunningServer server_;
};

TEST_F(SessionsTest, IssuesADescribableSession) {
  v1::AssumeRoleResponse assumed;
  ASSERT_TRUE(server_.Connect().AssumeRole(Request(kAna), &assumed).ok());
  EXPECT_EQ(assumed.credentials().access_key_id().substr(0, 4), "ASIA");
  EXPECT_EQ(assumed.credentials().secret_access_key().size(), 40u);
  const std::string arn = "arn:aws:sts::123456789012:assumed-role/UpdateApp/work";
  EXPECT_EQ(assumed.assumed_role_user().arn(), arn);

  const v1::ValidateSessionResponse session = Validate(assumed.credentials().session_token());
  EXPECT_EQ(session.status(), v1::SESSION_STATUS_VALID);
  EXPECT_EQ(session.principal_arn(), arn);
  EXPECT_EQ(session.role_arn(), kUpdateApp);
  EXPECT_EQ(session.account(), "123456789012");
  EXPECT_EQ(session.session_name(), "work");
  EXPECT_EQ(session.access_key_id(), assumed.credentials().access_key_id());
  EXPECT_EQ(session.expiration().seconds() - session.issue_time().seconds(), 3600);
  EXPECT_EQ(session.expiration().seconds(), assumed.credentials().expiration().seconds());

  std::string forged = assumed.credentials().session_token();
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(Validate(forged).status(), v1::SESSION_STATUS_UNKNOWN);
}

TEST_F(SessionsTest, RefusesWhomTheRoleOrTheirPoliciesDoNotAllow) {
  for (const char* caller : {kTess, kPaula}) {
    v1::AssumeRoleResponse response;
    const grpc::Status status = server_.Connect().AssumeRole(Request(caller), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << caller;
    EXPECT_EQ(rpc::ErrorReasonOf(status), "AccessDenied");
    EXPECT_FALSE(response.has_credentials());
  }
}

TEST_F(SessionsTest, AnswersTheSameForARoleThatDoesNotExist) {
  v1::AssumeRoleRequest request = Request(kAna);
  request.set_role_arn("arn:aws:iam::123456789012:role/Nobody");
  v1::AssumeRoleResponse response;
  EXPECT_EQ(rpc::ErrorReasonOf(server_.Connect().AssumeRole(request, &response)), "AccessDenied");
}

TEST_F(SessionsTest, NamesWrongParameters) {
  v1::AssumeRoleRequest request = Request(kAna);
  request.set_role_session_name("x");
  request.set_duration_seconds(899);
  v1::AssumeRoleResponse response;
  const grpc::Status status = server_.Connect().AssumeRole(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "ValidationError");
}

TEST_F(SessionsTest, TakesAccessKeysOnlyWhereNobodyListensIn) {
  v1::GetCallerIdentityRequest request;
  v1::AccessKey* key = request.mutable_caller()->mutable_access_key();
  key->set_access_key_id("AKIAIOSFODNN7EXAMPLE");
  key->set_secret_access_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  const auto ask = [&](size_t listener, v1::GetCallerIdentityResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    Client client = server_.Connect(listener);
    return client.security_token->GetCallerIdentity(&context, request, response);
  };
  v1::GetCallerIdentityResponse identity;
  ASSERT_TRUE(ask(0, &identity).ok());
  EXPECT_EQ(identity.arn(), kAna);
  EXPECT_EQ(identity.account(), "111111111111");
  EXPECT_EQ(rpc::ErrorReasonOf(ask(1, &identity)), "INSECURE_TRANSPORT");
  key->set_secret_access_key("wrong");
  EXPECT_EQ(ask(0, &identity).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace portcullis
