// Connections as their clients see them: through a server.
#include "server/http/connection_internal.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/http/test_server.h"
#include "tests/unit/http/wire.h"

namespace portcullis::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kPostHead = "POST / HTTP/1.1\r\nHost: h\r\n";

TEST(ConnectionTest, ServesOneRequestAfterAnother) {
  const auto server = Serve({});
  Wire wire(server->port());
  for (int i = 0; i < 50; ++i) {
    const WireResponse response = wire.Exchange(Post(absl::StrCat("/", i), "!"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, absl::StrCat("/", i, "!"));
    EXPECT_EQ(response.Header("Connection"), "keep-alive");
  }
  EXPECT_EQ(server->counters().connections_accepted, 1);
}

TEST(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  const auto server = Serve({}, [](const Request& request) {
    if (request.target == "/slow") absl::SleepFor(absl::Milliseconds(50));
    return Echo(request);
  });
  Wire wire(server->port());
  wire.Send(Get("/slow") + Post("/b", "body") + Get("/c") + Get("/d"));
  for (const char* expected : {"/slow", "/bbody", "/c", "/d"}) {
    EXPECT_EQ(wire.ReadResponse().body, expected);
  }
}

TEST(ConnectionTest, TellsTheHandlerWhoAsks) {
  const auto server = Serve({}, [](const Request& request) {
    return TextResponse(
        absl::StrCat(std::string(request.peer_address), request.secure ? " secure" : " plain"));
  });
  EXPECT_EQ(Wire(server->port()).Exchange(Get("/")).body, "127.0.0.1 plain");
}

TEST(ConnectionTest, ClosesWhenEitherSideWantsTo) {
  const auto server = Serve({}, [](const Request& request) {
    Response response = Echo(request);
    response.close = request.target == "/last";
    return response;
  });
  Wire client_ends(server->port());
  const WireResponse response =
      client_ends.Exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_TRUE(client_ends.IsClosed());
  Wire handler_ends(server->port());
  EXPECT_EQ(handler_ends.Exchange(Get("/last")).body, "/last");
  EXPECT_TRUE(handler_ends.IsClosed());
  Wire old(server->port());
  EXPECT_EQ(old.Exchange("GET /old HTTP/1.0\r\n\r\n").body, "/old");
  EXPECT_TRUE(old.IsClosed());
  Wire half(server->port());
  half.Send(Get("/half"));
  half.FinishSending();
  EXPECT_EQ(half.ReadResponse().body, "/half");
  EXPECT_TRUE(half.IsClosed());
}

TEST(ConnectionTest, AnswersHeadWithoutABody) {
  const auto server = Serve({});
  Wire wire(server->port());
  wire.Send("HEAD /12345 HTTP/1.1\r\nHost: h\r\n\r\n");
  const WireResponse response = wire.ReadResponse(/*head_only=*/true);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.Header("Content-Length"), "6");
  EXPECT_EQ(wire.Exchange(Get("/next")).body, "/next");
}

