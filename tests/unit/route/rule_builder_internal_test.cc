#include "server/route/rule_builder_internal.h"

#include <algorithm>
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

// A rule at 10:5; what is tested stands at 12:20 and, if there are two places, 13:20.
struct RuleCase {
  std::string name;
  std::function<void(RuleDefinition*)> change;
  std::vector<std::string> expected;
};

void Check(const std::vector<RuleCase>& cases) {
  for (const RuleCase& c : cases) {
    RuleDefinition rule = AnyRule();
    c.change(&rule);
    GatewayDefinition gateway = Orders({rule});
    if (std::count(rule.identify.begin(), rule.identify.end(), Method::kPeerCertificate) > 0) {
      gateway.peer_certificates = {
          {At("example.org", 7, 20), At("arn:aws:iam::111122223333:role/Mesh", 7, 40)}};
    }
    EXPECT_THAT(ProblemsOf(gateway), ElementsAreArray(c.expected)) << c.name;
  }
}

TEST(RuleBuilder, ChecksNamesAndMatches) {
  Check({
      {"nothing wrong", [](RuleDefinition*) {}, {}},
      {"name",
       [](RuleDefinition* r) { r->name = At("a b", 12, 20); },
       {"12:20: the name `a b` of a rule is not of `[A-Za-z0-9_.-]{1,64}`"}},
      {"long name",
       [](RuleDefinition* r) { r->name = At(std::string(65, 'a'), 12, 20); },
       {"12:20: the name `" + std::string(65, 'a') +
        "` of a rule is not of `[A-Za-z0-9_.-]{1,64}`"}},
      {"method",
       [](RuleDefinition* r) { r->match.methods = {At("GE T", 12, 20)}; },
       {"12:20: `GE T` is no method"}},
      {"method in lower case",
       [](RuleDefinition* r) { r->match.methods = {At("get", 12, 20)}; },
       {"12:20: `get` is no method: methods are case-sensitive [GET]"}},
      {"method twice",
       [](RuleDefinition* r) {
         r->match.methods = {At("GET", 12, 20), At("GET", 12, 25)};
       },
       {"12:25: the method `GET` occurs twice"}},
      {"unknown methods are methods",
       [](RuleDefinition* r) { r->match.methods = {At("PURGE", 12, 20)}; },
       {}},
      {"path",
       [](RuleDefinition* r) { r->match.path = At("a", 12, 20); },
       {"12:20: the path `a` does not begin with a slash [/a]"}},
      {"gRPC without method",
       [](RuleDefinition* r) { r->match.grpc = At("a.B", 12, 20); },
       {"12:20: `a.B` is no gRPC method: expected `package.Service/Method`, `package.Service/*` or "
        "`*/*`"}},
      {"gRPC with a pattern",
       [](RuleDefinition* r) { r->match.grpc = At("a.*/Get", 12, 20); },
       {"12:20: `a.*/Get` is no gRPC method: expected `package.Service/Method`, "
        "`package.Service/*` or `*/*`"}},
      {"gRPC method of any service",
       [](RuleDefinition* r) { r->match.grpc = At("*/Get", 12, 20); },
       {"12:20: `*/Get` is no gRPC method: expected `package.Service/Method`, `package.Service/*` "
        "or `*/*`"}},
      {"any gRPC", [](RuleDefinition* r) { r->match.grpc = At("*/*", 12, 20); }, {}},
      {"header",
       [](RuleDefinition* r) {
         r->match.headers = {{At(":path", 12, 20), At("*", 13, 20)}};
       },
       {"12:20: `:path` is no name of a header"}},
      {"header without value",
       [](RuleDefinition* r) {
         r->match.headers = {{At("x-a", 12, 20), At("", 13, 20)}};
       },
       {"13:20: the header `x-a` needs a value; `*` means any"}},
      {"header twice",
       [](RuleDefinition* r) {
         r->match.headers = {{At("x-a", 12, 20), At("1", 12, 30)},
                             {At("X-A", 13, 20), At("2", 13, 30)}};
       },
       {"13:20: the header `x-a` occurs twice"}},
  });
}

TEST(RuleBuilder, ChecksBareConnections) {
  Check({
      {"mapping",
       [](RuleDefinition* r) {
         r->match.connection = true;
         r->identify = {Method::kPeerCertificate};
       },
       {"10:5: a rule about bare connections needs Action and Resource"}},
      {"path",
       [](RuleDefinition* r) {
         r->match.connection = true;
         r->is_public = true;
         r->match.path = At("/a", 12, 20);
       },
       {"10:5: a rule about bare connections matches no method, path, gRPC call or header"}},
      {"question",
       [](RuleDefinition* r) {
         r->match.connection = true;
         *r = Asking(*r, "db:Connect", "arn:aws:db:${region}:${account}:${host}");
         r->identify = {Method::kSignature, Method::kPeerCertificate};
       },
       {}},
      {"nobody can prove who they are",
       [](RuleDefinition* r) {
         r->match.connection = true;
         *r = Asking(*r, "db:Connect", "arn:aws:db:${region}:${account}:${host}");
       },
       {"10:5: warning: nobody can pass this rule about bare connections, whose only proof is "
        "`PeerCertificate`: name it under `Identify`, or make the rule `Public`"}},
      {"variable of requests",
       [](RuleDefinition* r) {
         r->match.connection = true;
         *r = Asking(*r, "db:Connect", "arn:aws:db:${region}:${account}:${path}");
         r->identify = {Method::kPeerCertificate};
       },
       {"12:15: `${path}` has no value for a bare connection"}},
      {"not given and false are the same",
       [](RuleDefinition* r) { r->match.connection = false; },
       {}},
  });
}

