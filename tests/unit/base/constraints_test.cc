#include "server/base/constraints.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::base {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

bool IsLowerCase(char32_t c) {
  return c >= U'a' && c <= U'z';
}
constexpr TextConstraint kName = {2, 64, IsLowerCase, "[a-z]*"};
constexpr TextConstraint kCode = {6, 6, IsLowerCase, "[a-z]*", /*secret=*/true};

std::string MessageOf(const ConstraintViolations& violations) {
  const absl::Status status = violations.ToStatus();
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), "ValidationError");
  }
  return std::string(status.message());
}

TEST(ConstraintViolations, NoneIsOk) {
  ConstraintViolations violations;
  violations.CheckText("roleSessionName", "ok", kName);
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(ConstraintViolations, SpeaksAsAwsDoes) {
  ConstraintViolations one;
  one.CheckText("roleSessionName", "a b", kName);
  EXPECT_EQ(MessageOf(one),
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-z]*");

  ConstraintViolations two;
  two.CheckInteger("durationSeconds", 899, 900, 43200);
  two.CheckText("externalId", "x", kName);
  EXPECT_EQ(MessageOf(two),
            "2 validation errors detected: Value '899' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have value greater than or equal to 900; Value 'x' at "
            "'externalId' failed to satisfy constraint: Member must have length greater than or "
            "equal to 2");

  ConstraintViolations missing;
  missing.CheckRequired("roleArn", "", kName);
  EXPECT_EQ(MessageOf(missing),
            "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: "
            "Member must not be null");
}

TEST(ConstraintViolations, NeverShowsSecrets) {
  ConstraintViolations violations;
  violations.CheckText("tokenCode", "12345x7", kCode);
  const std::string message = MessageOf(violations);
  EXPECT_THAT(message, HasSubstr("Value at 'tokenCode' failed"));
  EXPECT_THAT(message, Not(HasSubstr("12345")));
}

TEST(ConstraintViolations, ShowsValuesReadably) {
  ConstraintViolations violations;
  violations.CheckText("roleSessionName", "a\n\x1b\xff\u0085b", kName);
  EXPECT_THAT(MessageOf(violations), HasSubstr("Value 'a????b' at"));
  ConstraintViolations longer;
  longer.CheckText("roleSessionName", std::string(1000, 'x'), kName);
  EXPECT_THAT(MessageOf(longer), HasSubstr("'" + std::string(128, 'x') + "...'"));
}

TEST(ConstraintViolations, CountsWhatNoHeaderCouldCarry) {
  ConstraintViolations violations;
  for (int i = 0; i < 100; ++i) {
    violations.CheckText("tags.1.member.key", std::string(129, '!'), kName);
  }
  const std::string message = MessageOf(violations);
  EXPECT_THAT(message, HasSubstr("200 validation errors detected: "));
  EXPECT_THAT(message, EndsWith(" more"));
  EXPECT_LT(message.size(), 5000u);
}

TEST(ConstraintViolations, ClosedSets) {
  ConstraintViolations violations;
  violations.CheckOneOf("scope", "All", {"All", "AWS", "Local"});
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.CheckOneOf("scope", "all", {"All", "AWS", "Local"});
  EXPECT_EQ(MessageOf(violations),
            "1 validation error detected: Value 'all' at 'scope' failed to satisfy constraint: "
            "Member must satisfy enum value set: [All, AWS, Local]");
}

TEST(ConstraintViolations, AbsentAndMalformed) {
  ConstraintViolations violations;
  violations.AddMissing("userName");
  violations.AddMalformed("maxItems", "ten", "be an integer");
  EXPECT_EQ(MessageOf(violations),
            "2 validation errors detected: Value null at 'userName' failed to satisfy constraint: "
            "Member must not be null; Value 'ten' at 'maxItems' failed to satisfy constraint: "
            "Member must be an integer");
}

}  // namespace
}  // namespace portcullis::base
