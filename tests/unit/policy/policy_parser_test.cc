#include "server/policy/policy_parser.h"

#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/parse_for_test.h"

// The wording of diagnostics is pinned by tests/golden/diagnostics.

namespace portcullis::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kStatement =
    R"("Effect":"Allow","Action":"s3:GetObject","Resource":"*")";

std::string Policy(std::string_view members) {
  return "{\"Version\":\"2012-10-17\"," + std::string(members) + "}";
}

TEST(ParsePolicy, ReadsADocument) {
  const Parsed parsed = Parse(
      Policy(R"("Id":"one","Statement":[{"Sid":"A",)" + std::string(kStatement) +
             R"(},{"Effect":"Deny",)" + R"("NotAction":["iam:*","sts:*"],"NotResource":"*"}])"),
      PolicyType::kManaged);
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_THAT(parsed.diagnostics, IsEmpty());
  EXPECT_TRUE(parsed.document->has_version);
  EXPECT_EQ(parsed.document->version, LanguageVersion::k2012);
  EXPECT_EQ(parsed.document->id->text, "one");
  ASSERT_EQ(parsed.document->statements.size(), 2u);
  EXPECT_EQ(parsed.document->statements[0].sid->text, "A");
  EXPECT_EQ(parsed.document->statements[0].effect, StatementEffect::kAllow);
  EXPECT_EQ(parsed.document->statements[1].effect, StatementEffect::kDeny);
  EXPECT_TRUE(parsed.document->statements[1].has_not_action);
  EXPECT_EQ(parsed.document->statements[1].actions.size(), 2u);
}

TEST(ParsePolicy, TakesOneStatementForAList) {  // R-2.5.
  const Parsed parsed =
      Parse(Policy("\"Statement\":{" + std::string(kStatement) + "}"), PolicyType::kManaged);
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_EQ(parsed.document->statements.size(), 1u);
}

TEST(ParsePolicy, ReadsAMissingVersionAs2008) {  // R-2.7.
  const Parsed parsed =
      Parse("{\"Statement\":{" + std::string(kStatement) + "}}", PolicyType::kInlineIdentity);
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_FALSE(parsed.document->has_version);
  EXPECT_EQ(parsed.document->version, LanguageVersion::k2008);
  EXPECT_THAT(parsed.Warnings(), ElementsAre(HasSubstr("missing `Version`")));
}

// IAM saves Sids that differ in case, and any number of empty ones (R-2.9, A-107).
TEST(ParsePolicy, ComparesSidsExactly) {
  for (const std::string_view sids : {"aA", "  "}) {
    std::string list;
    for (const char c : sids) {
      list += list.empty() ? "" : ",";
      list += "{\"Sid\":\"" + (c == ' ' ? std::string() : std::string(1, c)) + "\"," +
              std::string(kStatement) + "}";
    }
    EXPECT_TRUE(Parse(Policy("\"Statement\":[" + list + "]"), PolicyType::kManaged).document);
  }
}

TEST(ParsePolicy, SortsDiagnosticsByPosition) {
  const Parsed parsed = Parse(
      R"({"Statement":[{"Effect":"x"},{"Effect":"y"}],"Version":"z","A":1})", PolicyType::kManaged);
  ASSERT_GE(parsed.diagnostics.size(), 4u);
  for (size_t i = 1; i < parsed.diagnostics.size(); ++i) {
    EXPECT_LE(parsed.diagnostics[i - 1].position, parsed.diagnostics[i].position);
  }
}

TEST(ParsePolicy, AppendsToWhatWasFoundBefore) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  ASSERT_TRUE(base::ReadJson("[]", {}, &tree, &errors));
  std::vector<Diagnostic> diagnostics(1);
  diagnostics[0].position = {99, 1};
  EXPECT_FALSE(ParsePolicy(tree.root(), PolicyType::kManaged, {}, &diagnostics).has_value());
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[0].position.line, 99u);
}

// R-1.47: characters without insignificant whitespace.
TEST(PolicySize, CountsWhatJsonNeeds) {
  for (const std::string_view json :
       {R"({"a":[1,2.50,true,null,"x"],"b":{},"c":[]})", R"("\"\\\n\u0001")", R"("é東😀")", "[]"}) {
    base::NodeTree tree;
    std::vector<base::TextError> errors;
    ASSERT_TRUE(base::ReadJson(json, {}, &tree, &errors));
    size_t characters = 0;
    for (const char c : json) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    EXPECT_EQ(PolicySize(tree.root()), characters) << json;
  }
}

// A policy of exactly `size` characters.
std::string PolicyOfSize(size_t size) {
  const std::string start = R"({"Version":"2012-10-17","Id":")";
  const std::string rest = "\",\"Statement\":{" + std::string(kStatement) + "}}";
  return start + std::string(size - start.size() - rest.size(), 'x') + rest;
}

TEST(ParsePolicy, EnforcesTheQuota) {  // R-1.47, R-2.115.
  EXPECT_TRUE(Parse(PolicyOfSize(6144), PolicyType::kManaged).document.has_value());
  EXPECT_TRUE(Parse("  " + PolicyOfSize(6144) + "\n", PolicyType::kManaged).document.has_value());
  const Parsed parsed = Parse(PolicyOfSize(6145), PolicyType::kManaged);
  EXPECT_THAT(parsed.Errors(), ElementsAre("policy of 6145 characters exceeds the 6144 characters "
                                           "of a managed policy"));
  EXPECT_TRUE(Parse(PolicyOfSize(6145), PolicyType::kInlineIdentity).document.has_value());
}

TEST(ParsePolicy, LeavesTheQuotaAsideForTheSimulator) {  // R-9.1.
  PolicyLimits limits;
  limits.quotas_apply = false;
  EXPECT_TRUE(Parse(PolicyOfSize(100'000), PolicyType::kManaged, limits).document.has_value());
}

TEST(ParsePolicy, LimitsTheNumberOfStatements) {
  PolicyLimits limits;
  limits.statement_count_max = 3;
  std::string list = "{" + std::string(kStatement) + "}";
  for (int i = 1; i < 3; ++i) list += ",{" + std::string(kStatement) + "}";
  EXPECT_TRUE(Parse(Policy("\"Statement\":[" + list + "]"), PolicyType::kManaged, limits).document);
  list += ",{" + std::string(kStatement) + "}";
  EXPECT_THAT(Parse(Policy("\"Statement\":[" + list + "]"), PolicyType::kManaged, limits).Errors(),
              ElementsAre("4 statements exceed the limit of 3"));
}

}  // namespace
}  // namespace portcullis::policy