TEST(RuleBuilder, PublicExcludesEverythingThatAsks) {
  const std::string text = "a rule that is public asks nobody and nothing, so it has no ";
  Check({
      {"public", [](RuleDefinition* r) { r->is_public = true; }, {}},
      {"all",
       [](RuleDefinition* r) {
         r->is_public = true;
         r->action = At("orders:Get", 12, 20);
         r->resource = At("*", 13, 20);
         r->mapping = Mapping::kS3;
         r->mapping_position = {14, 20};
         r->service = At("s", 15, 20);
         r->api = At("a", 16, 20);
         r->stage = At("s", 17, 20);
         r->context = {{At("orders:A", 18, 20), At("1", 18, 30)}};
         r->identify = {Method::kSignature};
         r->payload = Payload::kBody;
       },
       {"12:20: " + text + "Action", "13:20: " + text + "Resource", "14:20: " + text + "Mapping",
        "15:20: " + text + "Service", "16:20: " + text + "Api", "17:20: " + text + "Stage",
        "18:20: " + text + "Context", "10:5: " + text + "Identify", "10:5: " + text + "Payload"}},
  });
}

TEST(RuleBuilder, ChecksTheQuestion) {
  Check({
      {"action alone",
       [](RuleDefinition* r) { r->action = At("orders:Get", 12, 20); },
       {"12:20: a rule with Action needs Resource"}},
      {"resource alone",
       [](RuleDefinition* r) { r->resource = At("*", 12, 20); },
       {"12:20: a rule with Resource needs Action"}},
      {"mapping beside them",
       [](RuleDefinition* r) {
         *r = Asking(Mapped(*r, Mapping::kGrpc), "orders:Get", "*");
         r->mapping_position = {14, 20};
       },
       {"14:20: a rule with Action and Resource has no Mapping: it asks its own question"}},
      {"words of mappings beside them",
       [](RuleDefinition* r) {
         *r = Asking(*r, "orders:Get", "*");
         r->service = At("s", 14, 20);
         r->api = At("a", 15, 20);
         r->stage = At("s", 16, 20);
       },
       {"14:20: Service is for mappings, and the rule has Action and Resource",
        "15:20: Api is for mappings, and the rule has Action and Resource",
        "16:20: Stage is for mappings, and the rule has Action and Resource"}},
      {"action and resource",
       [](RuleDefinition* r) { *r = Asking(*r, "orders", "order"); },
       {"11:13: `orders` is no action: expected `service:Action`",
        "12:15: `order` is no resource: expected `arn:aws:service:region:account:resource`"}},
      {"variable that the path does not have",
       [](RuleDefinition* r) {
         r->match.path = At("/orders/{order}", 10, 20);
         *r = Asking(*r, "orders:Get", "arn:aws:orders:::order/${path.ordr}");
       },
       {"12:15: unknown variable `${path.ordr}`: the rule's path has no `ordr` "
        "[${path.order}]"}},
      {"a broken path is reported once",
       [](RuleDefinition* r) {
         r->match.path = At("orders/{order}", 10, 20);
         *r = Asking(*r, "orders:Get", "arn:aws:orders:::order/${path.order}");
       },
       {"10:20: the path `orders/{order}` does not begin with a slash [/orders/{order}]"}},
  });
}

TEST(RuleBuilder, ChecksWordsOfMappings) {
  Check({
      {"Service for ExecuteApi",
       [](RuleDefinition* r) { r->service = At("files", 12, 20); },
       {"12:20: Service means nothing to the mapping `ExecuteApi`"}},
      {"Service for S3",
       [](RuleDefinition* r) { *r = Mapped(*r, Mapping::kS3, "files"); },
       {"12:14: Service means nothing to the mapping `S3`"}},
      {"Api and Stage for Grpc",
       [](RuleDefinition* r) {
         *r = Mapped(*r, Mapping::kGrpc, "orders");
         r->api = At("a", 12, 20);
         r->stage = At("b", 13, 20);
       },
       {"12:20: Api means nothing to the mapping `Grpc`",
        "13:20: Stage means nothing to the mapping `Grpc`"}},
      {"no service",
       [](RuleDefinition* r) { *r = Mapped(*r, Mapping::kServiceVerb, "a:b"); },
       {"12:14: `a:b` is no service of an action"}},
      {"Api and Stage with slashes",
       [](RuleDefinition* r) {
         r->api = At("a/b", 12, 20);
         r->stage = At("*", 13, 20);
       },
       {"12:20: Api `a/b` is not of `[A-Za-z0-9_.$-]{1,64}`",
        "13:20: Stage `*` is not of `[A-Za-z0-9_.$-]{1,64}`"}},
  });
  GatewayDefinition gateway = Orders({Mapped(AnyRule(), Mapping::kGrpc)});
  gateway.name = At("my_orders", 1, 9);
  EXPECT_THAT(ProblemsOf(gateway),
              ElementsAre("10:5: `my_orders` is no service of an action: say Service"));
}

