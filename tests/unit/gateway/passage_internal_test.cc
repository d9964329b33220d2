// The steps by themselves; what they come to together is in gatekeeper_test.cc.
#include "server/gateway/passage_internal.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/gateway/gateway_world.h"

namespace portcullis::gateway {
namespace {

class PassageTest : public GatewayTest {
 protected:
  // One passage, with what it needs.
  struct Walk {
    Walk(PassageTest* test, Sent what)
        : sent(std::move(what)),
          arrival(sent),
          exchange(*test->sessions, test->world.clock),
          passage(test->world.store.Current(), test->world.clock.Now(),
                  {*test->authorizer, *test->sessions, *test->recorder}, &exchange, arrival.get()) {
    }
    const Sent sent;
    const ArrivalOf arrival;
    SessionExchange exchange;
    Passage passage;
  };
};

TEST_F(PassageTest, NoStepAllows) {
  Walk walk(this, Signed({}));
  EXPECT_EQ(walk.passage.verdict().outcome, Verdict::Outcome::kUndecided);
  ASSERT_TRUE(walk.passage.FindRoute().ok());
  EXPECT_EQ(walk.passage.verdict().outcome, Verdict::Outcome::kUndecided);
  ASSERT_TRUE(walk.passage.Decide().ok());
  EXPECT_EQ(walk.passage.verdict().outcome, Verdict::Outcome::kUndecided);
  EXPECT_EQ(walk.passage.verdict().principal_arn, kAna);
}

TEST_F(PassageTest, FindingTheRouteRecordsNothing) {
  Start();
  Sent nowhere;
  nowhere.target = "/nowhere";
  for (const Sent& sent : {Sent(), nowhere}) {
    Walk walk(this, sent);
    walk.passage.FindRoute().IgnoreError();
  }
  EXPECT_TRUE(Written().empty());
}

TEST_F(PassageTest, TurnedAwayOnceWhateverHappened) {
  Start();
  {
    Walk walk(this, Signed({}, {}, kBobKey));
    ASSERT_TRUE(walk.passage.FindRoute().ok());
    const absl::Status stop = walk.passage.Decide();
    EXPECT_EQ(base::ReasonOf(stop), "IMPLICIT_DENY");
    walk.passage.TurnAway(stop);
    walk.passage.TurnAway(stop);
    EXPECT_EQ(walk.passage.verdict().outcome, Verdict::Outcome::kDenied);
  }
  {
    Walk walk(this, {});
    walk.passage.TurnAway(absl::CancelledError("the proxy has gone"));
    EXPECT_EQ(walk.passage.verdict().outcome, Verdict::Outcome::kUndecided);
    EXPECT_EQ(walk.passage.verdict().failure.code(), absl::StatusCode::kCancelled);
  }
  EXPECT_EQ(Written().size(), 2u);
}

// The generation that was current when the request came, to its end.
TEST_F(PassageTest, OneSnapshotThroughout) {
  Walk walk(this, Signed({}));
  ASSERT_TRUE(walk.passage.FindRoute().ok());
  engine::World::SetPolicies(&UserNamed("ana"), {});
  world.Publish();
  EXPECT_TRUE(walk.passage.Decide().ok());
  EXPECT_EQ(walk.passage.verdict().policy_revision, "generation-1");
}

TEST_F(PassageTest, AConnectionIsAskedAboutByItsServerName) {
  Sent sent;
  sent.method = sent.target = "";
  const ArrivalOf arrival(sent);
  Arrival bare = arrival.get();
  bare.request.connection_only = true;
  SessionExchange exchange(*sessions, world.clock);
  Passage passage(world.store.Current(), world.clock.Now(), {*authorizer, *sessions, *recorder},
                  &exchange, bare);
  EXPECT_EQ(base::ReasonOf(passage.FindRoute()), "NO_ROUTE");
  EXPECT_EQ(passage.verdict().gateway, "orders");
  bare.request.host = "";
  Passage nameless(world.store.Current(), world.clock.Now(), {*authorizer, *sessions, *recorder},
                   &exchange, bare);
  EXPECT_EQ(base::ReasonOf(nameless.FindRoute()), "NO_GATEWAY");
}

}  // namespace
}  // namespace portcullis::gateway
