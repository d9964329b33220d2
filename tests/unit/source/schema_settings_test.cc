#include "server/source/schema.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/source/source_helpers.h"

namespace portcullis::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SchemaSettingsTest, EveryFieldOfAPasswordPolicy) {
  const Parsed parsed = ParseText(R"(Accounts:
- AccountId: "111111111111"
  CreateDate: 2026-01-31T12:00:00Z
  PasswordPolicy:
    MinimumPasswordLength: 14
    RequireSymbols: true
    RequireNumbers: true
    RequireUppercaseCharacters: true
    RequireLowercaseCharacters: true
    AllowUsersToChangePassword: true
    MaxPasswordAge: 90
    PasswordReusePrevention: 5
    HardExpiry: true
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const store::AccountDefinition& account = parsed.definitions->accounts.at(0);
  EXPECT_EQ(account.create_date, absl::FromUnixSeconds(1769860800));
  ASSERT_TRUE(account.password_policy.has_value());
  const store::PasswordPolicy& policy = account.password_policy->policy;
  EXPECT_EQ(policy.minimum_password_length, 14);
  EXPECT_TRUE(policy.require_symbols && policy.require_numbers &&
              policy.require_uppercase_characters && policy.require_lowercase_characters &&
              policy.allow_users_to_change_password && policy.hard_expiry);
  EXPECT_EQ(policy.max_password_age_days, 90);
  EXPECT_EQ(policy.password_reuse_prevention, 5);
  EXPECT_EQ(account.password_policy->minimum_password_length, (base::Position{5, 28}));
  EXPECT_EQ(account.password_policy->max_password_age, (base::Position{11, 21}));
  EXPECT_EQ(account.password_policy->password_reuse_prevention, (base::Position{12, 30}));
}

// R-8.8: the whole policy is replaced, so what is omitted has its default.
TEST(SchemaSettingsTest, AnEmptyPasswordPolicyIsOne) {
  const Parsed parsed =
      ParseText("Accounts: [{AccountId: \"111111111111\", PasswordPolicy: {}}]\n");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const auto& policy = parsed.definitions->accounts.at(0).password_policy;
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->policy.minimum_password_length, 6);
}

TEST(SchemaSettingsTest, PasswordPoliciesThatAreRefused) {
  const Parsed parsed = ParseText(R"(Accounts:
- AccountId: "111111111111"
  PasswordPolicy:
    MinimumPasswordLength: fourteen
    RequireSymbol: true
    HardExpiry: 1
)");
  EXPECT_THAT(parsed.diagnostics,
              ElementsAre("a.yaml:5:5: error: unknown field `RequireSymbol` of `PasswordPolicy`; "
                          "did you mean `RequireSymbols`?",
                          "a.yaml:4:28: error: expected a whole number",
                          "a.yaml:6:17: error: expected `true` or `false`"));
}

TEST(SchemaSettingsTest, LoginProfiles) {
  const Parsed parsed = ParseText(R"(Account: "111111111111"
Users:
- UserName: ana
  PasswordLastUsed: 2026-02-01T00:00:00Z
  LoginProfile:
    CreateDate: 2026-01-31T12:00:00Z
    PasswordResetRequired: true
- UserName: bo
  LoginProfile: {CreateDate: 2026-01-31T12:00:00Z, PasswordLastUsed: 2026-02-01T00:00:00Z}
- UserName: cy
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const auto& users = parsed.definitions->users;
  ASSERT_TRUE(users[0].login_profile.has_value());
  EXPECT_EQ(users[0].login_profile->create_date, absl::FromUnixSeconds(1769860800));
  EXPECT_TRUE(users[0].login_profile->password_reset_required);
  EXPECT_EQ(users[0].login_profile->position, (base::Position{6, 5}));
  EXPECT_EQ(users[0].password_last_used, absl::FromUnixSeconds(1769904000));
  EXPECT_EQ(users[1].login_profile->password_last_used, absl::FromUnixSeconds(1769904000));
  EXPECT_FALSE(users[2].login_profile.has_value());

  EXPECT_THAT(ParseText("Account: \"111111111111\"\n"
                        "Users: [{UserName: ana, LoginProfile: {Password: hunter2}}]\n")
                  .diagnostics,
              ElementsAre(HasSubstr("unknown field `Password` of `LoginProfile`"),
                          HasSubstr("field `CreateDate` of `LoginProfile` is missing")));
}

TEST(SchemaSettingsTest, Revocations) {
  const Parsed parsed = ParseText(R"(Revocations:
- RoleArn: arn:aws:iam::111111111111:role/deploy
  IssuedBefore: 2026-01-31T12:00:00Z
  Reason: INC-7
- UserArn: arn:aws:iam::111111111111:user/ana
  IssuedBefore: 2026-01-31T12:00:00Z
- {AccessKeyId: AKIAIOSFODNN7EXAMPLE, IssuedBefore: 2026-01-31T12:00:00Z}
- SessionAccessKeyId: ASIAIOSFODNN7EXAMPLE
)");
  ASSERT_THAT(parsed.diagnostics, IsEmpty());
  const auto& revocations = parsed.definitions->revocations;
  ASSERT_EQ(revocations.size(), 4u);
  EXPECT_EQ(revocations[0].position, (base::Position{2, 3}));
  EXPECT_EQ(revocations[0].role_arn.text, "arn:aws:iam::111111111111:role/deploy");
  EXPECT_EQ(revocations[0].role_arn.position, (base::Position{2, 12}));
  EXPECT_EQ(revocations[0].issued_before, absl::FromUnixSeconds(1769860800));
  EXPECT_EQ(revocations[0].reason.text, "INC-7");
  EXPECT_EQ(revocations[1].user_arn.text, "arn:aws:iam::111111111111:user/ana");
  EXPECT_EQ(revocations[2].access_key_id.text, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(revocations[3].session_access_key_id.text, "ASIAIOSFODNN7EXAMPLE");
  EXPECT_FALSE(revocations[3].issued_before.has_value());

  EXPECT_THAT(ParseText("Revocations:\n- RoleArn: a\n  RoleArn: b\n").diagnostics,
              ElementsAre(HasSubstr("a.yaml:3:3: error: ")));
  EXPECT_THAT(ParseText("Revocations:\n- {RoleArn: a, IssuedBefore: now}\n").diagnostics,
              ElementsAre("a.yaml:2:30: error: time `now` must be like `2024-01-31T12:00:00Z`"));
  EXPECT_THAT(ParseText("Revocations:\n- {RolArn: a}\n").diagnostics,
              ElementsAre(HasSubstr("unknown field `RolArn` of `Revocation`; did you mean "
                                    "`RoleArn`?")));
  EXPECT_THAT(ParseText("Revocations: {}\n").diagnostics,
              ElementsAre("a.yaml:1:14: error: expected a list, got a mapping"));
}

}  // namespace
}  // namespace portcullis::source
