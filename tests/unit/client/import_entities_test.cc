#include "client/import_entities.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Reading {
  ImportReport report;
  AwsAccount account;

  Reading(std::string_view list, void (*read)(ImportContext&, const base::Node&)) {
    const uint32_t input = report.AddJson("a.json", list);
    ImportContext context{report, account, input};
    read(context, report.values(input).at(0).root());
  }
  std::vector<std::string> Errors() const { return Lines(report.errors()); }
  std::vector<std::string> NotCarried() const { return Lines(report.not_carried()); }
};

TEST(ImportEntitiesTest, PathsAndNamesComeFromArnsIfNeedBe) {
  const Reading read(R"([{"UserName":"ana","Arn":"arn:aws:iam::123456789012:user/a/b/ana"},)"
                     R"({"Path":"/","Arn":"arn:aws:iam::123456789012:user/bo"}])",
                     ReadUserDetails);
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_EQ(read.account.users.at(0).path.text, "/a/b/");
  EXPECT_EQ(read.account.users.at(1).path.text, "/");
  EXPECT_EQ(read.account.users.at(1).name.text, "bo");
}

// One account at a time, and ARNs that say what the other members say.
TEST(ImportEntitiesTest, ArnsAreChecked) {
  const Reading read(
      R"([{"GroupName":"a","Arn":"arn:aws:iam::123456789012:group/a"},
  {"GroupName":"b","Arn":"arn:aws:iam::210987654321:group/b"},
  {"GroupName":"c","Arn":"arn:aws:iam::123456789012:user/c"},
  {"GroupName":"d","Path":"/x/","Arn":"arn:aws:iam::123456789012:group/d"},
  {"GroupName":"e","Arn":"arn:aws-cn:iam::123456789012:group/e"},
  {"GroupName":"f","Arn":"arn:aws:iam::aws:group/f"},
  {"GroupName":"g","Arn":"group/g"},
  {"GroupName":"h","Arn":"arn:aws:iam::1234:group/h"}])",
      ReadGroupDetails);
  EXPECT_THAT(
      read.Errors(),
      ElementsAre("a.json:2:26: [1].Arn: ARN `arn:aws:iam::210987654321:group/b` is not of account "
                  "`123456789012`, of which a.json:1:25 is: import one account at a time",
                  "a.json:3:26: [2].Arn: `arn:aws:iam::123456789012:user/c` is not the ARN of a "
                  "group",
                  HasSubstr("does not end with path `/x/` and name `d`"),
                  HasSubstr("is of another partition than `aws`"),
                  HasSubstr("is not the ARN of a group"), HasSubstr("is not the ARN of a group"),
                  HasSubstr("names no account")));
}

TEST(ImportEntitiesTest, RolesBringTheirInstanceProfiles) {
  const Reading read(
      R"([{"RoleName":"r","Arn":"arn:aws:iam::123456789012:role/r","AssumeRolePolicyDocument":{},
  "RoleLastUsed":{"LastUsedDate":"2026-01-01T00:00:00Z","Region":"x"},
  "Tags":[{"Key":"k","Value":""}],
  "InstanceProfileList":[{"InstanceProfileName":"p","Path":"/q/",
    "Arn":"arn:aws:iam::123456789012:instance-profile/q/p",
    "Roles":[{"RoleName":"r","Arn":"arn:aws:iam::123456789012:role/r","Path":"/","RoleId":"x",
              "Description":"d","MaxSessionDuration":7200,"RoleLastUsed":{}}]},
   {"InstanceProfileName":"s","Arn":"arn:aws:iam::123456789012:instance-profile/s",
    "Roles":[{"RoleName":"t","Arn":"arn:aws:iam::123456789012:role/t"}]}]}])",
      ReadRoleDetails);
  EXPECT_THAT(read.Errors(), ElementsAre(HasSubstr("holds another role")));
  EXPECT_THAT(read.NotCarried(), ElementsAre(HasSubstr("[0].RoleLastUsed: the last use")));
  EXPECT_EQ(read.account.roles.at(0).description.text, "d");
  EXPECT_EQ(read.account.roles.at(0).max_session_duration_seconds, 7200);
  ASSERT_EQ(read.account.instance_profiles.size(), 2U);
  EXPECT_EQ(read.account.instance_profiles[0].roles.at(0).text, "r");
}

// R-1.42: exactly one default version.
TEST(ImportEntitiesTest, DefaultVersions) {
  const auto read = [](std::string_view rest) {
    return Reading(R"([{"PolicyName":"p","Arn":"arn:aws:iam::123456789012:policy/p",)" +
                       std::string(rest) + "}]",
                   ReadPolicyDetails);
  };
  const Reading implied =
      read(R"("PolicyVersionList":[{"VersionId":"v2","IsDefaultVersion":true,"Document":{}}])");
  EXPECT_THAT(implied.Errors(), IsEmpty());
  EXPECT_EQ(implied.account.policies.at(0).default_version_id.text, "v2");
  EXPECT_TRUE(
      read(R"("DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":{}}])")
          .account.policies.at(0)
          .versions.at(0)
          .is_default);
  EXPECT_THAT(
      read(R"("DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v2","Document":{}}])")
          .Errors(),
      ElementsAre(HasSubstr("its default version `v1` is not among the versions")));
  EXPECT_THAT(
      read(R"("DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":{}},)"
           R"({"VersionId":"v2","IsDefaultVersion":true,"Document":{}}])")
          .Errors(),
      ElementsAre(HasSubstr("version `v2` is said to be the default, and so is `v1`")));
  EXPECT_THAT(read(R"("PolicyVersionList":[])").Errors(), ElementsAre(HasSubstr("has no text")));
  // `aws iam list-policies` has no versions.
  EXPECT_THAT(read(R"("IsAttachable":true)").Errors(),
              ElementsAre(HasSubstr("member `PolicyVersionList` is missing")));
}

TEST(ImportEntitiesTest, BoundariesAndAttachments) {
  const Reading read(
      R"([{"UserName":"ana","Arn":"arn:aws:iam::123456789012:user/ana",
  "PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:b"},
  "AttachedManagedPolicies":[{"PolicyName":"p","PolicyArn":"arn:p"}]},
  {"UserName":"bo","Arn":"arn:aws:iam::123456789012:user/bo","PermissionsBoundary":{}},
  {"UserName":"cy","Arn":"arn:aws:iam::123456789012:user/cy",
   "PermissionsBoundary":{"PermissionsBoundaryType":"Else","PermissionsBoundaryArn":"arn:b"}}])",
      ReadUserDetails);
  EXPECT_EQ(read.account.users.at(0).boundary.text, "arn:b");
  EXPECT_EQ(read.account.users.at(0).attached.at(0).text, "arn:p");
  EXPECT_EQ(read.account.users.at(1).boundary.text, "");
  EXPECT_THAT(read.Errors(), ElementsAre(HasSubstr("boundary of type `Else` is not known")));
}

}  // namespace
}  // namespace portcullis::client
