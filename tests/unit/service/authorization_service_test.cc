#include "server/service/authorization_service.h"

#include <string>

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

TEST(AuthorizationService, IsUnavailableWhileNothingIsLoaded) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  const rpc::CallFacts facts{peer};
  v1::AuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111122223333:user/ana");
  request.set_action("s3:GetObject");
  v1::AuthorizeResponse response;
  EXPECT_EQ(server.authorization.Authorize(facts, request, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(response.decision(), v1::DECISION_UNSPECIFIED);

  v1::BatchAuthorizeRequest batch;
  batch.set_principal_arn("arn:aws:iam::111122223333:user/ana");
  batch.add_items()->set_action("s3:GetObject");
  v1::BatchAuthorizeResponse batch_response;
  EXPECT_EQ(server.authorization.BatchAuthorize(facts, batch, &batch_response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(batch_response.results_size(), 0);
}

TEST(AuthorizationService, RefusesMalformedQuestions) {
  UnloadedServer server;
  const engine::Peer peer;
  v1::AuthorizeResponse response;
  const grpc::Status status =
      server.authorization.Authorize(rpc::CallFacts{peer}, v1::AuthorizeRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "MALFORMED_REQUEST");
}

// Every question has its own result, whatever became of those before.
TEST(AuthorizationService, AnswersEveryQuestionOfAStream) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  const rpc::CallFacts facts{peer};
  v1::StreamAuthorizeRequest request;
  v1::AuthorizeRequest* question = request.add_questions();
  question->set_principal_arn("arn:aws:iam::111122223333:user/ana");
  question->set_action("s3:GetObject");
  request.add_questions()->set_action("s3:GetObject");
  *request.add_questions() = request.questions(0);
  v1::StreamAuthorizeResponse response;
  response.add_results()->mutable_answer()->set_decision(v1::DECISION_ALLOW);  // Of another call.
  ASSERT_TRUE(server.authorization.StreamAuthorize(facts, request, &response).ok());
  ASSERT_EQ(response.results_size(), 3);
  for (const v1::StreamAuthorizeResult& result : response.results()) {
    EXPECT_EQ(result.result_case(), v1::StreamAuthorizeResult::kError);
  }
  EXPECT_EQ(response.results(0).error().code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(response.results(0).error().reason(), "NOT_LOADED");
  EXPECT_EQ(response.results(1).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(response.results(1).error().reason(), "MALFORMED_REQUEST");
  EXPECT_EQ(response.results(1).error().message().find("caller: "), 0u);
  EXPECT_EQ(response.results(2).error().reason(), "NOT_LOADED");
}

TEST(AuthorizationService, EndsAStreamOverNoQuestionAndTooMany) {
  UnloadedServer server;
  const engine::Peer peer;
  for (const int count : {0, 1, 1000, 1001}) {
    v1::StreamAuthorizeRequest request;
    for (int i = 0; i < count; ++i) request.add_questions();
    v1::StreamAuthorizeResponse response;
    const grpc::Status status =
        server.authorization.StreamAuthorize(rpc::CallFacts{peer}, request, &response);
    if (count == 1 || count == 1000) {
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(response.results_size(), count);
    } else {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
      EXPECT_EQ(rpc::ErrorReasonOf(status), "MALFORMED_REQUEST");
      EXPECT_EQ(status.error_message(),
                "questions: must be 1 to 1000, are " + std::to_string(count));
    }
  }
}

}  // namespace
}  // namespace portcullis::service
