#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kIssuer = "https://idp.example.com";
constexpr std::string_view kTrustDomain = "example.org";
constexpr std::string_view kWebRole = "arn:aws:iam::111111111111:role/web";
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

// Two accounts and one elsewhere; the first has two roles and two providers.
class BuildGatewaysTest : public ::testing::Test {
 protected:
  BuildGatewaysTest() : file_("a.yaml") {
    file_.Account(kDev, 1);
    file_.Account(kProd, 1);
    file_.Account(kPartner, 1).external = true;
    file_.Role(kDev, "web", 2);
    file_.Role(kProd, "web", 2);
    file_.OidcProvider(kDev, kIssuer, 3);
    OidcProviderDefinition& mesh = file_.OidcProvider(kDev, "https://spiffe.example.com", 4);
    mesh.trust_domain = At(kTrustDomain, 4);
  }
  TestFile file_;
};

TEST_F(BuildGatewaysTest, GatewaysAreFoundByNameAndHost) {
  file_.Gateway(kDev, "orders", "orders.example.com", 5);
  TestFile other("b.yaml");
  route::GatewayDefinition& files = other.Gateway(kProd, "files", "*.example.com", 1);
  files.identify = {route::Method::kWebIdentity, route::Method::kPeerCertificate};
  files.web_identities.push_back({At(kIssuer, 2), At(kWebRole, 2)});
  file_.Role(kDev, "mesh", 2);
  files.peer_certificates.push_back(
      {At(kTrustDomain, 3), At("arn:aws:iam::111111111111:role/mesh", 3)});
  const BuildResult result = BuildFrom({&file_, &other});
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const route::Table& routes = result.snapshot->routes();
  ASSERT_EQ(routes.gateways().size(), 2u);
  const route::Gateway* found = routes.FindGateway("files");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->account, kProd);
  ASSERT_EQ(found->web_identities.size(), 1u);
  EXPECT_EQ(found->web_identities[0].provider, kIssuer);
  EXPECT_EQ(found->web_identities[0].role_arn, kWebRole);
  ASSERT_EQ(found->peer_certificates.size(), 1u);
  EXPECT_EQ(found->peer_certificates[0].provider, kTrustDomain);
  EXPECT_EQ(routes.FindGatewayOfHost("orders.example.com"), routes.FindGateway("orders"));
  EXPECT_EQ(routes.FindGatewayOfHost("x.example.com"), found);
  EXPECT_EQ(routes.FindGatewayOfHost("example.org"), nullptr);
}

TEST_F(BuildGatewaysTest, TheAccountHasToBeOneOfOurs) {
  file_.Gateway("111111111112", "a", "a.example.com", 5);
  file_.Gateway(kPartner, "b", "b.example.com", 6);
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(result.diagnostics,
              ElementsAre("a.yaml:5:1: error: account `111111111112` is not declared under "
                          "`Accounts` of any file; did you mean `111111111111`?",
                          "a.yaml:6:1: error: account `999999999999` is declared external at "
                          "a.yaml:1:1 and cannot hold anything"));
}

TEST_F(BuildGatewaysTest, WarnsOfProvidersWhoseCallersCannotBeToldApart) {
  const auto add = [&](route::Method method, std::string_view provider, uint32_t line) {
    const std::string host = "h" + std::to_string(line) + ".example.com";
    route::GatewayDefinition& gateway = file_.Gateway(kDev, host, host, line);
    gateway.identify = {method};
    (method == route::Method::kWebIdentity ? gateway.web_identities : gateway.peer_certificates)
        .push_back({At(provider, line, 5), At(kWebRole, line, 6)});
  };
  add(route::Method::kWebIdentity, kIssuer, 6);
  add(route::Method::kWebIdentity, kIssuer, 7);  // The same people at another gateway.
  add(route::Method::kPeerCertificate, kTrustDomain, 8);
  const BuildResult result = BuildFrom(file_);
  EXPECT_NE(result.snapshot, nullptr);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre("a.yaml:8:5: warning: callers of `example.org` get the same role as those "
                  "of `https://idp.example.com` at a.yaml:6:5: where both know somebody by "
                  "one name, their sessions have one ARN"));
}

