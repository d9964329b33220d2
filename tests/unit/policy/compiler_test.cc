#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/compiled_policy.h"
#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

std::vector<Diagnostic> ErrorsOf(const std::string& json, PolicyType type) {
  std::vector<Diagnostic> diagnostics;
  const auto policy = CompilePolicyJson(json, type, PolicyLimits(), &diagnostics);
  EXPECT_EQ(policy == nullptr, HasErrors(diagnostics)) << json;
  std::vector<Diagnostic> errors;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) errors.push_back(diagnostic);
  }
  return errors;
}

struct RefusedCase {
  std::string_view rule;
  PolicyType type;
  std::string statement;
  size_t errors;
};

TEST(Compiler, Refuses) {
  const RefusedCase kCases[] = {
      {"R-2.46", PolicyType::kInlineIdentity,
       R"("Action":"s3:*","Resource":"arn:aws:s3:::${aws:username")", 1},
      {"R-2.46", PolicyType::kInlineIdentity,
       R"("Action":"s3:*","Resource":["arn:aws:s3:::${}","arn:aws:s3:::a/${a b}"])", 2},
      {"R-2.45", PolicyType::kInlineIdentity,
       R"("Action":"s3:*","Resource":"arn:aws:s3::${aws:PrincipalAccount}:b")", 1},
      {"R-2.46", PolicyType::kInlineIdentity,
       R"("Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"app:k":["${","x"]}})", 1},
      {"R-2.46", PolicyType::kInlineIdentity,
       R"("Action":"s3:*","Resource":"*","Condition":{"ArnLike":{"app:k":"arn:aws:s3:::${a b}"}})",
       1},
      {"R-2.38", PolicyType::kServiceControl, R"("Action":"s3:*","Resource":"arn:aws:s3")", 1},
      {"R-2.38", PolicyType::kServiceControl, R"("Action":"s3:*","Resource":"arn:*:s3")", 1},
      {"R-2.39", PolicyType::kResourceControl,
       R"("Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:*")", 1},
  };
  for (const RefusedCase& c : kCases) {
    const auto errors = ErrorsOf(Document(R"({"Effect":"Deny",)" + c.statement + "}"), c.type);
    EXPECT_EQ(errors.size(), c.errors) << c.rule << " " << c.statement;
    for (const Diagnostic& error : errors) {
      EXPECT_NE(error.position, base::Position()) << error.message;
      EXPECT_FALSE(error.message.empty());
    }
  }
}

TEST(Compiler, ShortArnsThatStay) {  // R-2.36 to R-2.38.
  EXPECT_TRUE(ErrorsOf(Document(R"({"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:*"})"),
                       PolicyType::kServiceControl)
                  .empty());
  EXPECT_TRUE(ErrorsOf(Document(R"({"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3"})"),
                       PolicyType::kInlineIdentity)
                  .empty());
}

TEST(Compiler, VersionDecidesOnVariables) {  // R-2.7, A-48.
  const std::string statement = R"("Statement":{"Effect":"Allow","Action":"s3:*",)"
                                R"("Resource":"arn:aws:s3:::${aws:username}"}})";
  const auto old = CompileForTest("{" + statement);
  const auto current = CompileForTest(R"({"Version":"2012-10-17",)" + statement);
  ASSERT_EQ(old->statements().size(), 1u);
  ASSERT_EQ(current->statements().size(), 1u);
  EXPECT_FALSE(old->statements()[0].resources[0].has_variables());
  EXPECT_TRUE(current->statements()[0].resources[0].has_variables());
}

TEST(Compiler, KeepsWhatIsReported) {
  const auto policy = CompileForTest(
      "{\"Version\":\"2012-10-17\",\"Statement\":[\n"
      " {\"Sid\":\"One\",\"Effect\":\"Allow\",\"Action\":\"a:b\",\"Resource\":\"*\"},\n"
      " {\"Effect\":\"Deny\",\"Action\":\"a:b\",\"Resource\":\"*\"}]}");
  ASSERT_EQ(policy->statements().size(), 2u);
  const CompiledStatement& first = policy->statements()[0];
  const CompiledStatement& second = policy->statements()[1];
  EXPECT_EQ(first.sid, "One");
  EXPECT_EQ(first.index, 0u);
  EXPECT_EQ(first.effect, StatementEffect::kAllow);
  EXPECT_EQ(first.begin.line, 2u);
  EXPECT_EQ(second.sid, "");
  EXPECT_EQ(second.index, 1u);
  EXPECT_EQ(second.effect, StatementEffect::kDeny);
  EXPECT_EQ(second.begin.line, 3u);
  EXPECT_FALSE(first.has_principal);
  EXPECT_FALSE(first.resource_implied);
}

