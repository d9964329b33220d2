#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kOrganization = "o-exampleorg1";
constexpr std::string_view kRoot = "r-root";
constexpr std::string_view kUnit = "ou-root-prod0001";
constexpr auto kScp = policy::PolicyType::kServiceControl;

std::vector<std::string> Levels(const std::vector<const policy::CompiledPolicySet*>& levels) {
  std::vector<std::string> texts;
  for (const auto* level : levels) {
    std::string text;
    for (const auto& held : level->policies()) text += std::string(held.id()) + " ";
    texts.push_back(text);
  }
  return texts;
}

// R-3.9, R-4.7, R-4.8, R-4.83.
TEST(BuildOrganizationTest, AccountsInheritEveryLevelAboveThem) {
  TestFile file("org.yaml");
  file.Account(kDev);
  file.Account(kProd);
  OrganizationDefinition& organization = file.Organization(kOrganization, kDev);
  organization.service_control_policies.push_back(Policy("NoDelete", kDenyAll, kScp));
  organization.units = {Unit(kRoot, "", {kDev}, {"FullAWSAccess"}),
                        Unit(kUnit, kRoot, {kProd}, {"FullAWSAccess", "NoDelete"})};
  organization.account_attachments.push_back({At(kProd, 9), {At("FullAWSAccess", 9)}, {}});
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());

  const Account* dev = result.snapshot->FindAccount(kDev);
  ASSERT_TRUE(dev->organization.has_value());
  EXPECT_TRUE(dev->organization->management);
  EXPECT_EQ(dev->organization->path, "o-exampleorg1/r-root/");

  const Account* prod = result.snapshot->FindAccount(kProd);
  ASSERT_TRUE(prod->organization.has_value());
  EXPECT_FALSE(prod->organization->management);
  EXPECT_EQ(prod->organization->organization_id, kOrganization);
  EXPECT_EQ(prod->organization->path, "o-exampleorg1/r-root/ou-root-prod0001/");
  EXPECT_THAT(Levels(prod->organization->service_control),
              ElementsAre("FullAWSAccess ", "FullAWSAccess NoDelete ", "FullAWSAccess "));
  EXPECT_THAT(Levels(prod->organization->resource_control),
              ElementsAre("RCPFullAWSAccess ", "RCPFullAWSAccess ", "RCPFullAWSAccess "));
}

// R-4.82: nothing attached allows nothing; that is legal, and seldom meant.
TEST(BuildOrganizationTest, ALevelWithoutPoliciesAllowsNothing) {
  TestFile file("org.yaml");
  file.Account(kDev);
  file.Organization(kOrganization, kDev).units = {Unit(kRoot, "", {kDev}, {}, 4)};
  const BuildResult result = BuildFrom(file);
  EXPECT_THAT(result.diagnostics,
              ElementsAre("org.yaml:4:1: warning: no service control policy is attached to "
                          "`r-root`: everything is denied to the accounts below it"));
  ASSERT_NE(result.snapshot, nullptr);
  EXPECT_THAT(Levels(result.snapshot->FindAccount(kDev)->organization->service_control),
              ElementsAre(""));
}

TEST(BuildOrganizationTest, RefusesABrokenTree) {
  TestFile file("org.yaml");
  file.Account(kDev);
  file.Account(kProd);
  OrganizationDefinition& organization = file.Organization("o-short", kProd, 1);
  organization.units = {
      Unit("root", "", {}, {"FullAWSAccess"}, 2),
      Unit(kRoot, "", {kDev}, {"FullAWSAcess"}, 3),
      Unit("r-other", "", {}, {"FullAWSAccess"}, 4),
      Unit(kUnit, "ou-root-nowhere0", {}, {"FullAWSAccess"}, 5),
      Unit("ou-root-again001", kRoot, {kDev, "111111111119"}, {"FullAWSAccess"}, 6),
  };
  organization.account_attachments.push_back({At("111111111113", 7), {}, {}});
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "org.yaml:1:1: error: organization id `o-short` must be `o-` and 10 to 32 lower-case "
          "letters and digits",
          "org.yaml:1:2: error: management account `123456789012` is in no organizational unit",
          "org.yaml:2:1: error: id `root` of the root must be like `r-a1b2`",
          "org.yaml:3:4: error: service control policy `FullAWSAcess` does not exist; did you mean "
          "`FullAWSAccess`?",
          "org.yaml:4:1: error: an organization has one root",
          "org.yaml:5:2: error: parent `ou-root-nowhere0` is not an organizational unit above this "
          "one",
          "org.yaml:6:3: error: account `111111111111` has a place in an organization already",
          "org.yaml:6:3: error: account `111111111119` is not declared under `Accounts` of any "
          "file; did you mean `111111111111`?",
          "org.yaml:7:1: error: account `111111111113` is in no organizational unit"));
}

TEST(BuildOrganizationTest, OneDefinitionPerOrganization) {
  TestFile file("org.yaml");
  file.Account(kDev);
  file.Organization(kOrganization, kDev, 1).units = {Unit(kRoot, "", {kDev}, {"FullAWSAccess"})};
  file.Organization(kOrganization, kDev, 5);
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("org.yaml:5:1: error: organization `o-exampleorg1` is already defined at "
                          "org.yaml:1:1"));
}

// R-4.83 at its limit and past it.
TEST(BuildOrganizationTest, AtMostTenPoliciesPerTarget) {
  TestFile file("org.yaml");
  file.Account(kDev);
  OrganizationDefinition& organization = file.Organization(kOrganization, kDev);
  organization.units = {Unit(kRoot, "", {kDev}, {"FullAWSAccess"}, 2)};
  for (int i = 0; i < 9; ++i) {
    const std::string name = base::StrCat("P", i);
    organization.service_control_policies.push_back(Policy(name, kDenyAll, kScp));
    organization.units[0].service_control_policies.push_back(At(name, 3));
  }
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  organization.service_control_policies.push_back(Policy("P9", kDenyAll, kScp));
  organization.units[0].service_control_policies.push_back(At("P9", 4));
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("org.yaml:4:1: error: cannot exceed quota for "
                          "ServiceControlPoliciesPerTarget: 10"));
}

// Built in ones, too: reads and exports show them.
TEST(BuildOrganizationTest, PoliciesKeepTheirText) {
  TestFile file("org.yaml");
  file.Account(kDev);
  OrganizationDefinition& organization = file.Organization(kOrganization, kDev);
  organization.service_control_policies.push_back(Policy("NoDelete", kDenyAll, kScp));
  organization.units = {Unit(kRoot, "", {kDev}, {"NoDelete"})};
  organization.account_attachments.push_back({At(kDev), {At("FullAWSAccess")}, {}});
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const OrganizationPlace& place = *result.snapshot->FindAccount(kDev)->organization;
  ASSERT_EQ(place.service_control.size(), 2u);
  EXPECT_EQ(&place.service_control[0]->policies()[0].policy(),
            organization.service_control_policies[0].policy.get());
  EXPECT_EQ(place.service_control[1]->policies()[0].policy().document(),
            kAllowAll);  // FullAWSAccess.
  EXPECT_EQ(place.resource_control[0]->policies()[0].policy().document(),
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
            R"("Action":"*","Resource":"*"}]})");
}

}  // namespace
}  // namespace portcullis::store
