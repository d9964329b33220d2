#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct RuleCase {
  std::string name;
  TestRequest request;
  std::string expected;
};

// The rules of the README's example.
GatewayDefinition Example() {
  RuleDefinition health = RuleOfPath("/healthz", 10);
  health.name = At("health", 10, 9);
  health.match.methods = {At("GET", 10, 30)};
  health.is_public = true;
  RuleDefinition order = Asking(RuleOfPath("/orders/{order}", 20), "orders:GetOrder",
                                "arn:aws:orders:${region}:${account}:order/${path.order}");
  order.name = At("order", 20, 9);
  order.match.methods = {At("GET", 20, 30), At("HEAD", 20, 35)};
  order.match.headers = {{At("X-Tenant", 20, 40), At("*", 20, 50)}};
  order.context = {{At("orders:Tenant", 24, 9), At("${header.x-tenant}", 24, 25)}};
  RuleDefinition grpc = Mapped(AnyRule(30), Mapping::kGrpc, "orders");
  grpc.match.grpc = At("shop.v1.Orders/*", 30, 20);
  RuleDefinition files = Mapped(RuleOfPath("/files/{key...}", 40), Mapping::kServiceVerb, "files");
  return Orders({health, order, grpc, files});
}

TEST(FindRoute, TakesTheFirstRuleThatMatches) {
  const auto table = TableOf(Example());
  const std::vector<RuleCase> cases = {
      {"public", {"GET", "/healthz"}, "health"},
      {"query does not count", {"GET", "/healthz?x=1"}, "health"},
      {"other method", {"POST", "/healthz"}, "NO_ROUTE"},
      {"methods are case-sensitive", {"get", "/healthz"}, "MALFORMED_REQUEST"},
      {"variable and header", {"GET", "/orders/7", {{"x-tenant", "blue"}}}, "order"},
      {"header is missing", {"GET", "/orders/7"}, "NO_ROUTE"},
      {"variable is one segment", {"GET", "/orders/7/8", {{"x-tenant", "blue"}}}, "NO_ROUTE"},
      {"variable is not nothing", {"GET", "/orders/", {{"x-tenant", "blue"}}}, "NO_ROUTE"},
      {"grpc", {"POST", "/shop.v1.Orders/Get", {{"content-type", "application/grpc"}}}, "#3"},
      {"grpc needs its content type", {"POST", "/shop.v1.Orders/Get"}, "NO_ROUTE"},
      {"another service",
       {"POST", "/shop.v1.Other/Get", {{"content-type", "application/grpc"}}},
       "NO_ROUTE"},
      {"rest", {"PUT", "/files/a/b"}, "#4"},
      {"rest may be empty", {"GET", "/files/"}, "#4"},
      {"rest may be missing", {"GET", "/files"}, "#4"},
      {"CONNECT needs to be named", {"CONNECT", "/files/a"}, "NO_ROUTE"},
  };
  for (const RuleCase& c : cases) EXPECT_EQ(RuleOf(*table, c.request), c.expected) << c.name;
}

TEST(AskFor, BuildsTheQuestion) {
  const auto table = TableOf(Example());
  const std::vector<RuleCase> cases = {
      {"variables",
       {"GET", "/orders/7", {{"x-tenant", "blue"}}},
       "orders:GetOrder arn:aws:orders:eu-west-1:111122223333:order/7 orders:Tenant=blue"},
      {"wildcards in values are characters",
       {"GET", "/orders/*", {{"x-tenant", "*"}}},
       "orders:GetOrder arn:aws:orders:eu-west-1:111122223333:order/* orders:Tenant=*"},
      {"two headers",
       {"GET", "/orders/7", {{"x-tenant", "blue"}, {"x-tenant", "red"}}},
       "MISSING_VALUE"},
      {"joined headers",
       {"GET", "/orders/7", {{"x-tenant", "blue,red"}}, {}, true},
       "MISSING_VALUE"},
      {"a comma is a character when headers are not joined",
       {"GET", "/orders/7", {{"x-tenant", "blue,red"}}},
       "orders:GetOrder arn:aws:orders:eu-west-1:111122223333:order/7 orders:Tenant=blue,red"},
      {"replaced characters (section 5, item 8)",
       {"GET", "/orders/7", {{"x-tenant", "bl!e"}}, {}, true},
       "MISSING_VALUE"},
      {"a header that CGI takes for the same",
       {"GET", "/orders/7", {{"x-tenant", "blue"}, {"x_tenant", "red"}}},
       "MISSING_VALUE"},
      {"empty header", {"GET", "/orders/7", {{"x-tenant", ""}}}, "MISSING_VALUE"},
      {"control character", {"GET", "/orders/7", {{"x-tenant", "a\nb"}}}, "MALFORMED_REQUEST"},
      {"not UTF-8", {"GET", "/orders/7", {{"x-tenant", "\xff"}}}, "MALFORMED_REQUEST"},
      {"grpc",
       {"POST", "/shop.v1.Orders/Get", {{"content-type", "application/grpc+proto"}}},
       "orders:Get arn:aws:orders:eu-west-1:111122223333:shop.v1.Orders/Get"},
      {"verb",
       {"PUT", "/files/a/b"},
       "files:Update arn:aws:files:eu-west-1:111122223333:/files/a/b"},
  };
  for (const RuleCase& c : cases) EXPECT_EQ(QuestionOf(*table, c.request), c.expected) << c.name;
}

