#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/policy/condition_operators.h"
#include "tests/unit/policy/parse_for_test.h"

namespace portcullis::policy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Parsed ParseCondition(std::string_view condition, const PolicyLimits& limits = {},
                      std::string_view effect = "Allow") {
  return ParseStatementOf(R"("Action":"*","Resource":"*","Effect":")" + std::string(effect) +
                              R"(","Condition":)" + std::string(condition),
                          PolicyType::kManaged, limits);
}

TEST(ParseConditions, KeepsClausesAsWritten) {
  const Parsed parsed = ParseCondition(
      R"({"stringequals":{"AWS:UserName":["ana","bo"],"s3:prefix":""},"Null":{"shop:a":true}})");
  ASSERT_TRUE(parsed.document.has_value());
  const std::vector<ConditionClause>& conditions = parsed.statement().conditions;
  ASSERT_THAT(conditions, SizeIs(3));
  EXPECT_EQ(conditions[0].operator_name.text, "stringequals");
  EXPECT_EQ(conditions[0].key.text, "AWS:UserName");
  ASSERT_THAT(conditions[0].values, SizeIs(2));
  EXPECT_EQ(conditions[0].values[1].text, "bo");
  EXPECT_EQ(conditions[1].values.at(0).text, "");
  EXPECT_EQ(conditions[2].operator_name.text, "Null");
}

// R-2.3: numbers and booleans are read as their text.
TEST(ParseConditions, ReadsScalarsAsText) {
  const Parsed parsed = ParseCondition(R"({"StringEquals":{"shop:a":[true,8,1.50,"x"]}})");
  ASSERT_TRUE(parsed.document.has_value());
  std::vector<std::string_view> values;
  for (const SourceText& value : parsed.statement().conditions.at(0).values) {
    values.push_back(value.text);
  }
  EXPECT_THAT(values, ElementsAre("true", "8", "1.50", "x"));
}

TEST(ParseConditions, RefusesWhatIsNoScalar) {
  for (const std::string_view value : {"null", "{}", "[null]", "[[]]", R"([{"a":"b"}])"}) {
    const std::string condition = R"({"StringEquals":{"shop:a":)" + std::string(value) + "}}";
    EXPECT_FALSE(ParseCondition(condition).document.has_value()) << value;
  }
}

TEST(ParseConditions, TakesEveryOperator) {  // R-2.55.
  for (const ConditionOperator& op : ConditionOperators()) {
    for (const std::string prefix : {"", "ForAllValues:", "ForAnyValue:"}) {
      for (const std::string suffix : {"", "IfExists"}) {
        const std::string name = prefix + std::string(op.name) + suffix;
        const std::string condition = "{\"" + name + R"(":{"shop:a":"2024"}})";
        EXPECT_TRUE(ParseCondition(condition).document.has_value()) << name;
      }
    }
  }
}

// What is not understood does not load, in a Deny least of all.
TEST(ParseConditions, RefusesUnknownOperators) {
  for (const std::string_view name :
       {"StringEqual", "", "ForAllValues:", "ForSomeValues:StringLike", "ForAnyValue::StringLike",
        "NullIfExists", "StringEquals ", "StringEqualsIfExistsIfExists", "IfExists"}) {
    for (const std::string_view effect : {"Allow", "Deny"}) {
      const std::string condition = "{\"" + std::string(name) + R"(":{"shop:a":"b"}})";
      EXPECT_FALSE(ParseCondition(condition, {}, effect).document.has_value()) << name;
    }
  }
}

// R-2.55, R-2.113: IAM saves it; it must not widen an Allow.
TEST(ParseConditions, RemembersUnknownOperatorsOverEmptyBlocks) {
  const Parsed parsed = ParseCondition(R"({"StringEqual":{}})");
  ASSERT_TRUE(parsed.document.has_value());
  EXPECT_TRUE(parsed.statement().has_unknown_operator);
  EXPECT_FALSE(ParseCondition(R"({"ForAnyValue::X":{}})").document.has_value());
  EXPECT_FALSE(ParseCondition(R"({"StringEquals":{}})").statement().has_unknown_operator);
}

