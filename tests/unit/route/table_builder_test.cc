#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct GatewayCase {
  std::string name;
  std::function<void(GatewayDefinition*)> change;
  std::vector<std::string> expected;
};

void Check(const std::vector<GatewayCase>& cases) {
  for (const GatewayCase& c : cases) {
    GatewayDefinition gateway = Orders();
    c.change(&gateway);
    EXPECT_THAT(ProblemsOf(gateway), ElementsAreArray(c.expected)) << c.name;
    const bool has_error = !c.expected.empty();
    EXPECT_EQ(TableOf(gateway)->empty(), has_error) << c.name;
  }
}

constexpr std::string_view kHostMessage =
    " is no host: expected a name or address without port, `*.` and a name, or `*`";

TEST(TableBuilder, ChecksTheGateway) {
  const std::string host(kHostMessage);
  Check({
      {"nothing wrong", [](GatewayDefinition*) {}, {}},
      {"name",
       [](GatewayDefinition* g) { g->name = At("a b", 1, 9); },
       {"1:9: the name `a b` of a gateway is not of `[A-Za-z0-9_.-]{1,64}`"}},
      {"no name",
       [](GatewayDefinition* g) { g->name = At("", 1, 9); },
       {"1:9: the name `` of a gateway is not of `[A-Za-z0-9_.-]{1,64}`"}},
      {"account",
       [](GatewayDefinition* g) { g->account = At("1111", 2, 12); },
       {"2:12: the account `1111` is not of 12 digits"}},
      {"region",
       [](GatewayDefinition* g) { g->region = At("eu:west", 3, 11); },
       {"3:11: the region `eu:west` is not of `[a-z0-9-]{1,64}`"}},
      {"service of signatures",
       [](GatewayDefinition* g) { g->signing_service = At("S3", 5, 20); },
       {"5:20: the service of signatures `S3` is not of `[a-z0-9-]{1,64}`"}},
      {"region of signatures",
       [](GatewayDefinition* g) { g->signing_region = At("*", 5, 20); },
       {"5:20: the region of signatures `*` is not of `[a-z0-9-]{1,64}`"}},
      {"no hosts",
       [](GatewayDefinition* g) { g->hosts.clear(); },
       {"1:3: a gateway needs Hosts; `*` means any"}},
      {"host with port",
       [](GatewayDefinition* g) { g->hosts = {At("a.example:80", 4, 12)}; },
       {"4:12: `a.example:80`" + host}},
      {"pattern in the middle",
       [](GatewayDefinition* g) { g->hosts = {At("a.*.example", 4, 12)}; },
       {"4:12: `a.*.example`" + host}},
      {"empty suffix",
       [](GatewayDefinition* g) { g->hosts = {At("*.", 4, 12)}; },
       {"4:12: `*.`" + host}},
      {"host twice",
       [](GatewayDefinition* g) {
         g->hosts = {At("a.example", 4, 12), At("A.example.", 4, 30)};
       },
       {"4:30: the host `a.example` is that of the gateway `orders` already, at "
        "gateways.yaml:4:12"}},
      {"identify twice",
       [](GatewayDefinition* g) {
         g->identify = {Method::kSignature, Method::kSignature};
         g->identify_position = {6, 15};
       },
       {"6:15: Identify has `Signature` twice"}},
  });
}

TEST(TableBuilder, ChecksFederation) {
  const Located role = At("arn:aws:iam::111122223333:role/Web", 7, 40);
  Check({
      {"web identity",
       [&](GatewayDefinition* g) {
         g->identify = {Method::kWebIdentity};
         g->web_identities = {{At("https://idp.example.org", 7, 20), role}};
       },
       {}},
      {"peer certificate of a rule",
       [&](GatewayDefinition* g) {
         RuleDefinition rule = AnyRule();
         rule.identify = {Method::kPeerCertificate};
         g->rules = {rule};
         g->peer_certificates = {{At("example.org", 7, 20), role}};
       },
       {}},
      {"no roles",
       [](GatewayDefinition* g) {
         g->identify = {Method::kWebIdentity, Method::kPeerCertificate};
         g->identify_position = {6, 15};
       },
       {"6:15: Identify has `WebIdentity`, but the gateway does not say for which roles: "
        "WebIdentity is missing",
        "6:15: Identify has `PeerCertificate`, but the gateway does not say for which roles: "
        "PeerCertificate is missing"}},
      {"no method",
       [&](GatewayDefinition* g) {
         g->web_identities = {{At("https://idp.example.org", 7, 20), role}};
         g->peer_certificates = {{At("example.org", 8, 20), role}};
       },
       {"7:20: WebIdentity has no effect: nothing identifies by it",
        "8:20: PeerCertificate has no effect: nothing identifies by it"}},
      {"issuer and role",
       [](GatewayDefinition* g) {
         g->identify = {Method::kWebIdentity};
         g->web_identities = {{At("http://idp.example.org", 7, 20),
                               At("arn:aws:iam::111122223333:user/Web", 7, 40)}};
       },
       {"7:20: `http://idp.example.org` is no issuer's `https://` URL",
        "7:40: `arn:aws:iam::111122223333:user/Web` is no ARN of a role"}},
      {"trust domain",
       [&](GatewayDefinition* g) {
         g->identify = {Method::kPeerCertificate};
         g->peer_certificates = {{At("spiffe://example.org", 7, 20), role}};
       },
       {"7:20: `spiffe://example.org` is no trust domain"}},
      {"issuer twice",
       [&](GatewayDefinition* g) {
         g->identify = {Method::kWebIdentity};
         g->web_identities = {{At("https://idp.example.org", 7, 20), role},
                              {At("https://idp.example.org", 8, 20), role}};
       },
       {"8:20: WebIdentity has `https://idp.example.org` twice"}},
  });
}

