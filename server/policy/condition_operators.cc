#include "server/policy/condition_operators.h"

#include <algorithm>
#include <array>
#include <compare>
#include <optional>
#include <string>

#include "absl/strings/match.h"

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// ---- Relations: how one policy value compares with one request value ----

Comparison Of(bool holds) {
  return holds ? Comparison::kTrue : Comparison::kFalse;
}

Comparison Of(Match match) {
  switch (match) {
    case Match::kYes:
      return Comparison::kTrue;
    case Match::kNo:
    case Match::kUnresolved:  // "Not equal" to anything.
      return Comparison::kFalse;
    case Match::kIncomparable:
      return Comparison::kIncomparable;
  }
  return Comparison::kIncomparable;
}

// StringEquals, ...IgnoreCase and StringLike: what they differ in was compiled into the pattern.
Comparison TextMatches(const ConditionValue& policy_value, std::string_view request_value,
                       const RequestContext& context) {
  if (!policy_value.is_valid()) return Comparison::kIncomparable;
  return Of(policy_value.pattern().Matches(request_value, context));
}

// ---- Numbers and dates: the request value is the left operand everywhere (R-2.80) ----

// How a request's number stands to a policy's; nullopt if one of them is none.
std::optional<std::strong_ordering> CompareNumbers(std::string_view request_value,
                                                   const ConditionValue& policy_value) {
  if (!policy_value.is_valid()) return std::nullopt;
  const std::optional<Decimal> left = ParseDecimal(request_value);
  const std::optional<Decimal> right = ParseDecimal(policy_value.text());
  if (!left.has_value() || !right.has_value()) return std::nullopt;
  return *left <=> *right;
}

// The same of dates.
std::optional<std::strong_ordering> CompareDates(std::string_view request_value,
                                                 const ConditionValue& policy_value) {
  if (!policy_value.is_valid()) return std::nullopt;
  const std::optional<Instant> left = ParseInstant(request_value);
  if (!left.has_value()) return std::nullopt;
  return *left <=> policy_value.instant();
}

Comparison NumberEqual(const ConditionValue& policy_value, std::string_view request_value,
                       const RequestContext&) {
  const auto order = CompareNumbers(request_value, policy_value);
  return order.has_value() ? Of(*order == 0) : Comparison::kIncomparable;
}

Comparison NumberLess(const ConditionValue& policy_value, std::string_view request_value,
                      const RequestContext&) {
  const auto order = CompareNumbers(request_value, policy_value);
  return order.has_value() ? Of(*order < 0) : Comparison::kIncomparable;
}

Comparison NumberLessOrEqual(const ConditionValue& policy_value, std::string_view request_value,
                             const RequestContext&) {
  const auto order = CompareNumbers(request_value, policy_value);
  return order.has_value() ? Of(*order <= 0) : Comparison::kIncomparable;
}

Comparison NumberGreater(const ConditionValue& policy_value, std::string_view request_value,
                         const RequestContext&) {
  const auto order = CompareNumbers(request_value, policy_value);
  return order.has_value() ? Of(*order > 0) : Comparison::kIncomparable;
}

Comparison NumberGreaterOrEqual(const ConditionValue& policy_value, std::string_view request_value,
                                const RequestContext&) {
  const auto order = CompareNumbers(request_value, policy_value);
  return order.has_value() ? Of(*order >= 0) : Comparison::kIncomparable;
}

Comparison DateEqual(const ConditionValue& policy_value, std::string_view request_value,
                     const RequestContext&) {
  const auto order = CompareDates(request_value, policy_value);
  return order.has_value() ? Of(*order == 0) : Comparison::kIncomparable;
}

Comparison DateLess(const ConditionValue& policy_value, std::string_view request_value,
                    const RequestContext&) {
  const auto order = CompareDates(request_value, policy_value);
  return order.has_value() ? Of(*order < 0) : Comparison::kIncomparable;
}

Comparison DateLessOrEqual(const ConditionValue& policy_value, std::string_view request_value,
                           const RequestContext&) {
  const auto order = CompareDates(request_value, policy_value);
  return order.has_value() ? Of(*order <= 0) : Comparison::kIncomparable;
}

Comparison DateGreater(const ConditionValue& policy_value, std::string_view request_value,
                       const RequestContext&) {
  const auto order = CompareDates(request_value, policy_value);
  return order.has_value() ? Of(*order > 0) : Comparison::kIncomparable;
}

Comparison DateGreaterOrEqual(const ConditionValue& policy_value, std::string_view request_value,
                              const RequestContext&) {
  const auto order = CompareDates(request_value, policy_value);
  return order.has_value() ? Of(*order >= 0) : Comparison::kIncomparable;
}

// ---- The other types ----

// anything but true and false, on either side, is false.
Comparison BoolEqual(const ConditionValue& policy_value, std::string_view request_value,
                     const RequestContext& context) {
  const std::optional<bool> value = ParseBool(request_value);
  if (!policy_value.is_valid() || !value.has_value()) return Comparison::kIncomparable;
  return Of(policy_value.pattern().Matches(*value ? "true" : "false", context));
}

Comparison BinaryEqual(const ConditionValue& policy_value, std::string_view request_value,
                       const RequestContext&) {
  if (!policy_value.is_valid()) return Comparison::kIncomparable;
  const std::optional<bool> equal = Base64Equals(request_value, policy_value.text());
  return equal.has_value() ? Of(*equal) : Comparison::kIncomparable;
}

Comparison IpInBlock(const ConditionValue& policy_value, std::string_view request_value,
                     const RequestContext&) {
  const std::optional<IpBlock> address = ParseIpAddress(request_value);
  if (!policy_value.is_valid() || !address.has_value()) {
    return Comparison::kIncomparable;
  }
  return Of(policy_value.ip_block().Contains(*address));
}

