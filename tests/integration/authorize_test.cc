// Questions to the real server: decisions, refusals, malformed ones, in one and in many.

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/integration/running_server.h"

namespace portcullis {
namespace {

constexpr char kDevelopmentObject[] = "arn:aws:s3:::developmentapp/x";

class AuthorizeTest : public ::testing::Test {
 protected:
  AuthorizeTest() : server_({"tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0"}) {
    server_.Start();
  }
  Client Trusted() { return server_.Connect(0); }
  Client Untrusted() { return server_.Connect(1); }

  static v1::AuthorizeRequest Question(const std::string& principal) {
    v1::AuthorizeRequest request;
    request.set_principal_arn(principal);
    request.set_action("s3:GetObject");
    request.set_resource(kDevelopmentObject);
    return request;
  }

  RunningServer server_;
};

TEST_F(AuthorizeTest, AllowsAndSaysWhy) {
  v1::AuthorizeRequest request = Question(kAna);
  request.set_explain(true);
  v1::AuthorizeResponse response;
  ASSERT_TRUE(Trusted().Authorize(request, &response).ok());
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response.principal_arn(), kAna);
  EXPECT_EQ(response.policy_revision().size(), 64u);
  EXPECT_FALSE(response.decision_id().empty());
  ASSERT_EQ(response.determining_statements_size(), 1);
  const v1::DeterminingStatement& statement = response.determining_statements(0);
  EXPECT_EQ(statement.policy_id(), "arn:aws:iam::111111111111:policy/UseDevelopmentBucket");
  EXPECT_EQ(statement.statement_index(), 0u);
  EXPECT_EQ(statement.source_file(), "development.yaml");
  EXPECT_GT(statement.source_line(), 40u);
  EXPECT_EQ(statement.policy_kind(), v1::POLICY_KIND_IDENTITY);
}

TEST_F(AuthorizeTest, DeniesInTheWordsOfAws) {
  v1::AuthorizeRequest request = Question(kAna);
  request.set_resource("arn:aws:s3:::productionapp/x");
  v1::AuthorizeResponse response;
  ASSERT_TRUE(Trusted().Authorize(request, &response).ok());
  EXPECT_EQ(response.decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(response.determining_statements_size(), 0);
  EXPECT_EQ(response.reason().find("User: " + std::string(kAna) +
                                   " is not authorized to perform: s3:GetObject"),
            0u)
      << response.reason();
}

TEST_F(AuthorizeTest, RefusesMalformedQuestionsByField) {
  const auto refuse = [this](const v1::AuthorizeRequest& request, const std::string& field) {
    v1::AuthorizeResponse response;
    const grpc::Status status = Trusted().Authorize(request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << field;
    EXPECT_NE(status.error_message().find(field), std::string::npos) << status.error_message();
    EXPECT_FALSE(rpc::ErrorReasonOf(status).empty());
  };
  v1::AuthorizeRequest request = Question(kAna);
  request.clear_caller();
  refuse(request, "caller");
  request = Question(kAna);
  request.clear_action();
  refuse(request, "action");
  request = Question(kAna);
  request.set_action("no-colon");
  refuse(request, "action");
  request = Question(kAna);
  request.set_action("s3:Get*");
  refuse(request, "action");
}

TEST_F(AuthorizeTest, TellsBadTokensFromDenials) {
  v1::AuthorizeRequest request = Question("");
  request.set_session_token("not a token");
  v1::AuthorizeResponse response;
  const grpc::Status status = Untrusted().Authorize(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "TOKEN_MALFORMED");
  EXPECT_EQ(response.decision(), v1::DECISION_UNSPECIFIED);
}

TEST_F(AuthorizeTest, LetsOnlyTrustedListenersAssert) {
  v1::AuthorizeResponse response;
  EXPECT_TRUE(Trusted().Authorize(Question(kAna), &response).ok());
  const grpc::Status status = Untrusted().Authorize(Question(kAna), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "ASSERTION_NOT_ALLOWED");
}

TEST_F(AuthorizeTest, TakesTokensOnAnyListener) {
  const std::string token = Trusted().UpdateAppToken();
  ASSERT_FALSE(token.empty());
  for (const size_t listener : {0, 1}) {
    Client client = server_.Connect(listener);
    EXPECT_EQ(client.Decide(token, "s3:PutObject", "arn:aws:s3:::productionapp/x"),
              v1::DECISION_ALLOW);
    EXPECT_EQ(client.Decide(token, "s3:GetObject", kDevelopmentObject), v1::DECISION_IMPLICIT_DENY);
  }
}

TEST_F(AuthorizeTest, AnswersABatchInItsOrderAndFromOneRevision) {
  v1::BatchAuthorizeRequest request;
  request.set_principal_arn(kAna);
  for (int i = 0; i < 1000; ++i) {
    v1::BatchAuthorizeItem* item = request.add_items();
    item->set_action("s3:GetObject");
    item->set_resource(i % 3 == 0 ? kDevelopmentObject : "arn:aws:s3:::elsewhere/x");
  }
  v1::BatchAuthorizeResponse response;
  grpc::ClientContext context;
  SetDeadline(&context);
  Client client = Trusted();
  ASSERT_TRUE(client.authorization->BatchAuthorize(&context, request, &response).ok());
  EXPECT_EQ(response.principal_arn(), kAna);
  EXPECT_EQ(response.policy_revision().size(), 64u);
  ASSERT_EQ(response.results_size(), 1000);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(response.results(i).decision(),
              i % 3 == 0 ? v1::DECISION_ALLOW : v1::DECISION_IMPLICIT_DENY)
        << i;
    EXPECT_FALSE(response.results(i).decision_id().empty());
  }
}

TEST_F(AuthorizeTest, RefusesABatchBeyondTheLimitAndRepeatedKeys) {
  Client client = Trusted();
  v1::BatchAuthorizeRequest request;
  request.set_principal_arn(kAna);
  for (int i = 0; i < 1001; ++i) request.add_items()->set_action("s3:GetObject");
  v1::BatchAuthorizeResponse response;
  {
    grpc::ClientContext context;
    SetDeadline(&context);
    EXPECT_EQ(client.authorization->BatchAuthorize(&context, request, &response).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT);
  }
  request.mutable_items()->DeleteSubrange(1, 1000);
  for (auto* context : {request.mutable_context(), request.mutable_items(0)->mutable_context()}) {
    v1::ContextEntry* entry = context->Add();
    entry->set_key("s3:prefix");
    entry->add_values("x");
  }
  grpc::ClientContext context;
  SetDeadline(&context);
  EXPECT_EQ(client.authorization->BatchAuthorize(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace portcullis
