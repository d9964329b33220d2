// What clients get over the wire while the server cannot answer, and that it is over afterwards.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/http/server.h"
#include "tests/unit/http/test_server.h"
#include "tests/unit/http/wire.h"
#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kUnavailable =
    "<Code>ServiceUnavailable</Code>"
    "<Message>The service cannot answer at the moment. Please try again.</Message>";

// No record, no answer.
audit::QueueOptions FailClosed() {
  audit::QueueOptions options;
  options.on_full = audit::OnFull::kFailClosed;
  options.on_full_important = audit::OnFull::kFailClosed;
  options.write_interval = absl::Milliseconds(1);
  options.retry_interval = absl::Milliseconds(1);
  return options;
}

// An endpoint behind the real HTTP server, on the loopback.
class OverloadTest : public QueryTest {
 protected:
  OverloadTest() : QueryTest(FailClosed()) { world.Publish(); }

  void Serve(const http::ServerOptions& options) {
    absl::StatusOr<std::unique_ptr<http::Server>> started = http::Server::Start(
        options,
        [this](const http::Request& request) {
          if (before_answer) before_answer();
          return endpoint->Handle(request);
        },
        [this](int status) { return endpoint->Refuse(status); });
    ASSERT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
  }

  static std::string Bytes(const Sent& sent) {
    std::string bytes = absl::StrCat(sent.method, " ", sent.path, " HTTP/1.1\r\n");
    for (const auto& [name, value] : sent.headers)
      absl::StrAppend(&bytes, name, ": ", value, "\r\n");
    absl::StrAppend(&bytes, "Content-Length: ", sent.body.size(), "\r\n\r\n", sent.body);
    return bytes;
  }
  std::string WhoAmI() const { return Bytes(Signed(Request("GetCallerIdentity"), Ana())); }

  // Botocore's standard mode, and all that follow it, try again after a 503, whatever its code.
  static void ExpectToTryAgain(const http::WireResponse& response) {
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.Header("Content-Type"), "text/xml");
    EXPECT_THAT(response.body, HasSubstr("<Type>Receiver</Type>"));
    EXPECT_THAT(response.body, HasSubstr(kUnavailable));
    const std::string id = response.Header("x-amzn-RequestId");
    EXPECT_EQ(id.size(), 36u);
    EXPECT_THAT(response.body, HasSubstr(absl::StrCat("<RequestId>", id, "</RequestId>")));
  }

  std::function<void()> before_answer;
  std::unique_ptr<http::Server> server;
};

TEST_F(OverloadTest, NothingLoadedYet) {
  const std::shared_ptr<const store::Snapshot> loaded = world.store.Current();
  world.store.Publish(nullptr);
  Serve({});
  http::Wire wire(server->port());
  ExpectToTryAgain(wire.Exchange(WhoAmI()));
  ExpectToTryAgain(wire.Exchange(Bytes(Request("GetCallerIdentity"))));
  ExpectToTryAgain(
      wire.Exchange(Bytes(Signed(Request("ListUsers", {}, Service::kIam), Ana(), "iam"))));
  EXPECT_EQ(internal_errors.size(), 3u);
  world.store.Publish(loaded);
  EXPECT_EQ(wire.Exchange(WhoAmI()).status, 200) << "on the same connection";
}

TEST_F(OverloadTest, NoAnswerWithoutARecord) {
  world.Role(kAccount, "r", engine::Trust(kAna));
  const std::string role = RoleArn("r");  // Fields are views.
  world.Publish();
  Serve({});
  http::Wire wire(server->port());
  audit_log.failing = true;
  // The first records find room; what happens to them the log learns a moment later.
  ASSERT_TRUE(http::Eventually([&] { return wire.Exchange(WhoAmI()).status == 503; }));
  ExpectToTryAgain(wire.Exchange(WhoAmI()));
  const http::WireResponse session = wire.Exchange(
      Bytes(Signed(Request("AssumeRole", {{"RoleArn", role}, {"RoleSessionName", "s1"}}), Ana())));
  ExpectToTryAgain(session);
  EXPECT_THAT(session.body, Not(HasSubstr("SecretAccessKey")));
  // Refusals are given all the same: nobody should try those again.
  EXPECT_EQ(wire.Exchange(Bytes(Request("GetCallerIdentity"))).status, 403);
  for (const std::string& error : internal_errors) {
    EXPECT_THAT(error, HasSubstr("the audit log cannot take a record"));
  }
  audit_log.failing = false;
  EXPECT_TRUE(http::Eventually([&] { return wire.Exchange(WhoAmI()).status == 200; }));
}

TEST_F(OverloadTest, TooManyBodiesAtOnce) {
  Serve({.bodies_bytes_max = 1000});
  const auto padded = [this](size_t padding) {
    const std::string text(padding, 'a');
    return Bytes(Signed(Request("GetCallerIdentity", {{"Padding", text}}), Ana()));
  };
  const std::string large = padded(850);
  http::Wire first(server->port());
  ASSERT_TRUE(first.Send(large.substr(0, large.size() - 1)));
  ASSERT_TRUE(http::Eventually([&] { return server->counters().bodies_bytes > 850; }));
  const std::string second = padded(200);
  http::Wire wire(server->port());
  ASSERT_TRUE(wire.Send(second.substr(0, second.size() - 1)));
  const http::WireResponse refused = wire.ReadResponse();
  ExpectToTryAgain(refused);
  EXPECT_EQ(refused.Header("Connection"), "close");
  EXPECT_EQ(first.Exchange(large.substr(large.size() - 1)).status, 200);
  EXPECT_EQ(http::Wire(server->port()).Exchange(second).status, 200);
  EXPECT_THAT(internal_errors, IsEmpty());
}

// A connection too many ends before it is read: no document says so, and clients connect again.
TEST_F(OverloadTest, TooManyConnectionsAtOnce) {
  absl::Notification asked;
  absl::Notification answer;
  before_answer = [&] {
    if (asked.HasBeenNotified()) return;
    asked.Notify();
    answer.WaitForNotification();
  };
  Serve({.threads = 2, .connections_max = 1});
  http::Wire first(server->port());
  ASSERT_TRUE(first.Send(WhoAmI()));
  asked.WaitForNotification();
  EXPECT_TRUE(http::Wire(server->port()).IsClosed());
  answer.Notify();
  EXPECT_EQ(first.ReadResponse().status, 200);
  EXPECT_TRUE(http::Eventually(
      [&] { return http::Wire(server->port()).Exchange(WhoAmI()).status == 200; }));
  EXPECT_THAT(internal_errors, IsEmpty());
}

}  // namespace
}  // namespace portcullis::query
