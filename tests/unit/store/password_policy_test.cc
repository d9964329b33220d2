#include "server/store/password_policy.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Violations(const PasswordPolicy& policy, std::string_view password) {
  return PasswordPolicyViolations(policy, password);
}

TEST(PasswordPolicyTest, OmittedMembersHaveTheirDefaults) {
  const PasswordPolicy policy;
  EXPECT_EQ(policy.minimum_password_length, 6);
  EXPECT_FALSE(policy.require_symbols || policy.require_numbers ||
               policy.require_uppercase_characters ||
               policy.require_lowercase_characters);
  EXPECT_FALSE(policy.allow_users_to_change_password);
  EXPECT_EQ(policy.max_password_age_days, 0);
  EXPECT_EQ(policy.password_reuse_prevention, 0);
  EXPECT_FALSE(policy.hard_expiry);
}

TEST(PasswordPolicyTest, PasswordsExpireIfAnAgeIsGiven) {
  PasswordPolicy policy;
  EXPECT_FALSE(policy.expire_passwords());
  policy.max_password_age_days = 1;
  EXPECT_TRUE(policy.expire_passwords());
}

//
TEST(PasswordPolicyTest, CountsCharactersAtTheLimitsAndPastThem) {
  PasswordPolicy policy;
  EXPECT_THAT(Violations(policy, "aaaaa"),
              ElementsAre("Password should have a minimum length of 6 characters"));
  EXPECT_THAT(Violations(policy, "aaaaaa"), IsEmpty());
  // Six letters of two bytes each.
  EXPECT_THAT(Violations(policy, "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"), IsEmpty());
  EXPECT_THAT(Violations(policy, "\u00e4\u00f6\u00fc"),
              ElementsAre("Password should have a minimum length of 6 characters"));
  policy.minimum_password_length = 128;
  EXPECT_THAT(Violations(policy, std::string(128, 'a')), IsEmpty());
  EXPECT_THAT(Violations(policy, std::string(127, 'a')),
              ElementsAre("Password should have a minimum length of 128 characters"));
  EXPECT_THAT(Violations(policy, std::string(129, 'a')),
              ElementsAre("Password should have a maximum length of 128 characters"));
}

//
TEST(PasswordPolicyTest, EachRequiredClassMustBeThere) {
  const struct {
    bool PasswordPolicy::*required;
    std::string_view good;
    std::string_view bad;
    std::string_view violation;
  } kCases[] = {
      {&PasswordPolicy::require_symbols, "aaaaa!", "aaaaa\"", "symbol"},
      {&PasswordPolicy::require_numbers, "aaaaa7", "aaaaaa", "number"},
      {&PasswordPolicy::require_uppercase_characters, "aaaaaZ", "aaaaa\u00c4",
       "uppercase character"},
      {&PasswordPolicy::require_lowercase_characters, "AAAAAz", "AAAAA\u00e4",
       "lowercase character"},
  };
  for (const auto& test : kCases) {
    PasswordPolicy policy;
    policy.*test.required = true;
    EXPECT_THAT(Violations(policy, test.good), IsEmpty()) << test.good;
    EXPECT_THAT(Violations(policy, test.bad),
                ElementsAre("Password should have at least one " + std::string(test.violation)));
  }
}

// lists the symbols.
TEST(PasswordPolicyTest, KnowsTheSymbols) {
  PasswordPolicy policy;
  policy.require_symbols = true;
  for (const char symbol : std::string_view("!@#$%^&*()_+-=[]{}|'")) {
    EXPECT_THAT(Violations(policy, std::string("aaaaa") + symbol), IsEmpty()) << symbol;
  }
  for (const char other : std::string_view(" \"/:;<>?\\`~,.")) {
    EXPECT_EQ(Violations(policy, std::string("aaaaa") + other).size(), 1u) << other;
  }
}

TEST(PasswordPolicyTest, ReportsEverythingAtOnce) {
  PasswordPolicy policy;
  policy.minimum_password_length = 14;
  policy.require_symbols = true;
  policy.require_numbers = true;
  EXPECT_THAT(Violations(policy, "Abc"),
              ElementsAre("Password should have a minimum length of 14 characters",
                          "Password should have at least one symbol",
                          "Password should have at least one number"));
}

// an account without a policy.
TEST(PasswordPolicyTest, WithoutAPolicyTheDefaultApplies) {
  const std::string_view identifiers[] = {"111111111111", "Example-Corp1!", ""};
  const auto violations = [&](std::string_view password) {
    return PasswordPolicyViolations(std::nullopt, password, identifiers);
  };
  EXPECT_THAT(violations("Abcdefg1"), IsEmpty());
  EXPECT_THAT(violations("abcdef1!"), IsEmpty());
  EXPECT_THAT(violations("Abcdef1"),
              ElementsAre("Password should have a minimum length of 8 characters"));
  EXPECT_THAT(violations("Abcdefgh"),
              ElementsAre("Password should have at least 3 of: symbols, numbers, uppercase "
                          "characters, lowercase characters"));
  EXPECT_THAT(violations("Aa1" + std::string(126, 'a')),
              ElementsAre("Password should have a maximum length of 128 characters"));
  EXPECT_THAT(violations("eXAMPLE-cORP1!"),
              ElementsAre("Password should not be the name or mail address of the account"));
  EXPECT_THAT(violations("Abcdefg1\xff"), ElementsAre("Password should be valid UTF-8"));
}

}  // namespace
}  // namespace portcullis::store
