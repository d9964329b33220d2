#include "server/policy/pattern.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/policy/pattern_for_test.h"

namespace portcullis::policy {
namespace {

class PatternTest : public PatternContextTest {
 protected:
  Match MatchText(std::string_view source, PatternSyntax syntax, std::string_view text) {
    const auto pattern = Pattern::Compile(source, syntax);
    EXPECT_TRUE(pattern.ok()) << source << ": " << pattern.status();
    return pattern.ok() ? (*pattern)->Matches(text, context_) : Match::kIncomparable;
  }
};

struct TextCase {
  std::string_view rule;
  std::string_view pattern;
  std::string_view text;
  Match expected;
};

TEST_F(PatternTest, Wildcards) {
  const TextCase kCases[] = {
      {"R-2.40", "", "", Match::kYes},
      {"R-2.40", "", "a", Match::kNo},
      {"R-2.40", "*", "", Match::kYes},
      {"R-2.40", "*", "any/thing:at*all", Match::kYes},
      {"R-2.40", "**", "abc", Match::kYes},
      {"R-2.40", "abc", "abc", Match::kYes},
      {"R-2.40", "abc", "abcd", Match::kNo},
      {"R-2.40", "abc", "ab", Match::kNo},
      {"R-1.33", "abc", "Abc", Match::kNo},
      {"R-2.40", "a*", "a", Match::kYes},
      {"R-2.40", "a*", "b", Match::kNo},
      {"R-2.40", "*a", "ba", Match::kYes},
      {"R-2.40", "*a", "ab", Match::kNo},
      {"R-2.40", "a*b*c", "abc", Match::kYes},
      {"R-2.40", "a*b*c", "aXbYbZc", Match::kYes},
      {"R-2.40", "a*b*c", "aXbY", Match::kNo},
      {"R-2.40", "*ab*ab", "ab", Match::kNo},
      {"R-2.40", "*ab*ab", "abab", Match::kYes},
      {"R-2.40", "*aab", "aaab", Match::kYes},
      {"R-2.40", "a*?b", "aab", Match::kYes},
      {"R-2.40", "a*?b", "ab", Match::kNo},
      {"R-2.40", "?", "", Match::kNo},
      {"R-2.40", "?", "a", Match::kYes},
      {"R-2.40", "?", "ab", Match::kNo},
      {"R-2.40", "?", "\u00e9", Match::kYes},
      {"R-2.40", "??", "\u00e9", Match::kNo},
      {"R-2.40", "*??", "\u20ac", Match::kNo},
      {"R-2.40", "*?", "\u20ac", Match::kYes},
      {"R-2.40", "a?c", "a\u20acc", Match::kYes},
      {"R-2.40", "[ab]", "a", Match::kNo},
      {"A-41", "[ab]", "[ab]", Match::kYes},
      {"R-2.40", "a.c", "abc", Match::kNo},
      {"R-2.40", "a\\*c", "a\\xc", Match::kYes},
      // Bytes that are no UTF-8 are characters of their own: none is skipped unseen.
      {"R-2.40", "*a*",
       "\xE2"
       "a\x80",
       Match::kYes},
      {"R-2.40", "??",
       "\xE2"
       "a",
       Match::kYes},
      {"R-2.7", "${*}x", "${y}x", Match::kYes},  // Variables are off here: the inner `*` acts.
      {"R-2.7", "${aws:username}", "ana", Match::kNo},
  };
  for (const TextCase& c : kCases) {
    EXPECT_EQ(MatchText(c.pattern, {.wildcards = true}, c.text), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
}

TEST_F(PatternTest, Variables) {
  const TextCase kCases[] = {
      {"R-2.45", "${aws:username}", "ana", Match::kYes},
      {"R-2.46", "${AWS:UserName}", "ana", Match::kYes},
      {"R-2.45", "home/${aws:username}/*", "home/ana/x", Match::kYes},
      {"R-2.45", "home/${aws:username}/*", "home/bob/x", Match::kNo},
      {"R-2.45", "*${aws:username}*", "is ana here", Match::kYes},
      {"R-2.45", "*${aws:username}${aws:username}", "anaanaana", Match::kYes},
      {"R-2.46", "a$b$", "a$b$", Match::kYes},
      {"R-2.48", "${aws:username, 'nobody'}", "ana", Match::kYes},
      {"R-2.48", "${aws:PrincipalTag/none, 'nobody'}", "nobody", Match::kYes},
      {"R-2.48", "${aws:PrincipalTag/none,'nobody'}", "nobody", Match::kYes},
      {"A-52", "${aws:PrincipalTag/team, 'none'}", "none", Match::kYes},
      {"R-2.46", "${aws:PrincipalTag/none, '*'}", "x", Match::kNo},
      {"R-2.46", "${aws:PrincipalTag/none, 'a}b'}", "a}b", Match::kYes},
      {"R-2.48", "x${aws:PrincipalTag/empty, 'd'}", "x", Match::kYes},
      {"R-2.48", "x${aws:PrincipalTag/none, ''}", "x", Match::kYes},
      {"R-2.49", "${aws:PrincipalTag/none}", "", Match::kUnresolved},
      {"A-53", "${app:many}", "x", Match::kUnresolved},
      {"R-2.47", "${app:many, 'x'}", "x", Match::kUnresolved},
      {"R-2.47", "${aws:TagKeys}", "x", Match::kUnresolved},
      {"R-2.57", "${aws:PrincipalTag/twice, 'x'}", "x", Match::kUnresolved},
      {"A-50", "${aws:PrincipalTag/star}", "anything", Match::kNo},
      {"R-2.51", "${aws:PrincipalTag/star}", "*", Match::kYes},
      {"R-2.51", "${aws:PrincipalTag/nested}", "ana", Match::kNo},
      {"R-2.51", "${aws:PrincipalTag/nested}", "${aws:username}", Match::kYes},
      {"R-2.52", "${*}", "*", Match::kYes},
      {"R-2.52", "${*}", "x", Match::kNo},
      {"R-2.52", "a${?}b${$}{c}", "a?b${c}", Match::kYes},
      {"R-2.52", "a${?}b", "axb", Match::kNo},
      // More variables than are looked up beforehand.
      {"R-2.45",
       "${aws:username}-${aws:username}-${aws:username}-${aws:username}-${aws:username}-*",
       "ana-ana-ana-ana-ana-", Match::kYes},
  };
  for (const TextCase& c : kCases) {
    EXPECT_EQ(MatchText(c.pattern, {.wildcards = true, .variables = true}, c.text), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
}

TEST_F(PatternTest, FoldedCase) {
  const TextCase kCases[] = {
      {"R-2.69", "Dev", "dEV", Match::kYes},
      {"R-2.69", "Dev", "Deva", Match::kNo},
      {"R-2.69", "\u00c9t\u00e9", "\u00e9T\u00c9", Match::kYes},
      {"R-2.69", "K", "\u212a", Match::kYes},  // The Kelvin sign: folding changes the size.
      {"R-2.69", "x${aws:username}K", "XANA\u212a", Match::kYes},
      {"R-2.69", "x${aws:username}K", "XANA", Match::kNo},
      {"R-2.69", "d*v", "dev", Match::kNo},
      {"R-2.69", "d*v", "D*V", Match::kYes},
  };
  for (const TextCase& c : kCases) {
    EXPECT_EQ(MatchText(c.pattern, {.variables = true, .fold_case = true}, c.text), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
}

TEST_F(PatternTest, EveryShortPatternAndText) {
  const std::vector<std::string> texts = AllTexts("ab", 6);
  for (const std::string& source : AllTexts("ab*?", 5)) {
    const auto pattern = Pattern::Compile(source, {.wildcards = true});
    ASSERT_TRUE(pattern.ok());
    for (const std::string& text : texts) {
      ASSERT_EQ((*pattern)->Matches(text), MatchesNaively(source, text)) << source << " ~ " << text;
    }
  }
}

TEST_F(PatternTest, CostIsBounded) {
  std::string source;
  for (int i = 0; i < 1000; ++i) source += "*a?";
  source += "*b";
  const std::string text(4000, 'a');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(MatchText(source, {.wildcards = true}, text), Match::kNo);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace portcullis::policy
