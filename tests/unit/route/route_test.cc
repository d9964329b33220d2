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
      {"methods are case-sensitive", {"get", "/healthz"}, "NO_ROUTE"},
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

TEST(AskFor, DefaultRuleIsExecuteApi) {
  const auto table = TableOf(Orders());
  EXPECT_EQ(QuestionOf(*table, {"GET", "/pets/7%20a?x=1"}),
            "execute-api:Invoke "
            "arn:aws:execute-api:eu-west-1:111122223333:orders/$default/GET/pets/7 a");
}

}  // namespace
}  // namespace portcullis::route
