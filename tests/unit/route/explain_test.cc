#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

using ::testing::ElementsAre;

// Each rule's "name: why", as far as there is one.
std::vector<std::string> AccountsOf(const Table& table, const TestRequest& test) {
  const Gateway* gateway = table.FindGateway("orders");
  if (gateway == nullptr) return {"no gateway"};
  const Request request = test.View();
  const auto canonical = Canonicalize(request, gateway->paths);
  if (!canonical.ok()) return {Reason(canonical.status())};
  std::vector<std::string> texts;
  for (const RuleAccount& account : ExplainRules(*gateway, request, *canonical)) {
    texts.push_back(base::StrCat(account.rule, "@", account.position.line, ": ", account.why));
  }
  return texts;
}

TEST(ExplainRules, SaysOfEveryRuleWhyItIsNotTaken) {
  RuleDefinition connection = AnyRule(10);
  connection.match.connection = true;
  connection.is_public = true;
  RuleDefinition health = RuleOfPath("/healthz", 20);
  health.name = At("health", 20, 9);
  health.match.methods = {At("GET", 20, 30)};
  health.is_public = true;
  RuleDefinition grpc = Mapped(AnyRule(30), Mapping::kGrpc);
  grpc.match.grpc = At("shop.v1.Orders/*", 30, 20);
  RuleDefinition tenant = Mapped(RuleOfPath("/orders/{order}", 40), Mapping::kServiceVerb);
  tenant.match.headers = {{At("x-tenant", 40, 40), At("blue", 40, 50)}};
  const auto table = TableOf(
      Orders({connection, health, grpc, tenant, Mapped(AnyRule(50), Mapping::kExecuteApi)}));

  const std::string kind = "#1@10: about connections or about requests, and this is the other";
  EXPECT_THAT(AccountsOf(*table, {"GET", "/healthz"}),
              ElementsAre(kind, "health@20: ", "#3@30: another gRPC call, or none",
                          "#4@40: another path", "#5@50: "));
  EXPECT_THAT(AccountsOf(*table, {"POST", "/orders/7", {{"x-tenant", "red"}}}),
              ElementsAre(kind, "health@20: another method", "#3@30: another gRPC call, or none",
                          "#4@40: other headers", "#5@50: "));
  EXPECT_THAT(AccountsOf(*table, {"GET", "/Healthz", {{"x-tenant", "blue,red"}}, {}, true}),
              ElementsAre(kind, "health@20: another path, if only by case or a final slash",
                          "#3@30: another gRPC call, or none", "#4@40: another path", "#5@50: "));
  EXPECT_THAT(AccountsOf(*table, {"GET", "/orders/7", {{"x-tenant", "blue,red"}}, {}, true}),
              ElementsAre(kind, "health@20: another path", "#3@30: another gRPC call, or none",
                          "#4@40: a header that may be several", "#5@50: "));
  TestRequest bare;
  bare.connection_only = true;
  EXPECT_THAT(AccountsOf(*table, bare)[0], "#1@10: ");
}

}  // namespace
}  // namespace portcullis::route
