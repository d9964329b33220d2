#include "server/http/server.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"
#include "tests/unit/http/test_server.h"
#include "tests/unit/http/wire.h"

namespace portcullis::http {
namespace {

using ::testing::HasSubstr;

TEST(ServerTest, ServesWhileAThousandConnectionsAreIdle) {
  const auto server = Serve({}, &Echo);
  std::vector<Wire> idle;
  for (int i = 0; i < 1000; ++i) idle.emplace_back(server->port());
  ASSERT_TRUE(Eventually([&server] { return server->counters().connections_open == 1000; }));
  const absl::Time start = absl::Now();
  Wire wire(server->port());
  EXPECT_EQ(wire.Exchange(Get("/one")).body, "/one");
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  // Idle is not dead.
  EXPECT_EQ(idle.front().Exchange(Get("/first")).body, "/first");
  EXPECT_EQ(idle.back().Exchange(Get("/last")).body, "/last");
  EXPECT_EQ(server->counters().connections_accepted, 1001);
  EXPECT_EQ(server->counters().connections_turned_away, 0);
}

TEST(ServerTest, MakesRoomForANewConnectionAtTheCostOfTheLongestIdle) {
  const auto server = Serve({.connections_max = 2}, &Echo);
  Wire first(server->port());
  EXPECT_EQ(first.Exchange(Get("/")).status, 200);
  Wire second(server->port());
  EXPECT_EQ(second.Exchange(Get("/")).status, 200);
  absl::SleepFor(absl::Milliseconds(200));  // A connection is idle a moment after its answer.
  EXPECT_EQ(first.Exchange(Get("/")).status, 200);  // Now the second has been idle for longer.
  Wire third(server->port());
  EXPECT_EQ(third.Exchange(Get("/")).status, 200);
  EXPECT_TRUE(second.IsClosed());
  EXPECT_EQ(first.Exchange(Get("/")).status, 200);
  EXPECT_EQ(server->counters().connections_turned_away, 0);
}

TEST(ServerTest, TurnsAwayWhenEveryConnectionIsBusy) {
  absl::Notification busy, proceed;
  const auto server = Serve({.threads = 2, .connections_max = 1}, [&](const Request&) {
    busy.Notify();
    proceed.WaitForNotification();
    return TextResponse("done");
  });
  Wire first(server->port());
  first.Send(Get("/"));
  busy.WaitForNotification();
  Wire second(server->port());
  EXPECT_TRUE(second.IsClosed());
  EXPECT_EQ(server->counters().connections_turned_away, 1);
  proceed.Notify();
  EXPECT_EQ(first.ReadResponse().body, "done");
}

TEST(ServerTest, ShutdownLetsTheRequestInProgressEnd) {
  absl::Notification busy, proceed;
  const auto server = Serve({}, [&](const Request&) {
    busy.Notify();
    proceed.WaitForNotification();
    return TextResponse("done");
  });
  const uint16_t port = server->port();
  Wire idle(port);
  Wire wire(port);
  wire.Send(Get("/"));
  busy.WaitForNotification();
  std::thread shutdown([&server] { server->Shutdown(absl::Now() + absl::Seconds(10)); });
  EXPECT_TRUE(idle.IsClosed());
  EXPECT_TRUE(Eventually([port] { return !Wire(port).connected(); }));
  proceed.Notify();
  const WireResponse response = wire.ReadResponse();
  EXPECT_EQ(response.body, "done");
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_TRUE(wire.IsClosed());
  shutdown.join();
  server->Shutdown(absl::InfiniteFuture());
}

TEST(ServerTest, ShutdownCutsWhatDoesNotEnd) {
  const auto server = Serve({}, &Echo);
  Wire wire(server->port());
  wire.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab");
  ASSERT_TRUE(Eventually([&server] { return server->counters().connections_open == 1; }));
  const absl::Time start = absl::Now();
  server->Shutdown(start + absl::Milliseconds(100));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_TRUE(wire.IsClosed());
}

TEST(ServerTest, NewConnectionsGetTheNewCertificate) {
  const TestAuthority old_authority("old"), new_authority("new");
  const TestCertificate old_one = old_authority.Issue("DNS:localhost");
  const TestCertificate new_one = new_authority.Issue("DNS:localhost");
  ServerOptions options;
  options.tls = TlsMaterial{old_one.key, old_one.certificate, ""};
  const auto server = Serve(options, &Echo);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  const auto issuer = [](Wire& wire) {
    X509* const certificate = SSL_get1_peer_certificate(wire.ssl());
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_issuer_name(certificate), NID_commonName, name, 64);
    X509_free(certificate);
    return std::string(name);
  };
  {
    Wire before(server->port(), context);
    ASSERT_TRUE(before.handshake_ok());
    EXPECT_EQ(issuer(before), "old");
    EXPECT_EQ(server->ReplaceCertificate({old_one.key, new_one.certificate, ""}).code(),
              absl::StatusCode::kInvalidArgument);
    ASSERT_TRUE(server->ReplaceCertificate({new_one.key, new_one.certificate, ""}).ok());
    EXPECT_EQ(before.Exchange(Get("/before")).body, "/before");
    Wire after(server->port(), context);
    ASSERT_TRUE(after.handshake_ok());
    EXPECT_EQ(issuer(after), "new");
    EXPECT_EQ(after.Exchange(Get("/after")).body, "/after");
  }
  SSL_CTX_free(context);
}

TEST(ServerTest, ReportsWhatItCannotDo) {
  const auto code = [](const ServerOptions& options) {
    return Server::Start(options, &Echo, &Refusal).status().code();
  };
  EXPECT_EQ(code({.address = "localhost"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.threads = 0}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.threads = 65}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.connections_max = 0}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.tls = TlsMaterial{"key", "certificate", ""}}),
            absl::StatusCode::kInvalidArgument);
  const auto server = Serve({}, &Echo);
  const absl::Status taken = Server::Start({.port = server->port()}, &Echo, &Refusal).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(taken.message()), HasSubstr("cannot listen on 127.0.0.1 port "));
}

}  // namespace
}  // namespace portcullis::http
