#include "client/role_credentials.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLifetime = 3600;

class ManualClock final : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(seconds); }
  std::atomic<int64_t> seconds = 1'000'000;
};

// Issues sessions of an hour: "token-0", "token-1", ...
class Issuer {
 public:
  absl::StatusOr<v1::Credentials> Issue() {
    ++begun;
    if (absl::Notification* held = hold) held->WaitForNotification();
    if (failing) return absl::UnavailableError("later");
    v1::Credentials credentials;
    credentials.set_access_key_id("ASIA" + std::to_string(issued));
    credentials.set_session_token("token-" + std::to_string(issued++));
    credentials.mutable_expiration()->set_seconds(clock.seconds + lifetime);
    return credentials;
  }
  IssueSession AsFunction() {
    return [this] { return Issue(); };
  }

  ManualClock clock;
  std::atomic<int64_t> lifetime = kLifetime;
  std::atomic<int> begun = 0;
  std::atomic<int> issued = 0;
  std::atomic<bool> failing = false;
  std::atomic<absl::Notification*> hold = nullptr;
};

// Pauses that do not vary: 10 s, 20 s, 40 s, 60 s, ...
RefreshOptions Steady() {
  RefreshOptions options;
  options.first_pause = absl::Seconds(10);
  options.random = [] { return 0.0; };
  return options;
}

RefreshOptions InBackground() {
  RefreshOptions options = Steady();
  options.in_background = true;
  options.poll_interval = absl::Milliseconds(1);
  return options;
}

// Waits until `condition` holds, for ten seconds at most.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (!condition() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
  return condition();
}

class RoleCredentialsTest : public testing::Test {
 protected:
  std::string Token() {
    const auto caller = credentials.Get();
    return caller.ok() ? caller->session_token() : std::string(caller.status().message());
  }

  Issuer issuer;
  ManualClock& clock = issuer.clock;
  RoleCredentials credentials{issuer.AsFunction(), Steady(), issuer.clock};
};

TEST_F(RoleCredentialsTest, KeepsASessionUntilTenMinutesBeforeItsEnd) {
  EXPECT_EQ(issuer.begun, 0);  // Nobody has asked yet.
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += kLifetime - 601;
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(Token(), "token-1");
  EXPECT_EQ(issuer.issued, 2);
}

TEST_F(RoleCredentialsTest, RenewsAShortSessionWhenAQuarterIsLeft) {
  issuer.lifetime = 900;
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += 674;
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(Token(), "token-1");
}

TEST_F(RoleCredentialsTest, GivesTheAccessKeyOfTheSameSession) {
  const auto session = credentials.GetCredentials();
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(session->access_key_id(), "ASIA0");
  EXPECT_EQ(session->session_token(), "token-0");
}

TEST_F(RoleCredentialsTest, GoesOnWithAGoodSessionWhenRenewingFails) {
  ASSERT_EQ(Token(), "token-0");
  issuer.failing = true;
  clock.seconds += 3000;
  EXPECT_EQ(Token(), "token-0");
  EXPECT_EQ(credentials.status().failures, 1);
  clock.seconds += 9;  // Not yet: the first pause is ten seconds.
  EXPECT_EQ(Token(), "token-0");
  EXPECT_EQ(issuer.begun, 2);
  clock.seconds += 1;
  EXPECT_EQ(Token(), "token-0");
  EXPECT_EQ(issuer.begun, 3);
  issuer.failing = false;
  clock.seconds += 19;  // The second is twenty.
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(Token(), "token-1");
  EXPECT_EQ(credentials.status().failures, 0);
}

