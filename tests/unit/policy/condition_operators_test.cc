#include "server/policy/condition_operators.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace portcullis::policy {
namespace {

TEST(ConditionOperators, AreThoseOfTheLanguage) {  // Section 2.7.
  std::set<std::string_view> names;
  std::set<std::string_view> negated;
  for (const ConditionOperator& op : ConditionOperators()) {
    names.insert(op.name);
    if (op.polarity == Polarity::kNegated) negated.insert(op.name);
  }
  EXPECT_EQ(names.size(), ConditionOperators().size());
  EXPECT_EQ(names.size(), 26u);
  const std::set<std::string_view> kNegated = {"ArnNotEquals",
                                               "ArnNotLike",
                                               "DateNotEquals",
                                               "NotIpAddress",
                                               "NumericNotEquals",
                                               "StringNotEquals",
                                               "StringNotEqualsIgnoreCase",
                                               "StringNotLike"};
  EXPECT_EQ(negated, kNegated);
}

TEST(ParseOperator, EveryRowInEverySpelling) {
  const std::pair<std::string_view, Quantifier> kPrefixes[] = {
      {"", Quantifier::kNone},
      {"ForAllValues:", Quantifier::kForAllValues},
      {"ForAnyValue:", Quantifier::kForAnyValue}};
  for (const ConditionOperator& op : ConditionOperators()) {
    for (const auto& [prefix, quantifier] : kPrefixes) {
      for (const std::string_view suffix : {"", "IfExists"}) {
        std::string text(prefix);
        text.append(op.name).append(suffix);
        auto parsed = ParseOperator(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(parsed->op, &op) << text;
        EXPECT_EQ(parsed->quantifier, quantifier) << text;
        EXPECT_EQ(parsed->if_exists, !suffix.empty()) << text;
        EXPECT_TRUE(parsed->canonical) << text;
        for (char& c : text) c = static_cast<char>(std::tolower(c));
        parsed = ParseOperator(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(parsed->op, &op) << text;
        EXPECT_FALSE(parsed->canonical) << text;
      }
    }
  }
}

TEST(ParseOperator, Null) {
  const auto plain = ParseOperator("Null");
  ASSERT_TRUE(plain.has_value());
  EXPECT_TRUE(plain->is_null());
  EXPECT_TRUE(plain->canonical);
  const auto all = ParseOperator("ForAllValues:null");
  ASSERT_TRUE(all.has_value());
  EXPECT_TRUE(all->is_null());
  EXPECT_EQ(all->quantifier, Quantifier::kForAllValues);
  EXPECT_FALSE(all->canonical);
  EXPECT_FALSE(ParseOperator("NullIfExists").has_value());
  EXPECT_FALSE(ParseOperator("ForAnyValue:nullifexists").has_value());
}

TEST(ParseOperator, Unknown) {
  for (const std::string_view text :
       {"", "StringEqual", "StringEquals ", " StringEquals", "IfExists", "ForAllValues:",
        "ForAllValues", "ForAnyValue::StringEquals", "ForAllValues:ForAnyValue:StringEquals",
        "StringEqualsIfExistsIfExists", "IfExistsStringEquals", "BoolNot", "NotBool",
        "ForSomeValues:StringEquals", "StringEqualsForAllValues:"}) {
    EXPECT_FALSE(ParseOperator(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace portcullis::policy
