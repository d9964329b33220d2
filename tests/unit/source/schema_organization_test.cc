#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(const std::vector<store::Located>& list) {
  std::vector<std::string> texts;
  for (const auto& item : list) texts.push_back(item.text);
  return texts;
}

TEST(SchemaOrganizationTest, TheTreeBecomesAListWithParentsFirst) {
  const Parsed parsed = ParseText(R"(Organization:
  Id: o-exampleorg1
  ManagementAccount: "111111111111"
  ServiceControlPolicies:
  - PolicyName: NoDelete
    PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "*", Resource: "*"}}
  Root:
    Id: r-ex01
    Accounts: ["111111111111"]
    OrganizationalUnits:
    - Id: ou-ex01-aaaaaaaa
      Name: A
      AttachedServiceControlPolicies: [FullAWSAccess, NoDelete]
      OrganizationalUnits:
      - Id: ou-ex01-bbbbbbbb
        Accounts:
        - "123456789012"
        - AccountId: "123456789013"
          AttachedServiceControlPolicies: []
          AttachedResourceControlPolicies: [R]
    - Id: ou-ex01-cccccccc
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  ASSERT_EQ(parsed.definitions->organizations.size(), 1u);
  const store::OrganizationDefinition& organization = parsed.definitions->organizations[0];
  EXPECT_EQ(organization.id.text, "o-exampleorg1");
  EXPECT_EQ(organization.management_account.text, "111111111111");
  EXPECT_EQ(organization.service_control_policies.at(0).name.text, "NoDelete");
  ASSERT_EQ(organization.units.size(), 4u);
  EXPECT_EQ(organization.units[0].id.text, "r-ex01");
  EXPECT_EQ(organization.units[0].parent.text, "");
  EXPECT_EQ(organization.units[1].parent.text, "r-ex01");
  EXPECT_EQ(organization.units[1].name.text, "A");
  EXPECT_EQ(organization.units[2].parent.text, "ou-ex01-aaaaaaaa");
  EXPECT_EQ(organization.units[3].parent.text, "r-ex01");
  // What AWS attaches unless something else is said.
  EXPECT_THAT(Texts(organization.units[0].service_control_policies), ElementsAre("FullAWSAccess"));
  EXPECT_THAT(Texts(organization.units[1].service_control_policies),
              ElementsAre("FullAWSAccess", "NoDelete"));
  EXPECT_THAT(Texts(organization.units[2].accounts), ElementsAre("123456789012", "123456789013"));
  ASSERT_EQ(organization.account_attachments.size(), 1u);
  EXPECT_THAT(Texts(organization.account_attachments[0].service_control_policies), IsEmpty());
  EXPECT_THAT(Texts(organization.account_attachments[0].resource_control_policies),
              ElementsAre("R"));
}

TEST(SchemaOrganizationTest, Mistakes) {
  EXPECT_THAT(
      ParseText(R"(Organization:
  Id: o-exampleorg1
  Root:
    Id: r-ex01
    Account: []
)")
          .diagnostics,
      ElementsAre("a.yaml:2:3: error: field `ManagementAccount` of `Organization` is missing",
                  "a.yaml:5:5: error: unknown field `Account` of `OrganizationalUnit`; did "
                  "you mean `Accounts`?"));
}

}  // namespace
}  // namespace portcullis::source
