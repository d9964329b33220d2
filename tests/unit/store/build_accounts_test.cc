#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BuildAccountsTest, FindsByIdAndAlias) {
  TestFile file("a.yaml");
  file.Account(kDev).alias = At("dev-corp", 2);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Account* account = result.snapshot->FindAccount(kDev);
  ASSERT_NE(account, nullptr);
  EXPECT_EQ(account->root_arn, "arn:aws:iam::111111111111:root");
  EXPECT_EQ(result.snapshot->FindAccountByAlias("dev-corp"), account);
  EXPECT_EQ(result.snapshot->FindAccount("111111111112"), nullptr);
  EXPECT_FALSE(account->organization.has_value());
}

//
TEST(BuildAccountsTest, RefusesBadAndRepeatedAccounts) {
  TestFile file("a.yaml");
  file.Account(kDev, 1);
  file.Account("11111111111", 2);
  file.Account(kDev, 3);
  file.Account(kProd, 4).alias = At("Not_An_Alias", 5);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:2:1: error: account id `11111111111` is not 12 digits",
                  "a.yaml:3:1: error: account `111111111111` is already declared at a.yaml:1:1",
                  "a.yaml:5:1: error: account alias `Not_An_Alias` must be 3 to 63 lower-case "
                  "letters, digits and single inner hyphens, and not 12 digits"));
}

TEST(BuildAccountsTest, AliasesAreUnique) {
  TestFile file("a.yaml");
  file.Account(kDev, 1).alias = At("corp", 1, 5);
  file.Account(kProd, 2).alias = At("corp", 2, 5);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:2:5: error: account alias `corp` is taken by another account"));
}

TEST(BuildAccountsTest, CredentialsBelongToTheirOwner) {
  TestFile file("a.yaml");
  AccountDefinition& account = file.Account(kDev);
  account.root_access_keys.push_back({At("AKIAROOT00000000000A", 2), "root-secret", false, {}});
  UserDefinition& user = file.User(kDev, "ana", 3);
  user.access_keys.push_back({At("AKIAIOSFODNN7EXAMPLE", 4), "secret", true, {}});
  user.mfa_devices.push_back({At("arn:aws:iam::111111111111:mfa/team/ana", 5), "seed"});
  user.mfa_devices.push_back({At("GAHT12345678", 6), ""});
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Snapshot& snapshot = *result.snapshot;

  const AccessKey* root_key = snapshot.FindAccessKey("AKIAROOT00000000000A");
  ASSERT_NE(root_key, nullptr);
  EXPECT_EQ(root_key->user, nullptr);
  EXPECT_EQ(root_key->status, AccessKeyStatus::kInactive);
  const AccessKey* key = snapshot.FindAccessKey("AKIAIOSFODNN7EXAMPLE");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->user, snapshot.FindUser("arn:aws:iam::111111111111:user/ana"));
  EXPECT_EQ(key->secret, "secret");
  EXPECT_THAT(key->user->access_keys, ElementsAre(key));
  const MfaDevice* device = snapshot.FindMfaDevice("arn:aws:iam::111111111111:mfa/team/ana");
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->user, key->user);
  EXPECT_EQ(key->user->mfa_devices.size(), 2u);
  EXPECT_NE(snapshot.FindMfaDevice("GAHT12345678"), nullptr);
}

TEST(BuildAccountsTest, RefusesBadCredentials) {
  TestFile file("a.yaml");
  file.Account(kDev);
  UserDefinition& ana = file.User(kDev, "ana", 2);
  ana.access_keys.push_back({At("ASIAIOSFODNN7EXAMPLE", 3), "s", true, {}});
  ana.access_keys.push_back({At("AKIAIOSFODNN7EXAMPLE", 4), "", true, {}});
  ana.mfa_devices.push_back({At("arn:aws:iam::123456789012:mfa/ana", 5), "seed"});
  ana.mfa_devices.push_back({At("GAHT12345678", 6), "seed"});
  UserDefinition& bo = file.User(kDev, "bo", 7);
  bo.access_keys.push_back({At("AKIAIOSFODNN7EXAMPLE", 8), "s", true, {}});
  bo.mfa_devices.push_back({At("GAHT12345678", 9), "seed"});
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:3:1: error: access key id `ASIAIOSFODNN7EXAMPLE` must begin with `AKIA` "
          "and have 16 to 128 letters and digits",
          "a.yaml:4:1: error: access key `AKIAIOSFODNN7EXAMPLE` has no secret",
          "a.yaml:5:1: error: serial number `arn:aws:iam::123456789012:mfa/ana` is neither "
          "an ARN such as `arn:aws:iam::111111111111:mfa/NAME` nor that of a hardware token",
          "a.yaml:8:1: error: access key id `AKIAIOSFODNN7EXAMPLE` is given twice",
          "a.yaml:9:1: error: MFA device `GAHT12345678` is given twice; a device belongs "
          "to one user"));
}

// two keys in any status, and no third.
TEST(BuildAccountsTest, DatesOfDevicesArrive) {
  TestFile file("a.yaml");
  file.Account(kDev);
  MfaDeviceDefinition device = {At("arn:aws:iam::111111111111:mfa/ana"), {}};
  device.enable_date = absl::FromUnixSeconds(1000);
  file.User(kDev, "ana").mfa_devices.push_back(device);
  const BuildResult result = BuildFrom(file);
  ASSERT_NE(result.snapshot, nullptr);
  EXPECT_EQ(result.snapshot->mfa_devices()[0]->enable_date, absl::FromUnixSeconds(1000));
}

