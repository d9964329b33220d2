#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SchemaEntitiesTest, EveryFieldArrives) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Users:
- UserName: ana
  Path: /a/
  UserId: AIDAJQABLZS4A3QDU576Q
  Groups: [Developers, Testers]
  ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
  PermissionsBoundary: arn:aws:iam::aws:policy/AWSDenyAll
  Policies:
  - PolicyName: P
    PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
  Disabled: true
Groups:
- GroupName: Developers
  GroupId: AGPAJQABLZS4A3QDU576Q
Roles:
- RoleName: UpdateApp
  Description: d
  MaxSessionDuration: 7200
  AssumeRolePolicyDocument:
    Version: 2012-10-17
    Statement: {Effect: Allow, Principal: {AWS: "111111111111"}, Action: "sts:AssumeRole"}
ManagedPolicies:
- ManagedPolicyName: M
  Path: /m/
  PolicyId: ANPAJQABLZS4A3QDU576Q
  Description: e
  PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::FileDefinitions& file = *parsed.definitions;
  ASSERT_EQ(file.users.size(), 1u);
  const store::UserDefinition& user = file.users[0];
  EXPECT_EQ(user.account.text, "111111111111");
  EXPECT_EQ(user.account.position, (base::Position{1, 10}));
  EXPECT_EQ(user.name.text, "ana");
  EXPECT_EQ(user.name.position, (base::Position{3, 13}));
  EXPECT_EQ(user.path.text, "/a/");
  EXPECT_EQ(user.id.text, "AIDAJQABLZS4A3QDU576Q");
  ASSERT_EQ(user.groups.size(), 2u);
  EXPECT_EQ(user.groups[1].text, "Testers");
  EXPECT_EQ(user.groups[1].position, (base::Position{6, 24}));
  EXPECT_EQ(user.managed_policy_arns.size(), 1u);
  EXPECT_EQ(user.permissions_boundary.text, "arn:aws:iam::aws:policy/AWSDenyAll");
  ASSERT_EQ(user.inline_policies.size(), 1u);
  EXPECT_EQ(user.inline_policies[0].name.text, "P");
  EXPECT_GT(user.inline_policies[0].size, 50u);
  EXPECT_TRUE(user.disabled);
  EXPECT_EQ(file.groups.at(0).id.text, "AGPAJQABLZS4A3QDU576Q");
  EXPECT_EQ(file.roles.at(0).description.text, "d");
  EXPECT_EQ(file.roles.at(0).max_session_duration_seconds, 7200);
  EXPECT_TRUE(file.roles.at(0).trust_policy.has_value());
  EXPECT_EQ(file.managed_policies.at(0).path.text, "/m/");
  EXPECT_EQ(file.managed_policies.at(0).id.text, "ANPAJQABLZS4A3QDU576Q");
  EXPECT_EQ(file.managed_policies.at(0).description.text, "e");
}

TEST(SchemaEntitiesTest, UnknownMissingAndEmptyFields) {
  EXPECT_THAT(
      ParseText(R"(Account: "111111111111"
Users:
- UserNmae: ana
- UserName: bo
  Groups:
- just a text
Groups: {GroupName: g}
Roles:
- RoleName: r
  MaxSessionDuration: "3600"
)")
          .diagnostics,
      ElementsAre("a.yaml:3:3: error: unknown field `UserNmae` of `User`; did you mean "
                  "`UserName`?",
                  "a.yaml:3:3: error: field `UserName` of `User` is missing",
                  "a.yaml:5:3: error: field `Groups` has no value; remove it or give it one",
                  "a.yaml:6:3: error: expected the fields of a `User`, got a text",
                  "a.yaml:7:9: error: expected a list, got a mapping",
                  "a.yaml:10:23: error: expected a whole number"));
}

}  // namespace
}  // namespace portcullis::source
