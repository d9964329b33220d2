#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/parse_for_test.h"

namespace portcullis::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Parsed ParseAction(std::string_view action, PolicyType type = PolicyType::kManaged) {
  const std::string members = type == PolicyType::kTrust
                                  ? R"("Effect":"Allow","Principal":{"AWS":"111122223333"})"
                                  : R"("Effect":"Allow","Resource":"*")";
  return ParseStatementOf(members + ",\"Action\":" + std::string(action), type);
}

Parsed ParseResource(std::string_view resource, PolicyType type = PolicyType::kManaged) {
  return ParseStatementOf(R"("Effect":"Allow","Action":"*","Resource":)" + std::string(resource),
                          type);
}

std::string IamMessageOf(const Parsed& parsed) {
  return HasErrors(parsed.diagnostics) ? IamMessage(parsed.diagnostics) : "";
}

struct MessageCase {
  std::string_view entry;
  std::string_view iam_message;  // Empty: accepted.
};

// R-2.28 to R-2.30, R-2.109 to R-2.111, R-2.113.
TEST(ParseActions, AnswersWithIamsSentence) {
  const MessageCase cases[] = {
      {R"("*")", ""},
      {R"("*:*")", ""},
      {R"("s3:GetObject")", ""},
      {R"("S3:get?bject*")", ""},
      {R"("no-such.service:Anything")", ""},
      {R"("iam: x")", ""},
      {R"("c:d, e:f")", ""},
      {R"("Get*")", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
      {R"("")", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
      {R"("s3:Get:Object")", "Actions/Condition can contain only one colon."},
      {R"("s3*:Get*")", "Vendor s3* is not valid"},
      {R"("*:Get")", "Vendor * is not valid"},
      {R"(":Get")", "Vendor  is not valid"},
      {R"("a a:Get")", "Vendor a a is not valid"},
      {R"([])", "Policy statement must contain actions."},
      {R"(7)", "Syntax errors in policy."},
      {R"({})", "Syntax errors in policy."},
      {R"(null)", "Syntax errors in policy."},
  };
  for (const MessageCase& c : cases) {
    EXPECT_EQ(IamMessageOf(ParseAction(c.entry)), c.iam_message) << c.entry;
  }
}

TEST(ParseActions, ReportsEveryBadEntry) {
  EXPECT_THAT(ParseAction(R"(["Get","s3:*","a:b:c",1])").Errors(),
              ElementsAre("action `Get` has no service before a `:`",
                          "action `a:b:c` has more than one `:`",
                          "expected a string in `Action`, not a number"));
}

// R-2.95.
TEST(ParseActions, LimitsTrustPoliciesToTheirActions) {
  for (const std::string_view action :
       {"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext", "sts:*", "sts:Assume*",
        "sts:AssumeRole*", "STS:assumerole", "sts:?agSession"}) {
    EXPECT_TRUE(ParseAction("\"" + std::string(action) + "\"", PolicyType::kTrust).document)
        << action;
  }
  for (const std::string_view action : {"*", "*:*", "s*:AssumeRole", "sts:GetCallerIdentity",
                                        "sts:", "iam:PassRole", "sts:Assume"}) {
    const Parsed parsed = ParseAction("\"" + std::string(action) + "\"", PolicyType::kTrust);
    EXPECT_EQ(IamMessageOf(parsed),
              "Trust Policy statement actions can only be sts:AssumeRole, "
              "sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity")
        << action;
  }
}

// R-2.104 to R-2.108, R-2.100, R-2.113.
TEST(ParseResources, AnswersWithIamsSentence) {
  const MessageCase cases[] = {
      {R"("*")", ""},
      {R"("arn:aws:s3:::b/*")", ""},
      {R"("arn:aws-us-gov:s3:::b")", ""},
      {R"("arn:*:s3:::b")", ""},
      {R"("arn:aws:fdsasf")", ""},
      {R"("arn:aws:s3:*")", ""},
      {R"("arn:aws:iam::*")", ""},
      {R"("arn:aws:iam:*:111122223333:role/x")", ""},
      {R"("arn:aws:iam::111122223333:*")", ""},
      {R"("arn:aws:iam::111122223333:oidc-provider/x")", ""},
      {R"("bucket")", "Resource bucket must be in ARN format or \"*\"."},
      {R"("ARN:aws:s3:::b")", "Resource ARN:aws:s3:::b must be in ARN format or \"*\"."},
      {R"("arn:asw:s3:::b")", "Partition \"asw\" is not valid for resource \"arn:asw:s3:::b\"."},
      {R"("arn:asw")", "Partition \"asw\" is not valid for resource \"arn:asw:*:*:*:*\"."},
      {R"("arn:aws:*")", "Resource vendor must be fully qualified and cannot contain regexes."},
      {R"("arn:aws::::x")", "Resource vendor must be fully qualified and cannot contain regexes."},
      {R"("arn:aws:iam:eu-west-1:111122223333:user/a")",
       "IAM resource arn:aws:iam:eu-west-1:111122223333:user/a cannot contain region information."},
      {R"("arn:aws:s3:eu-west-1::b")",
       "Resource arn:aws:s3:eu-west-1::b can not contain region information."},
      {R"("arn:aws:iam::111122223333:usr/x")",
       "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, "
       "group/, "
       "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
       "oidc-provider/, report/, access-report/."},
      {R"("arn:aws:s3::x")", "The policy failed legacy parsing"},
      {R"([])", "Policy statement must contain resources."},
      {R"([null])", "Syntax errors in policy."},
  };
  for (const MessageCase& c : cases) {
    EXPECT_EQ(IamMessageOf(ParseResource(c.entry)), c.iam_message) << c.entry;
  }
}

TEST(ParseEntries, KnowTheirPlace) {
  const Parsed parsed = ParseAction(R"([ "s3:A", "s3:B" ])");
  ASSERT_TRUE(parsed.document.has_value());
  const std::vector<SourceText>& actions = parsed.statement().actions;
  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[1].position.column, actions[0].position.column + 8);
}

TEST(ParseEntries, AreLimitedInNumber) {
  PolicyLimits limits;
  limits.entries_per_element_max = 2;
  const auto parse = [&limits](std::string_view actions) {
    return ParseStatementOf(R"("Effect":"Allow","Resource":"*","Action":)" + std::string(actions),
                            PolicyType::kManaged, limits);
  };
  EXPECT_THAT(parse(R"(["a:b","a:c"])").Errors(), IsEmpty());
  EXPECT_THAT(parse(R"(["a:b","a:c","a:d"])").Errors(),
              ElementsAre("list of 3 exceeds the limit of 2"));
}

TEST(ParseEntries, AreLimitedInLength) {
  PolicyLimits limits;
  limits.pattern_bytes_max = 20;
  const auto parse = [&limits](size_t size) {
    const std::string resource = "arn:aws:s3:::" + std::string(size - 13, 'b');
    return ParseStatementOf(R"("Effect":"Allow","Action":"*","Resource":")" + resource + "\"",
                            PolicyType::kManaged, limits);
  };
  EXPECT_TRUE(parse(20).document.has_value());
  EXPECT_THAT(parse(21).Errors(), ElementsAre("text of 21 bytes exceeds the limit of 20"));
}

}  // namespace
}  // namespace portcullis::policy
