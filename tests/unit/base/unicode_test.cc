#include "server/base/unicode.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

struct ConsumeCase {
  const char* name;
  std::string text;
  std::optional<char32_t> first;
  size_t left;
};

TEST(ConsumeCodePoint, TakesExactlyOneValidSequence) {
  const ConsumeCase cases[] = {
      {"empty", "", std::nullopt, 0},
      {"ascii", "ab", U'a', 1},
      {"two bytes", "\xC3\xA9z", U'\u00E9', 1},
      {"three bytes", "\xE2\x82\xAC", U'\u20AC', 0},
      {"four bytes", "\xF0\x9F\x94\x92", U'\U0001F512', 0},
      {"NUL", std::string("\0x", 2), U'\0', 1},
      {"lone continuation",
       "\x80"
       "a",
       std::nullopt, 2},
      {"cut sequence", "\xE2\x82", std::nullopt, 2},
      {"overlong slash", "\xC0\xAF", std::nullopt, 2},
      {"surrogate", "\xED\xA0\x80", std::nullopt, 3},
      {"above U+10FFFF", "\xF4\x90\x80\x80", std::nullopt, 4},
  };
  for (const ConsumeCase& c : cases) {
    std::string_view text = c.text;
    EXPECT_EQ(ConsumeCodePoint(&text), c.first) << c.name;
    EXPECT_EQ(text.size(), c.left) << c.name;
  }
}

TEST(IsLetterSeparatorOrNumber, FollowsGeneralCategories) {
  for (char32_t c : {U'a', U'Z', U'7', U' ', U'\u00A0', U'\u00E9', U'\u0414', U'\u4E2D', U'\u00BD',
                     U'\u2028', U'\u2160'}) {
    EXPECT_TRUE(IsLetterSeparatorOrNumber(c)) << static_cast<uint32_t>(c);
  }
  for (char32_t c :
       {U'_', U'-', U'!', U'\t', U'\n', U'\u0301', U'\u20AC', U'\U0001F512', U'\u200B', U'\0'}) {
    EXPECT_FALSE(IsLetterSeparatorOrNumber(c)) << static_cast<uint32_t>(c);
  }
}

}  // namespace
}  // namespace portcullis::base
