#include "server/gateway/session_exchange_internal.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/gateway/gateway_world.h"

namespace portcullis::gateway {
namespace {

class SessionExchangeTest : public GatewayTest {
 protected:
  ExchangeRequest ForToken(std::string_view token) const {
    ExchangeRequest request;
    request.proof = token;
    request.role_arn = web_;
    request.session_name = "pod-7";
    request.policy_revision = "1";
    return request;
  }
  ExchangeRequest ForWorkload(std::string_view id) const {
    ExchangeRequest request;
    request.kind = ExchangeRequest::Kind::kWorkload;
    request.proof = id;
    request.role_arn = mesh_;
    request.session_name = "web";
    request.policy_revision = "1";
    return request;
  }
  static engine::Peer From(std::string_view address) {
    engine::Peer peer;
    peer.source_ip = address;
    return peer;
  }
  std::string Token(const ExchangeRequest& request, std::string_view address = "192.0.2.1") {
    const auto token = exchange.SessionFor(request, From(address));
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? *token : "";
  }

  const std::string web_ = RoleArn("web");
  const std::string mesh_ = RoleArn("Mesh");
  SessionExchange exchange{*sessions, world.clock};
};

TEST_F(SessionExchangeTest, OneSessionWhileItIsGood) {
  const std::string jwt = Jwt();
  EXPECT_FALSE(exchange.Has(ForToken(jwt), From("192.0.2.1")));
  const std::string first = Token(ForToken(jwt));
  EXPECT_TRUE(exchange.Has(ForToken(jwt), From("192.0.2.1")));
  world.clock.Advance(absl::Minutes(9));
  EXPECT_EQ(Token(ForToken(jwt)), first);
  EXPECT_EQ(Describe(first).principal_arn, "arn:aws:sts::111122223333:assumed-role/web/pod-7");
}

// The token is good for ten minutes, and five more by the skew that grants.
TEST_F(SessionExchangeTest, EndsWithItsProof) {
  const std::string jwt = Jwt();
  const std::string first = Token(ForToken(jwt));
  world.clock.Advance(absl::Minutes(10));
  EXPECT_FALSE(exchange.Has(ForToken(jwt), From("192.0.2.1")));
  EXPECT_NE(Token(ForToken(jwt)), first);
  world.clock.Advance(absl::Minutes(6));
  EXPECT_EQ(base::ReasonOf(exchange.SessionFor(ForToken(jwt), From("192.0.2.1")).status()),
            "ExpiredTokenException");
}

TEST_F(SessionExchangeTest, EndsBeforeItsSession) {
  const std::string first = Token(ForWorkload(kWorkload));
  world.clock.Advance(absl::Minutes(58));
  EXPECT_EQ(Token(ForWorkload(kWorkload)), first);
  world.clock.Advance(absl::Minutes(1));
  EXPECT_NE(Token(ForWorkload(kWorkload)), first);
}

// Whatever a trust policy may look at.
TEST_F(SessionExchangeTest, AnotherQuestionIsAnotherSession) {
  const std::string jwt = Jwt();
  const std::string first = Token(ForToken(jwt));
  EXPECT_NE(Token(ForToken(jwt), "192.0.2.2"), first);
  ExchangeRequest reloaded = ForToken(jwt);
  reloaded.policy_revision = "2";
  EXPECT_NE(Token(reloaded), first);
  ExchangeRequest renamed = ForToken(jwt);
  renamed.session_name = "pod-8";
  EXPECT_NE(Token(renamed), first);
  engine::Peer secure = From("192.0.2.1");
  secure.secure_transport = true;
  EXPECT_FALSE(exchange.Has(ForToken(jwt), secure));
  engine::Peer agent = From("192.0.2.1");
  agent.user_agent = "curl";
  EXPECT_FALSE(exchange.Has(ForToken(jwt), agent));
}

TEST_F(SessionExchangeTest, FailuresAreNotKept) {
  const std::string forged = Jwt() + "A";
  for (int i = 0; i < 3; ++i) {
    const auto token = exchange.SessionFor(ForToken(forged), From("192.0.2.1"));
    EXPECT_EQ(base::ReasonOf(token.status()), "InvalidIdentityToken");
  }
  const auto denied =
      exchange.SessionFor(ForWorkload("spiffe://example.org/ns/test/sa/web"), From("192.0.2.1"));
  EXPECT_EQ(base::ReasonOf(denied.status()), "AccessDenied");
  EXPECT_EQ(exchange.kept(), 0u);
}

TEST_F(SessionExchangeTest, OneExchangeForManyAtOnce) {
  const std::string jwt = Jwt();
  constexpr int kThreads = 8;
  std::vector<std::string> tokens(kThreads);
  auto* const start = new absl::Barrier(kThreads);
  std::vector<std::thread> threads;
  for (std::string& token : tokens) {
    threads.emplace_back([&] {
      if (start->Block()) delete start;
      token = Token(ForToken(jwt));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& token : tokens) EXPECT_EQ(token, tokens.front());
  size_t exchanges = 0;
  for (const std::string& line : Written()) {
    if (line.find("\"eventName\":\"AssumeRoleWithWebIdentity\"") != std::string::npos) ++exchanges;
  }
  EXPECT_EQ(exchanges, 1u);
}

TEST_F(SessionExchangeTest, Bounded) {
  constexpr size_t kMany = SessionExchange::kKeptMax + 2000;
  for (size_t i = 0; i < kMany; ++i) {
    const std::string id = "spiffe://example.org/ns/prod/sa/" + std::to_string(i);
    ASSERT_FALSE(Token(ForWorkload(id)).empty());
  }
  EXPECT_LE(exchange.kept(), SessionExchange::kKeptMax);
  EXPECT_GE(exchange.kept(), SessionExchange::kKeptMax / 2);
}

}  // namespace
}  // namespace portcullis::gateway