// R-2.56, also where folding is not a matter of ASCII.
TEST(ParseConditions, RefusesTwoSpellingsOfOneKey) {
  EXPECT_FALSE(
      ParseCondition(R"({"StringEquals":{"aws:username":"a","AWS:USERNAME":"b"}})").document);
  EXPECT_FALSE(ParseCondition(R"({"StringEquals":{"shop:É":"a","shop:é":"b"}})").document);
  EXPECT_TRUE(
      ParseCondition(R"({"StringEquals":{"shop:a":"a"},"StringLike":{"shop:a":"b"}})").document);
}

TEST(ParseConditions, ChecksKeyNames) {  // R-3.2.
  EXPECT_FALSE(ParseCondition(R"({"StringEquals":{"":"a"}})").document.has_value());
  EXPECT_FALSE(ParseCondition(R"({"StringEquals":{"aws:RequestTag/":"a"}})").document.has_value());
  EXPECT_TRUE(ParseCondition(R"({"StringEquals":{"shop:tag/":"a"}})").document.has_value());
  EXPECT_TRUE(ParseCondition(R"({"StringEquals":{"nonamespace":"a"}})").document.has_value());
}

// R-2.79, R-2.100, R-2.113.
TEST(ParseConditions, ChecksDates) {
  for (const std::string_view date : {"2026", "2026-01", "2026-01-31", "2026-01-31T10:00Z",
                                      "1700000000", "-0044-03-15", "1066-10-14", "-12"}) {
    const std::string condition =
        R"({"DateLessThan":{"aws:CurrentTime":")" + std::string(date) + "\"}}";
    EXPECT_TRUE(ParseCondition(condition).document.has_value()) << date;
  }
  for (const std::string_view date : {"", "tomorrow", "2026-13-01", "2026-01-32", "01.06.2024",
                                      "2026-01-31 10:00", "${aws:CurrentTime}", "--1"}) {
    const std::string condition =
        R"({"DateLessThan":{"aws:CurrentTime":")" + std::string(date) + "\"}}";
    const Parsed parsed = ParseCondition(condition);
    EXPECT_FALSE(parsed.document.has_value()) << date;
    EXPECT_EQ(parsed.diagnostics.at(0).row, MalformedRow::kLegacyParsing) << date;
  }
}

TEST(ParseConditions, LimitsTheNumberOfConditions) {
  PolicyLimits limits;
  limits.conditions_per_statement_max = 2;
  EXPECT_TRUE(
      ParseCondition(R"({"StringLike":{"shop:a":"1"},"Bool":{"shop:b":"true"}})", limits).document);
  EXPECT_THAT(ParseCondition(
                  R"({"StringLike":{"shop:a":"1","shop:c":"2"},"Bool":{"shop:b":"true"}})", limits)
                  .Errors(),
              ElementsAre("3 conditions exceed the limit of 2 in one statement"));
}

TEST(ParseConditions, LimitsTheNumberAndLengthOfValues) {
  PolicyLimits limits;
  limits.values_per_condition_max = 2;
  limits.pattern_bytes_max = 12;
  EXPECT_THAT(ParseCondition(R"({"StringLike":{"shop:a":["1","123456789012"]}})", limits).Errors(),
              IsEmpty());
  EXPECT_THAT(ParseCondition(R"({"StringLike":{"shop:a":["1","2","3"]}})", limits).Errors(),
              ElementsAre("3 condition values exceed the limit of 2"));
  EXPECT_THAT(ParseCondition(R"({"StringLike":{"shop:a":"1234567890123"}})", limits).Errors(),
              ElementsAre("condition value of 13 bytes exceeds the limit of 12"));
  EXPECT_THAT(ParseCondition(R"({"StringLike":{"shop:colours":"1"}})", limits).Errors(), IsEmpty());
  EXPECT_THAT(ParseCondition(R"({"StringLike":{"shop:colours2":"1"}})", limits).Errors(),
              ElementsAre("condition key of 13 bytes exceeds the limit of 12"));
}

}  // namespace
}  // namespace portcullis::policy
