#include "client/import_details.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/client/import_helpers.h"

namespace portcullis::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAna[] =
    R"({"UserDetailList":[{"UserName":"ana","Arn":"arn:aws:iam::123456789012:user/ana"}])";
constexpr char kBo[] =
    R"({"UserDetailList":[{"UserName":"bo","Arn":"arn:aws:iam::123456789012:user/bo"}])";

struct Reading {
  ImportReport report;
  AwsAccount account;

  explicit Reading(const std::vector<std::string>& texts) {
    std::vector<uint32_t> inputs;
    for (const std::string& text : texts) inputs.push_back(report.AddJson("a.json", text));
    ReadAccountDetails(inputs, &report, &account);
  }
  std::vector<std::string> Errors() const { return Lines(report.errors()); }
};

TEST(ImportDetailsTest, PagesInAnyForm) {
  const std::string ana = std::string(kAna) + ",\"IsTruncated\":true,\"Marker\":\"x\"}";
  const std::string bo = std::string(kBo) + ",\"IsTruncated\":false}";
  for (const Reading& read : {Reading({ana, bo}), Reading({ana + bo}),
                              Reading({"[" + ana + "," + bo + "]"}), Reading({bo, ana})}) {
    EXPECT_THAT(read.Errors(), IsEmpty());
    EXPECT_EQ(read.account.users.size(), 2U);
    EXPECT_EQ(read.account.id.text, "123456789012");
  }
}

TEST(ImportDetailsTest, TheLastPageMustBeThere) {
  EXPECT_THAT(Reading({std::string(kAna) + ",\"IsTruncated\":true,\"Marker\":\"x\"}"}).Errors(),
              ElementsAre(HasSubstr("none of the files has the last page")));
  EXPECT_THAT(Reading({std::string(kAna) + ",\"NextToken\":\"x\"}"}).Errors(),
              ElementsAre(HasSubstr("none of the files has the last page")));
}

TEST(ImportDetailsTest, OtherThingsAreRefused) {
  EXPECT_THAT(Reading({"{\"Users\":[]}"}).Errors(),
              ElementsAre(HasSubstr("this is not what `aws iam get-account-authorization-details` "
                                    "prints")));
  EXPECT_THAT(Reading({"7"}).Errors(), ElementsAre(HasSubstr("expected an object")));
  EXPECT_THAT(Reading({"{\"UserDetailList\":[]}"}).Errors(),
              ElementsAre(HasSubstr("it is not known which account this is")));
}

TEST(ImportDetailsTest, NothingIsThereTwice) {
  EXPECT_THAT(
      Reading({std::string(kAna) + "}", "\n" + std::string(kAna) + "}"}).Errors(),
      ElementsAre("a.json:2:44: UserDetailList[0].Arn: `arn:aws:iam::123456789012:user/ana` "
                  "is given twice, first at a.json:1:44"));
}

// What only `aws iam list-roles` tells.
TEST(ImportDetailsTest, ListedRolesCompleteTheOthers) {
  const Reading read(
      {R"({"RoleDetailList":[{"RoleName":"r","Arn":"arn:aws:iam::123456789012:role/r",)"
       R"("AssumeRolePolicyDocument":{}}]})",
       R"({"Roles":[{"RoleName":"r","Arn":"arn:aws:iam::123456789012:role/r","Description":"d",)"
       R"("MaxSessionDuration":7200},)"
       R"({"RoleName":"s","Arn":"arn:aws:iam::123456789012:role/s"}]})"});
  EXPECT_THAT(read.Errors(), IsEmpty());
  EXPECT_EQ(read.account.roles.at(0).description.text, "d");
  EXPECT_EQ(read.account.roles.at(0).max_session_duration_seconds, 7200);
  EXPECT_THAT(Lines(read.report.not_carried()),
              ElementsAre(HasSubstr("Roles[1].Arn: role `arn:aws:iam::123456789012:role/s`: it is "
                                    "not in `RoleDetailList`")));
}

}  // namespace
}  // namespace portcullis::client
