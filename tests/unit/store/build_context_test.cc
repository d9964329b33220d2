#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// tags of users and roles are case insensitive, others are not.
TEST(BuildContextTest, TagKeys) {
  TestFile file("a.yaml");
  file.Account(kDev);
  UserDefinition& user = file.User(kDev, "ana", 2);
  user.tags.push_back({At("Team", 3), At("a", 3)});
  user.tags.push_back({At("TEAM", 4), At("b", 4)});
  user.tags.push_back({At("aws:x", 5), At("c", 5)});
  user.tags.push_back({At("y", 6, 1), At("*", 6, 5)});
  ResourceDefinition& resource = file.Resource(kDev, "arn:aws:s3:::b", 7);
  resource.tags.push_back({At("Team", 8), At("a", 8)});
  resource.tags.push_back({At("TEAM", 9), At("b", 9)});
  resource.tags.push_back({At("TEAM", 10), At("b", 10)});
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:4:1: error: tag key `TEAM` is given twice; tag keys are case insensitive",
          "a.yaml:5:1: error: tag key `aws:x` must be 1 to 128 letters, digits, blanks and "
          "`_.:/=+-@`, and must not begin with `aws:`",
          "a.yaml:6:5: error: value of tag `y` must be at most 256 letters, digits, blanks and "
          "`_.:/=+-@`",
          "a.yaml:10:1: error: tag key `TEAM` is given twice"));
}

TEST(BuildContextTest, UndeclaredAccountsGetASuggestionOncePerFile) {
  TestFile file("a.yaml");
  file.Account(kDev, 1);
  const Located typo = At("111111111112", 2);
  file.User(kDev, "ana", 3).account = typo;
  file.User(kDev, "bo", 4).account = typo;
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:2:1: error: account `111111111112` is not declared under "
                          "`Accounts` of any file; did you mean `111111111111`?"));
}

TEST(BuildContextTest, OneFileMayDeclareTheAccountOfAnother) {
  TestFile accounts("z.yaml");
  accounts.Account(kDev);
  TestFile users("a.yaml");
  users.User(kDev, "ana");
  EXPECT_THAT(BuildFrom({&users, &accounts}).diagnostics, IsEmpty());
}

}  // namespace
}  // namespace portcullis::store