TEST(ConnectionTest, SendsContinueOnlyToThoseWhoMayGoOn) {
  const auto server = Serve({.body_bytes_max = 10});
  Wire wire(server->port());
  wire.Send(kPostHead + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.ReadResponse().status, 100);
  EXPECT_EQ(wire.Exchange("abc").body, "/abc");
  // The body is already on its way: nobody waits.
  EXPECT_EQ(
      wire.Exchange(kPostHead + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc").status,
      200);
  EXPECT_EQ(wire.Exchange(kPostHead + "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n").status,
            413);
  EXPECT_TRUE(wire.IsClosed());
}

TEST(ConnectionTest, RefusesInTheFormOfTheProtocolAndCloses) {
  const auto server = Serve({.header_bytes_max = 1000, .headers_max = 5, .body_bytes_max = 10});
  const struct {
    std::string bytes;
    int status;
  } cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {kPostHead + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"GET /" + std::string(1000, 'a') + " HTTP/1.1\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", 431},
      {Post("/", std::string(11, 'b')), 413},
      {kPostHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\n", 413},
  };
  uint64_t refused = 0;
  for (const auto& [bytes, status] : cases) {
    Wire wire(server->port());
    const WireResponse response = wire.Exchange(bytes + Get("/smuggled"));
    EXPECT_EQ(response.status, status) << bytes;
    EXPECT_EQ(response.body, absl::StrCat("refused ", status));
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_EQ(wire.ReadAll(), "");
    EXPECT_EQ(server->counters().requests_refused, ++refused);
  }
}

TEST(ConnectionTest, RefusesABodyOfTenMegabytesSoThatItsSenderHearsIt) {
  const auto server = Serve({});
  const std::string body(10 << 20, 'b');
  Wire wire(server->port());
  EXPECT_TRUE(wire.Send(Post("/", body)));
  EXPECT_EQ(wire.ReadResponse().status, 413);
  EXPECT_EQ(Wire(server->port()).Exchange(Post("/", body.substr(0, 2 << 20))).body.size(),
            1 + (2 << 20));
}

TEST(ConnectionTest, BoundsAllBodiesTogether) {
  const auto server = Serve({.bodies_bytes_max = 1000});
  Wire first(server->port());
  const auto held = [&server] { return server->counters().bodies_bytes; };
  first.Send(kPostHead + "Content-Length: 901\r\n\r\n" + std::string(900, 'b'));
  ASSERT_TRUE(Eventually([&] { return held() == 900; }));
  Wire second(server->port());
  second.Send(kPostHead + "Content-Length: 200\r\n\r\n" + std::string(199, 'b'));
  EXPECT_EQ(second.ReadResponse().status, 503);
  EXPECT_TRUE(Eventually([&] { return held() == 900; }));
  EXPECT_EQ(first.Exchange("b").status, 200);
  // What the first held is free again.
  EXPECT_EQ(held(), 0);
  Wire third(server->port());
  third.Send(kPostHead + "Content-Length: 200\r\n\r\n" + std::string(199, 'b'));
  ASSERT_TRUE(Eventually([&] { return held() == 199; }));
  EXPECT_EQ(third.Exchange("b").status, 200);
}

// Sends a byte every now and then until it is destroyed.
class Drip {
 public:
  explicit Drip(Wire* wire)
      : thread_([this, wire] {
          while (!ended_ && wire->Send("b")) absl::SleepFor(absl::Milliseconds(20));
        }) {}
  ~Drip() {
    ended_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

TEST(ConnectionTest, CutsASlowHeadHoweverItDrips) {
  const auto server = Serve({.header_timeout = absl::Milliseconds(300)});
  Wire slow(server->port());
  slow.Send("GET /");
  const absl::Time start = absl::Now();
  const Drip drip(&slow);
  Wire other(server->port());
  while (absl::Now() < start + absl::Milliseconds(250)) {
    EXPECT_EQ(other.Exchange(Get("/other")).body, "/other");
  }
  EXPECT_EQ(slow.ReadResponse().status, 408);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
}

TEST(ConnectionTest, CutsASlowBodyHoweverItDrips) {
  const auto server = Serve({.body_timeout = absl::Milliseconds(300)});
  for (const std::string framing :
       {"Content-Length: 1000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nfff\r\n"}) {
    Wire slow(server->port());
    const absl::Time start = absl::Now();
    slow.Send(kPostHead + framing);
    const Drip drip(&slow);
    EXPECT_EQ(Wire(server->port()).Exchange(Get("/other")).body, "/other");
    const WireResponse response = slow.ReadResponse();
    EXPECT_EQ(response.status, 408);
    EXPECT_EQ(response.body, "refused 408");
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  }
}

TEST(ConnectionTest, EndsIdleConnectionsWithoutAWord) {
  const auto server = Serve({.idle_timeout = absl::Milliseconds(100)});
  Wire never(server->port());
  Wire once(server->port());
  EXPECT_EQ(once.Exchange(Get("/")).status, 200);
  EXPECT_EQ(never.ReadAll(), "");
  EXPECT_EQ(once.ReadAll(), "");
  EXPECT_EQ(server->counters().requests_refused, 0);
  EXPECT_TRUE(Eventually([&server] { return server->counters().connections_open == 0; }));
}

TEST(ConnectionTest, TheTimeOfOneRequestIsNotTheNextOnes) {
  const auto server = Serve({.header_timeout = absl::Milliseconds(200)});
  Wire wire(server->port());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(wire.Exchange(Get("/")).status, 200);
    absl::SleepFor(absl::Milliseconds(100));
  }
}

TEST(ConnectionTest, CutsAReaderThatDoesNotRead) {
  const auto server = Serve({.write_timeout = absl::Milliseconds(200)}, [](const Request&) {
    return TextResponse(std::string(64 << 20, 'r'));
  });
  Wire wire(server->port());
  wire.Send(Get("/"));
  EXPECT_TRUE(Eventually([&server] { return server->counters().connections_open == 1; }));
  EXPECT_TRUE(Eventually([&server] { return server->counters().connections_open == 0; }));
}

TEST(ConnectionTest, AHandlerThatThrowsCostsItsOwnConnectionOnly) {
  const auto server = Serve({}, [](const Request& request) {
    if (request.target == "/throw") throw std::runtime_error("secret");
    return Echo(request);
  });
  Wire wire(server->port());
  wire.Send(Get("/throw") + Get("/next"));
  const std::string all = wire.ReadAll();
  EXPECT_THAT(all, AllOf(StartsWith("HTTP/1.1 500 Internal Server Error\r\n"),
                         EndsWith("\r\n\r\nrefused 500"), Not(HasSubstr("secret"))));
  EXPECT_EQ(Wire(server->port()).Exchange(Get("/fine")).body, "/fine");
}

TEST(ConnectionTest, AResponseCannotBeSplit) {
  const auto server = Serve({}, [](const Request&) {
    Response response = TextResponse("secret");
    response.headers = {{"Location", "/\r\nSet-Cookie: evil"}};
    return response;
  });
  Wire wire(server->port());
  wire.Send(Get("/"));
  EXPECT_THAT(wire.ReadAll(), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("evil")),
                                    Not(HasSubstr("secret")), HasSubstr("Content-Length: 0\r\n")));
}

TEST(ConnectionTest, ServesManyAtOnce) {
  const auto server = Serve({.threads = 4});
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&server, &good, i] {
      Wire wire(server->port());
      for (int j = 0; j < 50; ++j) {
        const std::string body(static_cast<size_t>(j * 997), static_cast<char>('a' + i));
        if (wire.Exchange(Post("/", body)).body == "/" + body) ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 400);
}

}  // namespace
}  // namespace portcullis::http