TEST_F(RoleCredentialsTest, NeverReturnsAnExpiredSession) {
  ASSERT_EQ(Token(), "token-0");
  issuer.failing = true;
  clock.seconds += kLifetime - 1;
  EXPECT_EQ(Token(), "token-0");
  clock.seconds += 1;
  EXPECT_EQ(credentials.Get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(credentials.status().good);
}

TEST_F(RoleCredentialsTest, LeavesAFailingServerAloneAndRepeatsItsError) {
  issuer.failing = true;
  EXPECT_EQ(Token(), "later");
  EXPECT_EQ(Token(), "later");
  clock.seconds += 9;
  EXPECT_EQ(Token(), "later");
  EXPECT_EQ(issuer.begun, 1);
  issuer.failing = false;
  clock.seconds += 1;
  EXPECT_EQ(Token(), "token-0");
}

TEST_F(RoleCredentialsTest, TriesAtTheEndOfTheSessionHoweverLongThePause) {
  ASSERT_EQ(Token(), "token-0");
  issuer.failing = true;
  clock.seconds += kLifetime - 3;
  EXPECT_EQ(Token(), "token-0");
  issuer.failing = false;
  clock.seconds += 3;  // Less than the pause.
  EXPECT_EQ(Token(), "token-1");
}

TEST_F(RoleCredentialsTest, RefusesASessionThatHasExpiredAlready) {
  issuer.lifetime = 0;
  EXPECT_EQ(credentials.Get().status().code(), absl::StatusCode::kUnauthenticated);
}

TEST(RoleCredentialsErrors, KeepTheirReasons) {
  RoleCredentials credentials([] {
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied",
                                 "not authorized");
  });
  for (const absl::Status& status :
       {credentials.Get().status(), credentials.Get().status(), credentials.status().last_error}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(status.message(), "not authorized");
    EXPECT_EQ(base::ReasonOf(status), "AccessDenied");
  }
}

TEST_F(RoleCredentialsTest, TellsHowItIsDoing) {
  EXPECT_FALSE(credentials.status().good);
  ASSERT_EQ(Token(), "token-0");
  RefreshStatus status = credentials.status();
  EXPECT_TRUE(status.good);
  EXPECT_EQ(status.last_success, clock.Now());
  EXPECT_EQ(status.expiration, clock.Now() + absl::Seconds(kLifetime));
  EXPECT_EQ(status.next_attempt, clock.Now() + absl::Seconds(kLifetime - 600));
  EXPECT_TRUE(status.last_error.ok());
  issuer.failing = true;
  clock.seconds += 3000;
  ASSERT_EQ(Token(), "token-0");
  status = credentials.status();
  EXPECT_TRUE(status.good);
  EXPECT_EQ(status.last_error.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(status.next_attempt, clock.Now() + absl::Seconds(10));
}

TEST_F(RoleCredentialsTest, GetsANewSessionAfterDiscard) {
  ASSERT_EQ(Token(), "token-0");
  credentials.Discard();
  EXPECT_FALSE(credentials.status().good);
  EXPECT_EQ(Token(), "token-1");
}

TEST_F(RoleCredentialsTest, DiscardDoesNotShortenAPause) {
  issuer.failing = true;
  ASSERT_EQ(Token(), "later");
  credentials.Discard();
  EXPECT_EQ(Token(), "later");
  EXPECT_EQ(issuer.begun, 1);
}

TEST_F(RoleCredentialsTest, GetsOneSessionForAllThreads) {
  absl::Notification go;
  issuer.hold = &go;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(Token(), "token-0"); });
  }
  go.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issuer.begun, 1);
}

TEST_F(RoleCredentialsTest, FailsOnceForAllThreads) {
  absl::Notification go;
  issuer.hold = &go;
  issuer.failing = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(Token(), "later"); });
  }
  go.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issuer.begun, 1);
}

TEST_F(RoleCredentialsTest, OthersDoNotWaitWhileOneRenews) {
  ASSERT_EQ(Token(), "token-0");
  absl::Notification go;
  issuer.hold = &go;
  clock.seconds += 3100;
  std::thread renewing([this] { EXPECT_EQ(Token(), "token-1"); });
  ASSERT_TRUE(Eventually([this] { return issuer.begun == 2; }));
  EXPECT_EQ(Token(), "token-0");
  go.Notify();
  renewing.join();
}

