#include "server/base/text.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

// Statuses C and S of Unicode's CaseFolding.txt: one code point becomes one code point.
TEST(FoldCase, FoldsSimply) {
  EXPECT_EQ(FoldCase("aws:PrincipalTag/Team-1"), "aws:principaltag/team-1");
  EXPECT_EQ(FoldCase("ÄÖÜ"), "äöü");
  EXPECT_EQ(FoldCase("ΣΑΣ"), "σασ");
  EXPECT_EQ(FoldCase("ς"), "σ");
  EXPECT_EQ(FoldCase("\u212A"), "k");       // KELVIN SIGN.
  EXPECT_EQ(FoldCase("\u017F"), "s");       // LATIN SMALL LETTER LONG S.
  EXPECT_EQ(FoldCase("\u1E9E"), "\u00DF");  // Status S, not the `ss` of status F.
  EXPECT_EQ(FoldCase("ß"), "ß");            // Only statuses F.
  EXPECT_EQ(FoldCase("\u0130"), "\u0130");  // Only statuses F and T.
  EXPECT_EQ(FoldCase("\u1F88"), "\u1F80");
  EXPECT_EQ(FoldCase("\U00010400"), "\U00010428");
  EXPECT_EQ(FoldCase("東京"), "東京");
  EXPECT_EQ(FoldCase(""), "");
}

TEST(FoldCase, FoldsEveryAsciiCharacterAtEveryPlace) {
  for (int byte = 0; byte < 128; ++byte) {
    const auto c = static_cast<char>(byte);
    const char expected = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (size_t place = 0; place < 19; ++place) {
      std::string text(19, 'x');
      std::string folded = text;
      text[place] = c;
      folded[place] = expected;
      EXPECT_EQ(FoldCase(text), folded) << byte << " at " << place;
    }
  }
}

TEST(FoldCase, LeavesBytesThatAreNotUtf8) {
  EXPECT_EQ(FoldCase("A\xFF"
                     "B\xC3"),
            "a\xFF"
            "b\xC3");
}

TEST(FoldAsciiInto, FoldsLettersAndLeavesEveryOtherByteAtEveryPlace) {
  for (size_t length = 1; length <= 20; ++length) {
    for (size_t place = 0; place < length; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'Z');
        text[place] = static_cast<char>(byte);
        std::string expected(length, 'z');
        const bool capital = byte >= 'A' && byte <= 'Z';
        expected[place] = static_cast<char>(capital ? byte + ('a' - 'A') : byte);
        std::string folded(length, '?');
        FoldAsciiInto(text, folded.data());
        ASSERT_EQ(folded, expected) << byte << " at " << place << " of " << length;
        FoldAsciiInto(text, text.data());
        ASSERT_EQ(text, expected) << byte << " at " << place << " of " << length;
      }
    }
  }
}

TEST(FoldCaseInto, ReplacesWhatWasThere) {
  std::string folded = "something long that was there before";
  FoldCaseInto("AbÇ", &folded);
  EXPECT_EQ(folded, "abç");
}

TEST(EqualFolded, AgreesWithFoldCase) {
  constexpr std::array<std::string_view, 14> kTexts = {
      "",  "a",      "A", "aws:SourceIp", "AWS:sourceip", "ä",     "Ä",
      "k", "\u212A", "ß", "ss",           "\u1E9E",       "a\xFF", "A\xFF"};
  for (const std::string_view a : kTexts) {
    for (const std::string_view b : kTexts) {
      EXPECT_EQ(EqualFolded(a, b), FoldCase(a) == FoldCase(b)) << a << " and " << b;
    }
  }
}

TEST(EqualFolded, TellsBadBytesApart) {
  EXPECT_FALSE(EqualFolded("\xFE", "\xFF"));
  EXPECT_FALSE(EqualFolded("\xC3", "\xC3\xA4"));
}

