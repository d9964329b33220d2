#include "server/session/constraints_internal.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::session {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string MessageOf(const ConstraintViolations& violations) {
  const absl::Status status = violations.ToStatus();
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(base::ReasonOf(status), "ValidationError");
  }
  return std::string(status.message());
}

TEST(ConstraintViolations, NoneIsOk) {
  ConstraintViolations violations;
  violations.CheckText("roleSessionName", "ok", kRoleSessionNameConstraint);
  EXPECT_TRUE(violations.ToStatus().ok());
}

TEST(ConstraintViolations, SpeaksAsAwsDoes) {  // R-5.5
  ConstraintViolations one;
  one.CheckText("roleSessionName", "a b", kRoleSessionNameConstraint);
  EXPECT_EQ(MessageOf(one),
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*");

  ConstraintViolations two;
  two.CheckInteger("durationSeconds", 899, 900, 43200);
  two.CheckText("externalId", "x", kExternalIdConstraint);
  EXPECT_EQ(MessageOf(two),
            "2 validation errors detected: Value '899' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have value greater than or equal to 900; Value 'x' at "
            "'externalId' failed to satisfy constraint: Member must have length greater than or "
            "equal to 2");

  ConstraintViolations missing;
  missing.CheckRequired("roleArn", "", kArnConstraint);
  EXPECT_EQ(MessageOf(missing),
            "1 validation error detected: Value null at 'roleArn' failed to satisfy constraint: "
            "Member must not be null");
}

TEST(ConstraintViolations, NeverShowsSecrets) {
  ConstraintViolations violations;
  violations.CheckText("tokenCode", "12345x7", kTokenCodeConstraint);
  const std::string message = MessageOf(violations);
  EXPECT_THAT(message, HasSubstr("Value at 'tokenCode' failed"));
  EXPECT_THAT(message, Not(HasSubstr("12345")));
}

TEST(ConstraintViolations, ShowsValuesReadably) {
  ConstraintViolations violations;
  violations.CheckText("roleSessionName", "a\n\x1b\xff\u0085b", kRoleSessionNameConstraint);
  EXPECT_THAT(MessageOf(violations), HasSubstr("Value 'a????b' at"));
  ConstraintViolations longer;
  longer.CheckText("roleSessionName", std::string(1000, 'x'), kRoleSessionNameConstraint);
  EXPECT_THAT(MessageOf(longer), HasSubstr("'" + std::string(128, 'x') + "...'"));
}

TEST(ConstraintViolations, CountsWhatNoHeaderCouldCarry) {
  ConstraintViolations violations;
  for (int i = 0; i < 100; ++i) {
    violations.CheckText("tags.1.member.key", std::string(129, '!'), kTagKeyConstraint);
  }
  const std::string message = MessageOf(violations);
  EXPECT_THAT(message, HasSubstr("200 validation errors detected: "));
  EXPECT_THAT(message, EndsWith(" more"));
  EXPECT_LT(message.size(), 5000u);
}

struct CharacterCase {
  const char* name;
  const TextConstraint& constraint;
  std::string allowed;
  std::vector<std::string> refused;
};

TEST(Constraints, CharacterSets) {  // Section 5.3.
  const CharacterCase cases[] = {
      {"arn",
       kArnConstraint,
       "arn:aws:iam::1:role/\t\r\n ~\u0085\u00A0\uD7FF\uE000\uFFFD\U00010000",
       {"\x01", "\x7F", "\u0080", "\u009F", "\uFFFE", "\xff"}},
      {"session name", kRoleSessionNameConstraint, "azAZ09_+=,.@-", {" ", "/", ":", "\u00E9", "*"}},
      {"policy", kPolicyConstraint, "{\t\r\n \u00FF}", {"\x01", "\u0100", "\xff"}},
      {"tag key", kTagKeyConstraint, "aZ9 \u00E9\u4E2D\u00A0_.:/=+-@", {"!", "\t", "*", "\u20AC"}},
      {"tag value", kTagValueConstraint, "aZ9 \u00E9\u4E2D_.:/=+-@", {"!", "\n", "$"}},
      {"external id", kExternalIdConstraint, "azAZ09_+=,.@:/-", {" ", "#", "\u00E9"}},
      {"serial number", kSerialNumberConstraint, "azAZ09_+=/:,.@-", {" ", "#"}},
      {"source identity", kSourceIdentityConstraint, "azAZ09_+=,.@-", {":", "/", " "}},
  };
  for (const CharacterCase& c : cases) {
    ConstraintViolations violations;
    violations.CheckText("x", c.allowed, c.constraint);
    EXPECT_THAT(MessageOf(violations), Not(HasSubstr("pattern"))) << c.name;
    for (const std::string& refused : c.refused) {
      ConstraintViolations bad;
      bad.CheckText("x", refused, c.constraint);
      EXPECT_THAT(MessageOf(bad), HasSubstr("pattern")) << c.name << ": " << refused;
    }
  }
}

}  // namespace
}  // namespace portcullis::session
