#include "client/import_resources.h"

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

  explicit Reading(std::string_view text) {
    account.id.text = "123456789012";
    ReadResourcePolicies(report.AddJson("r.json", text), &report, &account);
  }
};

TEST(ImportResourcesTest, ListsObjectsAndSequences) {
  for (const char* text : {R"([{"Arn":"arn:aws:s3:::a"},{"ResourceArn":"arn:aws:s3:::b"}])",
                           R"({"Arn":"arn:aws:s3:::a"} {"Arn":"arn:aws:s3:::b"})"}) {
    const Reading read(text);
    EXPECT_THAT(Lines(read.report.errors()), IsEmpty());
    EXPECT_EQ(read.account.resources.size(), 2U);
  }
  const Reading read(R"({"ResourceArn":"arn:aws:sqs:r:123456789012:q","Policy":"{\"a\":1}",
                         "Tags":[{"Key":"k","Value":"v"}],"RequiresResourcePolicy":true})");
  EXPECT_NE(read.account.resources.at(0).policy.root, nullptr);
  EXPECT_TRUE(read.account.resources[0].requires_resource_policy);
  EXPECT_EQ(read.account.resources[0].tags.at(0).value.text, "v");
}

TEST(ImportResourcesTest, MistakesAreErrors) {
  const Reading read(R"([{"Policy":{}},
{"Arn":"bucket"},
{"Arn":"arn:aws:sqs:r:210987654321:q"},
{"Arn":"arn:aws:s3:::a"},
{"Arn":"arn:aws:s3:::a","Else":1}])");
  EXPECT_THAT(
      Lines(read.report.errors()),
      ElementsAre("r.json:1:2: [0]: member `ResourceArn` is missing",
                  HasSubstr("`bucket` is not an ARN"),
                  HasSubstr("is not of account `123456789012`"),
                  HasSubstr("r.json:5:8: [4].Arn: `arn:aws:s3:::a` is given twice, first at "
                            "r.json:4:8")));
  EXPECT_THAT(Lines(read.report.not_carried()), ElementsAre(HasSubstr("[4].Else")));
}

}  // namespace
}  // namespace portcullis::client
