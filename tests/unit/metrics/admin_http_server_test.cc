#include "server/metrics/admin_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/metrics/exposition_text.h"

namespace portcullis::metrics {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Sends `request` to a loopback port and returns all that comes back.
std::string Exchange(uint16_t port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    ssize_t received = 0;
    while ((received = recv(fd, buffer, sizeof(buffer), 0)) > 0) answer.append(buffer, received);
  }
  close(fd);
  return answer;
}

std::string Get(uint16_t port, const std::string& target, const std::string& method = "GET") {
  return Exchange(port, absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n",
                                     "Connection: close\r\n\r\n"));
}

std::string Body(const std::string& answer) {
  const size_t start = answer.find("\r\n\r\n");
  return start == std::string::npos ? "" : answer.substr(start + 4);
}

class AdminHttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<AdminHttpServer>> server = AdminHttpServer::Start(
        {},
        {.live = [this] { return live_.load(); },
         .ready =
             [this](bool verbose) {
               return Readiness{ready_.load(), verbose ? "policies: loaded\nlisteners: up" : "ok"};
             }},
        &registry_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    ASSERT_NE(server_->port(), 0);
  }

  Registry registry_;
  std::atomic<bool> live_{true};
  std::atomic<bool> ready_{true};
  std::unique_ptr<AdminHttpServer> server_;
};

TEST_F(AdminHttpServerTest, ServesMetrics) {
  registry_.CountDecision(Api::kGrpc, DecisionReason::kExplicitDeny);
  const std::string answer = Get(server_->port(), "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  const ExpositionText text = ParseExposition(Body(answer));
  EXPECT_THAT(text.problems, IsEmpty());
  EXPECT_EQ(text.Value("portcullis_authz_decisions_total{api=\"grpc\",decision=\"deny\","
                       "reason=\"explicit_deny\"}"),
            1);
}

TEST_F(AdminHttpServerTest, ServesOpenMetricsToWhoeverPrefersIt) {
  const std::string answer =
      Exchange(server_->port(),
               "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: "
               "application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/openmetrics-text; version=1.0.0; "
                                "charset=utf-8\r\n"));
  EXPECT_THAT(Body(answer), EndsWith("\n# EOF\n"));
}

TEST_F(AdminHttpServerTest, TellsWhetherItLivesAndIsReady) {
  const uint16_t port = server_->port();
  EXPECT_THAT(Get(port, "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(Body(Get(port, "/livez")), "ok\n");
  EXPECT_EQ(Body(Get(port, "/readyz")), "ok\n");
  EXPECT_EQ(Body(Get(port, "/readyz?verbose")), "policies: loaded\nlisteners: up\n");
  EXPECT_EQ(Body(Get(port, "/readyz?verbose=1")), "policies: loaded\nlisteners: up\n");
  ready_ = false;
  EXPECT_THAT(Get(port, "/readyz"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(Get(port, "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
  live_ = false;
  EXPECT_THAT(Get(port, "/livez"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
}

TEST_F(AdminHttpServerTest, RefusesEverythingElse) {
  const uint16_t port = server_->port();
  for (const char* target : {"/", "/metricsx", "/metrics/x", "/livez/", "/CMakeLists.txt",
                             "/../../etc/passwd", "/%2e%2e/etc/passwd", "/favicon.ico"}) {
    EXPECT_THAT(Get(port, target), StartsWith("HTTP/1.1 404 ")) << target;
    EXPECT_THAT(Get(port, target), Not(HasSubstr("root:"))) << target;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    EXPECT_THAT(Get(port, "/metrics", method), StartsWith("HTTP/1.1 405 ")) << method;
  }
  EXPECT_THAT(Exchange(port, "nonsense\r\n\r\n"), Not(StartsWith("HTTP/1.1 200")));
}

TEST_F(AdminHttpServerTest, HeadHasNoBody) {
  const std::string answer = Get(server_->port(), "/livez", "HEAD");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_EQ(Body(answer), "");
}

TEST_F(AdminHttpServerTest, AnswersManyAtOnce) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, &good] {
      for (int j = 0; j < 5; ++j) {
        if (Get(server_->port(), j % 2 == 0 ? "/metrics" : "/readyz").starts_with("HTTP/1.1 200")) {
          ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

TEST_F(AdminHttpServerTest, StopsListeningWhenDestroyed) {
  const uint16_t port = server_->port();
  server_.reset();
  EXPECT_EQ(Get(port, "/livez"), "");
}

TEST_F(AdminHttpServerTest, ReportsAnAddressInUse) {
  const auto second = AdminHttpServer::Start({.port = server_->port()}, {}, &registry_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("127.0.0.1:"));
}

}  // namespace
}  // namespace portcullis::metrics
