#include "server/store/entities.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::IsEmpty;

TEST(EntitiesTest, OriginsAreWrittenAsDiagnosticsBegin) {
  EXPECT_EQ(FormatOrigin({std::make_shared<const std::string>("a/b.yaml"), {3, 5}}),
            "a/b.yaml:3:5");
}

// Whoever is to change a credential is told where it is defined.
TEST(EntitiesTest, CredentialsAreDefinedWhereTheirOwnerIs) {
  TestFile accounts("accounts.yaml");
  AccountDefinition& root = accounts.Account(kDev, 2);
  root.root_access_keys.push_back({At("AKIAROOTAAAAAAAAAAAA", 3), SecretText("s"), true, {}});
  root.root_mfa_devices.push_back({At("arn:aws:iam::111111111111:mfa/root", 4), {}});
  TestFile users("users.yaml");
  UserDefinition& user = users.User(kDev, "ana", 5);
  user.access_keys.push_back({At("AKIAANAAAAAAAAAAAAAA", 6), SecretText("s"), true, {}});
  user.mfa_devices.push_back({At("arn:aws:iam::111111111111:mfa/ana", 7), {}});
  const BuildResult result = BuildFrom({&accounts, &users});
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Snapshot& snapshot = *result.snapshot;
  EXPECT_EQ(FormatOrigin(OriginOf(*snapshot.FindAccessKey("AKIAROOTAAAAAAAAAAAA"))),
            "accounts.yaml:2:1");
  EXPECT_EQ(FormatOrigin(OriginOf(*snapshot.FindMfaDevice("arn:aws:iam::111111111111:mfa/root"))),
            "accounts.yaml:2:1");
  EXPECT_EQ(FormatOrigin(OriginOf(*snapshot.FindAccessKey("AKIAANAAAAAAAAAAAAAA"))),
            "users.yaml:5:2");
  const MfaDevice* device = snapshot.FindMfaDevice("arn:aws:iam::111111111111:mfa/ana");
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(FormatOrigin(OriginOf(*device)), "users.yaml:5:2");
}

TEST(EntitiesTest, AProxyMayServeAllGatewaysOrThoseNamed) {
  Proxy proxy;
  EXPECT_TRUE(proxy.MayServe("orders"));
  proxy.gateways = {"files", "orders"};
  EXPECT_TRUE(proxy.MayServe("orders"));
  EXPECT_TRUE(proxy.MayServe("files"));
  EXPECT_FALSE(proxy.MayServe("order"));
  EXPECT_FALSE(proxy.MayServe("ordersx"));
  EXPECT_FALSE(proxy.MayServe(""));
}

TEST(EntitiesTest, IdentitiesOfAProxyAreNamesOrEverythingBelowOne) {
  Proxy proxy;
  EXPECT_FALSE(proxy.HasIdentity(""));
  EXPECT_FALSE(proxy.HasIdentity("spiffe://example.org/edge"));
  proxy.identities = {"edge.example.org", "spiffe://example.org/ns/mesh/*"};
  EXPECT_TRUE(proxy.HasIdentity("edge.example.org"));
  EXPECT_TRUE(proxy.HasIdentity("spiffe://example.org/ns/mesh/sa/edge"));
  for (const char* other :
       {"", "*", "edge.example.orG", "edge.example.org/x", "xedge.example.org",
        "spiffe://example.org/ns/mesh", "spiffe://example.org/ns/mesh/",
        "spiffe://example.org/ns/meshed/sa/edge", "spiffe://example.org/ns/other/sa/edge",
        "spiffe://example.com/ns/mesh/sa/edge"}) {
    EXPECT_FALSE(proxy.HasIdentity(other)) << other;
  }
}

}  // namespace
}  // namespace portcullis::store
