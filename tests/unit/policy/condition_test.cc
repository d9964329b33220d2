#include "server/policy/condition.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/policy/condition_keys.h"

namespace portcullis::policy {
namespace {

using Values = std::vector<std::string_view>;

// What the request has under the tested key.
struct Given {
  Values values;
  bool multivalued = false;
  bool ambiguous = false;
};
const Given kAbsent;
Given One(std::string_view value) {
  return {.values = {value}};
}
Given List(Values values) {
  return {.values = std::move(values), .multivalued = true};
}

Block<CompiledCondition> Compile(std::string_view op, std::string_view key, const Values& wanted) {
  const auto parsed = ParseOperator(op);
  EXPECT_TRUE(parsed.has_value()) << op;
  BlockWriter writer;
  const auto place = writer.Append<CompiledCondition>();
  CompiledKeyName::Write(key, writer.Part(place, &CompiledCondition::key), &writer);
  const auto values =
      writer.SetArray(place, &CompiledCondition::values, parsed->is_null() ? 0 : wanted.size());
  const ConditionKey* row = FindConditionKey(key);
  CompiledCondition& condition = writer.At(place);
  condition.op_number = NumberOf(parsed->op);
  condition.quantifier = parsed->quantifier;
  condition.if_exists = parsed->if_exists;
  condition.key_multivalued = row != nullptr && row->multivalued;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (parsed->is_null()) {
      condition.null_true |= wanted[i] == "true";
      condition.null_false |= wanted[i] == "false";
      continue;
    }
    EXPECT_TRUE(ConditionValue::Write(wanted[i], parsed->op->type, true, values + i, &writer).ok())
        << wanted[i];
  }
  return Block<CompiledCondition>(writer);
}

struct Case {
  std::string_view rule;
  std::string_view op;
  Values wanted;
  Given given;
  bool expected;
};

void ExpectAll(const std::vector<Case>& cases, std::string_view key = "app:key") {
  for (const Case& c : cases) {
    RequestContext context;
    if (!c.given.values.empty()) context.AddOwned(key, c.given.values, c.given.multivalued);
    if (c.given.ambiguous) context.AddAmbiguous(key);
    EXPECT_EQ(ConditionMatches(*Compile(c.op, key, c.wanted), context), c.expected)
        << c.rule << " " << c.op;
  }
}

TEST(Condition, AbsentKey) {  // every column.
  ExpectAll({
      {"R-2.60", "StringEquals", {"a"}, kAbsent, false},
      {"R-2.60", "StringNotEquals", {"a"}, kAbsent, true},
      {"R-2.60", "StringEqualsIfExists", {"a"}, kAbsent, true},
      {"A-20", "StringNotEqualsIfExists", {"a"}, kAbsent, true},
      {"R-2.60", "Null", {"true"}, kAbsent, true},
      {"R-2.60", "Null", {"false"}, kAbsent, false},
      {"A-21", "ForAllValues:StringEquals", {"a"}, kAbsent, true},
      {"R-2.60", "ForAllValues:StringNotEquals", {"a"}, kAbsent, true},
      {"A-60", "ForAnyValue:StringEquals", {"a"}, kAbsent, false},
      {"A-23", "ForAnyValue:StringNotEquals", {"a"}, kAbsent, false},
      {"R-2.60", "ForAnyValue:StringEqualsIfExists", {"a"}, kAbsent, true},
      {"R-2.60", "ForAnyValue:StringNotEqualsIfExists", {"a"}, kAbsent, true},
      {"R-2.60", "NumericLessThan", {"5"}, kAbsent, false},
      {"A-31", "NotIpAddress", {"10.0.0.0/8"}, kAbsent, true},
      {"A-13", "Bool", {"false"}, kAbsent, false},
      {"A-14", "BoolIfExists", {"true"}, kAbsent, true},
  });
}

TEST(Condition, SeveralPolicyValues) {
  ExpectAll({
      {"R-2.54", "StringEquals", {"a", "b"}, One("b"), true},
      {"R-2.54", "StringEquals", {"a", "b"}, One("c"), false},
      {"A-26", "StringNotEquals", {"a", "b"}, One("a"), false},
      {"R-2.54", "StringNotEquals", {"a", "b"}, One("c"), true},
      {"R-2.77", "Null", {"true", "false"}, One("x"), true},
      {"R-2.77", "Null", {"true", "false"}, kAbsent, true},
      {"A-28", "Null", {"false"}, One(""), true},
      {"R-2.77", "Null", {"true"}, One("x"), false},
      {"R-2.77", "Null", {"maybe"}, One("x"), false},
      {"R-2.77", "Null", {"maybe"}, kAbsent, false},
      {"R-2.66", "ForAllValues:Null", {"true"}, One("x"), true},
      {"R-2.66", "ForAnyValue:Null", {"true"}, kAbsent, false},
      {"R-2.66", "ForAnyValue:Null", {"false"}, One("x"), false},
  });
}

TEST(Condition, EmptyPolicyValues) {
  ExpectAll({
      {"R-2.62", "StringEquals", {}, One("a"), false},
      {"R-2.62", "StringNotEquals", {}, One("a"), true},
      {"R-2.62", "StringNotEqualsIfExists", {}, One("a"), false},
      {"R-2.62", "StringEqualsIfExists", {}, kAbsent, true},
      {"R-2.62", "ForAllValues:StringEquals", {}, List({"a"}), false},
      {"R-2.62", "ForAllValues:StringNotEquals", {}, List({"a"}), false},
      {"R-2.62", "ForAllValues:StringEquals", {}, kAbsent, true},
      {"R-2.62", "ForAnyValue:StringEquals", {}, List({"a"}), false},
      {"R-2.62", "ForAnyValue:StringNotEquals", {}, List({"a"}), false},
      {"R-2.62", "Null", {}, kAbsent, false},
      {"R-2.62", "Null", {}, One("a"), false},
  });
}

TEST(Condition, SetOperators) {
  ExpectAll({
      {"R-2.63", "ForAllValues:StringEquals", {"a", "b"}, List({"a", "b"}), true},
      {"R-2.63", "ForAllValues:StringEquals", {"a", "b"}, List({"a", "c"}), false},
      {"R-2.63", "ForAllValues:StringNotEquals", {"a", "b"}, List({"c", "d"}), true},
      {"R-2.63", "ForAllValues:StringNotEquals", {"a", "b"}, List({"c", "a"}), false},
      {"R-2.63", "ForAllValues:StringEquals", {"a"}, List({""}), true},
      {"R-2.63", "ForAllValues:StringNotEquals", {""}, List({""}), true},
      {"R-2.63", "ForAllValues:StringEquals", {"a"}, List({"", ""}), false},
      {"R-2.64", "ForAnyValue:StringEquals", {"b"}, List({"a", "b"}), true},
      {"R-2.64", "ForAnyValue:StringEquals", {"c"}, List({"a", "b"}), false},
      {"A-22", "ForAnyValue:StringNotEquals", {"a"}, List({"a", "b"}), true},
      {"R-2.64", "ForAnyValue:StringNotEquals", {"a", "b"}, List({"a", "b"}), false},
      {"R-2.65", "ForAllValues:StringEquals", {"a"}, One("a"), true},
      {"R-2.65", "ForAnyValue:StringEquals", {"a"}, One("b"), false},
      {"R-2.60", "ForAnyValue:StringEqualsIfExists", {"a"}, List({"b"}), false},
  });
}

TEST(Condition, BareOperatorOnMultivaluedKey) {
  ExpectAll({
      {"A-24", "StringEquals", {"a"}, List({"a"}), false},
      {"A-25", "StringNotEquals", {"x"}, List({"a"}), false},
      {"R-2.58", "StringEqualsIfExists", {"a"}, List({"a"}), false},
      {"R-2.58", "StringEquals", {"a"}, {.values = {"a", "a"}}, false},
      {"R-2.77", "Null", {"false"}, List({"a"}), true},
  });
  // By its row in the catalogue, whatever the request says.
  ExpectAll({{"A-24", "StringEquals", {"a"}, One("a"), false},
             {"A-25", "StringNotEquals", {"x"}, One("a"), false},
             {"R-2.65", "ForAllValues:StringEquals", {"a"}, One("a"), true}},
            "aws:TagKeys");
}

TEST(Condition, AmbiguousKey) {
  const Given kTwice = {.values = {"a"}, .ambiguous = true};
  const Given kUnknown = {.values = {}, .ambiguous = true};
  for (const std::string_view op :
       {"StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists",
        "ForAllValues:StringEquals", "ForAnyValue:StringNotEquals"}) {
    ExpectAll({{"R-2.57", op, {"a"}, kTwice, false}, {"R-2.57", op, {"a"}, kUnknown, false}});
  }
  ExpectAll(
      {{"R-2.77", "Null", {"false"}, kUnknown, true}, {"R-2.77", "Null", {"true"}, kTwice, false}});
}

TEST(Condition, WhatCannotBeCompared) {
  ExpectAll({
      {"R-2.78", "NumericEquals", {"abc", "5"}, One("5"), true},
      {"A-35", "NumericNotEquals", {"5"}, One("abc"), false},
      {"R-2.78", "NumericNotEquals", {"5", "abc"}, One("6"), false},
      {"R-2.79", "DateNotEquals", {"2024-01-01"}, One("soon"), false},
      {"R-2.79", "DateGreaterThan", {"2024-01-01"}, One("soon"), false},
      {"R-2.82", "IpAddress", {"nowhere", "10.0.0.0/8"}, One("10.1.1.1"), true},
      {"R-2.82", "NotIpAddress", {"nowhere", "10.0.0.0/8"}, One("11.1.1.1"), false},
      {"R-2.82", "NotIpAddress", {"10.0.0.0/8"}, One("nowhere"), false},
      {"A-29", "NotIpAddress", {"10.0.0.0/8"}, One("::1"), true},
      {"R-2.84", "ArnNotLike", {"arn:aws:s3:::b"}, One("b"), false},
      {"R-2.84", "ArnNotLike", {"arn:aws:s3:*"}, One("arn:aws:s3:::b"), false},
      {"R-2.84", "ArnNotLike", {"arn:aws:s3:::c"}, One("arn:aws:s3:::b"), true},
      {"R-2.84", "ArnLike", {"*"}, One("b"), false},
      {"R-2.81", "Bool", {"yes"}, One("yes"), false},
      {"R-2.81", "Bool", {"true"}, One("1"), false},
      {"R-2.74", "BinaryEquals", {"?"}, One("?"), false},
      {"R-4.86", "ForAnyValue:NumericNotEquals", {"5"}, List({"abc", "6"}), true},
      {"R-4.86", "ForAllValues:NumericNotEquals", {"5"}, List({"abc", "6"}), false},
  });
}

TEST(Condition, UnresolvedVariable) {
  ExpectAll({
      {"A-51", "StringNotEquals", {"${aws:PrincipalTag/team}"}, One("a"), true},
      {"R-2.50", "StringEquals", {"${aws:PrincipalTag/team}"}, One("a"), false},
      {"R-2.50", "StringEquals", {"${aws:PrincipalTag/team}"}, One(""), false},
      {"R-2.50", "StringEquals", {"${aws:PrincipalTag/team}", "a"}, One("a"), true},
      {"R-2.50", "ArnNotLike", {"arn:aws:s3:::${aws:username}"}, One("arn:aws:s3:::b"), true},
      {"R-2.50", "Bool", {"${app:other}"}, One("true"), false},
  });
}

TEST(Condition, Operators) {
  ExpectAll({
      {"A-36", "StringEquals", {"home/*"}, One("home/bob"), false},
      {"R-2.68", "StringEquals", {"a"}, One("a "), false},
      {"R-2.69", "StringEqualsIgnoreCase", {"Dev"}, One("dEV"), true},
      {"R-2.69", "StringNotEqualsIgnoreCase", {"Dev"}, One("dEV"), false},
      {"R-2.70", "StringLike", {"home/*/x"}, One("home/a/b:c/x"), true},
      {"R-2.70", "StringNotLike", {"home/*"}, One("home/a"), false},
      {"A-34", "NumericEquals", {"10"}, One("10.0"), true},
      {"R-2.80", "NumericLessThan", {"5"}, One("4.9"), true},
      {"R-2.80", "NumericLessThan", {"5"}, One("5"), false},
      {"R-2.71", "NumericLessThanEquals", {"5"}, One("5.0"), true},
      {"R-2.71", "NumericGreaterThan", {"5"}, One("5.0001"), true},
      {"R-2.71", "NumericGreaterThanEquals", {"5"}, One("4.9999"), false},
      {"R-2.80", "DateLessThan", {"2024-06-01"}, One("2024-05-31T23:59:59Z"), true},
      {"R-2.72", "DateLessThanEquals", {"2024-06-01"}, One("1717200000"), true},
      {"R-2.72", "DateEquals", {"2024-06-01T02:00:00+02:00"}, One("1717200000"), true},
      {"R-2.72", "DateNotEquals", {"2024-06-01"}, One("1717200001"), true},
      {"A-33", "DateGreaterThan", {"2024"}, One("2024-06-01T00:00:00Z"), true},
      {"R-2.72", "DateGreaterThanEquals", {"2024-06-01"}, One("2024-05-31"), false},
      {"R-2.73", "Bool", {"TRUE"}, One("true"), true},
      {"R-2.73", "Bool", {"false"}, One("true"), false},
      {"R-2.74", "BinaryEquals", {"YWJj"}, One("YWJj"), true},
      {"R-2.74", "BinaryEquals", {"YWJj"}, One("abc"), false},
      {"A-30", "IpAddress", {"203.0.113.7/24"}, One("203.0.113.99"), true},
      {"A-37", "ArnEquals", {"arn:aws:sns:*:1111:*"}, One("arn:aws:sns:eu:1111:t"), true},
      {"A-38", "ArnLike", {"arn:aws:sns:*:topic"}, One("arn:aws:sns:eu:1:topic"), false},
      {"A-32", "StringLike", {"10.*"}, One("10.1.1.1"), true},
      {"R-2.85", "NumericEquals", {"2024"}, One("2024-01-01"), false},
  });
}

}  // namespace
}  // namespace portcullis::policy