TEST(Compiler, SyntaxErrorsAreDiagnostics) {  // R-2.98.
  for (const std::string_view json : {"", "{", "[]", "{\"Version\":", "{\"a\":1,\"a\":2}"}) {
    std::vector<Diagnostic> diagnostics;
    EXPECT_EQ(CompilePolicyJson(json, PolicyType::kInlineIdentity, PolicyLimits(), &diagnostics),
              nullptr)
        << json;
    ASSERT_TRUE(HasErrors(diagnostics)) << json;
    EXPECT_EQ(IamMessage(diagnostics), "Syntax errors in policy.") << json;
  }
}

// R-1.47: everything saved counts for SCPs and RCPs, and for others what means something.
TEST(Compiler, BlanksCountForOrganizationPoliciesOnly) {
  const std::string scp =
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
  const auto errors = [&](size_t size, PolicyType type) {
    std::vector<Diagnostic> diagnostics;
    CompilePolicyJson(scp + std::string(size - scp.size(), '\n'), type, PolicyLimits(),
                      &diagnostics);
    std::vector<std::string> messages;
    for (const Diagnostic& diagnostic : diagnostics) messages.push_back(diagnostic.message);
    return messages;
  };
  EXPECT_TRUE(errors(5120, PolicyType::kServiceControl).empty());
  EXPECT_EQ(errors(5121, PolicyType::kServiceControl),
            std::vector<std::string>{"policy of 5121 characters exceeds the 5120 characters of a "
                                     "service control policy"});
  EXPECT_TRUE(errors(50'000, PolicyType::kManaged).empty());
}

TEST(Compiler, PositionsStartAtTheOrigin) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_EQ(
      CompilePolicyJson("{", PolicyType::kInlineIdentity, PolicyLimits(), &diagnostics, {7, 20}, 5),
      nullptr);
  ASSERT_FALSE(diagnostics.empty());
  EXPECT_EQ(diagnostics[0].position.line, 7u);
  EXPECT_GE(diagnostics[0].position.column, 20u);
}

TEST(Compiler, PrincipalKinds) {  // Section 2.2.
  const auto policy =
      CompileForTest(Document(R"({"Effect":"Deny","Action":"s3:*","Resource":"*","Principal":{
        "AWS":["*","111122223333","arn:aws:iam::111122223333:root",
               "arn:aws:iam::111122223333:user/a","arn:aws:iam::111122223333:role/a",
               "arn:aws:sts::111122223333:assumed-role/a/s",
               "arn:aws:sts::111122223333:federated-user/a","AIDAAAAAAAAAAAAAAAAAA"],
        "Service":"docs.amazonaws.com"}})"),
                     PolicyType::kResource);
  ASSERT_EQ(policy->statements().size(), 1u);
  using Kind = CompiledPrincipal::Kind;
  const Kind kExpected[] = {Kind::kEveryone,      Kind::kAccount,  Kind::kAccount,
                            Kind::kUser,          Kind::kRole,     Kind::kRoleSession,
                            Kind::kFederatedUser, Kind::kUniqueId, Kind::kService};
  const auto& principals = policy->statements()[0].principals;
  ASSERT_EQ(principals.size(), std::size(kExpected));
  for (size_t i = 0; i < principals.size(); ++i) {
    EXPECT_EQ(principals[i].kind, kExpected[i]) << principals[i].value.view();
    EXPECT_NE(principals[i].position, base::Position());
  }
  EXPECT_EQ(principals[1].value, "111122223333");
  EXPECT_EQ(principals[2].value, "111122223333");
  EXPECT_EQ(principals[2].partition, "aws");
}

}  // namespace
}  // namespace portcullis::policy