// Whoever ignores case or a final slash must not find a more lenient rule behind the one that an
// author wrote for the path (CVE-2019-9901, section 5, item 3: case-insensitive back ends).
TEST(FindRoute, NothingSlipsToALaterRuleByCaseOrSlash) {
  const auto named = [](std::string path, std::string name, uint32_t line) {
    RuleDefinition rule = RuleOfPath(std::move(path), line);
    rule.name = At(std::move(name), line, 9);
    return rule;
  };
  const auto table = TableOf(
      Orders({named("/admin", "admin", 10), named("/tree/**", "tree", 20),
              named("/Docs", "docs", 30), named("/docs", "docs2", 40), named("/**", "rest", 50)}));
  const std::vector<RuleCase> cases = {
      {"exact", {"GET", "/admin"}, "admin"},
      {"final slash", {"GET", "/admin/"}, "AMBIGUOUS_PATH"},
      {"case", {"GET", "/Admin"}, "AMBIGUOUS_PATH"},
      {"below", {"GET", "/admin/x"}, "rest"},
      {"another", {"GET", "/admins"}, "rest"},
      {"rest in another case", {"GET", "/TREE/x"}, "AMBIGUOUS_PATH"},
      {"rest", {"GET", "/tree/X/"}, "tree"},
      {"a rule of its own", {"GET", "/docs"}, "docs2"},
      {"other paths", {"GET", "/x/y"}, "rest"},
  };
  for (const RuleCase& c : cases) EXPECT_EQ(RuleOf(*table, c.request), c.expected) << c.name;
}

// Section 5, item 9: the path makes a gRPC call, not POST, and to many servers not the content type
// either. What only some would take for a call must not find a more lenient rule.
TEST(FindRoute, NothingSlipsPastARuleAboutGrpcCalls) {
  const auto calls = [](std::string pattern, uint32_t line) {
    RuleDefinition rule = Mapped(AnyRule(line), Mapping::kGrpc, "orders");
    rule.match.grpc = At(std::move(pattern), line, 20);
    return rule;
  };
  const auto table =
      TableOf(Orders({calls("a.Orders/Get", 10), calls("a.Orders/Put", 20), calls("b.Any/*", 30),
                      RuleOfPath("/a.Orders/Put", 40), RuleOfPath("/**", 50)}));
  const std::vector<Header> grpc = {{"content-type", "application/grpc"}};
  const std::vector<RuleCase> cases = {
      {"call", {"POST", "/a.Orders/Get", grpc}, "#1"},
      {"another call", {"POST", "/a.Orders/Delete", grpc}, "#5"},
      {"no content type", {"POST", "/a.Orders/Get"}, "AMBIGUOUS_PATH"},
      {"gRPC-Web",
       {"POST", "/a.Orders/Get", {{"content-type", "application/grpc-web"}}},
       "AMBIGUOUS_PATH"},
      {"Connect",
       {"POST", "/a.Orders/Get", {{"content-type", "application/json"}}},
       "AMBIGUOUS_PATH"},
      {"no POST", {"GET", "/a.Orders/Get", grpc}, "AMBIGUOUS_PATH"},
      {"query", {"POST", "/a.Orders/Get?x", grpc}, "AMBIGUOUS_PATH"},
      {"case", {"POST", "/A.orders/get", grpc}, "AMBIGUOUS_PATH"},
      {"final slash", {"POST", "/a.Orders/Get/", grpc}, "AMBIGUOUS_PATH"},
      {"a rule of its own", {"POST", "/a.Orders/Put"}, "#4"},
      {"any method", {"POST", "/b.Any/Get", grpc}, "#3"},
      {"any method, no call", {"POST", "/b.Any/Get"}, "AMBIGUOUS_PATH"},
      {"below the service", {"GET", "/b.Any"}, "AMBIGUOUS_PATH"},
      {"elsewhere", {"POST", "/c.Other/Get"}, "#5"},
  };
  for (const RuleCase& c : cases) EXPECT_EQ(RuleOf(*table, c.request), c.expected) << c.name;
}

