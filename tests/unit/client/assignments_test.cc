#include "client/assignments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseAssignments, SplitsAtTheFirstEqualsSign) {
  const auto parsed = ParseAssignments("--context", {"aws:SourceIp=10.0.0.1", "a:b=x=y", "a:c="});
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 3u);
  EXPECT_EQ((*parsed)[0].key, "aws:SourceIp");
  EXPECT_THAT((*parsed)[0].values, ElementsAre("10.0.0.1"));
  EXPECT_FALSE((*parsed)[0].multivalued);
  EXPECT_THAT((*parsed)[1].values, ElementsAre("x=y"));
  EXPECT_THAT((*parsed)[2].values, ElementsAre(""));
}

TEST(ParseAssignments, CollectsTheValuesOfARepeatedKey) {
  const auto parsed =
      ParseAssignments("--context", {"aws:TagKeys=a", "s3:prefix=p", "aws:TagKeys=b"});
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[0].key, "aws:TagKeys");
  EXPECT_THAT((*parsed)[0].values, ElementsAre("a", "b"));
  EXPECT_THAT((*parsed)[1].values, ElementsAre("p"));
}

TEST(ParseAssignments, MarksAKeyWithOneValueAsMultivalued) {
  const auto parsed = ParseAssignments("--context", {"aws:TagKeys[]=a"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)[0].key, "aws:TagKeys");
  EXPECT_TRUE((*parsed)[0].multivalued);
}

TEST(ParseAssignments, RefusesWhatIsNoAssignment) {
  for (const std::string argument : {"", "key", "=value", "[]=value"}) {
    const auto parsed = ParseAssignments("--context", {argument});
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << argument;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("--context: `" + argument + "`"));
  }
}

}  // namespace
}  // namespace portcullis::client
