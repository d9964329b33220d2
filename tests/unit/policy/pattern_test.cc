#include "server/policy/pattern.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

// The context of all cases here.
class PatternTest : public ::testing::Test {
 protected:
  PatternTest() {
    context_.AddOwned("aws:username", {"ana"}, false);
    context_.AddOwned("aws:PrincipalTag/star", {"*"}, false);
    context_.AddOwned("aws:PrincipalTag/nested", {"${aws:username}"}, false);
    context_.AddOwned("aws:PrincipalTag/empty", {""}, false);
    context_.AddOwned("aws:PrincipalTag/path", {"a/b:c"}, false);
    context_.AddOwned("aws:PrincipalAccount", {"111122223333"}, false);
    context_.AddOwned("aws:PrincipalArn", {"arn:aws:iam::111122223333:user/ana"}, false);
    context_.AddOwned("app:many", {"x"}, true);
    context_.AddOwned("aws:TagKeys", {"x"}, false);
    context_.AddAmbiguous("aws:PrincipalTag/twice");
  }

  Match MatchText(std::string_view source, PatternSyntax syntax, std::string_view text) {
    const auto pattern = Pattern::Compile(source, syntax);
    EXPECT_TRUE(pattern.ok()) << source << ": " << pattern.status();
    return pattern.ok() ? pattern->Matches(text, context_) : Match::kIncomparable;
  }

  RequestContext context_;
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

TEST_F(PatternTest, MalformedVariables) {  // R-2.46.
  for (const std::string_view source :
       {"${", "a${aws:username", "${}", "${aws:user name}", "${ aws:username}", "${aws:username }",
        "${aws:username, nobody}", "${aws:username, 'nobody}", "${aws:username, 'a' b}",
        "${aws:username,}", "${a${b}}", "${aws:username, 'x'"}) {
    EXPECT_EQ(Pattern::Compile(source, {.variables = true}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << source;
    EXPECT_TRUE(Pattern::Compile(source, {}).ok()) << source;
  }
}

TEST_F(PatternTest, Properties) {
  const auto exact = Pattern::Compile("abc", {.wildcards = true});
  ASSERT_TRUE(exact.ok());
  EXPECT_TRUE(exact->is_exact());
  EXPECT_EQ(exact->literal_prefix(), "abc");
  const auto general = Pattern::Compile("ab?c${aws:username}", {true, true, false});
  ASSERT_TRUE(general.ok());
  EXPECT_FALSE(general->is_exact());
  EXPECT_TRUE(general->has_variables());
  EXPECT_EQ(general->literal_prefix(), "ab");
  std::vector<std::string> variables;
  general->ForEachVariable(
      [&](const ConditionKeyName& name) { variables.emplace_back(name.folded()); });
  EXPECT_EQ(variables, std::vector<std::string>{"aws:username"});
  const auto any = Pattern::Compile("*", {.wildcards = true});
  ASSERT_TRUE(any.ok());
  EXPECT_TRUE(any->is_any());
}

// The answer of a table over every pair of places: obviously right.
bool MatchesNaively(std::string_view pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    for (size_t i = 0; i <= text.size(); ++i) {
      if (c == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && (c == '?' || c == text[i - 1]);
      }
    }
    reached = next;
  }
  return reached[text.size()];
}

std::vector<std::string> AllTexts(std::string_view alphabet, size_t size_max) {
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, size = 0; size < size_max; ++size) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet) texts.push_back(texts[begin] + c);
    }
  }
  return texts;
}

TEST_F(PatternTest, EveryShortPatternAndText) {  // R-2.40.
  const std::vector<std::string> texts = AllTexts("ab", 6);
  for (const std::string& source : AllTexts("ab*?", 5)) {
    const auto pattern = Pattern::Compile(source, {.wildcards = true});
    ASSERT_TRUE(pattern.ok());
    for (const std::string& text : texts) {
      ASSERT_EQ(pattern->Matches(text), MatchesNaively(source, text)) << source << " ~ " << text;
    }
  }
}

