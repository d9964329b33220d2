#include "server/session/encoding_internal.h"

#include <string>

#include "gtest/gtest.h"

namespace portcullis::session {
namespace {

struct Pair {
  std::string bytes;
  std::string text;
};

TEST(Base64Url, EncodesAndDecodes) {
  const Pair pairs[] = {{"", ""},
                        {"f", "Zg"},
                        {"fo", "Zm8"},
                        {"foo", "Zm9v"},
                        {"foobar", "Zm9vYmFy"},
                        {"\xff\xef\xbe", "_---"},
                        {std::string(1, '\0'), "AA"}};
  for (const Pair& pair : pairs) {
    EXPECT_EQ(EncodeBase64Url(pair.bytes), pair.text);
    EXPECT_EQ(DecodeBase64Url(pair.text), pair.bytes) << pair.text;
  }
}

TEST(Base64Url, RefusesEverySecondSpelling) {
  for (const char* text : {"Zg==", "Zg=", "Zh", "Zm9", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "+---",
                           "/---", "Zm9v.", "\x80gAA"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string("Zm\0v", 4)), std::nullopt);
}

TEST(Base32, AgreesWithRfc4648WithoutPadding) {
  const Pair pairs[] = {{"", ""},
                        {"f", "MY"},
                        {"fo", "MZXQ"},
                        {"foo", "MZXW6"},
                        {"foob", "MZXW6YQ"},
                        {"fooba", "MZXW6YTB"},
                        {"foobar", "MZXW6YTBOI"}};
  for (const Pair& pair : pairs) {
    EXPECT_EQ(EncodeBase32(pair.bytes), pair.text);
    EXPECT_EQ(DecodeBase32(pair.text), pair.bytes) << pair.text;
  }
}

TEST(Base32, RefusesEverySecondSpelling) {
  for (const char* text : {"my", "MZ", "M", "MZX", "MZXW6Y", "MY======", "M1", "M8", "M Y"}) {
    EXPECT_EQ(DecodeBase32(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace portcullis::session
