#include "server/route/table.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

GatewayDefinition Named(std::string name, std::vector<std::string> hosts) {
  GatewayDefinition gateway = Orders();
  gateway.name = At(std::move(name));
  gateway.hosts.clear();
  for (std::string& host : hosts) gateway.hosts.push_back(At(std::move(host)));
  return gateway;
}

std::unique_ptr<const Table> TableOfAll(const std::vector<GatewayDefinition>& definitions) {
  TableBuilder builder;
  std::vector<Problem> problems;
  for (const GatewayDefinition& definition : definitions) builder.Add(definition, "f", &problems);
  EXPECT_TRUE(problems.empty());
  return builder.Build();
}

struct HostCase {
  std::string host;
  std::string gateway;
};

TEST(Table, FindsTheGatewayOfAHost) {
  const auto table = TableOfAll({Named("zeta", {"*"}), Named("api", {"api.example.com"}),
                                 Named("all", {"*.example.com"}),
                                 Named("deep", {"*.a.example.com", "192.0.2.1", "[2001:db8::1]"})});
  const std::vector<HostCase> cases = {
      {"api.example.com", "api"},
      {"x.example.com", "all"},
      {"x.y.example.com", "all"},
      {"x.a.example.com", "deep"},
      {"x.y.a.example.com", "deep"},
      {"a.example.com", "all"},
      {"example.com", "zeta"},
      {"192.0.2.1", "deep"},
      {"2001:db8::1", "deep"},
      {"notexample.com", "zeta"},
      {"", "zeta"},
  };
  for (const HostCase& c : cases) {
    const Gateway* gateway = table->FindGatewayOfHost(c.host);
    ASSERT_NE(gateway, nullptr) << c.host;
    EXPECT_EQ(gateway->name, c.gateway) << c.host;
  }
}

TEST(Table, UnknownHostsHaveNoGateway) {
  const auto table = TableOfAll({Named("api", {"api.example.com", "*.example.org"})});
  EXPECT_EQ(table->FindGatewayOfHost("other.example.com"), nullptr);
  EXPECT_EQ(table->FindGatewayOfHost("example.org"), nullptr);
  EXPECT_EQ(table->FindGatewayOfHost(""), nullptr);
}

TEST(Table, GatewaysStandByName) {
  const auto table = TableOfAll({Named("b", {"b.example"}), Named("a", {"a.example"})});
  ASSERT_EQ(table->gateways().size(), 2u);
  EXPECT_EQ(table->gateways()[0]->name, "a");
  EXPECT_EQ(table->FindGateway("b")->hosts[0], "b.example");
  EXPECT_EQ(table->FindGateway("c"), nullptr);
  EXPECT_FALSE(table->empty());
  EXPECT_TRUE(Table().empty());
  EXPECT_EQ(Table().FindGatewayOfHost("a"), nullptr);
}

}  // namespace
}  // namespace portcullis::route
