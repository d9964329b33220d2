#include "client/batch.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

v1::BatchAuthorizeRequest RequestWith(int item_count) {
  v1::BatchAuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111111111111:user/ana");
  request.set_explain(true);
  request.add_context()->set_key("aws:SourceIp");
  for (int i = 0; i < item_count; ++i) request.add_items()->set_action("s" + std::to_string(i));
  return request;
}

// Answers each item with its action as the reason, under the revision that `revision_of_call`
// gives.
FakeServer::Answer EchoWith(std::function<std::string(int call)> revision_of_call, int* calls) {
  return [revision_of_call, calls](const google::protobuf::Message& message,
                                   google::protobuf::Message* response) {
    const auto& request = static_cast<const v1::BatchAuthorizeRequest&>(message);
    auto* answer = static_cast<v1::BatchAuthorizeResponse*>(response);
    EXPECT_LE(request.items_size(), kBatchItemsMax);
    EXPECT_EQ(request.principal_arn(), "arn:aws:iam::111111111111:user/ana");
    EXPECT_EQ(request.context_size(), 1);
    EXPECT_TRUE(request.explain());
    for (const v1::BatchAuthorizeItem& item : request.items()) {
      answer->add_results()->set_reason(item.action());
    }
    answer->set_policy_revision(revision_of_call((*calls)++));
    return grpc::Status::OK;
  };
}

TEST(AuthorizeAll, AnswersInOrderOverSeveralCalls) {
  int calls = 0;
  FakeServer server(EchoWith([](int) { return "r1"; }, &calls));
  const auto answer = AuthorizeAll(*server.Connect(), RequestWith(2'500));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(calls, 3);
  ASSERT_EQ(answer->results_size(), 2'500);
  for (int i = 0; i < 2'500; ++i) {
    EXPECT_EQ(answer->results(i).reason(), "s" + std::to_string(i));
  }
  EXPECT_EQ(answer->policy_revision(), "r1");
}

TEST(AuthorizeAll, FillsWholeCallsAtTheLimit) {
  int calls = 0;
  FakeServer server(EchoWith([](int) { return "r1"; }, &calls));
  ASSERT_TRUE(AuthorizeAll(*server.Connect(), RequestWith(kBatchItemsMax)).ok());
  EXPECT_EQ(calls, 1);
  ASSERT_TRUE(AuthorizeAll(*server.Connect(), RequestWith(kBatchItemsMax + 1)).ok());
  EXPECT_EQ(calls, 3);
}

TEST(AuthorizeAll, BeginsAgainWhenThePoliciesChangeInBetween) {
  int calls = 0;
  FakeServer server(EchoWith([](int call) { return call == 0 ? "r1" : "r2"; }, &calls));
  const auto answer = AuthorizeAll(*server.Connect(), RequestWith(1'500));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(answer->results_size(), 1'500);
  EXPECT_EQ(answer->policy_revision(), "r2");
}

TEST(AuthorizeAll, GivesUpWhenThePoliciesNeverRest) {
  int calls = 0;
  FakeServer server(EchoWith([](int call) { return std::to_string(call); }, &calls));
  EXPECT_EQ(AuthorizeAll(*server.Connect(), RequestWith(1'500)).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(calls, 10);
}

TEST(AuthorizeAll, RefusesAnIncompleteAnswer) {
  FakeServer server([](const google::protobuf::Message&, google::protobuf::Message* response) {
    static_cast<v1::BatchAuthorizeResponse*>(response)->add_results()->set_decision(
        v1::DECISION_ALLOW);
    return grpc::Status::OK;
  });
  EXPECT_EQ(AuthorizeAll(*server.Connect(), RequestWith(2)).status().code(),
            absl::StatusCode::kInternal);
}

TEST(AuthorizeAll, NeedsNoCallForNoItems) {
  int calls = 0;
  FakeServer server(EchoWith([](int) { return "r1"; }, &calls));
  const auto answer = AuthorizeAll(*server.Connect(), RequestWith(0));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->results_size(), 0);
  EXPECT_EQ(calls, 0);
}

TEST(IsAllowed, OnlyAllowAllows) {
  v1::AuthorizeResponse answer;
  EXPECT_FALSE(IsAllowed(answer));
  for (const int decision : {2, 3, 4, 77}) {
    answer.set_decision(static_cast<v1::Decision>(decision));
    EXPECT_FALSE(IsAllowed(answer)) << decision;
  }
  answer.set_decision(v1::DECISION_ALLOW);
  EXPECT_TRUE(IsAllowed(answer));
}

}  // namespace
}  // namespace portcullis::client
