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

TEST(SchemaEntitiesTest, EveryFieldOfPolicyVersionsAndInstanceProfilesArrives) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Groups:
- GroupName: Developers
  CreateDate: "2024-01-02T03:04:05Z"
ManagedPolicies:
- ManagedPolicyName: M
  CreateDate: "2024-01-02T03:04:05Z"
  UpdateDate: "2025-01-02T03:04:05Z"
  DefaultVersionId: v3
  Tags: [{Key: team, Value: a}]
  PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
  OtherVersions:
  - VersionId: v2
    CreateDate: "2024-06-02T03:04:05Z"
    Document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "*", Resource: "*"}}
  - VersionId: v1
    DocumentFile: old.json
InstanceProfiles:
- InstanceProfileName: Web
  Path: /machines/
  InstanceProfileId: AIPAJQABLZS4A3QDU576Q
  CreateDate: "2024-01-02T03:04:05Z"
  Roles: [AppServer]
  Tags: [{Key: team, Value: b}]
)",
                                  {{"old.json", R"({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})"}});
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::FileDefinitions& file = *parsed.definitions;
  const absl::Time created = absl::FromUnixSeconds(1704164645);  // 2024-01-02T03:04:05Z.
  EXPECT_EQ(file.groups.at(0).create_date, created);
  const store::ManagedPolicyDefinition& managed = file.managed_policies.at(0);
  EXPECT_EQ(managed.account.text, "111111111111");
  EXPECT_EQ(managed.create_date, created);
  EXPECT_EQ(managed.update_date, absl::FromUnixSeconds(1735787045));
  EXPECT_EQ(managed.default_version_id.text, "v3");
  EXPECT_EQ(managed.default_version_id.position, (base::Position{9, 21}));
  EXPECT_EQ(managed.tags.at(0).value.text, "a");
  EXPECT_EQ(managed.document.name.text, "M");
  ASSERT_EQ(managed.other_versions.size(), 2u);
  EXPECT_EQ(managed.other_versions[0].id.text, "v2");
  EXPECT_EQ(managed.other_versions[0].id.position, (base::Position{13, 16}));
  EXPECT_EQ(managed.other_versions[0].create_date, absl::FromUnixSeconds(1717297445));
  EXPECT_EQ(*managed.other_versions[0].document,
            R"({"Version":"2012-10-17","Statement":)"
            R"({"Effect":"Deny","Action":"*","Resource":"*"}})");
  EXPECT_EQ(managed.other_versions[1].id.text, "v1");
  EXPECT_EQ(managed.other_versions[1].create_date, std::nullopt);
  EXPECT_EQ(*managed.other_versions[1].document,
            R"({"Version":"2012-10-17","Statement":)"
            R"([{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})");
  const store::InstanceProfileDefinition& profile = file.instance_profiles.at(0);
  EXPECT_EQ(profile.account.text, "111111111111");
  EXPECT_EQ(profile.name.text, "Web");
  EXPECT_EQ(profile.path.text, "/machines/");
  EXPECT_EQ(profile.id.text, "AIPAJQABLZS4A3QDU576Q");
  EXPECT_EQ(profile.create_date, created);
  EXPECT_EQ(profile.roles.at(0).text, "AppServer");
  EXPECT_EQ(profile.tags.at(0).value.text, "b");
}

// R-1.42: what is kept to go back to must be a policy, too.
TEST(SchemaEntitiesTest, OtherVersionsAreChecked) {
  EXPECT_THAT(ParseText(R"(Account: "111111111111"
ManagedPolicies:
- ManagedPolicyName: M
  PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "*", Resource: "*"}}
  OtherVersions:
  - Document: {Version: 2012-10-17, Statement: {Effect: allow, Action: "*", Resource: "*"}}
  - VersionId: v2
  - VersionId: v3
    DocumentFile: gone.json
  - VersionId: v4
    Document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: "*", Resource: "*"}}
    IsDefaultVersion: false
)")
                  .diagnostics,
              ElementsAre("a.yaml:6:5: error: field `VersionId` of `PolicyVersion` is missing",
                          ::testing::HasSubstr("a.yaml:6:57: error: unknown effect `allow`"),
                          "a.yaml:7:5: error: a policy version needs `Document` or `DocumentFile`",
                          "a.yaml:9:19: error: file `gone.json` does not exist in the policy "
                          "directory; policy documents are in `*.json`, `*.yaml` or `*.yml`",
                          "a.yaml:12:5: error: unknown field `IsDefaultVersion` of "
                          "`PolicyVersion`"));
}

TEST(SchemaEntitiesTest, InstanceProfilesNeedAnAccount) {
  EXPECT_THAT(ParseText("InstanceProfiles: [{InstanceProfileName: p}]").diagnostics,
              ElementsAre("a.yaml:1:1: error: `InstanceProfiles` needs `Account` at the top of the "
                          "file: the account that they belong to"));
}

}  // namespace
}  // namespace portcullis::source
