#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/parse_for_test.h"

namespace portcullis::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What section 2.8 says, element by element. `members` are those of an otherwise complete
// statement.
struct LegalityCase {
  std::string_view rule;
  PolicyType type;
  std::string_view members;
  bool legal;
};

constexpr std::string_view kIdentity = R"("Effect":"Allow","Action":"s3:*","Resource":"*")";

TEST(ParseStatement, KnowsWhichElementsAreLegalWhere) {
  const LegalityCase cases[] = {
      {"R-2.90", PolicyType::kInlineIdentity, R"("Effect":"Allow","Action":"*","Resource":"*")",
       true},
      {"R-2.90", PolicyType::kInlineIdentity,
       R"("Effect":"Deny","Principal":"*","Action":"*","Resource":"*")", false},
      {"R-2.90", PolicyType::kServiceControl,
       R"("Effect":"Deny","Principal":"*","Action":"*","Resource":"*")", false},
      {"R-2.25", PolicyType::kSession,
       R"("Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"*","Resource":"*")", false},
      {"R-2.25", PolicyType::kTrust,
       R"("Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole")", false},
      {"R-2.25", PolicyType::kResource,
       R"("Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*")",
       true},
      {"R-2.27", PolicyType::kResource,
       R"("Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*")",
       false},
      {"R-2.11", PolicyType::kTrust, R"("Effect":"Allow","Action":"sts:AssumeRole")", false},
      {"R-2.11", PolicyType::kResource, kIdentity, true},
      {"R-2.33", PolicyType::kResource, R"("Effect":"Allow","Principal":"*","Action":"s3:*")",
       true},
      {"R-2.33", PolicyType::kInlineIdentity, R"("Effect":"Allow","Action":"*")", false},
      {"R-2.92", PolicyType::kTrust,
       R"("Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:*","Resource":"*")",
       false},
      {"R-2.91", PolicyType::kTrust,
       R"("Effect":"Allow","Principal":{"AWS":"111122223333"},"NotAction":"iam:*")", false},
      {"R-2.91", PolicyType::kResourceControl,
       R"("Effect":"Deny","Principal":"*","NotAction":"iam:*","Resource":"*")", false},
      {"R-2.89", PolicyType::kResourceControl,
       R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*")", false},
      {"R-2.89", PolicyType::kResourceControl,
       R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")", true},
      {"R-2.93", PolicyType::kServiceControl,
       R"("Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::b")", true},
  };
  for (const LegalityCase& c : cases) {
    EXPECT_EQ(ParseStatementOf(c.members, c.type).document.has_value(), c.legal)
        << c.rule << ": " << c.members;
  }
}

TEST(ParseStatement, RemembersWhichElementsWereThere) {
  const Parsed parsed =
      ParseStatementOf(R"("Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":["*"])",
                       PolicyType::kResource);
  const Statement& statement = parsed.statement();
  EXPECT_TRUE(statement.has_principal);
  EXPECT_FALSE(statement.has_not_principal);
  EXPECT_FALSE(statement.has_action);
  EXPECT_TRUE(statement.has_not_action);
  EXPECT_TRUE(statement.has_resource);
  EXPECT_FALSE(statement.has_not_resource);
  EXPECT_EQ(statement.begin, (base::Position{1, 37}));
}

// R-2.10, R-2.100, A-106: an effect that is not exactly one of the two never loads.
TEST(ParseStatement, WantsTheEffectExactly) {
  for (const std::string_view effect :
       {R"("allow")", R"("DENY")", R"(" Allow")", R"("")", "null", "true", R"(["Allow"])"}) {
    const std::string members = R"("Action":"*","Resource":"*","Effect":)" + std::string(effect);
    EXPECT_FALSE(ParseStatementOf(members, PolicyType::kInlineIdentity).document) << effect;
  }
}

// R-2.9.
TEST(ParseStatement, ChecksTheSidWhereIamDoes) {
  const std::string members = R"("Sid":"a b-c é",)" + std::string(kIdentity);
  EXPECT_FALSE(ParseStatementOf(members, PolicyType::kManaged).document.has_value());
  const Parsed parsed = ParseStatementOf(R"("Principal":"*",)" + members, PolicyType::kResource);
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_EQ(parsed.statement().sid->text, "a b-c é");
}

TEST(ParseStatement, AcceptsAPlainStatementSilently) {
  EXPECT_THAT(ParseStatementOf(kIdentity, PolicyType::kManaged).diagnostics, IsEmpty());
}

TEST(ParseStatement, GivesNoAdviceOnBrokenStatements) {
  const Parsed parsed = ParseStatementOf(
      R"("Effect":"Allow","Action":"*","Condition":{"ForAllValues:StringEquals":{"shop:a":"b"}})",
      PolicyType::kManaged);
  EXPECT_THAT(parsed.Errors(), ElementsAre("statement has neither `Resource` nor `NotResource`"));
  EXPECT_THAT(parsed.Warnings(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::policy