TEST_F(PatternTest, CostIsBounded) {  // A-42.
  std::string source;
  for (int i = 0; i < 1000; ++i) source += "*a?";
  source += "*b";
  const std::string text(4000, 'a');
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(MatchText(source, {.wildcards = true}, text), Match::kNo);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

// ---- ARNs ----

struct ArnCase {
  std::string_view rule;
  std::string_view pattern;
  std::string_view text;
  Match expected;
};

Match MatchArn(const ArnPattern& pattern, std::string_view text, const RequestContext& context) {
  const auto arn = ArnView::Parse(text);
  EXPECT_TRUE(arn.has_value()) << text;
  return arn.has_value() ? pattern.Matches(*arn, context) : Match::kIncomparable;
}

TEST_F(PatternTest, Resources) {
  const ArnCase kCases[] = {
      {"R-2.33", "*", "arn:aws:s3:::b", Match::kYes},
      {"R-2.34", "arn:aws:s3:::b", "arn:aws:s3:::b", Match::kYes},
      {"R-1.33", "arn:aws:iam::1:role/Admin", "arn:aws:iam::1:role/admin", Match::kNo},
      {"A-40", "arn:aws:s3:::b", "arn:aws:s3:::b/x", Match::kNo},
      {"R-2.44", "arn:aws:s3:::b/*", "arn:aws:s3:::b", Match::kNo},
      {"R-2.44", "arn:aws:iam::1:user/dev*", "arn:aws:iam::1:user/dev/x", Match::kYes},
      {"A-39", "arn:aws:s3:::b/*/x", "arn:aws:s3:::b/1/2/x", Match::kYes},
      {"A-39", "arn:aws:s3:::b/*/x", "arn:aws:s3:::b/x", Match::kNo},
      {"R-2.34", "arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/x", Match::kYes},
      {"R-2.34", "arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/test/x", Match::kNo},
      {"R-2.34", "arn:aws:sns:*:topic", "arn:aws:sns:eu:1:topic", Match::kNo},
      {"R-2.34", "arn:aws:sns:*:1:t", "arn:aws:sns:eu:1:t", Match::kYes},
      {"R-2.34", "arn:aws:sns:*:1:t", "arn:aws:sns:eu:2:1:t", Match::kNo},
      {"R-2.34", "arn:aws:sns:?:1:t", "arn:aws:sns::1:t", Match::kNo},
      {"R-2.34", "arn:aws:sns:?:1:t:u", "arn:aws:sns:::1:t:u", Match::kNo},
      {"R-1.34", "arn:aws:sns:*:*:t", "arn:aws:sns:::t", Match::kYes},
      {"R-2.34", "arn:aws:logs:*:*:g:*:s", "arn:aws:logs:eu:1:g:x:y:s", Match::kYes},
      {"R-2.34", "arn:*:logs:*:*:*", "arn:aws:logs:eu:1:g:x", Match::kYes},
      {"R-2.34", "arn:*:logs:*:*:*", "arn:aws:log:eu:1:g:x", Match::kNo},
      {"R-2.41", "arn:aws:s*:::b", "arn:aws:s3:::b", Match::kYes},
      {"R-2.34", "arn:a*s:s3:::b*x", "arn:aws:s3:::bx", Match::kYes},
      {"R-2.34", "a*n:aws:s3:::b", "arn:aws:s3:::b", Match::kNo},
      {"R-2.34", "foo:aws:s3:::b", "arn:aws:s3:::b", Match::kNo},
      {"R-2.45", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/ana/x", Match::kYes},
      {"A-49", "arn:aws:s3:::b/${aws:PrincipalTag/none}", "arn:aws:s3:::b/x", Match::kUnresolved},
      {"A-50", "arn:aws:s3:::b/${aws:PrincipalTag/star}", "arn:aws:s3:::b/x", Match::kNo},
      {"R-2.51", "arn:aws:s3:::${aws:PrincipalTag/path}", "arn:aws:s3:::a/b:c", Match::kYes},
  };
  for (const ArnCase& c : kCases) {
    const auto pattern = ArnPattern::CompileResource(c.pattern, ShortArn::kPad, true);
    ASSERT_TRUE(pattern.ok()) << c.pattern;
    EXPECT_EQ(MatchArn(*pattern, c.text, context_), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
}

TEST_F(PatternTest, VariablesOnlyInFieldSixOfResources) {  // R-2.45.
  for (const std::string_view source :
       {"arn:aws:s3::${aws:PrincipalAccount}:b", "arn:${x}:s3:::b", "${aws:PrincipalArn}"}) {
    EXPECT_FALSE(ArnPattern::CompileResource(source, ShortArn::kPad, true).ok()) << source;
    EXPECT_TRUE(ArnPattern::CompileResource(source, ShortArn::kPad, false).ok()) << source;
  }
}

TEST_F(PatternTest, ShortArns) {
  constexpr std::string_view kText = "arn:aws:s3:eu:1:b/x";
  struct Row {
    std::string_view pattern;
    bool nothing, trailing_star, wildcard, always;  // Whether it matches kText, per ShortArn.
  };
  const Row kRows[] = {
      // R-2.39, R-2.38, R-2.37, R-2.36
      {"arn:aws:s3:*", false, true, true, true},
      {"arn:aws:s3:e*", false, true, true, true},
      {"arn:*", false, true, true, true},
      {"arn:aws:s*", false, true, true, true},
      {"arn:aws:s?", false, false, true, true},
      {"arn:*:s3", false, false, true, true},
      {"arn:aws:s3", false, false, false, true},
      {"arn:aws:ec2", false, false, false, false},
      {"arn:aws:s3:*:b/x", false, false, false, false},  // R-2.35.
      {"arn", false, false, false, false},
      {"arn:aws:s3:eu:1:b/x", true, true, true, true},
  };
  for (const Row& row : kRows) {
    const auto matches = [&](ShortArn short_arn) {
      const auto pattern = ArnPattern::CompileResource(row.pattern, short_arn, true);
      return pattern.ok() && MatchArn(*pattern, kText, context_) == Match::kYes;
    };
    EXPECT_EQ(matches(ShortArn::kNothing), row.nothing) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPadIfTrailingStar), row.trailing_star) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPadIfWildcard), row.wildcard) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPad), row.always) << row.pattern;
  }
}

