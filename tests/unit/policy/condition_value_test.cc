#include "server/policy/condition_value.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

TEST(Decimal, Order) {  // R-2.71.
  const std::string_view kAscending[] = {"-100000000000000000000000000000001",
                                         "-100000000000000000000000000000000",
                                         "-10",
                                         "-9.5",
                                         "-0.1",
                                         "0",
                                         "0.09",
                                         "0.1",
                                         "0.11",
                                         "1",
                                         "9.99",
                                         "10",
                                         "100000000000000000000000000000000",
                                         "100000000000000000000000000000000.5"};
  for (size_t i = 0; i < std::size(kAscending); ++i) {
    for (size_t j = 0; j < std::size(kAscending); ++j) {
      const auto a = ParseDecimal(kAscending[i]);
      const auto b = ParseDecimal(kAscending[j]);
      ASSERT_TRUE(a.has_value() && b.has_value());
      EXPECT_EQ(*a <=> *b, i <=> j) << kAscending[i] << " " << kAscending[j];
    }
  }
}

TEST(Decimal, Equality) {
  const std::pair<std::string_view, std::string_view> kEqual[] = {
      {"3600", "3600.0"}, {"10", "10.0"}, {"007", "7"}, {"-0", "0"}, {"-0.00", "+0"}, {"+5", "5"}};
  for (const auto& [a, b] : kEqual) EXPECT_EQ(ParseDecimal(a), ParseDecimal(b)) << a << " " << b;
}

TEST(Decimal, Malformed) {  // R-2.78.
  for (const std::string_view text : {"", "-", "+", ".5", "5.", "1e3", "0x10", " 1", "1 ", "1,000",
                                      "--1", "1.2.3", "abc", "NaN", "1.-2"}) {
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
  }
}

TEST(Instant, Forms) {  // R-2.79.
  struct Case {
    std::string_view text;
    int64_t seconds;
    int32_t nanoseconds;
  };
  const Case kCases[] = {
      {"0", 0, 0},
      {"2024", 2024, 0},
      {"9223372036854775807", INT64_MAX, 0},
      {"1970-01", 0, 0},
      {"1970-01-01", 0, 0},
      {"2024-06-01", 1717200000, 0},
      {"2024-02-29", 1709164800, 0},
      {"2000-02-29T00:00Z", 951782400, 0},
      {"2024-06-01T12:30Z", 1717245000, 0},
      {"2024-06-01T12:30:15Z", 1717245015, 0},
      {"2024-06-01t12:30:15z", 1717245015, 0},
      {"2024-06-01T12:30:15", 1717245015, 0},
      {"2024-06-01T12:30:15.5Z", 1717245015, 500000000},
      {"2024-06-01T12:30:15.000000001Z", 1717245015, 1},
      {"2024-06-01T14:30:15+02:00", 1717245015, 0},
      {"2024-06-01T14:30:15+02", 1717245015, 0},
      {"2024-06-01T07:00:15-05:30", 1717245015, 0},
      {"9999-12-31T23:59:59Z", 253402300799, 0},
  };
  for (const Case& c : kCases) {
    const auto instant = ParseInstant(c.text);
    ASSERT_TRUE(instant.has_value()) << c.text;
    EXPECT_EQ(instant->seconds, c.seconds) << c.text;
    EXPECT_EQ(instant->nanoseconds, c.nanoseconds) << c.text;
  }
}

TEST(Instant, Malformed) {  // R-2.79.
  for (const std::string_view text : {"",
                                      "soon",
                                      "-1",
                                      "+1",
                                      "1.5",
                                      "9223372036854775808",
                                      "2024-6",
                                      "2024-13",
                                      "2024-00",
                                      "2024-06-31",
                                      "2023-02-29",
                                      "1900-02-29",
                                      "2024-06-00",
                                      "2024-06-01T",
                                      "2024-06-01T12",
                                      "2024-06-01T24:00Z",
                                      "2024-06-01T12:60Z",
                                      "2024-06-01T12:30:60Z",
                                      "2024-06-01T12:30:15.Z",
                                      "2024-06-01T12:30:15.1234567890Z",
                                      "2024-06-01T12:30.5Z",
                                      "2024-06-01Z",
                                      "2024-06T12:00Z",
                                      "2024-06-01 12:30Z",
                                      "2024-06-01T12:30:15+2",
                                      "2024-06-01T12:30:15+0200",
                                      "2024-06-01T12:30:15+24:00",
                                      "2024-06-01T12:30:15ZZ",
                                      "12024-06-01",
                                      "1969-12-31",
                                      "1970-01-01T00:00:00+00:01",
                                      "-2024-06-01",
                                      "2024-"}) {
    EXPECT_FALSE(ParseInstant(text).has_value()) << text;
  }
}

