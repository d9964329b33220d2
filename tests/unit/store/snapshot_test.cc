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
