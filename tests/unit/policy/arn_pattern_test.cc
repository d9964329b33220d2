#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/pattern.h"
#include "tests/unit/policy/pattern_for_test.h"

namespace portcullis::policy {
namespace {

using ArnPatternTest = PatternContextTest;

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

TEST_F(ArnPatternTest, Resources) {
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
    EXPECT_EQ(MatchArn(**pattern, c.text, context_), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
}

TEST_F(ArnPatternTest, VariablesOnlyInFieldSixOfResources) {
  for (const std::string_view source :
       {"arn:aws:s3::${aws:PrincipalAccount}:b", "arn:${x}:s3:::b", "${aws:PrincipalArn}"}) {
    EXPECT_FALSE(ArnPattern::CompileResource(source, ShortArn::kPad, true).ok()) << source;
    EXPECT_TRUE(ArnPattern::CompileResource(source, ShortArn::kPad, false).ok()) << source;
  }
}

TEST_F(ArnPatternTest, ShortArns) {
  constexpr std::string_view kText = "arn:aws:s3:eu:1:b/x";
  struct Row {
    std::string_view pattern;
    bool nothing, trailing_star, wildcard, always;  // Whether it matches kText, per ShortArn.
  };
  const Row kRows[] = {
      //
      {"arn:aws:s3:*", false, true, true, true},
      {"arn:aws:s3:e*", false, true, true, true},
      {"arn:*", false, true, true, true},
      {"arn:aws:s*", false, true, true, true},
      {"arn:aws:s?", false, false, true, true},
      {"arn:*:s3", false, false, true, true},
      {"arn:aws:s3", false, false, false, true},
      {"arn:aws:ec2", false, false, false, false},
      {"arn:aws:s3:*:b/x", false, false, false, false},
      {"arn", false, false, false, false},
      {"arn:aws:s3:eu:1:b/x", true, true, true, true},
  };
  for (const Row& row : kRows) {
    const auto matches = [&](ShortArn short_arn) {
      const auto pattern = ArnPattern::CompileResource(row.pattern, short_arn, true);
      return pattern.ok() && MatchArn(**pattern, kText, context_) == Match::kYes;
    };
    EXPECT_EQ(matches(ShortArn::kNothing), row.nothing) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPadIfTrailingStar), row.trailing_star) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPadIfWildcard), row.wildcard) << row.pattern;
    EXPECT_EQ(matches(ShortArn::kPad), row.always) << row.pattern;
  }
}

TEST_F(ArnPatternTest, Operands) {
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
    EXPECT_EQ(MatchArn(**pattern, c.text, context_), c.expected)
        << c.rule << " " << c.pattern << " ~ " << c.text;
  }
  for (const std::string_view source : {"arn:aws:sns:*", "**", "alerts", ""}) {
    const auto pattern = ArnPattern::CompileOperand(source, true);
    ASSERT_TRUE(pattern.ok());
    EXPECT_TRUE((*pattern)->matches_nothing()) << source;
  }
}

// Every ARN that matches begins with the literal prefix: the index relies on it.
TEST_F(ArnPatternTest, LiteralPrefixIsOne) {
  const std::vector<std::string> texts = AllTexts("a:", 8);
  for (const std::string& tail : AllTexts("a:*?", 4)) {
    const auto pattern = ArnPattern::CompileResource("arn:" + tail, ShortArn::kPad, true);
    ASSERT_TRUE(pattern.ok());
    for (const std::string& text : texts) {
      const std::string arn_text = "arn:" + text;
      const auto arn = ArnView::Parse(arn_text);
      if (!arn.has_value() || (*pattern)->Matches(*arn, context_) != Match::kYes) continue;
      ASSERT_TRUE(arn_text.starts_with((*pattern)->literal_prefix())) << tail << " ~ " << arn_text;
    }
  }
}

// again, by splitting both sides into fields and matching each.
TEST_F(ArnPatternTest, FieldsMatchOneByOne) {
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
      ASSERT_EQ((*pattern)->Matches(*arn, context_) == Match::kYes, expected)
          << source << " ~ " << arn_text;
    }
  }
}

}  // namespace
}  // namespace portcullis::policy