TEST(TableBuilder, S3MappingsSignForS3) {
  Check({{"other service",
          [](GatewayDefinition* g) {
            g->signing_service = At("execute-api", 5, 20);
            g->rules = {Mapped(AnyRule(), Mapping::kS3)};
          },
          {"5:20: a gateway with the mapping `S3` takes signatures for `s3`, not for "
           "`execute-api` [s3]"}}});
  const auto s3 = TableOf(Orders({Mapped(AnyRule(), Mapping::kS3)}));
  EXPECT_EQ(s3->FindGateway("orders")->signing_service, "s3");
  EXPECT_TRUE(s3->FindGateway("orders")->s3_signatures);
  const auto api = TableOf(Orders());
  EXPECT_EQ(api->FindGateway("orders")->signing_service, "execute-api");
  EXPECT_FALSE(api->FindGateway("orders")->s3_signatures);
}

TEST(TableBuilder, FillsInDefaults) {
  GatewayDefinition definition = Orders();
  definition.region = At("", 3, 11);
  definition.hosts = {At("Orders.Example.com.", 4, 12), At("*.Example.com", 4, 40), At("[::1]")};
  const auto table = TableOf(definition);
  const Gateway* gateway = table->FindGateway("orders");
  ASSERT_NE(gateway, nullptr);
  EXPECT_EQ(gateway->region, "us-east-1");
  EXPECT_THAT(gateway->hosts, ElementsAre("orders.example.com", "*.example.com", "::1"));
  EXPECT_EQ(gateway->signing_region, "");
  EXPECT_TRUE(gateway->presigned);
  EXPECT_EQ(gateway->rules.size(), 1u);
}

TEST(TableBuilder, NamesAndHostsAreUniqueOverFiles) {
  TableBuilder builder;
  std::vector<Problem> problems;
  builder.Add(Orders(), "a.yaml", &problems);
  EXPECT_THAT(problems, IsEmpty());
  GatewayDefinition other = Orders();
  other.name.position = {21, 9};
  other.hosts[0].position = {24, 12};
  builder.Add(other, "b.yaml", &problems);
  EXPECT_THAT(Texts(problems),
              ElementsAre("21:9: the gateway `orders` is defined twice, first at a.yaml:1:9",
                          "24:12: the host `orders.example.com` is that of the gateway `orders` "
                          "already, at a.yaml:4:12"));
  EXPECT_EQ(builder.Build()->gateways().size(), 1u);
}

TEST(TableBuilder, ComparesRules) {
  RuleDefinition first = RuleOfPath("/a/**", 10);
  first.name = At("first", 10, 9);
  RuleDefinition second = RuleOfPath("/a/b", 20);
  second.name = At("second", 20, 9);
  RuleDefinition third = RuleOfPath("/b", 30);
  EXPECT_THAT(ProblemsOf(Orders({first, second, third})),
              ElementsAre("20:5: warning: the rule `second` is never reached: the rule `first` "
                          "before it takes all of its requests"));
  // A warning does not keep the gateway out.
  EXPECT_FALSE(TableOf(Orders({first, second, third}))->empty());
  third.name = At("first", 30, 9);
  EXPECT_THAT(ProblemsOf(Orders({first, third})),
              ElementsAre("30:5: two rules have the name `first`"));
  EXPECT_THAT(ProblemsOf(Orders({AnyRule(10), AnyRule(20)})),
              ElementsAre("20:5: warning: the rule `#2` is never reached: the rule `#1` before it "
                          "takes all of its requests"));
}

TEST(TableBuilder, BoundsRulesAndHosts) {
  std::vector<RuleDefinition> rules;
  for (int i = 0; i < 1000; ++i) rules.push_back(RuleOfPath("/a" + std::to_string(i)));
  EXPECT_THAT(ProblemsOf(Orders(rules)), IsEmpty());
  rules.push_back(RuleOfPath("/b"));
  EXPECT_THAT(ProblemsOf(Orders(rules)), ElementsAre("1:3: a gateway has at most 1000 rules"));
  GatewayDefinition gateway = Orders();
  gateway.hosts.clear();
  for (int i = 0; i < 1000; ++i) gateway.hosts.push_back(At("a" + std::to_string(i) + ".example"));
  EXPECT_THAT(ProblemsOf(gateway), IsEmpty());
  gateway.hosts.push_back(At("b.example"));
  EXPECT_THAT(ProblemsOf(gateway), ElementsAre("1:3: a gateway has at most 1000 hosts"));
}

TEST(TableBuilder, AnEmptyListOfRulesDeniesEverything) {
  GatewayDefinition gateway = Orders();
  gateway.rules.emplace();
  EXPECT_THAT(ProblemsOf(gateway), IsEmpty());
  EXPECT_EQ(RuleOf(*TableOf(gateway), {"GET", "/"}), "NO_ROUTE");
}

}  // namespace
}  // namespace portcullis::route