Comparison ArnMatches(const ConditionValue& policy_value, std::string_view request_value,
                      const RequestContext& context) {
  const std::optional<ArnView> arn = ArnView::Parse(request_value);
  if (!policy_value.is_valid() || !arn.has_value()) return Comparison::kIncomparable;
  return Of(policy_value.pattern().Matches(arn->text, context));
}

// ---- The table ----

using enum ConditionValueType;
using enum Polarity;

// A row is a line.
// clang-format off
constexpr auto kOperators = std::to_array<ConditionOperator>({
    // name                        policy values     positive relation      polarity
    {"ArnEquals",                 kArn,             &ArnMatches,           kPlain},
    {"ArnLike",                   kArn,             &ArnMatches,           kPlain},
    {"ArnNotEquals",              kArn,             &ArnMatches,           kNegated},
    {"ArnNotLike",                kArn,             &ArnMatches,           kNegated},
    {"BinaryEquals",              kBinary,          &BinaryEqual,          kPlain},
    {"Bool",                      kBool,            &BoolEqual,            kPlain},
    {"DateEquals",                kDate,            &DateEqual,            kPlain},
    {"DateGreaterThan",           kDate,            &DateGreater,          kPlain},
    {"DateGreaterThanEquals",     kDate,            &DateGreaterOrEqual,   kPlain},
    {"DateLessThan",              kDate,            &DateLess,             kPlain},
    {"DateLessThanEquals",        kDate,            &DateLessOrEqual,      kPlain},
    {"DateNotEquals",             kDate,            &DateEqual,            kNegated},
    {"IpAddress",                 kIp,              &IpInBlock,            kPlain},
    {"NotIpAddress",              kIp,              &IpInBlock,            kNegated},
    {"NumericEquals",             kNumber,          &NumberEqual,          kPlain},
    {"NumericGreaterThan",        kNumber,          &NumberGreater,        kPlain},
    {"NumericGreaterThanEquals",  kNumber,          &NumberGreaterOrEqual, kPlain},
    {"NumericLessThan",           kNumber,          &NumberLess,           kPlain},
    {"NumericLessThanEquals",     kNumber,          &NumberLessOrEqual,    kPlain},
    {"NumericNotEquals",          kNumber,          &NumberEqual,          kNegated},
    {"StringEquals",              kString,          &TextMatches,          kPlain},
    {"StringEqualsIgnoreCase",    kStringIgnoreCase,&TextMatches,          kPlain},
    {"StringLike",                kStringLike,      &TextMatches,          kPlain},
    {"StringNotEquals",           kString,          &TextMatches,          kNegated},
    {"StringNotEqualsIgnoreCase", kStringIgnoreCase,&TextMatches,          kNegated},
    {"StringNotLike",             kStringLike,      &TextMatches,          kNegated},
});
// clang-format on
static_assert(
    std::ranges::is_sorted(kOperators, {}, &ConditionOperator::name),
    "kOperators must stay sorted by name: readers find a row, and tests list them, by name");
static_assert(std::ranges::none_of(kOperators,
                                   [](const auto& op) { return op.relation == nullptr; }),
              "an operator that parses must also evaluate");

// ---- Names as written ----

constexpr std::string_view kForAllValuesPrefix = "ForAllValues:";
constexpr std::string_view kForAnyValuePrefix = "ForAnyValue:";
constexpr std::string_view kIfExistsSuffix = "IfExists";
constexpr std::string_view kNullName = "Null";

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(base::AbslView(a), base::AbslView(b));
}

std::string_view PrefixOf(Quantifier quantifier) {
  switch (quantifier) {
    case Quantifier::kNone:
      return "";
    case Quantifier::kForAllValues:
      return kForAllValuesPrefix;
    case Quantifier::kForAnyValue:
      return kForAnyValuePrefix;
  }
  return "";
}

const ConditionOperator* FindOperator(std::string_view name) {
  const auto row = std::ranges::find_if(
      kOperators, [name](const ConditionOperator& op) { return EqualsIgnoreCase(op.name, name); });
  return row == kOperators.end() ? nullptr : &*row;
}

}  // namespace

absl::Span<const ConditionOperator> ConditionOperators() {
  return kOperators;
}

OperatorNumber NumberOf(const ConditionOperator* op) {
  return op == nullptr ? kNullOperator : static_cast<OperatorNumber>(op - kOperators.data());
}

const ConditionOperator* OperatorOf(OperatorNumber number) {
  return number == kNullOperator ? nullptr : &kOperators[number];
}

std::optional<ParsedOperator> ParseOperator(std::string_view text) {
  ParsedOperator parsed;
  std::string_view name = text;
  for (const Quantifier quantifier : {Quantifier::kForAllValues, Quantifier::kForAnyValue}) {
    if (!EqualsIgnoreCase(text.substr(0, PrefixOf(quantifier).size()), PrefixOf(quantifier)))
      continue;
    parsed.quantifier = quantifier;
    name.remove_prefix(PrefixOf(quantifier).size());
  }
  if (absl::EndsWithIgnoreCase(base::AbslView(name), base::AbslView(kIfExistsSuffix))) {
    parsed.if_exists = true;
    name.remove_suffix(kIfExistsSuffix.size());
  }
  const bool is_null = EqualsIgnoreCase(name, kNullName);
  parsed.op = is_null ? nullptr : FindOperator(name);
  if (is_null ? parsed.if_exists : parsed.op == nullptr) return std::nullopt;
  parsed.canonical =
      text == base::Concat({PrefixOf(parsed.quantifier), is_null ? kNullName : parsed.op->name,
                            parsed.if_exists ? kIfExistsSuffix : ""});
  return parsed;
}

}  // namespace portcullis::policy
