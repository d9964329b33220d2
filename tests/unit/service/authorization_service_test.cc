#include "server/service/authorization_service.h"

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

}  // namespace
}  // namespace portcullis::service