TEST(IpBlock, Contains) {  // R-2.82.
  struct Case {
    std::string_view block;
    std::string_view address;
    bool expected;
  };
  const Case kCases[] = {
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.0.0.5/8", "10.1.1.1", true},
      {"203.0.113.7/24", "203.0.113.99", true},  // A-30.
      {"203.0.113.7", "203.0.113.7", true},
      {"203.0.113.7", "203.0.113.8", false},
      {"203.0.113.6/31", "203.0.113.7", true},
      {"203.0.113.6/31", "203.0.113.8", false},
      {"0.0.0.0/0", "255.1.2.3", true},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", true},
      {"::/0", "::1", true},
      {"::/0", "10.0.0.1", false},  // A-29.
      {"0.0.0.0/0", "::1", false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", true},  // R-2.83.
      {"fe80::1:0/113", "fe80::1:7fff", true},
      {"fe80::1:0/113", "fe80::1:8000", false},
  };
  for (const Case& c : kCases) {
    const auto block = ParseIpBlock(c.block);
    const auto address = ParseIpAddress(c.address);
    ASSERT_TRUE(block.has_value() && address.has_value()) << c.block << " " << c.address;
    EXPECT_EQ(block->Contains(*address), c.expected) << c.block << " " << c.address;
  }
}

TEST(IpBlock, Malformed) {  // R-2.82.
  for (const std::string_view text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8",
        "010.0.0.0", "10.0.0", "10.0.0.0.0", "256.0.0.0", "10.0.0.0 ", "::/129", "::1%eth0",
        ":::", "1:2:3:4:5:6:7:8:9", "12345::", "nowhere", "10.0.0.*"}) {
    EXPECT_FALSE(ParseIpBlock(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseIpBlock(std::string_view("10.0.0.1\0", 9)).has_value());
  EXPECT_FALSE(ParseIpAddress("10.0.0.0/8").has_value());
}

TEST(Bool, Forms) {  // R-2.73, R-2.81.
  EXPECT_EQ(ParseBool("true"), true);
  EXPECT_EQ(ParseBool("TRUE"), true);
  EXPECT_EQ(ParseBool("False"), false);
  for (const std::string_view text : {"", "1", "0", "yes", "true ", "t"}) {
    EXPECT_FALSE(ParseBool(text).has_value()) << text;
  }
}

TEST(Base64, Forms) {  // R-2.74.
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("YQ=="), "a");
  EXPECT_EQ(DecodeBase64("YWI="), "ab");
  EXPECT_EQ(DecodeBase64("YWJj"), "abc");
  EXPECT_EQ(DecodeBase64("/+8="), "\xFF\xEF");
  EXPECT_EQ(Base64Equals("YWJj", "abc"), true);
  EXPECT_EQ(Base64Equals("YWJj", "abd"), false);
  EXPECT_EQ(Base64Equals("YWI=", "abc"), false);
  EXPECT_EQ(Base64Equals("YWJj", "ab"), false);
  for (const std::string_view text : {"YQ", "YQ=", "Y===", "Y Q=", "YQ==\n", "_-8=", "=YQ="}) {
    EXPECT_FALSE(DecodeBase64(text).has_value()) << text;
    EXPECT_FALSE(Base64Equals(text, "a").has_value()) << text;
  }
}

TEST(ConvertConditionValue, WhatIsNotOfTheTypeIsInvalid) {
  const std::pair<ConditionValueType, std::string_view> kInvalid[] = {
      {ConditionValueType::kNumber, "abc"},
      {ConditionValueType::kNumber, "${aws:MultiFactorAuthAge}"},  // R-2.45.
      {ConditionValueType::kDate, "soon"},
      {ConditionValueType::kBinary, "?"},
      {ConditionValueType::kIp, "10.0.0.0/33"},
      {ConditionValueType::kArn, "arn:aws:sns:*"},  // R-2.84.
  };
  for (const auto& [type, text] : kInvalid) {
    const auto value = ConvertConditionValue(text, type, true);
    ASSERT_TRUE(value.ok());
    EXPECT_TRUE(std::holds_alternative<InvalidValue>(*value)) << text;
  }
  EXPECT_FALSE(ConvertConditionValue("${", ConditionValueType::kString, true).ok());
  EXPECT_TRUE(ConvertConditionValue("${", ConditionValueType::kString, false).ok());
}

}  // namespace
}  // namespace portcullis::policy