TEST(BuildAccountsTest, AtMostTwoKeysPerUser) {
  TestFile file("a.yaml");
  file.Account(kDev);
  UserDefinition& user = file.User(kDev, "ana", 2);
  user.access_keys.push_back({At("AKIA000000000000000A", 3), "s", true, {}});
  user.access_keys.push_back({At("AKIA000000000000000B", 4), "s", false, {}});
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  user.access_keys.push_back({At("AKIA000000000000000C", 5), "s", false, {}});
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:5:1: error: cannot exceed quota for AccessKeysPerUser: 2"));
}

//
TEST(BuildAccountsTest, RootsCredentialsAreReachedFromItsAccount) {
  TestFile file("a.yaml");
  AccountDefinition& account = file.Account(kDev, 1);
  account.create_date = absl::UnixEpoch();
  account.root_access_keys.push_back({At("AKIAROOT00000000000A", 2), "s", true, {}});
  account.root_mfa_devices.push_back({At("arn:aws:iam::111111111111:mfa/root", 3), "seed"});
  account.root_mfa_devices.push_back(
      {At("GAHT12345678", 4), "seed", {{At("safe", 4), At("1", 4)}, {At("Safe", 4), At("2", 4)}}});
  file.Account(kProd, 5);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Account& dev = *result.snapshot->FindAccount(kDev);
  EXPECT_EQ(dev.create_date, absl::UnixEpoch());
  EXPECT_THAT(dev.root_access_keys,
              ElementsAre(result.snapshot->FindAccessKey("AKIAROOT00000000000A")));
  EXPECT_THAT(dev.root_mfa_devices,
              ElementsAre(result.snapshot->FindMfaDevice("arn:aws:iam::111111111111:mfa/root"),
                          result.snapshot->FindMfaDevice("GAHT12345678")));
  EXPECT_EQ(dev.root_mfa_devices[1]->tags.size(), 2u);  // keys differ by case.
  EXPECT_TRUE(result.snapshot->FindAccount(kProd)->root_access_keys.empty());
}

TEST(BuildAccountsTest, TagsOfDevicesAreChecked) {
  TestFile file("a.yaml");
  file.Account(kDev, 1);
  file.User(kDev, "ana", 2)
      .mfa_devices.push_back({At("GAHT12345678", 3), "seed", {{At("aws:x", 4), At("1", 4)}}});
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:4:1: error: tag key `aws:x` must be 1 to 128 letters, digits, "
                          "blanks and `_.:/=+-@`, and must not begin with `aws:`"));
}

// at the limits and past them.
TEST(BuildAccountsTest, PasswordPoliciesAreInRange) {
  TestFile file("a.yaml");
  AccountDefinition& account = file.Account(kDev, 1);
  const auto set = [&](int64_t length, int64_t age, int64_t reuse) {
    account.password_policy = PasswordPolicyDefinition();
    account.password_policy->policy.minimum_password_length = length;
    account.password_policy->policy.max_password_age_days = age;
    account.password_policy->policy.password_reuse_prevention = reuse;
    account.password_policy->minimum_password_length = {2, 5};
    account.password_policy->max_password_age = {3, 5};
    account.password_policy->password_reuse_prevention = {4, 5};
    return BuildFrom(file);
  };
  EXPECT_THAT(set(6, 0, 0).diagnostics, IsEmpty());
  const BuildResult result = set(128, 1095, 24);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const auto& policy = result.snapshot->FindAccount(kDev)->password_policy;
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->minimum_password_length, 128);
  EXPECT_EQ(policy->max_password_age_days, 1095);
  EXPECT_EQ(policy->password_reuse_prevention, 24);
  EXPECT_THAT(set(5, -1, -1).diagnostics,
              ElementsAre("a.yaml:2:5: error: `MinimumPasswordLength` must be 6 to 128",
                          "a.yaml:3:5: error: `MaxPasswordAge` must be 0 to 1095",
                          "a.yaml:4:5: error: `PasswordReusePrevention` must be 0 to 24"));
  EXPECT_THAT(set(129, 1096, 25).diagnostics, ::testing::SizeIs(3));
}

TEST(BuildAccountsTest, ExternalAccountsHaveNoPasswordPolicy) {
  TestFile file("a.yaml");
  AccountDefinition& account = file.Account(kPartner, 1);
  account.external = true;
  account.password_policy.emplace();
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:1:1: error: account `999999999999` is external and cannot have a "
                          "password policy here"));
}

TEST(BuildAccountsTest, ExternalAccountsHoldNothing) {
  TestFile file("a.yaml");
  AccountDefinition& account = file.Account(kPartner, 1);
  account.external = true;
  account.root_access_keys.push_back({At("AKIAROOT00000000000A", 2), "s", true, {}});
  file.User(kPartner, "eve", 3);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:1:1: error: account `999999999999` is external and cannot have "
                          "credentials here",
                          "a.yaml:3:1: error: account `999999999999` is declared external at "
                          "a.yaml:1:1 and cannot hold anything"));
}

}  // namespace
}  // namespace portcullis::store