TEST_F(PatternTest, Operands) {
  const ArnCase kCases[] = {
      {"R-2.84", "*", "arn:aws:s3:::b", Match::kYes},
      {"R-2.76", "arn:aws:sns:*:1:*", "arn:aws:sns:eu:1:t:x", Match::kYes},
      {"R-2.76", "a*:*:*:*:*:*", "arn:aws:sns:eu:1:t", Match::kYes},
      {"R-2.76", "b*:*:*:*:*:*", "arn:aws:sns:eu:1:t", Match::kNo},
      {"R-2.45", "arn:aws:iam::${aws:PrincipalAccount}:role/*", "arn:aws:iam::111122223333:role/x",
       Match::kYes},
      {"R-2.45", "arn:aws:iam::${aws:PrincipalAccount}:role/*", "arn:aws:iam::1:role/x",
       Match::kNo},
      {"R-2.45", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/ana", Match::kYes},
      {"R-2.45", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:user/bob", Match::kNo},
      {"R-2.84", "${aws:username}", "arn:aws:iam::1:user/ana", Match::kIncomparable},
      {"R-2.50", "${aws:PrincipalTag/none}", "arn:aws:iam::1:user/ana", Match::kUnresolved},
      {"R-2.51", "arn:aws:iam::1:user/${aws:PrincipalTag/star}", "arn:aws:iam::1:user/x",
       Match::kNo},
  };
  for (const ArnCase& c : kCases) {
    const auto pattern = ArnPattern::CompileOperand(c.pattern, true);
    ASSERT_TRUE(pattern.ok()) << c.pattern;
    EXPECT_EQ(MatchArn(*pattern, c.text, context_), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
  for (const std::string_view source : {"arn:aws:sns:*", "**", "alerts", ""}) {  // R-2.84.
    const auto pattern = ArnPattern::CompileOperand(source, true);
    ASSERT_TRUE(pattern.ok());
    EXPECT_TRUE(pattern->matches_nothing()) << source;
  }
}

// Every ARN that matches begins with the literal prefix: the index relies on it.
TEST_F(PatternTest, LiteralPrefixIsOne) {
  const std::vector<std::string> texts = AllTexts("a:", 8);
  for (const std::string& tail : AllTexts("a:*?", 4)) {
    const auto pattern = ArnPattern::CompileResource("arn:" + tail, ShortArn::kPad, true);
    ASSERT_TRUE(pattern.ok());
    for (const std::string& text : texts) {
      const std::string arn_text = "arn:" + text;
      const auto arn = ArnView::Parse(arn_text);
      if (!arn.has_value() || pattern->Matches(*arn, context_) != Match::kYes) continue;
      ASSERT_TRUE(arn_text.starts_with(pattern->literal_prefix())) << tail << " ~ " << arn_text;
    }
  }
}

// R-2.34 again, by splitting both sides into fields and matching each.
TEST_F(PatternTest, FieldsMatchOneByOne) {
  const auto split = [](std::string_view text) {
    std::vector<std::string_view> fields;
    while (fields.size() < 5) {
      const size_t colon = text.find(':');
      fields.push_back(text.substr(0, colon));
      text.remove_prefix(colon + 1);
    }
    fields.push_back(text);
    return fields;
  };
  const std::vector<std::string> fields = AllTexts("a*?", 2);
  const std::vector<std::string> endings = AllTexts("a:*", 3);
  const std::vector<std::string> texts = AllTexts("a:", 7);
  for (size_t i = 0; i < fields.size() * endings.size(); ++i) {
    const std::string source = "arn:" + fields[i % fields.size()] +
                               "::" + fields[(i * 7) % fields.size()] +
                               "::" + endings[i / fields.size()];
    const auto pattern = ArnPattern::CompileResource(source, ShortArn::kPad, true);
    ASSERT_TRUE(pattern.ok());
    const auto wanted = split(source);
    for (const std::string& text : texts) {
      const std::string arn_text = "arn:" + text;
      const auto arn = ArnView::Parse(arn_text);
      if (!arn.has_value()) continue;
      const auto given = split(arn_text);
      bool expected = true;
      for (size_t field = 0; field < 6; ++field) {
        expected = expected && MatchesNaively(wanted[field], given[field]);
      }
      ASSERT_EQ(pattern->Matches(*arn, context_) == Match::kYes, expected)
          << source << " ~ " << arn_text;
    }
  }
}

}  // namespace
}  // namespace portcullis::policy
