#include "server/base/numbers.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

constexpr uint64_t kUnsignedMax = std::numeric_limits<uint64_t>::max();
constexpr int64_t kIntegerMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kIntegerMax = std::numeric_limits<int64_t>::max();

TEST(ParseUnsigned, TakesDigitsUpToTheLimit) {
  EXPECT_EQ(ParseUnsigned("0", 0), 0u);
  EXPECT_EQ(ParseUnsigned("007", 7), 7u);
  EXPECT_EQ(ParseUnsigned("3600", 3600), 3600u);
  EXPECT_EQ(ParseUnsigned("3601", 3600), std::nullopt);
  EXPECT_EQ(ParseUnsigned("5", 3), std::nullopt);
  EXPECT_EQ(ParseUnsigned("18446744073709551615", kUnsignedMax), kUnsignedMax);
  EXPECT_EQ(ParseUnsigned("18446744073709551616", kUnsignedMax), std::nullopt);
  EXPECT_EQ(ParseUnsigned("99999999999999999999999", kUnsignedMax), std::nullopt);
}

TEST(ParseUnsigned, TakesNothingElse) {
  for (const std::string_view text :
       {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "1e3", "one", "1\n"}) {
    EXPECT_EQ(ParseUnsigned(text, kUnsignedMax), std::nullopt) << "`" << text << "`";
  }
}

TEST(ParseInteger, TakesBothEndsOfTheRange) {
  EXPECT_EQ(ParseInteger("-9223372036854775808", kIntegerMin, kIntegerMax), kIntegerMin);
  EXPECT_EQ(ParseInteger("9223372036854775807", kIntegerMin, kIntegerMax), kIntegerMax);
  EXPECT_EQ(ParseInteger("-9223372036854775809", kIntegerMin, kIntegerMax), std::nullopt);
  EXPECT_EQ(ParseInteger("9223372036854775808", kIntegerMin, kIntegerMax), std::nullopt);
  EXPECT_EQ(ParseInteger("-5", -5, 5), -5);
  EXPECT_EQ(ParseInteger("-6", -5, 5), std::nullopt);
  EXPECT_EQ(ParseInteger("6", -5, 5), std::nullopt);
}

TEST(ParseInteger, TakesNothingElse) {
  for (const std::string_view text : {"", "-", "--1", "+1", "- 1", "1-", " 1"}) {
    EXPECT_EQ(ParseInteger(text, kIntegerMin, kIntegerMax), std::nullopt) << "`" << text << "`";
  }
}

TEST(ParseDurationMilliseconds, AddsFallingUnits) {
  EXPECT_EQ(ParseDurationMilliseconds("250ms"), 250);
  EXPECT_EQ(ParseDurationMilliseconds("90s"), 90'000);
  EXPECT_EQ(ParseDurationMilliseconds("15m"), 900'000);
  EXPECT_EQ(ParseDurationMilliseconds("12h"), 43'200'000);
  EXPECT_EQ(ParseDurationMilliseconds("1h30m"), 5'400'000);
  EXPECT_EQ(ParseDurationMilliseconds("1m1ms"), 60'001);
  EXPECT_EQ(ParseDurationMilliseconds("0s"), 0);
}

TEST(ParseDurationMilliseconds, TakesNothingElse) {
  for (const std::string_view text : {"", "5", "s", "-5s", "5 s", "5x", "30m1h", "1m1m", "1h30",
                                      "9000h", "99999999999999999999s"}) {
    EXPECT_EQ(ParseDurationMilliseconds(text), std::nullopt) << "`" << text << "`";
  }
}

}  // namespace
}  // namespace portcullis::base