TEST(RoleCredentialsInBackground, RenewsWithoutBeingAsked) {
  Issuer issuer;
  RoleCredentials credentials(issuer.AsFunction(), InBackground(), issuer.clock);
  ASSERT_TRUE(Eventually([&] { return credentials.status().good; }));
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  issuer.clock.seconds += kLifetime - 600;
  ASSERT_TRUE(Eventually([&] { return issuer.issued == 2; }));
  EXPECT_TRUE(Eventually([&] { return credentials.Get()->session_token() == "token-1"; }));
}

TEST(RoleCredentialsInBackground, NobodyWaitsWhileASessionIsGood) {
  Issuer issuer;
  RoleCredentials credentials(issuer.AsFunction(), InBackground(), issuer.clock);
  ASSERT_TRUE(Eventually([&] { return credentials.status().good; }));
  absl::Notification go;
  issuer.hold = &go;
  issuer.clock.seconds += kLifetime - 100;
  ASSERT_TRUE(Eventually([&] { return issuer.begun == 2; }));
  EXPECT_EQ(credentials.Get()->session_token(), "token-0");
  go.Notify();
  EXPECT_TRUE(Eventually([&] { return credentials.Get()->session_token() == "token-1"; }));
}

TEST(RoleCredentialsInBackground, KeepsTryingAfterFailures) {
  Issuer issuer;
  issuer.failing = true;
  RoleCredentials credentials(issuer.AsFunction(), InBackground(), issuer.clock);
  ASSERT_TRUE(Eventually([&] { return credentials.status().failures == 1; }));
  EXPECT_EQ(credentials.Get().status().code(), absl::StatusCode::kUnavailable);
  issuer.clock.seconds += 10;
  ASSERT_TRUE(Eventually([&] { return credentials.status().failures == 2; }));
  issuer.failing = false;
  issuer.clock.seconds += 20;
  EXPECT_TRUE(Eventually([&] { return credentials.Get().ok(); }));
}

TEST(RoleCredentialsInBackground, StopsWhileACallIsUnderWay) {
  Issuer issuer;
  absl::Notification go;
  issuer.hold = &go;
  auto credentials =
      std::make_unique<RoleCredentials>(issuer.AsFunction(), InBackground(), issuer.clock);
  ASSERT_TRUE(Eventually([&] { return issuer.begun == 1; }));
  std::thread stopping([&] { credentials.reset(); });
  go.Notify();
  stopping.join();
  const int begun = issuer.begun;
  issuer.clock.seconds += 2 * kLifetime;
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(issuer.begun, begun);
}

TEST(RoleCredentialsInBackground, StopsAtOnceWhileItWaits) {
  Issuer issuer;
  RefreshOptions options = InBackground();
  options.poll_interval = absl::Hours(1);
  auto credentials = std::make_unique<RoleCredentials>(issuer.AsFunction(), options, issuer.clock);
  ASSERT_TRUE(Eventually([&] { return credentials->status().good; }));
  const absl::Time begin = absl::Now();
  credentials.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(30));
}

// Readers, a thread that renews, discards and failures at once: an expired or empty session must
// never come out.
TEST(RoleCredentialsInBackground, StandsConcurrentUse) {
  Issuer issuer;
  RefreshOptions options = InBackground();
  options.first_pause = absl::Seconds(1);
  RoleCredentials credentials(issuer.AsFunction(), options, issuer.clock);
  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const absl::Time before = issuer.clock.Now();
        const auto session = credentials.GetCredentials();
        if (!session.ok()) continue;
        ++answered;
        EXPECT_FALSE(session->session_token().empty());
        EXPECT_GT(absl::FromUnixSeconds(session->expiration().seconds()), before);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    issuer.failing = i % 7 == 3;
    issuer.clock.seconds += i % 5 == 0 ? kLifetime : 700;
    if (i % 11 == 0) credentials.Discard();
    absl::SleepFor(absl::Microseconds(500));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(answered, 0);
}