// providers of the role's account, whichever account the gateway is of.
TEST_F(BuildGatewaysTest, RolesAndProvidersHaveToExist) {
  const auto add = [&](std::string_view provider, std::string_view role, uint32_t line,
                       route::Method method) {
    const std::string host = "h" + std::to_string(line) + ".example.com";
    route::GatewayDefinition& gateway = file_.Gateway(kDev, host, host, line);
    gateway.identify = {method};
    (method == route::Method::kWebIdentity ? gateway.web_identities : gateway.peer_certificates)
        .push_back({At(provider, line, 5), At(role, line, 6)});
  };
  constexpr auto kWeb = route::Method::kWebIdentity;
  constexpr auto kPeer = route::Method::kPeerCertificate;
  add(kIssuer, "arn:aws:iam::111111111111:role/wep", 6, kWeb);
  add("https://idp.example.co", kWebRole, 7, kWeb);
  add(kIssuer, "arn:aws:iam::123456789012:role/web", 8, kWeb);
  // That of a workload has no tokens, but is one all the same.
  add("https://spiffe.example.com", kWebRole, 9, kWeb);
  add(kTrustDomain, "arn:aws:iam::111111111111:user/web", 10, kPeer);  // Told once.
  add("example.com", kWebRole, 11, kPeer);
  add(kTrustDomain, "arn:aws:iam::123456789012:role/web", 12, kPeer);
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre("a.yaml:6:6: error: role `arn:aws:iam::111111111111:role/wep` does not exist; "
                  "did you mean `arn:aws:iam::111111111111:role/web`?",
                  "a.yaml:7:5: error: account `111111111111` of the role has no OIDC provider "
                  "`https://idp.example.co`; did you mean `https://idp.example.com`?",
                  "a.yaml:8:5: error: account `123456789012` of the role has no OIDC provider "
                  "`https://idp.example.com`",
                  StartsWith("a.yaml:10:6: error: "),
                  "a.yaml:11:5: error: account `111111111111` of the role has no provider of the "
                  "trust domain `example.com`; did you mean `example.org`?",
                  "a.yaml:12:5: error: account `123456789012` of the role has no provider of the "
                  "trust domain `example.org`"));
}

// What the compiler of rules finds is told at its place in its file, with the builder's own.
TEST_F(BuildGatewaysTest, ProblemsOfRulesAreDiagnosticsOfTheirFile) {
  file_.Gateway(kDev, "orders", "orders.example.com", 5);
  TestFile other("b.yaml");
  other.Gateway(kDev, "orders", "o.example.com", 2);
  other.Gateway("222222222222", "files", "orders.example.com", 3);
  const BuildResult result = BuildFrom({&file_, &other});
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(result.diagnostics, ElementsAre(StartsWith("b.yaml:2:2: error: "),
                                              StartsWith("b.yaml:3:1: error: account"),
                                              StartsWith("b.yaml:3:4: error: ")));
}

TEST_F(BuildGatewaysTest, AProxyIsWhatItsDefinitionSays) {
  file_.Gateway(kDev, "orders", "orders.example.com", 5);
  file_.Gateway(kDev, "files", "files.example.com", 6);
  ProxyDefinition& edge = file_.Proxy("edge", 7);
  edge.identities = {At("edge.example.org", 7), At("spiffe://example.org/ns/mesh/*", 7)};
  edge.secret = kSecret;
  edge.gateways = {At("orders", 7), At("files", 7)};
  edge.asserts_peer_certificate = true;
  edge.asserts_extensions = false;
  edge.asserts_principals = true;
  edge.trusted_hops = 10;
  edge.error_response = true;
  file_.Proxy("a.listener_names-it", 8);
  const BuildResult result = BuildFrom(file_);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Proxy* proxy = result.snapshot->FindProxy("edge");
  ASSERT_NE(proxy, nullptr);
  EXPECT_THAT(proxy->identities, ElementsAre("edge.example.org", "spiffe://example.org/ns/mesh/*"));
  EXPECT_EQ(proxy->secret.view(), kSecret);
  EXPECT_THAT(proxy->gateways, ElementsAre("files", "orders"));
  EXPECT_TRUE(proxy->asserts_source_address);
  EXPECT_TRUE(proxy->asserts_peer_certificate);
  EXPECT_FALSE(proxy->asserts_extensions);
  EXPECT_TRUE(proxy->asserts_principals);
  EXPECT_EQ(proxy->trusted_hops, 10u);
  EXPECT_TRUE(proxy->error_response);
  EXPECT_EQ(FormatOrigin(proxy->origin), "a.yaml:7:3");

  const Proxy* plain = result.snapshot->FindProxy("a.listener_names-it");
  ASSERT_NE(plain, nullptr);
  EXPECT_TRUE(plain->secret.empty());
  EXPECT_THAT(plain->identities, IsEmpty());
  EXPECT_TRUE(plain->MayServe("orders"));
  EXPECT_TRUE(plain->asserts_source_address && plain->asserts_extensions);
  EXPECT_FALSE(plain->asserts_peer_certificate || plain->error_response);
  EXPECT_FALSE(plain->asserts_principals);
  EXPECT_EQ(plain->trusted_hops, 0u);
}

TEST_F(BuildGatewaysTest, NamesAndGatewaysOfProxies) {
  file_.Gateway(kDev, "orders", "orders.example.com", 5);
  file_.Proxy("edge", 6);
  file_.Proxy("edge", 7).gateways = {At("order", 7, 5), At("orders", 7, 6), At("orders", 7, 7)};
  file_.Proxy("ed ge", 8);
  file_.Proxy(std::string(65, 'e'), 9);
  file_.Proxy(std::string(64, 'e'), 10);
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  EXPECT_THAT(result.diagnostics,
              ElementsAre("a.yaml:7:2: error: proxy `edge` is already defined at a.yaml:6:3",
                          "a.yaml:7:5: error: gateway `order` does not exist; did you mean "
                          "`orders`?",
                          "a.yaml:7:7: error: gateway `orders` is given twice",
                          "a.yaml:8:2: error: proxy name `ed ge` must be 1 to 64 letters, digits "
                          "and `_.-`",
                          StartsWith("a.yaml:9:2: error: proxy name `eee")));
}

