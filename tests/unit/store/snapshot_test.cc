#include "server/store/snapshot.h"

#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

TEST(SnapshotTest, HoldsWhatWasBuilt) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, "ana");
  file.Group(kDev, "g");
  file.Role(kDev, "r");
  file.Resource(kDev, "arn:aws:s3:::b");
  file.OidcProvider(kDev, "https://idp.example.com");
  const auto snapshot = BuildFrom(file).snapshot;
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(snapshot->digest(), "d1");
  ASSERT_NE(snapshot->key_ring(), nullptr);
  EXPECT_EQ(snapshot->key_ring()->key_ids().size(), 1u);
  EXPECT_EQ(snapshot->accounts().size(), 1u);
  EXPECT_EQ(snapshot->users().size(), 1u);
  EXPECT_EQ(snapshot->groups().size(), 1u);
  EXPECT_EQ(snapshot->roles().size(), 1u);
  EXPECT_EQ(snapshot->resources().size(), 1u);
  EXPECT_EQ(snapshot->oidc_providers().size(), 1u);
  EXPECT_EQ(snapshot->saml_providers().size(), 0u);
  EXPECT_EQ(snapshot->revocations().size(), 0u);
  EXPECT_EQ(snapshot->managed_policies().size(), 2u);
  EXPECT_EQ(snapshot->access_keys().size(), 0u);
  EXPECT_EQ(snapshot->mfa_devices().size(), 0u);
  EXPECT_EQ(snapshot->instance_profiles().size(), 0u);
  EXPECT_EQ(snapshot->proxies().size(), 0u);
  EXPECT_TRUE(snapshot->routes().empty());
}

TEST(SnapshotTest, ProxiesAreFoundByNameIdentityAndSecret) {
  constexpr std::string_view kEdgeSecret = "edge-0123456789abcdef0123456789abcdef";
  constexpr std::string_view kMeshSecret = "mesh-0123456789abcdef0123456789abcdef";
  TestFile file("a.yaml");
  ProxyDefinition& edge = file.Proxy("edge", 2);
  edge.identities.push_back(At("edge.example.org"));
  edge.secret = kEdgeSecret;
  ProxyDefinition& mesh = file.Proxy("mesh", 3);
  mesh.identities.push_back(At("spiffe://example.org/ns/mesh/*"));
  mesh.secret = kMeshSecret;
  file.Proxy("local", 4);
  const auto snapshot = BuildFrom(file).snapshot;
  ASSERT_NE(snapshot, nullptr);
  ASSERT_EQ(snapshot->proxies().size(), 3u);
  const Proxy* found_edge = snapshot->FindProxy("edge");
  const Proxy* found_mesh = snapshot->FindProxy("mesh");
  ASSERT_NE(found_edge, nullptr);
  ASSERT_NE(found_mesh, nullptr);
  EXPECT_EQ(found_edge->name, "edge");
  EXPECT_EQ(FormatOrigin(found_mesh->origin), "a.yaml:3:3");
  EXPECT_EQ(snapshot->FindProxy("Edge"), nullptr);
  EXPECT_EQ(snapshot->FindProxy(""), nullptr);

  EXPECT_EQ(snapshot->FindProxyByIdentity("edge.example.org"), found_edge);
  EXPECT_EQ(snapshot->FindProxyByIdentity("spiffe://example.org/ns/mesh/sa/a"), found_mesh);
  EXPECT_EQ(snapshot->FindProxyByIdentity("spiffe://example.org/ns/mesh/"), nullptr);
  EXPECT_EQ(snapshot->FindProxyByIdentity(""), nullptr);

  EXPECT_EQ(snapshot->FindProxyBySecret(kEdgeSecret), found_edge);
  EXPECT_EQ(snapshot->FindProxyBySecret(kMeshSecret), found_mesh);
  // The third has none, which nobody has by sending none.
  EXPECT_EQ(snapshot->FindProxyBySecret(""), nullptr);
  EXPECT_EQ(snapshot->FindProxyBySecret(kEdgeSecret.substr(1)), nullptr);
  EXPECT_EQ(snapshot->FindProxyBySecret("edge-0123456789abcdef0123456789abcdeF"), nullptr);
}

TEST(SnapshotTest, LookupsOfUnknownNamesFindNothing) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.User(kDev, "ana");
  const auto snapshot = BuildFrom(file).snapshot;
  ASSERT_NE(snapshot, nullptr);
  for (const char* name : {"", "*", "arn:aws:iam::111111111111:user/ANA", "AIDA"}) {
    EXPECT_EQ(snapshot->FindAccount(name), nullptr);
    EXPECT_EQ(snapshot->FindAccountByAlias(name), nullptr);
    EXPECT_EQ(snapshot->FindUser(name), nullptr);
    EXPECT_EQ(snapshot->FindUserById(name), nullptr);
    EXPECT_EQ(snapshot->FindGroup(name), nullptr);
    EXPECT_EQ(snapshot->FindRole(name), nullptr);
    EXPECT_EQ(snapshot->FindRoleById(name), nullptr);
    EXPECT_EQ(snapshot->FindManagedPolicy(name), nullptr);
    EXPECT_EQ(snapshot->FindInstanceProfile(name), nullptr);
    EXPECT_EQ(snapshot->FindAccessKey(name), nullptr);
    EXPECT_EQ(snapshot->FindMfaDevice(name), nullptr);
    EXPECT_EQ(snapshot->FindOidcProvider(name), nullptr);
    EXPECT_EQ(snapshot->FindOidcProviderByUrl(kDev, name), nullptr);
    EXPECT_EQ(snapshot->FindOidcProviderByTrustDomain(kDev, name), nullptr);
    EXPECT_EQ(snapshot->FindSamlProvider(name), nullptr);
    EXPECT_EQ(snapshot->FindRoleRevocation(name), nullptr);
    EXPECT_EQ(snapshot->FindUserRevocation(name), nullptr);
    EXPECT_EQ(snapshot->FindAccessKeyRevocation(name), nullptr);
    EXPECT_EQ(snapshot->FindSessionRevocation(name), nullptr);
    EXPECT_EQ(snapshot->FindResource(name), nullptr);
  }
}

}  // namespace
}  // namespace portcullis::store