// ---- The ways to get a session ------------------------------------------------------------------

// A fake server that notes the last request and issues "token".
class IssueSessionTest : public testing::Test {
 protected:
  template <typename Response>
  void Fill(google::protobuf::Message* message) {
    auto* credentials = static_cast<Response*>(message)->mutable_credentials();
    credentials->set_session_token("token");
  }

  std::string last_request;
  FakeServer server{
      [this](const google::protobuf::Message& request, google::protobuf::Message* response) {
        last_request = request.ShortDebugString();
        if (dynamic_cast<v1::AssumeRoleResponse*>(response) != nullptr) {
          Fill<v1::AssumeRoleResponse>(response);
        } else if (dynamic_cast<v1::AssumeRoleWithWebIdentityResponse*>(response) != nullptr) {
          Fill<v1::AssumeRoleWithWebIdentityResponse>(response);
        } else {
          Fill<v1::AssumeRoleWithWorkloadIdentityResponse>(response);
        }
        return grpc::Status::OK;
      }};
  std::unique_ptr<Connection> connection = server.Connect();
};

TEST_F(IssueSessionTest, AssumesARoleAsTheSourceSays) {
  v1::CallerCredentials ana;
  ana.set_principal_arn("arn:aws:iam::111111111111:user/ana");
  v1::AssumeRoleRequest request;
  request.set_role_arn("arn:aws:iam::123456789012:role/UpdateApp");
  const IssueSession issue =
      ByAssumingRole(*connection, request, std::make_shared<FixedCredentials>(ana));
  const auto session = issue();
  ASSERT_TRUE(session.ok()) << session.status();
  EXPECT_EQ(session->session_token(), "token");
  EXPECT_EQ(last_request,
            "caller { principal_arn: \"arn:aws:iam::111111111111:user/ana\" } "
            "role_arn: \"arn:aws:iam::123456789012:role/UpdateApp\"");
}

TEST_F(IssueSessionTest, ChainsRoles) {
  v1::AssumeRoleRequest first;
  first.set_role_arn("first");
  v1::CallerCredentials ana;
  ana.set_principal_arn("ana");
  auto source = std::make_shared<RoleCredentials>([] {
    v1::Credentials credentials;
    credentials.set_session_token("first-session");
    credentials.mutable_expiration()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 900);
    return credentials;
  });
  v1::AssumeRoleRequest second;
  second.set_role_arn("second");
  ASSERT_TRUE(ByAssumingRole(*connection, second, source)().ok());
  EXPECT_EQ(last_request, "caller { session_token: \"first-session\" } role_arn: \"second\"");
}

TEST_F(IssueSessionTest, ReadsTheTokenFileEveryTime) {
  const fs::path path = fs::path(testing::TempDir()) / "web-identity-token";
  v1::AssumeRoleWithWebIdentityRequest request;
  request.set_role_arn("r");
  const IssueSession issue = ByWebIdentity(*connection, request, path.string());
  for (const std::string token : {"first.token", "second.token"}) {
    std::ofstream(path) << token << "\n";
    ASSERT_TRUE(issue().ok());
    EXPECT_EQ(last_request, "role_arn: \"r\" web_identity_token: \"" + token + "\"");
  }
  fs::remove(path);
  EXPECT_EQ(issue().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(IssueSessionTest, AssumesARoleAsAWorkload) {
  v1::AssumeRoleWithWorkloadIdentityRequest request;
  request.set_role_arn("r");
  ASSERT_TRUE(ByWorkloadIdentity(*connection, request)().ok());
  EXPECT_EQ(last_request, "role_arn: \"r\"");
}

}  // namespace
}  // namespace portcullis::client
