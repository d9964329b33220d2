#include "server/base/percent.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

std::string Encoded(std::string_view text, bool slash_stays) {
  std::string output;
  AppendPercentEncoded(text, slash_stays, &output);
  return output;
}

TEST(AppendPercentEncoded, LeavesOnlyUnreservedCharactersBare) {
  const std::string unreserved =
      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(Encoded(unreserved, false), unreserved);
  size_t bare = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const std::string encoded = Encoded(text, false);
    if (encoded == text) {
      ++bare;
      EXPECT_NE(unreserved.find(text), std::string::npos) << byte;
    } else {
      EXPECT_EQ(encoded.size(), 3u) << byte;
    }
  }
  EXPECT_EQ(bare, unreserved.size());
  EXPECT_EQ(Encoded(" +%*", false), "%20%2B%25%2A");
  EXPECT_EQ(Encoded("\xe1\x88\xb4", false), "%E1%88%B4");
  EXPECT_EQ(Encoded("/", false), "%2F");
  EXPECT_EQ(Encoded("/", true), "/");
}

TEST(HexDigitValue, KnowsBothCasesAndNothingElse) {
  EXPECT_EQ(HexDigitValue('0'), 0);
  EXPECT_EQ(HexDigitValue('9'), 9);
  EXPECT_EQ(HexDigitValue('a'), 10);
  EXPECT_EQ(HexDigitValue('F'), 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xff'}) {
    EXPECT_EQ(HexDigitValue(c), -1) << static_cast<int>(c);
  }
}

TEST(DecodeFormInto, DecodesEscapesAndPluses) {
  std::string decoded = "before";
  EXPECT_TRUE(DecodeFormInto("a+b%2Bc%20%c3%A4", &decoded));
  EXPECT_EQ(decoded, "a b+c \xc3\xa4");
  EXPECT_TRUE(DecodeFormInto("", &decoded));
  EXPECT_EQ(decoded, "");
}

TEST(DecodeFormInto, RefusesMalformedEscapes) {
  std::string decoded;
  for (const std::string_view text : {"%", "%1", "a%", "%1g", "%g1", "%%41", "%+1"}) {
    EXPECT_FALSE(DecodeFormInto(text, &decoded)) << text;
  }
}

TEST(DecodeFormInto, UndoesAppendPercentEncoded) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte.push_back(static_cast<char>(byte));
  std::string decoded;
  EXPECT_TRUE(DecodeFormInto(Encoded(every_byte, false), &decoded));
  EXPECT_EQ(decoded, every_byte);
}

}  // namespace
}  // namespace portcullis::base
