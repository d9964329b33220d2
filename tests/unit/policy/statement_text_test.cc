#include "server/policy/statement_text.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

StatementText Describe(std::string_view document, PolicyType type) {
  std::vector<Diagnostic> diagnostics;
  const auto policy = CompilePolicyJson(document, type, PolicyLimits{}, &diagnostics);
  EXPECT_NE(policy, nullptr) << IamMessage(diagnostics);
  return policy == nullptr ? StatementText() : DescribeStatement(policy->statements()[0]);
}

TEST(StatementTextTest, ActionsAndResources) {
  const StatementText text = Describe(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
                 "Action":["s3:Get*","s3:P?t*ct","iam:ListUsers"],
                 "Resource":["*","arn:aws:s3:::a/${aws:username}/*",
                             "arn:aws:s3:::${aws:PrincipalTag/team, 'none'}"]}})",
                                      PolicyType::kInlineIdentity);
  EXPECT_THAT(text.actions, ElementsAre("s3:get*", "s3:p?t*ct", "iam:listusers"));
  EXPECT_THAT(text.resources, ElementsAre("*", "arn:aws:s3:::a/${aws:username}/*",
                                          "arn:aws:s3:::${aws:principaltag/team, 'none'}"));
  EXPECT_THAT(text.principals, IsEmpty());
  EXPECT_THAT(text.conditions, IsEmpty());
}

TEST(StatementTextTest, PrincipalsOfATrustPolicy) {
  const StatementText text = Describe(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
                 "Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/ana"],
                              "Service":"ec2.amazonaws.com"},
                 "Action":"sts:AssumeRole"}})",
                                      PolicyType::kTrust);
  EXPECT_THAT(text.principals, ElementsAre("111122223333", "arn:aws:iam::111122223333:user/ana",
                                           "ec2.amazonaws.com"));
  EXPECT_THAT(text.resources, ElementsAre("*"));
}

struct ConditionCase {
  std::string_view condition;
  std::string_view op;
  std::string_view key;
  std::string_view value;
};

class ConditionTextTest : public testing::TestWithParam<ConditionCase> {};

TEST_P(ConditionTextTest, SaysOperatorKeyAndValue) {
  const std::string document =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",)"
      R"("Condition":)" +
      std::string(GetParam().condition) + "}}";
  const StatementText text = Describe(document, PolicyType::kInlineIdentity);
  ASSERT_EQ(text.conditions.size(), 1u);
  EXPECT_EQ(text.conditions[0].op, GetParam().op);
  EXPECT_EQ(text.conditions[0].key, GetParam().key);
  EXPECT_THAT(text.conditions[0].values, ElementsAre(GetParam().value));
}

INSTANTIATE_TEST_SUITE_P(
    Operators, ConditionTextTest,
    testing::Values(
        ConditionCase{R"({"StringEquals":{"aws:username":"Ana"}})", "StringEquals", "aws:username",
                      "Ana"},
        ConditionCase{R"({"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"a*"}})",
                      "ForAnyValue:StringLikeIfExists", "aws:tagkeys", "a*"},
        ConditionCase{R"({"ForAllValues:StringEquals":{"aws:TagKeys":"a"}})",
                      "ForAllValues:StringEquals", "aws:tagkeys", "a"},
        ConditionCase{R"({"Null":{"aws:TokenIssueTime":"true"}})", "Null", "aws:tokenissuetime",
                      "true"},
        ConditionCase{R"({"Bool":{"aws:SecureTransport":"false"}})", "Bool", "aws:securetransport",
                      "false"},
        ConditionCase{R"({"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}})", "NumericLessThan",
                      "aws:multifactorauthage", "3600"},
        ConditionCase{R"({"DateLessThan":{"aws:TokenIssueTime":"2026-11-21T10:00:00Z"}})",
                      "DateLessThan", "aws:tokenissuetime", "2026-11-21T10:00:00Z"},
        ConditionCase{R"({"BinaryEquals":{"x:key":"QUJD"}})", "BinaryEquals", "x:key", "QUJD"},
        ConditionCase{R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})", "IpAddress",
                      "aws:sourceip", "203.0.113.0/24"},
        ConditionCase{R"({"IpAddress":{"aws:SourceIp":"2001:db8::/32"}})", "IpAddress",
                      "aws:sourceip", "2001:db8:0:0:0:0:0:0/32"},
        ConditionCase{R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:t*"}})", "ArnLike",
                      "aws:sourcearn", "arn:aws:sns:*:111122223333:t*"}));

}  // namespace
}  // namespace portcullis::policy
