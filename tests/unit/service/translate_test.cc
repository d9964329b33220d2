#include "server/service/translate.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::service {
namespace {

engine::Peer SomePeer() {
  engine::Peer peer;
  peer.may_assert_principals = true;
  peer.source_ip = "10.1.2.3";
  return peer;
}

TEST(ToQuery, CarriesEveryFieldOfAuthorizeRequest) {
  v1::AuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111122223333:user/ana");
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::b/k");
  request.set_explain(true);
  v1::ContextEntry* entry = request.add_context();
  entry->set_key("s3:prefix");
  entry->add_values("home/");
  entry = request.add_context();
  entry->set_key("aws:TagKeys");
  entry->set_multivalued(true);
  entry->add_values("a");
  entry->add_values("b");
  request.add_context()->set_key("s3:empty");

  QueryScratch scratch;
  engine::Query query;
  ASSERT_TRUE(ToQuery(request, SomePeer(), &scratch, &query).ok());
  EXPECT_EQ(query.caller.kind, engine::CallerProof::Kind::kPrincipalArn);
  EXPECT_EQ(query.caller.value, "arn:aws:iam::111122223333:user/ana");
  EXPECT_TRUE(query.explain);
  EXPECT_TRUE(query.peer.may_assert_principals);
  EXPECT_EQ(query.peer.source_ip, "10.1.2.3");
  ASSERT_EQ(query.items.size(), 1u);
  EXPECT_EQ(query.items[0].action, "s3:GetObject");
  EXPECT_EQ(query.items[0].resource, "arn:aws:s3:::b/k");
  EXPECT_TRUE(query.items[0].context.empty());
  ASSERT_EQ(query.context.size(), 3u);
  EXPECT_EQ(query.context[0].key, "s3:prefix");
  EXPECT_FALSE(query.context[0].multivalued);
  ASSERT_EQ(query.context[0].values.size(), 1u);
  EXPECT_EQ(query.context[0].values[0], "home/");
  EXPECT_TRUE(query.context[1].multivalued);
  ASSERT_EQ(query.context[1].values.size(), 2u);
  EXPECT_EQ(query.context[1].values[1], "b");
  EXPECT_TRUE(query.context[2].values.empty());
}

TEST(ToQuery, TellsTokensFromArns) {
  v1::AuthorizeRequest request;
  request.set_session_token("token");
  request.set_action("a:b");
  QueryScratch scratch;
  engine::Query query;
  ASSERT_TRUE(ToQuery(request, {}, &scratch, &query).ok());
  EXPECT_EQ(query.caller.kind, engine::CallerProof::Kind::kSessionToken);
  EXPECT_EQ(query.caller.value, "token");
}

TEST(ToQuery, CarriesEveryItemOfABatchInOrder) {
  v1::BatchAuthorizeRequest request;
  request.set_session_token("token");
  v1::ContextEntry* shared = request.add_context();
  shared->set_key("shared");
  shared->add_values("0");
  for (int i = 0; i < 100; ++i) {
    v1::BatchAuthorizeItem* item = request.add_items();
    item->set_action("a:" + std::to_string(i));
    item->set_resource("r" + std::to_string(i));
    for (int j = 0; j < i % 4; ++j) {
      v1::ContextEntry* entry = item->add_context();
      entry->set_key("key" + std::to_string(i) + "-" + std::to_string(j));
      entry->add_values("value" + std::to_string(i) + "-" + std::to_string(j));
    }
  }
  QueryScratch scratch;
  engine::Query query;
  for (int round = 0; round < 2; ++round) {  // The second one in used memory.
    ASSERT_TRUE(ToQuery(request, {}, &scratch, &query).ok());
    ASSERT_EQ(query.context.size(), 1u);
    EXPECT_EQ(query.context[0].key, "shared");
    ASSERT_EQ(query.items.size(), 100u);
    for (int i = 0; i < 100; ++i) {
      const engine::QueryItem& item = query.items[static_cast<size_t>(i)];
      EXPECT_EQ(item.action, "a:" + std::to_string(i));
      EXPECT_EQ(item.resource, "r" + std::to_string(i));
      ASSERT_EQ(item.context.size(), static_cast<size_t>(i % 4));
      for (size_t j = 0; j < item.context.size(); ++j) {
        const std::string suffix = std::to_string(i) + "-" + std::to_string(j);
        EXPECT_EQ(item.context[j].key, "key" + suffix);
        ASSERT_EQ(item.context[j].values.size(), 1u);
        EXPECT_EQ(item.context[j].values[0], "value" + suffix);
      }
    }
  }
}

TEST(ToQuery, NamesTheMalformedField) {
  QueryScratch scratch;
  engine::Query query;
  const auto expect = [](const absl::Status& status, const std::string& message) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(), message);
    EXPECT_EQ(base::ReasonOf(status), "MALFORMED_REQUEST");
  };
  v1::AuthorizeRequest request;
  request.set_action("a:b");
  expect(ToQuery(request, {}, &scratch, &query), "caller: set session_token or principal_arn");
  request.set_session_token("t");
  request.clear_action();
  expect(ToQuery(request, {}, &scratch, &query), "action: must not be empty");

  v1::BatchAuthorizeRequest batch;
  batch.set_session_token("t");
  expect(ToQuery(batch, {}, &scratch, &query), "items: must be 1 to 1000, are 0");
  for (int i = 0; i < 1000; ++i) batch.add_items()->set_action("a:b");
  EXPECT_TRUE(ToQuery(batch, {}, &scratch, &query).ok());
  batch.mutable_items(7)->clear_action();
  expect(ToQuery(batch, {}, &scratch, &query), "items[7].action: must not be empty");
  batch.add_items()->set_action("a:b");
  expect(ToQuery(batch, {}, &scratch, &query), "items: must be 1 to 1000, are 1001");
}

TEST(ToProto, OnlyAllowIsAllow) {
  EXPECT_EQ(ToProto(policy::Effect::kAllow), v1::DECISION_ALLOW);
  EXPECT_EQ(ToProto(policy::Effect::kImplicitDeny), v1::DECISION_IMPLICIT_DENY);
  EXPECT_EQ(ToProto(policy::Effect::kExplicitDeny), v1::DECISION_EXPLICIT_DENY);
  EXPECT_EQ(ToProto(policy::Effect{}), v1::DECISION_IMPLICIT_DENY);
}

TEST(SetTimestamp, KeepsNanosecondsAndLeavesOutInfinity) {
  google::protobuf::Timestamp timestamp;
  int sets = 0;
  const auto set = [&] {
    ++sets;
    return &timestamp;
  };
  SetTimestamp(absl::InfiniteFuture(), set);
  SetTimestamp(absl::InfinitePast(), set);
  EXPECT_EQ(sets, 0);
  SetTimestamp(absl::FromUnixSeconds(1700000000) + absl::Nanoseconds(5), set);
  EXPECT_EQ(timestamp.seconds(), 1700000000);
  EXPECT_EQ(timestamp.nanos(), 5);
}

}  // namespace
}  // namespace portcullis::service
