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
