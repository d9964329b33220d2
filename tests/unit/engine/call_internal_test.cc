#include "server/engine/call_internal.h"

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

class CallTest : public testing::Test {
 protected:
  CallTest() {
    world.Account(kAccount);
    world.User(kAccount, "ana", {Allow("iam:ListUsers", "*")});
  }

  Call Make() {
    return Call(
        {world.store, world.clock, world.authorizer, world.recorder, world.revocations.get()},
        Operation::Kind::kReadInventory, peer);
  }

  World world;
  const Peer peer = World::TrustedPeer();
  const CallerProof ana = World::Arn(kAna);
};

TEST_F(CallTest, NothingIsLoaded) {
  EXPECT_EQ(base::ReasonOf(Make().CheckLoaded()), "NOT_LOADED");
  world.Publish();
  EXPECT_TRUE(Make().CheckLoaded().ok());
}

TEST_F(CallTest, Identify) {
  world.Publish();
  Call call = Make();
  ASSERT_TRUE(call.IdentifyWithAccount(ana).ok());
  EXPECT_EQ(call.caller().principal.arn, kAna);
  EXPECT_EQ(call.account().id, kAccount);
  EXPECT_EQ(call.operation().caller, &call.caller());
  EXPECT_EQ(call.now(), world.clock.Now());

  Call of_service = Make();
  EXPECT_TRUE(of_service.Identify(World::Arn("s3.amazonaws.com")).ok());
  EXPECT_EQ(base::ReasonOf(Make().IdentifyWithAccount(World::Arn("s3.amazonaws.com"))),
            "AccessDenied");
  EXPECT_FALSE(Make().Identify(World::Token("nonsense")).ok());
}

TEST_F(CallTest, Require) {
  world.Publish();
  Call call = Make();
  ASSERT_TRUE(call.Identify(ana).ok());
  EXPECT_TRUE(call.Require(ana, "iam:ListUsers", "*").ok());
  EXPECT_EQ(call.operation().resource, "");
  EXPECT_EQ(base::ReasonOf(call.Require(ana, "iam:GetUser", kAna)), "AccessDenied");
  EXPECT_EQ(call.operation().resource, kAna);
}

TEST_F(CallTest, OneSnapshotThroughout) {
  world.Publish();
  const Call call = Make();
  const store::Snapshot* const first = &call.snapshot();
  world.Publish();
  EXPECT_EQ(&call.snapshot(), first);
  EXPECT_NE(world.store.Current().get(), first);
}

TEST(WithoutState, KeepsWhatHasAReason) {
  const absl::Status own =
      base::ErrorWithReason(absl::StatusCode::kResourceExhausted, "LimitExceeded", "x");
  EXPECT_EQ(WithoutState(own), own);
  EXPECT_TRUE(WithoutState(absl::OkStatus()).ok());
  EXPECT_TRUE(absl::IsInternal(WithoutState(absl::UnavailableError("disk full"))));
  EXPECT_TRUE(absl::IsInternal(WithoutState(absl::DataLossError("x"))));
  EXPECT_TRUE(absl::IsNotFound(WithoutState(absl::NotFoundError("x"))));
}

}  // namespace
}  // namespace portcullis::engine
