#include "server/engine/authorizer.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using policy::Effect;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

class AuthorizerTest : public testing::Test {
 protected:
  AuthorizerTest() {
    world.Account(kAccount);
    world.User(kAccount, "ana", {Allow("s3:Get*", "arn:aws:s3:::bucket/*")});
    world.Publish();
  }

  absl::Status Ask(const CallerProof& caller, const std::vector<QueryItem>& items,
                   Peer peer = World::TrustedPeer()) {
    Query query;
    query.caller = caller;
    query.items = items;
    query.explain = true;
    query.peer = peer;
    return world.authorizer.Authorize(query, &answer);
  }

  World world;
  Answer answer;
};

TEST_F(AuthorizerTest, AnswersABatchInOrder) {
  const std::vector<QueryItem> items = {{"s3:GetObject", "arn:aws:s3:::bucket/a", {}},
                                        {"s3:PutObject", "arn:aws:s3:::bucket/a", {}},
                                        {"S3:getobject", "arn:aws:s3:::bucket/b", {}},
                                        {"s3:ListAllMyBuckets", "", {}}};
  ASSERT_TRUE(Ask(World::Arn(kAna), items).ok());
  ASSERT_EQ(answer.items.size(), 4u);
  EXPECT_EQ(answer.items[0].decision.effect, Effect::kAllow);
  EXPECT_EQ(answer.items[1].decision.effect, Effect::kImplicitDeny);
  EXPECT_EQ(answer.items[2].decision.effect, Effect::kAllow);
  EXPECT_EQ(answer.items[3].decision.effect, Effect::kImplicitDeny);
  ASSERT_EQ(answer.items[0].decision.determining.size(), 1u);
  EXPECT_EQ(answer.items[0].decision.determining[0].policy->id(), "user/ana:p0");
  EXPECT_EQ(answer.principal_arn, kAna);
  EXPECT_EQ(answer.policy_revision(), "generation-1");
  EXPECT_NE(answer.items[0].decision_id, answer.items[1].decision_id);
}

TEST_F(AuthorizerTest, MalformedItemsAreNamed) {
  const absl::Status action = Ask(World::Arn(kAna), {{"s3:*", "*", {}}});
  EXPECT_EQ(base::ReasonOf(action), "INVALID_ACTION");
  const absl::Status resource = Ask(World::Arn(kAna), {{"s3:GetObject", "bucket", {}}});
  EXPECT_EQ(base::ReasonOf(resource), "INVALID_RESOURCE");
  const absl::Status second = Ask(World::Arn(kAna), {{"s3:GetObject", "*", {}}, {"", "*", {}}});
  EXPECT_NE(std::string(second.message()).find("items[1].action"), std::string::npos);
  EXPECT_TRUE(answer.items.empty());
}

TEST_F(AuthorizerTest, BatchSizes) {
  EXPECT_EQ(base::ReasonOf(Ask(World::Arn(kAna), {})), "INVALID_BATCH_SIZE");
  const std::vector<QueryItem> full(kItemsMax, {"s3:GetObject", "*", {}});
  EXPECT_TRUE(Ask(World::Arn(kAna), full).ok());
  const std::vector<QueryItem> over(kItemsMax + 1, {"s3:GetObject", "*", {}});
  EXPECT_EQ(base::ReasonOf(Ask(World::Arn(kAna), over)), "INVALID_BATCH_SIZE");
}

TEST_F(AuthorizerTest, OnlyTrustedPeersAssert) {
  const absl::Status status = Ask(World::Arn(kAna), {{"s3:GetObject", "*", {}}}, Peer());
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(status), "ASSERTION_NOT_ALLOWED");
}

TEST_F(AuthorizerTest, NothingLoadedIsNotADecision) {
  World empty;
  const QueryItem item{"s3:GetObject", "*", {}};
  Query query;
  query.caller = World::Arn(kAna);
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = World::TrustedPeer();
  const absl::Status status = empty.authorizer.Authorize(query, &answer);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(status), "NOT_LOADED");
  EXPECT_TRUE(answer.items.empty());
}

TEST_F(AuthorizerTest, TellsWhatIsWrongWithACallToWhoeverProvedWhoTheyAre) {  // section 7
  const absl::Status problem =
      base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "ValidationError", "x");
  const auto refuse = [&](const CallerProof& caller, const Peer& peer) {
    return base::ReasonOf(world.authorizer.Refuse(caller, peer, "iam:ListUsers", problem));
  };
  EXPECT_EQ(refuse(World::Arn(kAna), World::TrustedPeer()), "ValidationError");
  EXPECT_EQ(refuse(World::Arn(kAna), Peer()), "ASSERTION_NOT_ALLOWED");
  EXPECT_EQ(refuse(World::Token("no token"), World::TrustedPeer()), "TOKEN_MALFORMED");
  const auto session = world.sessions.GetSessionToken(World::Arn(kAna), {}, World::TrustedPeer());
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(refuse(World::Token(session->session_token), World::TrustedPeer()),
            "InvalidClientTokenId");
  World empty;
  EXPECT_EQ(base::ReasonOf(empty.authorizer.Refuse(World::Arn(kAna), World::TrustedPeer(),
                                                   "iam:ListUsers", problem)),
            "NOT_LOADED");
}

TEST_F(AuthorizerTest, AnswerOutlivesAReload) {
  ASSERT_TRUE(Ask(World::Arn(kAna), {{"s3:GetObject", "arn:aws:s3:::bucket/a", {}}}).ok());
  World::SetPolicies(&world.definitions().users[0], {});
  world.Publish();
  EXPECT_EQ(answer.items[0].decision.determining[0].policy->id(), "user/ana:p0");
  EXPECT_EQ(world.DecideFor(kAna, "s3:GetObject", "arn:aws:s3:::bucket/a"), Effect::kImplicitDeny);
}

// By whoever has looked something else up in it.
TEST_F(AuthorizerTest, DecidesAgainstASnapshotThatTheCallerHolds) {
  const std::shared_ptr<const store::Snapshot> held = world.store.Current();
  World::SetPolicies(&world.definitions().users[0], {});
  world.Publish();
  const QueryItem item{"s3:GetObject", "arn:aws:s3:::bucket/a", {}};
  Query query;
  query.caller = World::Arn(kAna);
  query.items = absl::MakeConstSpan(&item, 1);
  query.peer = World::TrustedPeer();
  ASSERT_TRUE(world.authorizer.Authorize(query, &answer).ok());
  EXPECT_EQ(answer.items[0].decision.effect, Effect::kImplicitDeny);
  EXPECT_EQ(answer.policy_revision(), "generation-2");
  query.snapshot = held;
  ASSERT_TRUE(world.authorizer.Authorize(query, &answer).ok());
  EXPECT_EQ(answer.items[0].decision.effect, Effect::kAllow);
  EXPECT_EQ(answer.policy_revision(), "generation-1");
  EXPECT_EQ(answer.account, kAccount);
  EXPECT_EQ(answer.user_id, held->FindUser(kAna)->id);
}

}  // namespace
}  // namespace portcullis::engine
