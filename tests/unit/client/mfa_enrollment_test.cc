#include "client/mfa_enrollment.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/session/totp.h"

namespace portcullis::client {
namespace {

TEST(MfaEnrollment, ReadsTheArnOfADevice) {
  const auto name = ParseMfaDeviceArn("arn:aws:iam::111111111111:mfa/team/ana");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->account, "111111111111");
  EXPECT_EQ(name->device, "team/ana");
  for (const char* bad :
       {"", "GAHT12345678", "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::11111111111:mfa/a",
        "arn:aws:iam::1111111111111:mfa/a", "arn:aws:iam::11111111111x:mfa/a",
        "arn:aws:iam::111111111111:mfa/", "arn:aws:iam::111111111111:mfa//a",
        "arn:aws:iam::111111111111:mfa/a/", "arn:aws:iam::111111111111:mfa/a b",
        "arn:aws:iam::111111111111:mfa/a\nSeed: x", "arn:aws:iam::"}) {
    EXPECT_EQ(ParseMfaDeviceArn(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(MfaEnrollment, WritesBase32) {  // RFC 4648, section 10; without the padding.
  EXPECT_EQ(Base32(""), "");
  EXPECT_EQ(Base32("f"), "MY");
  EXPECT_EQ(Base32("fo"), "MZXQ");
  EXPECT_EQ(Base32("foo"), "MZXW6");
  EXPECT_EQ(Base32("foob"), "MZXW6YQ");
  EXPECT_EQ(Base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(Base32("foobar"), "MZXW6YTBOI");
}

TEST(MfaEnrollment, ServerReadsTheSeedBack) {
  std::string seed;
  for (size_t i = 0; i < kMfaSeedBytes; ++i) seed.push_back(static_cast<char>(255 - 7 * i));
  const auto read = session::DecodeTotpSeed(Base32(seed));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::string(read->begin(), read->end()), seed);
}

TEST(MfaEnrollment, MakesTheUri) {
  EXPECT_EQ(OtpauthUri({"111111111111", "ana"}, "MZXW6YTB"),
            "otpauth://totp/ana@111111111111?secret=MZXW6YTB&issuer=Portcullis");
  EXPECT_EQ(OtpauthUri({"111111111111", "a/b+c,d=e@f"}, "MY"),
            "otpauth://totp/a%2Fb%2Bc%2Cd%3De%40f@111111111111?secret=MY&issuer=Portcullis");
}

// The modules of a picture, light ones true.
std::vector<std::vector<bool>> ModulesOf(const std::string& picture) {
  std::vector<std::vector<bool>> rows;
  size_t begin = 0;
  while (begin < picture.size()) {
    const size_t end = picture.find('\n', begin);
    auto& upper = rows.emplace_back();
    std::vector<bool> lower;
    for (size_t i = begin; i < end;) {
      const bool blank = picture[i] == ' ';
      const std::string block = picture.substr(i, blank ? 1 : 3);
      upper.push_back(block == "█" || block == "▀");
      lower.push_back(block == "█" || block == "▄");
      i += block.size();
    }
    rows.push_back(lower);
    begin = end + 1;
  }
  return rows;
}

TEST(MfaEnrollment, DrawsAQrCode) {
  const auto picture = QrCode("otpauth://totp/ana@111111111111?secret=MY", false);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const auto modules = ModulesOf(*picture);
  const size_t width = modules.front().size();
  ASSERT_GE(modules.size(), width);
  for (size_t i = 0; i < width; ++i) {  // The quiet zone is light all around.
    for (const size_t edge : {size_t{0}, size_t{3}, width - 1, width - 4}) {
      EXPECT_TRUE(modules[edge][i] && modules[i][edge]) << edge << " " << i;
    }
  }
  // The finder pattern in the corner: a dark ring of 7, a light one, a dark square of 3.
  for (size_t row = 0; row < 7; ++row) {
    for (size_t column = 0; column < 7; ++column) {
      const bool ring = row == 0 || row == 6 || column == 0 || column == 6;
      const bool centre = row >= 2 && row <= 4 && column >= 2 && column <= 4;
      EXPECT_EQ(modules[row + 4][column + 4], !(ring || centre)) << row << " " << column;
    }
  }
}

TEST(MfaEnrollment, DrawsTheOppositeForLightTerminals) {
  const auto dark = QrCode("text", false);
  const auto light = QrCode("text", true);
  ASSERT_TRUE(dark.ok() && light.ok());
  const auto dark_modules = ModulesOf(*dark);
  const auto light_modules = ModulesOf(*light);
  const size_t width = dark_modules.front().size();
  for (size_t row = 0; row < width; ++row) {
    for (size_t column = 0; column < width; ++column) {
      ASSERT_NE(dark_modules[row][column], light_modules[row][column]);
    }
  }
}

TEST(MfaEnrollment, RefusesATextThatIsTooLong) {
  EXPECT_EQ(QrCode(std::string(5000, 'x'), false).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace portcullis::client