TEST(IsValidUtf8, AcceptsWhatUnicodeHas) {
  for (const std::string_view text :
       {"", "plain ascii of more than eight bytes", "é", "東京", "\U0010FFFF"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
}

TEST(IsValidUtf8, RefusesTheRest) {
  for (const std::string_view text : {"\x80",              // A continuation without a start.
                                      "12345678\xC3",      // Cut off.
                                      "\xC0\xAF",          // Overlong.
                                      "\xE0\x80\xAF",      // Overlong.
                                      "\xED\xA0\x80",      // A surrogate.
                                      "\xF4\x90\x80\x80",  // Above U+10FFFF.
                                      "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

TEST(CodePointCount, CountsCharactersNotBytes) {
  EXPECT_EQ(CodePointCount(""), 0u);
  EXPECT_EQ(CodePointCount("abc"), 3u);
  EXPECT_EQ(CodePointCount("aé東\U0001F600"), 4u);
}

TEST(Utf8SequenceLength, FollowsTheLeadByte) {
  EXPECT_EQ(Utf8SequenceLength('a'), 1u);
  EXPECT_EQ(Utf8SequenceLength(0x80), 1u);
  EXPECT_EQ(Utf8SequenceLength(0xC1), 1u);
  EXPECT_EQ(Utf8SequenceLength(0xC2), 2u);
  EXPECT_EQ(Utf8SequenceLength(0xE6), 3u);
  EXPECT_EQ(Utf8SequenceLength(0xF4), 4u);
  EXPECT_EQ(Utf8SequenceLength(0xF5), 1u);
}

constexpr std::array<std::string_view, 5> kNames = {"Statement", "StringEquals", "StringLike",
                                                    "AWS", "Null"};

TEST(ClosestName, FindsWhatWasMeant) {
  EXPECT_EQ(ClosestName("Statment", kNames), "Statement");
  EXPECT_EQ(ClosestName("statement", kNames), "Statement");
  EXPECT_EQ(ClosestName("Statemnet", kNames), "Statement");  // Neighbours swapped: one edit.
  EXPECT_EQ(ClosestName("StringEqual", kNames), "StringEquals");
  EXPECT_EQ(ClosestName("Aws", kNames), "AWS");
  EXPECT_EQ(ClosestName("Nul", kNames), "Null");
}

TEST(ClosestName, FindsNothingFarAway) {
  EXPECT_EQ(ClosestName("", kNames), std::nullopt);
  EXPECT_EQ(ClosestName("Condition", kNames), std::nullopt);
  EXPECT_EQ(ClosestName("x", kNames), std::nullopt);
  EXPECT_EQ(ClosestName(std::string(1000, 'S'), kNames), std::nullopt);
  EXPECT_EQ(ClosestName("Statement", {}), std::nullopt);
}

// At a third of its length in edits, and one past it.
TEST(ClosestName, StopsAtAThird) {
  EXPECT_EQ(ClosestName("Statexyzt", kNames), "Statement");
  EXPECT_EQ(ClosestName("Statwxyzt", kNames), std::nullopt);
}

TEST(Quoted, EscapesAndCuts) {
  EXPECT_EQ(Quoted("a b"), "`a b`");
  EXPECT_EQ(Quoted("a\nb\tc\x01\x7F"), "`a\\nb\\tc\\x01\\x7f`");
  EXPECT_EQ(Quoted("é\xFF"), "`é\\xff`");
  EXPECT_EQ(Quoted("abcdef", 6), "`abcdef`");
  EXPECT_EQ(Quoted("abcdef", 5), "`abcde...`");
  EXPECT_EQ(Quoted("éé", 3), "`é...`");  // Not through a character.
}

TEST(Concat, JoinsItsParts) {
  EXPECT_EQ(Concat({}), "");
  EXPECT_EQ(Concat({"a", "", std::string_view("bc"), std::string("d")}), "abcd");
}

TEST(AbslView, SeesTheSameText) {
  constexpr std::string_view kText = "text";
  EXPECT_EQ(AbslView(kText).data(), kText.data());
  EXPECT_EQ(AbslView(kText).size(), kText.size());
}

}  // namespace
}  // namespace portcullis::base
