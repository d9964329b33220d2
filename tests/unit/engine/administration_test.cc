#include "server/engine/administration.h"

#include <algorithm>
#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using policy::Effect;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAdmin = "arn:aws:iam::111122223333:user/admin";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

class FakeReload : public store::ReloadControl {
 public:
  store::ReloadStatus Status() const override { return status; }
  absl::StatusOr<store::ReloadStatus> ReloadNow(absl::Time) override {
    ++reloads;
    return status;
  }
  store::ReloadStatus status;
  int reloads = 0;
};

class AdministrationTest : public testing::Test {
 protected:
  AdministrationTest() {
    world.Account(kAccount);
    world.User(kAccount, "admin", {Allow("*", "*")});
    world.Group(kAccount, "g", {Allow("sqs:SendMessage", "*")});
    world.User(kAccount, "ana", {Allow("s3:GetObject", "*")}).groups.push_back({"g", {}});
    reload.status.serving_digest = "d1";
  }

  absl::StatusOr<std::vector<policy::SimulationResult>> Simulate(std::string_view source,
                                                                 std::string_view action) {
    policy::SimulationRequest request;
    request.action_names = {std::string(action)};
    return administration.SimulatePrincipalPolicy(World::Arn(kAdmin), World::TrustedPeer(), source,
                                                  request);
  }

  World world;
  FakeReload reload;
  Administration administration{world.store, world.clock, world.authorizer, reload, world.recorder};
};

TEST_F(AdministrationTest, EveryCallIsAuthorizedByPolicy) {
  world.Publish();
  const Peer peer = World::TrustedPeer();
  EXPECT_EQ(base::ReasonOf(administration.GetStatus(World::Arn(kAna), peer).status()),
            "AccessDenied");
  EXPECT_EQ(base::ReasonOf(
                administration.Reload(World::Arn(kAna), peer, absl::InfiniteFuture()).status()),
            "AccessDenied");
  EXPECT_EQ(reload.reloads, 0);
  EXPECT_EQ(
      base::ReasonOf(administration.SimulateCustomPolicy(World::Arn(kAna), peer, {}).status()),
      "AccessDenied");
  const auto status = administration.GetStatus(World::Arn(kAdmin), peer);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->reload.serving_digest, "d1");
  const std::pair<std::string, uint64_t> users = {"users", 2};
  EXPECT_NE(std::find(status->object_counts.begin(), status->object_counts.end(), users),
            status->object_counts.end());
  EXPECT_TRUE(administration.Reload(World::Arn(kAdmin), peer, absl::InfiniteFuture()).ok());
  EXPECT_EQ(reload.reloads, 1);
}

TEST_F(AdministrationTest, StatusBeforeAnythingIsLoaded) {
  EXPECT_TRUE(administration.GetStatus(World::Arn(kAdmin), World::TrustedPeer()).ok());
  EXPECT_EQ(administration.GetStatus(World::Arn(kAdmin), Peer()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(AdministrationTest, SimulatesUsersWithTheirGroups) {
  world.Publish();
  const auto own = Simulate(kAna, "s3:GetObject");
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->at(0).effect, Effect::kAllow);
  const auto group = Simulate(kAna, "sqs:SendMessage");
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(group->at(0).effect, Effect::kAllow);
  const auto neither = Simulate(kAna, "sqs:DeleteQueue");
  ASSERT_TRUE(neither.ok()) << neither.status();
  EXPECT_EQ(neither->at(0).effect, Effect::kImplicitDeny);
}

TEST_F(AdministrationTest, UnknownEntity) {
  world.Publish();
  EXPECT_EQ(base::ReasonOf(Simulate("arn:aws:iam::111122223333:user/bob", "s3:Get").status()),
            "NoSuchEntity");
  EXPECT_EQ(base::ReasonOf(Simulate("bob", "s3:GetObject").status()), "InvalidInput");
}

}  // namespace
}  // namespace portcullis::engine
