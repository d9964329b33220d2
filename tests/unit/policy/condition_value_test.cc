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

// The compiled value; nullopt if it is malformed.
std::optional<Block<ConditionValue>> Convert(std::string_view text, ConditionValueType type,
                                             bool variables) {
  BlockWriter writer;
  const auto place = writer.Append<ConditionValue>();
  if (!ConditionValue::Write(text, type, variables, place, &writer).ok()) return std::nullopt;
  return Block<ConditionValue>(writer);
}

TEST(ConditionValue, WhatIsNotOfTheTypeIsInvalid) {
  const std::pair<ConditionValueType, std::string_view> kInvalid[] = {
      {ConditionValueType::kNumber, "abc"},
      {ConditionValueType::kNumber, "${aws:MultiFactorAuthAge}"},  // R-2.45.
      {ConditionValueType::kDate, "soon"},
      {ConditionValueType::kBinary, "?"},
      {ConditionValueType::kIp, "10.0.0.0/33"},
      {ConditionValueType::kArn, "arn:aws:sns:*"},  // R-2.84.
  };
  for (const auto& [type, text] : kInvalid) {
    const auto value = Convert(text, type, true);
    ASSERT_TRUE(value.has_value());
    EXPECT_FALSE((*value)->is_valid()) << text;
  }
  EXPECT_FALSE(Convert("${", ConditionValueType::kString, true).has_value());
  EXPECT_TRUE(Convert("${", ConditionValueType::kString, false).has_value());
}

TEST(ConditionValue, KeepsWhatItsTypeSays) {
  EXPECT_EQ((*Convert("-07.50", ConditionValueType::kNumber, true))->text(), "-07.50");
  EXPECT_EQ((*Convert("YWJj", ConditionValueType::kBinary, true))->text(), "abc");
  EXPECT_EQ((*Convert("", ConditionValueType::kBinary, true))->text(), "");
  EXPECT_EQ((*Convert("1970-01-02T00:00:00Z", ConditionValueType::kDate, true))->instant(),
            (Instant{86400, 0}));
  const IpBlock block = (*Convert("10.1.0.0/16", ConditionValueType::kIp, true))->ip_block();
  EXPECT_TRUE(block.Contains(*ParseIpAddress("10.1.2.3")));
  EXPECT_FALSE(block.Contains(*ParseIpAddress("10.2.2.3")));
  for (const ConditionValueType type :
       {ConditionValueType::kString, ConditionValueType::kStringIgnoreCase,
        ConditionValueType::kStringLike, ConditionValueType::kArn}) {
    const auto value = Convert("arn:aws:s3:::b", type, true);
    ASSERT_TRUE(value.has_value());
    EXPECT_TRUE((*value)->is_valid());
    EXPECT_EQ((*value)->pattern().ToText(), "arn:aws:s3:::b");
  }
}

}  // namespace
}  // namespace portcullis::policy