TEST_F(BuildGatewaysTest, IdentitiesOfProxiesThatAreRefused) {
  ProxyDefinition& proxy = file_.Proxy("edge", 5);
  uint32_t line = 6;
  for (const char* identity :
       {"", "*", "/*", "spiffe://*", "spiffe:///*", "*.example.org", "spiffe://a/*/b",
        "spiffe://a/b*", "spiffe://a/*/*", "edge\n", "\xff"}) {
    proxy.identities.push_back(At(identity, line++));
  }
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  ASSERT_EQ(result.diagnostics.size(), 11u);
  EXPECT_EQ(result.diagnostics[1],
            "a.yaml:7:1: error: identity `*` must be a name in certificates, such as "
            "`spiffe://example.org/edge`; its only wildcard is a final `/*`");
}

// Who is meant never depends on the order of definitions.
TEST_F(BuildGatewaysTest, NoTwoProxiesShareAnIdentity) {
  file_.Proxy("a", 5).identities = {At("spiffe://example.org/ns/a/*", 5, 5),
                                    At("edge.example.org", 5, 6), At("edge.example.org", 5, 7),
                                    At("spiffe://example.org/ns/a/sa/x", 5, 8)};
  file_.Proxy("b", 6).identities = {
      At("spiffe://example.org/ns/a/sa/edge", 6, 5), At("edge.example.org", 6, 6),
      At("spiffe://example.com/*", 6, 7), At("spiffe://example.org/ns/a", 6, 8)};
  file_.Proxy("c", 7).identities = {At("spiffe://example.org/*", 7, 5)};
  const BuildResult result = BuildFrom(file_);
  EXPECT_THAT(
      result.diagnostics,
      ElementsAre("a.yaml:5:7: error: identity `edge.example.org` is given twice",
                  "a.yaml:5:8: error: identity `spiffe://example.org/ns/a/sa/x` is given twice",
                  "a.yaml:6:5: error: identity `spiffe://example.org/ns/a/sa/edge` is also one of "
                  "proxy `a` at a.yaml:5:3",
                  "a.yaml:6:6: error: identity `edge.example.org` is also one of proxy `a` at "
                  "a.yaml:5:3",
                  "a.yaml:7:5: error: identity `spiffe://example.org/*` is also one of proxy `a` "
                  "at a.yaml:5:3"));
}

TEST_F(BuildGatewaysTest, SecretsOfProxies) {
  const auto add = [&](std::string_view name, std::string_view secret, uint32_t line) {
    ProxyDefinition& proxy = file_.Proxy(name, line);
    proxy.secret = secret;
    proxy.secret_position = {line, 9};
  };
  add("a", kSecret, 5);
  add("b", kSecret, 6);
  add("c", kSecret.substr(1), 7);
  add("d", std::string(1024, 'd'), 8);
  add("e", std::string(1025, 'e'), 9);
  add("f", "0123456789abcdef 0123456789abcdef", 10);
  add("g", "", 11);
  const BuildResult result = BuildFrom(file_);
  EXPECT_EQ(result.snapshot, nullptr);
  const std::string wrong =
      "error: secret of a proxy must be 32 to 1024 printable ASCII characters without blanks";
  EXPECT_THAT(result.diagnostics,
              ElementsAre("a.yaml:6:9: error: secret is that of proxy `a` at a.yaml:5:3, too",
                          "a.yaml:7:9: " + wrong, "a.yaml:9:9: " + wrong, "a.yaml:10:9: " + wrong,
                          "a.yaml:11:9: " + wrong));
}

TEST_F(BuildGatewaysTest, TrustedHops) {
  const auto add = [&](std::string_view name, int64_t hops, uint32_t line) -> ProxyDefinition& {
    ProxyDefinition& proxy = file_.Proxy(name, line);
    proxy.trusted_hops = hops;
    proxy.trusted_hops_position = {line, 9};
    return proxy;
  };
  add("a", -1, 5);
  add("b", 11, 6);
  add("c", 10, 7);
  add("d", 1, 8).asserts_source_address = false;
  const BuildResult result = BuildFrom(file_);
  EXPECT_THAT(result.diagnostics,
              ElementsAre("a.yaml:5:9: error: trusted hops must be 0 to 10",
                          "a.yaml:6:9: error: trusted hops must be 0 to 10",
                          "a.yaml:8:9: error: trusted hops are of no use to a proxy that does not "
                          "assert `SourceAddress`"));
}

}  // namespace
}  // namespace portcullis::store
