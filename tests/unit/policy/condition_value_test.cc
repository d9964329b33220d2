#include "server/policy/condition_value.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

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
