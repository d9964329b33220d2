#include "client/import_checks.h"

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

  explicit Reading(const std::string& details) {
    AwsImportInput input;
    input.details.push_back({"a.json", details});
    account = ReadAwsAccount(input, &report);
  }
  std::vector<std::string> Errors() const { return Lines(report.errors()); }
  std::vector<std::string> NotCarried() const { return Lines(report.not_carried()); }
};

std::string Policy(const std::string& arn, const std::string& document) {
  return R"({"PolicyName":")" + arn.substr(arn.rfind('/') + 1) + R"(","Arn":")" + arn +
         R"(","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":)" +
         document + "}]}";
}
std::string Group(const std::string& attached) {
  return R"({"GroupDetailList":[{"GroupName":"g","Arn":"arn:aws:iam::123456789012:group/g",)"
         R"("AttachedManagedPolicies":[{"PolicyArn":")" +
         attached + R"("}]}],"Policies":[)";
}

constexpr char kAdministrator[] = "arn:aws:iam::aws:policy/AdministratorAccess";

// R-1.17, R-1.38.
TEST(ImportChecksTest, TagsThatCannotBe) {
  const Reading read(R"({"RoleDetailList":[
{"RoleName":"r","Arn":"arn:aws:iam::123456789012:role/r","AssumeRolePolicyDocument":{},
 "Tags":[{"Key":"AWS:x","Value":"1"},{"Key":"awsx","Value":"2"}]},
{"RoleName":"s","Arn":"arn:aws:iam::123456789012:role/aws-reserved/x/s",
 "AssumeRolePolicyDocument":{},
 "Tags":[{"Key":"k","Value":"3"}]}]})");
  EXPECT_THAT(
      read.NotCarried(),
      ElementsAre("a.json:3:17: RoleDetailList[0].Tags[0].Key: tag `AWS:x`: keys that begin "
                  "with `aws:` are AWS's own",
                  HasSubstr("tag `k`: reserved roles have no tags here")));
  EXPECT_EQ(read.account.roles.at(0).tags.size(), 1U);
}

// R-1.35.
TEST(ImportChecksTest, IdsOfAnotherFormAreDropped) {
  const Reading read(R"({"UserDetailList":[
{"UserName":"a","UserId":"AIDAQ3EGTYJ5AEXAMPLE1","Arn":"arn:aws:iam::123456789012:user/a"},
{"UserName":"b","UserId":"wvjlrzpmb3y83iyy3t6u","Arn":"arn:aws:iam::123456789012:user/b"},
{"UserName":"c","UserId":"AROAQ3EGTYJ5AEXAMPLE1","Arn":"arn:aws:iam::123456789012:user/c"},
{"UserName":"d","UserId":"AIDAQ3EGTYJ5-EXAMPLE1","Arn":"arn:aws:iam::123456789012:user/d"}]})");
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_EQ(read.NotCarried().size(), 3U);
  EXPECT_EQ(read.account.users.at(0).id.text, "AIDAQ3EGTYJ5AEXAMPLE1");
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ(read.account.users.at(i).id.text, "") << i;
}

TEST(ImportChecksTest, BuiltInPoliciesAreNotWritten) {
  const Reading same(Group(kAdministrator) +
                     Policy(kAdministrator,
                            R"({"Statement":{"Resource":"*","Action":["*"],"Effect":"Allow"},)"
                            R"("Version":"2012-10-17"})") +
                     "]}");
  EXPECT_THAT(same.Errors(), IsEmpty());
  EXPECT_THAT(same.NotCarried(), ElementsAre(HasSubstr("it is built in")));
  EXPECT_THAT(same.account.policies, IsEmpty());
  // It is there even if the input does not have it.
  EXPECT_THAT(Reading(Group(kAdministrator) + "]}").Errors(), IsEmpty());
  const Reading other(
      Group(kAdministrator) +
      Policy(kAdministrator,
             R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*",)"
             R"("Resource":"*"}})") +
      "]}");
  EXPECT_THAT(other.Errors(), ElementsAre(HasSubstr("is built into Portcullis with another text")));
}

TEST(ImportChecksTest, PoliciesOfAwsThatNothingUsesAreLeftOut) {
  const Reading read(Group("arn:aws:iam::aws:policy/a/Used") +
                     Policy("arn:aws:iam::aws:policy/a/Used", "{}") + "," +
                     Policy("arn:aws:iam::aws:policy/Unused", "{}") + "]}");
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_THAT(read.NotCarried(), ElementsAre(HasSubstr("it is AWS's, and nothing uses it")));
  EXPECT_EQ(read.account.policies.size(), 1U);
}

TEST(ImportChecksTest, AttachedPoliciesMustBeThere) {
  EXPECT_THAT(Reading(Group("arn:aws:iam::123456789012:policy/p") + "]}").Errors(),
              ElementsAre(HasSubstr("is attached, but its text is not among `Policies`: get the "
                                    "details without `--filter`")));
}

// R-1.42: five versions; AWS keeps more of its own policies.
TEST(ImportChecksTest, TheNewestVersionsAreKept) {
  std::string versions;
  for (int i = 1; i <= 12; ++i) {
    versions += (i > 1 ? "," : "") + std::string(R"({"VersionId":"v)") + std::to_string(i) +
                R"(","Document":{}})";
  }
  const Reading read(
      Group("arn:aws:iam::aws:policy/p") +
      R"({"PolicyName":"p","Arn":"arn:aws:iam::aws:policy/p","DefaultVersionId":"v2",)"
      R"("PolicyVersionList":[)" +
      versions + "]}]}");
  EXPECT_THAT(read.Errors(), IsEmpty());
  std::vector<std::string> kept;
  for (const auto& version : read.account.policies.at(0).versions) kept.push_back(version.id.text);
  EXPECT_THAT(kept, ElementsAre("v2", "v12", "v11", "v10", "v9"));
  EXPECT_EQ(read.NotCarried().size(), 7U);
}

TEST(ImportChecksTest, ADateThatHasNoPlace) {
  const Reading read(
      R"({"Policies":[{"PolicyName":"p","Arn":"arn:aws:iam::123456789012:policy/p",
"DefaultVersionId":"v1","UpdateDate":"2022-01-01T00:00:00Z",
"PolicyVersionList":[{"VersionId":"v1","Document":{},"CreateDate":"2021-01-01T00:00:00Z"}]}]})");
  EXPECT_THAT(read.NotCarried(), ElementsAre(HasSubstr("when version `v1` was made")));
}

}  // namespace
}  // namespace portcullis::client
