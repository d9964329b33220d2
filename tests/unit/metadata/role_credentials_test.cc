#include "server/metadata/role_credentials.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/metadata/metadata_fixtures.h"

namespace portcullis::metadata {
namespace {

class RoleCredentialsTest : public ::testing::Test {
 protected:
  std::string KeyNow() {
    const auto issued = credentials_.Get();
    return issued.ok() ? (*issued)->credentials.access_key_id
                       : std::string(absl::StatusCodeToString(issued.status().code()));
  }
  void Pass(absl::Duration duration) { clock_.now += duration; }

  ManualClock clock_;
  FakeRole role_{&clock_};
  int failures_ = 0;
  RoleCredentials credentials_{role_.Source(), clock_,
                               [this](const absl::Status&) { ++failures_; }};
};

TEST_F(RoleCredentialsTest, KeepsThemForHalfOfTheirLife) {
  EXPECT_EQ(role_.attempts, 0);  // Nobody asked yet.
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Minutes(30) - absl::Seconds(1));
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Seconds(1));
  // Less than twenty minutes are left to nobody: then botocore extends them by itself.
  EXPECT_EQ(KeyNow(), "ASIA2");
  EXPECT_EQ(KeyNow(), "ASIA2");
}

TEST_F(RoleCredentialsTest, RenewsWhenPoliciesChange) {
  EXPECT_EQ(KeyNow(), "ASIA1");
  role_.revision = "r2";
  EXPECT_EQ(KeyNow(), "ASIA2");
  EXPECT_EQ(KeyNow(), "ASIA2");
}

TEST_F(RoleCredentialsTest, HandsOutNothingOfARoleThatIsRefusedNow) {
  EXPECT_EQ(KeyNow(), "ASIA1");
  role_.revision = "r2";
  role_.failure = absl::PermissionDeniedError("not trusted");
  EXPECT_EQ(KeyNow(), "PERMISSION_DENIED");
  EXPECT_EQ(KeyNow(), "PERMISSION_DENIED");
  EXPECT_EQ(role_.attempts, 2);  // Not asked again within a second.
  EXPECT_EQ(failures_, 1);
  role_.failure = absl::OkStatus();
  Pass(absl::Seconds(1));
  EXPECT_EQ(KeyNow(), "ASIA2");
}

TEST_F(RoleCredentialsTest, HandsOutNoRevokedSession) {
  EXPECT_EQ(KeyNow(), "ASIA1");
  role_.revoked = "token1";
  EXPECT_EQ(KeyNow(), "ASIA2");
  role_.revoked = "token2";
  role_.failure = absl::UnavailableError("no policies");
  EXPECT_EQ(KeyNow(), "UNAVAILABLE");
}

TEST_F(RoleCredentialsTest, GoesOnWithGoodOnesThroughTroubleThatMayPass) {
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Minutes(40));
  role_.failure = absl::UnavailableError("the audit log is full");
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Minutes(20) - absl::Seconds(1));
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Seconds(1));
  EXPECT_EQ(KeyNow(), "UNAVAILABLE");  // At their end.
}

TEST_F(RoleCredentialsTest, ARefusalAtRenewalIsNoTroubleThatMayPass) {
  EXPECT_EQ(KeyNow(), "ASIA1");
  Pass(absl::Minutes(40));
  role_.failure = absl::PermissionDeniedError("not trusted");
  EXPECT_EQ(KeyNow(), "PERMISSION_DENIED");
}

TEST_F(RoleCredentialsTest, AClockSetBackDoesNotMakeItWait) {
  role_.failure = absl::PermissionDeniedError("not trusted");
  EXPECT_EQ(KeyNow(), "PERMISSION_DENIED");
  role_.failure = absl::OkStatus();
  Pass(-absl::Hours(1));
  EXPECT_EQ(KeyNow(), "ASIA1");
}

TEST_F(RoleCredentialsTest, ManyAtOnceGetTheSame) {
  std::atomic<int> same{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { same += KeyNow() == "ASIA1" ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(same, 8);
  EXPECT_EQ(role_.attempts, 1);
}

}  // namespace
}  // namespace portcullis::metadata