TEST(RuleBuilder, ChecksConditionKeys) {
  const auto key = [](std::string name) {
    return [name](RuleDefinition* r) {
      *r = Asking(*r, "orders:Get", "*");
      r->context = {{At(name, 12, 20), At("1", 12, 40)}};
    };
  };
  Check({
      {"a service's", key("orders:Tenant"), {}},
      {"one that trusted PEPs set (R-3.1)", key("aws:ResourceTag/Team"), {}},
      {"no key",
       key("Tenant"),
       {"12:20: the condition key `Tenant` is none: expected `service:Name`"}},
      {"no name",
       key("orders:"),
       {"12:20: the condition key `orders:` is none: expected `service:Name`"}},
      {"blank",
       key("orders:a b"),
       {"12:20: the condition key `orders:a b` is none: expected `service:Name`"}},
      {"the server's",
       key("aws:PrincipalArn"),
       {"12:20: the condition key `aws:PrincipalArn` is supplied by Portcullis alone"}},
      {"of a reserved namespace",
       key("aws:Anything"),
       {"12:20: the condition key `aws:Anything` is supplied by Portcullis alone"}},
      {"of an identity provider",
       key("idp.example.org:sub"),
       {"12:20: the condition key `idp.example.org:sub` is supplied by Portcullis alone"}},
      {"the address (section 5, item 6)",
       key("aws:sourceip"),
       {"12:20: the condition key `aws:sourceip` is supplied by the gateway"}},
      {"the mapping's",
       [](RuleDefinition* r) {
         *r = Mapped(*r, Mapping::kS3);
         r->context = {{At("s3:prefix", 12, 20), At("1", 12, 40)}};
       },
       {"12:20: the condition key `s3:prefix` is supplied by the mapping"}},
      {"twice",
       [](RuleDefinition* r) {
         r->context = {{At("orders:a", 12, 20), At("1", 12, 40)},
                       {At("orders:A", 13, 20), At("2", 13, 40)}};
       },
       {"13:20: the condition key `orders:A` occurs twice"}},
      {"variable",
       [](RuleDefinition* r) {
         r->context = {{At("orders:a", 12, 20), At("${headr.x}", 12, 40)}};
       },
       {"12:40: unknown variable `${headr.x}`"}},
  });
}

TEST(RuleBuilder, IdentifyIsTheGatewaysUnlessTheRuleDiffers) {
  RuleDefinition plain = RuleOfPath("/a", 10);
  RuleDefinition differs = RuleOfPath("/b", 20);
  differs.identify = {Method::kSessionToken};
  differs.payload = Payload::kUnsigned;
  GatewayDefinition gateway = Orders({plain, differs});
  gateway.payload = Payload::kBody;
  const auto table = TableOf(gateway);
  const auto& rules = table->FindGateway("orders")->rules;
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_THAT(rules[0]->identification.methods,
              ElementsAre(Method::kSignature, Method::kSessionToken));
  EXPECT_EQ(rules[0]->identification.payload, Payload::kBody);
  EXPECT_THAT(rules[1]->identification.methods, ElementsAre(Method::kSessionToken));
  EXPECT_EQ(rules[1]->identification.payload, Payload::kUnsigned);
}

TEST(CheckIdentify, EveryMethodOnce) {
  std::vector<Problem> problems;
  CheckIdentify({Method::kSignature, Method::kSessionToken}, {7, 15}, {&problems});
  EXPECT_THAT(problems, IsEmpty());
  CheckIdentify({Method::kSignature, Method::kSignature}, {7, 15}, {&problems});
  EXPECT_THAT(Texts(problems), ElementsAre("7:15: Identify has `Signature` twice"));
}

TEST(IsServiceOrRegion, LowerCaseLabels) {
  EXPECT_TRUE(IsServiceOrRegion("execute-api"));
  EXPECT_TRUE(IsServiceOrRegion(std::string(64, 'a')));
  EXPECT_FALSE(IsServiceOrRegion(std::string(65, 'a')));
  EXPECT_FALSE(IsServiceOrRegion("S3"));
  EXPECT_FALSE(IsServiceOrRegion("a:b"));
  EXPECT_FALSE(IsServiceOrRegion(""));
}

}  // namespace
}  // namespace portcullis::route