TEST(FindRoute, ConditionsOnHeadersDoNotDependOnWhichOneCounts) {
  RuleDefinition strict = AnyRule(10);
  strict.name = At("strict", 10, 9);
  strict.match.headers = {{At("X-Mode"), At("admin")}};
  RuleDefinition lax = AnyRule(20);
  lax.name = At("lax", 20, 9);
  const auto table = TableOf(Orders({strict, lax}));
  const std::vector<RuleCase> cases = {
      {"one", {"GET", "/", {{"x-mode", "admin"}}}, "strict"},
      {"none", {"GET", "/"}, "lax"},
      {"another", {"GET", "/", {{"x-mode", "user"}}}, "lax"},
      {"two", {"GET", "/", {{"x-mode", "admin"}, {"x-mode", "user"}}}, "MISSING_VALUE"},
      {"joined", {"GET", "/", {{"x-mode", "user,admin"}}, {}, true}, "MISSING_VALUE"},
      {"underscore", {"GET", "/", {{"x_mode", "admin"}}}, "MISSING_VALUE"},
      {"two others", {"GET", "/", {{"x-mode", "a"}, {"x-mode", "b"}}}, "lax"},
  };
  for (const RuleCase& c : cases) EXPECT_EQ(RuleOf(*table, c.request), c.expected) << c.name;
}

TEST(FindRoute, BareConnectionsHaveRulesOfTheirOwn) {
  RuleDefinition connection = Asking(AnyRule(10), "db:Connect",
                                     "arn:aws:db:${region}:${account}:${host}/${extension.pool}");
  connection.match.connection = true;
  const auto table = TableOf(Orders({connection, RuleOfPath("/**", 20)}));
  TestRequest request;
  request.connection_only = true;
  request.extensions = {{"pool", "main"}};
  EXPECT_EQ(QuestionOf(*table, request),
            "db:Connect arn:aws:db:eu-west-1:111122223333:orders.example.com/main");
  request.extensions = {};
  EXPECT_EQ(QuestionOf(*table, request), "MISSING_VALUE");
  EXPECT_EQ(RuleOf(*table, {"GET", "/"}), "#2");
  EXPECT_EQ(RuleOf(*TableOf(Orders()), request), "NO_ROUTE");
}

TEST(FindRoute, TellsWhatTheRuleIs) {
  const auto table = TableOf(Example());
  const Gateway* gateway = table->FindGateway("orders");
  const TestRequest test = {"GET", "/orders/7", {{"x-tenant", "blue"}}};
  const Request request = test.View();
  const auto canonical = Canonicalize(request, {});
  const auto route = FindRoute(*gateway, request, *canonical);
  ASSERT_TRUE(route.ok());
  EXPECT_EQ(route->gateway, gateway);
  EXPECT_EQ(route->position, (base::Position{20, 5}));
  EXPECT_FALSE(route->is_public);
  EXPECT_EQ(route->identification->payload, Payload::kDeclared);
  EXPECT_EQ(route->variables, std::vector<std::string>{"7"});
}

TEST(AskFor, DefaultRuleIsExecuteApi) {
  const auto table = TableOf(Orders());
  EXPECT_EQ(QuestionOf(*table, {"GET", "/pets/7%20a?x=1"}),
            "execute-api:Invoke "
            "arn:aws:execute-api:eu-west-1:111122223333:orders/$default/GET/pets/7 a");
}

}  // namespace
}  // namespace portcullis::route
