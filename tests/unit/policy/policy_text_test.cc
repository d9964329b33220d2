#include "server/policy/policy_text.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/policy/compiled_policy.h"

namespace portcullis::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kNone = std::string_view::npos;

// U+0009, U+000A, U+000D, U+0020 to U+00FF.
TEST(PolicyText, KnowsTheAllowedCharacters) {
  for (char c = 1; c < 0x20; ++c) {
    const bool allowed = c == '\t' || c == '\n' || c == '\r';
    EXPECT_EQ(FindForbiddenCharacter(std::string("a") + c), allowed ? kNone : 1u) << int{c};
  }
  EXPECT_EQ(FindForbiddenCharacter(std::string_view("a\0b", 3)), 1u);
  for (const std::string_view good :
       {"", " ", "~", "\u007F", "\u0080", "\u00A0", "\u00E9", "\u00FF"}) {
    EXPECT_EQ(FindForbiddenCharacter(good), kNone) << good;
  }
  for (const std::string_view bad :
       {"\u0100", "\u03B1", "\u07FF", "\u4E2D", "\uFEFF", "\U0001F600"}) {
    EXPECT_EQ(FindForbiddenCharacter(std::string("\u00FF") + std::string(bad) + "a"), 2u) << bad;
  }
  EXPECT_EQ(FindForbiddenCharacter("\u4E2Da\u4E2D", 3), 4u);
}

std::vector<std::string> Check(std::string_view text, base::Position origin = {1, 1},
                               uint32_t later_line_column = 1) {
  std::vector<Diagnostic> diagnostics;
  const bool good = CheckPolicyText(text, origin, later_line_column, &diagnostics);
  EXPECT_EQ(good, diagnostics.empty());
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) {
    EXPECT_EQ(diagnostic.row, MalformedRow::kSyntax);
    EXPECT_EQ(diagnostic.severity, Severity::kError);
    lines.push_back(FormatDiagnostic(diagnostic));
  }
  return lines;
}

TEST(PolicyText, ReportsTheFirstOfEachLine) {
  constexpr std::string_view kRest =
      " is not allowed in a policy document, whose characters are U+0020 to U+00FF, tab and line "
      "ends; write it as an escape";
  EXPECT_THAT(Check("{\"a\": \"\u00E9\"}\n"), IsEmpty());
  const std::string first = "error: character `\u4E2D` (U+4E2D)" + std::string(kRest);
  const std::string last = "error: character `\U0001F600` (U+1F600)" + std::string(kRest);
  constexpr std::string_view kText = "{\u00E9\u4E2D\u4E2D\n\n  x\n \U0001F600}";
  EXPECT_THAT(Check(kText), ElementsAre("1:3: " + first, "4:2: " + last));
  EXPECT_THAT(Check(kText, {7, 20}, 5), ElementsAre("7:22: " + first, "10:6: " + last));
}

// What would mean the same escaped is refused as it is, in every kind of document.
TEST(PolicyText, AppliesToJsonDocuments) {
  const auto compile = [](std::string_view id) {
    std::vector<Diagnostic> diagnostics;
    return CompilePolicyJson(
        "{\"Version\":\"2012-10-17\",\"Id\":\"" + std::string(id) +
            "\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
        PolicyType::kManaged, PolicyLimits(), &diagnostics);
  };
  EXPECT_NE(compile("\u00FF"), nullptr);
  EXPECT_EQ(compile("\u0100"), nullptr);
  EXPECT_NE(compile("\\u0100"), nullptr);
  EXPECT_NE(compile("\\u4e2d\\ud83d\\ude00"), nullptr);
}

}  // namespace
}  // namespace portcullis::policy
