// Sub-requests in, answers out; the gatekeeper is played by the test.
#include "server/forward_auth/endpoint.h"

#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/forward_auth/sub_request_fixture.h"

namespace portcullis::forward_auth {
namespace {

using Outcome = gateway::Verdict::Outcome;

// What the gatekeeper was asked, copied.
struct Asked {
  metrics::Api api;
  std::string proxy;
  std::string secret;
  std::vector<std::string> identities;
  std::string method;
  std::string host;
  std::string target;
  std::string source_address;
};

class EndpointTest : public ::testing::Test {
 protected:
  http::Response Deliver(Sent sent, absl::Span<const std::string_view> client_names = {}) {
    http::Request request = sent.View();
    request.client_names = client_names;
    return endpoint_.Handle(request);
  }

  // As a gatekeeper: only a request can be allowed.
  gateway::Verdict Check(const gateway::Arrival& arrival) {
    asked_.push_back({arrival.api,
                      std::string(arrival.proxy.name),
                      std::string(arrival.proxy.secret),
                      {arrival.proxy.identities.begin(), arrival.proxy.identities.end()},
                      std::string(arrival.request.method),
                      std::string(arrival.request.host),
                      std::string(arrival.request.target),
                      std::string(arrival.source_address)});
    gateway::Verdict verdict;
    verdict.decision_id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    verdict.outcome = outcome_;
    verdict.message = "As the test says.";
    return verdict;
  }

  Outcome outcome_ = Outcome::kAllowed;
  std::vector<Asked> asked_;
  Endpoint endpoint_{[this](const gateway::Arrival& arrival) { return Check(arrival); },
                     EndpointOptions{.proxy = "edge"}};
};

TEST_F(EndpointTest, AsksWhatTheProxyAsks) {
  EXPECT_EQ(Deliver({.headers = NginxHeaders()}).status, 200);
  EXPECT_EQ(Deliver({.headers = TraefikHeaders()}).status, 200);
  EXPECT_EQ(Deliver(EnvoySent()).status, 200);
  ASSERT_EQ(asked_.size(), 3u);
  for (const Asked& asked : asked_) {
    EXPECT_EQ(asked.method, "GET");
    EXPECT_EQ(asked.host, "shop.example.com:8443");
    EXPECT_EQ(asked.target, "/a%20b?c=1");
    EXPECT_EQ(asked.proxy, "edge");
  }
  EXPECT_EQ(asked_[0].api, metrics::Api::kForwardAuth);
  EXPECT_EQ(asked_[1].api, metrics::Api::kForwardAuth);
  EXPECT_EQ(asked_[2].api, metrics::Api::kExtAuthzHttp);
  EXPECT_EQ(asked_[0].source_address, "198.51.100.7");
}

TEST_F(EndpointTest, TellsWhoAsks) {
  const std::string_view names[] = {"spiffe://example.org/edge", "edge.example.com"};
  Deliver({.headers = With(NginxHeaders(), {{"X-Portcullis-Proxy-Secret", "s3cret"}})}, names);
  ASSERT_EQ(asked_.size(), 1u);
  EXPECT_EQ(asked_[0].secret, "s3cret");
  EXPECT_EQ(asked_[0].identities,
            (std::vector<std::string>{"spiffe://example.org/edge", "edge.example.com"}));
}

// Even of a gatekeeper that allows everything nothing comes but a refusal.
TEST_F(EndpointTest, NeverAllowsWhatWasNotTold) {
  const Sent cases[] = {
      {.headers = {{"Host", "a"}}},
      {.headers = Without(NginxHeaders(), "X-Original-URI")},
      {.headers = With(NginxHeaders(), {{"X-Original-URI", "/healthz"}})},
      {.headers = With(NginxHeaders(), {{"X-Forwarded-Uri", "/healthz"}})},
      {.headers = With(NginxHeaders(),
                       {{"X-Portcullis-Proxy-Secret", "a"}, {"X-Portcullis-Proxy-Secret", "b"}})},
      {.headers = With(TraefikHeaders(), {{"X-Forwarded-Uri", "/healthz"}})},
      {.target = "/ext_authz", .headers = {{"Host", "a"}}},
      {.target = "/ext_authz/a", .headers = {}},
  };
  for (const Sent& sent : cases) {
    const size_t before = asked_.size();
    const http::Response response = Deliver(sent);
    EXPECT_TRUE(response.status == 400 || response.status == 403) << response.status;
    EXPECT_NE(response.body.find("The proxy does not say for certain"), std::string::npos)
        << response.body;
    // The gatekeeper heard of it, to record it, but not of a request.
    ASSERT_EQ(asked_.size(), before + 1);
    EXPECT_EQ(asked_.back().target, "");
    EXPECT_EQ(asked_.back().method, "");
    EXPECT_EQ(asked_.back().host, "");
  }
}

TEST_F(EndpointTest, HandsOnWhatTheGatekeeperSays) {
  outcome_ = Outcome::kDenied;
  const http::Response denied = Deliver({.headers = TraefikHeaders()});
  EXPECT_EQ(denied.status, 403);
  EXPECT_NE(denied.body.find("As the test says."), std::string::npos) << denied.body;
  outcome_ = Outcome::kUndecided;
  EXPECT_EQ(Deliver({.headers = NginxHeaders()}).status, 503);
  EXPECT_EQ(Deliver({.headers = Without(NginxHeaders(), "X-Original-URI")}).status, 503);
}

TEST(Endpoint, ServesItsPaths) {
  for (const std::string_view path :
       {"/forward-auth", "/ext_authz", "/ext_authz/", "/ext_authz/a", "/ext_authz*"}) {
    EXPECT_TRUE(Endpoint::Serves(path)) << path;
  }
  for (const std::string_view path : {"/", "/forward-auth/", "/forward-auth/a", "/ext_auth",
                                      "/access/v1/evaluation", "//forward-auth"}) {
    EXPECT_FALSE(Endpoint::Serves(path)) << path;
  }
}

}  // namespace
}  // namespace portcullis::forward_auth
