#include "client/credentials.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

class ManualClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(seconds); }
  std::atomic<int64_t> seconds = 1'000'000;
};

std::unique_ptr<CredentialsProvider> Developer() {
  v1::CallerCredentials caller;
  caller.set_principal_arn("arn:aws:iam::111111111111:user/ana");
  return std::make_unique<FixedCredentials>(caller);
}

v1::AssumeRoleRequest UpdateApp() {
  v1::AssumeRoleRequest request;
  request.set_role_arn("arn:aws:iam::123456789012:role/UpdateApp");
  request.set_role_session_name("ana");
  return request;
}

// Issues sessions of an hour: "token-0", "token-1", ...
class RoleCredentialsTest : public testing::Test {
 protected:
  grpc::Status Issue(const google::protobuf::Message& message,
                     google::protobuf::Message* response) {
    ++begun;
    if (hold != nullptr) hold->WaitForNotification();
    if (failing) return ErrorWithDetails(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "later");
    const auto& request = static_cast<const v1::AssumeRoleRequest&>(message);
    EXPECT_EQ(request.role_arn(), UpdateApp().role_arn());
    EXPECT_EQ(request.caller().principal_arn(), "arn:aws:iam::111111111111:user/ana");
    auto* answer = static_cast<v1::AssumeRoleResponse*>(response)->mutable_credentials();
    answer->set_session_token("token-" + std::to_string(issued++));
    answer->mutable_expiration()->set_seconds(clock.seconds + 3600);
    return grpc::Status::OK;
  }

  ManualClock clock;
  std::atomic<int> begun = 0;
  std::atomic<int> issued = 0;
  std::atomic<bool> failing = false;
  absl::Notification* hold = nullptr;
  FakeServer server{
      [this](const google::protobuf::Message& request, google::protobuf::Message* response) {
        return Issue(request, response);
      }};
  std::unique_ptr<Connection> connection = server.Connect();
  RoleCredentials credentials{*connection, UpdateApp(), Developer(), clock};
};

TEST_F(RoleCredentialsTest, KeepsASessionUntilTenMinutesBeforeItsEnd) {
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  clock.seconds += 3600 - 601;
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(credentials.Get()->session_token(), "token-1");
  EXPECT_EQ(issued, 2);
}

TEST_F(RoleCredentialsTest, GoesOnWithAGoodSessionWhenRenewingFails) {
  ASSERT_TRUE(credentials.Get().ok());
  failing = true;
  clock.seconds += 3000;
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  failing = false;
  clock.seconds += 9;  // Not yet: an attempt every ten seconds.
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(credentials.Get()->session_token(), "token-1");
}

TEST_F(RoleCredentialsTest, NeverReturnsAnExpiredSession) {
  ASSERT_TRUE(credentials.Get().ok());
  failing = true;
  clock.seconds += 3599;
  EXPECT_TRUE(credentials.Get().ok());
  clock.seconds += 1;
  EXPECT_EQ(credentials.Get().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RoleCredentialsTest, AssumesTheRoleOnceForAllThreads) {
  absl::Notification go;
  hold = &go;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(credentials.Get()->session_token(), "token-0"); });
  }
  go.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issued, 1);
}

TEST_F(RoleCredentialsTest, OthersDoNotWaitWhileOneRenews) {
  ASSERT_TRUE(credentials.Get().ok());
  absl::Notification go;
  hold = &go;
  clock.seconds += 3100;
  std::thread renewing([this] { EXPECT_EQ(credentials.Get()->session_token(), "token-1"); });
  while (begun < 2) std::this_thread::yield();
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  go.Notify();
  renewing.join();
}

}  // namespace
}  // namespace portcullis::client
