#include "server/policy/condition_operators.h"

#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "absl/strings/match.h"
#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// ---- Relations: how one policy value compares with one request value ------------------------------

Comparison Of(bool holds) { return holds ? Comparison::kTrue : Comparison::kFalse; }

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
  const Pattern* pattern = std::get_if<Pattern>(&policy_value);
  if (pattern == nullptr) return Comparison::kIncomparable;
  return Of(pattern->Matches(request_value, context));
}

// The request value is the left operand everywhere.
template <bool (*Holds)(std::strong_ordering)>
Comparison NumberCompares(const ConditionValue& policy_value, std::string_view request_value,
                          const RequestContext&) {
  const std::string* text = std::get_if<std::string>(&policy_value);
  if (text == nullptr) return Comparison::kIncomparable;
  const std::optional<Decimal> right = ParseDecimal(*text);
  const std::optional<Decimal> left = ParseDecimal(request_value);
  if (!left.has_value() || !right.has_value()) return Comparison::kIncomparable;
  return Of(Holds(*left <=> *right));
}

template <bool (*Holds)(std::strong_ordering)>
Comparison DateCompares(const ConditionValue& policy_value, std::string_view request_value,
                        const RequestContext&) {
  const Instant* right = std::get_if<Instant>(&policy_value);
  const std::optional<Instant> left = ParseInstant(request_value);
  if (!left.has_value() || right == nullptr) return Comparison::kIncomparable;
  return Of(Holds(*left <=> *right));
}

constexpr bool IsEqual(std::strong_ordering order) { return order == 0; }
constexpr bool IsLess(std::strong_ordering order) { return order < 0; }
constexpr bool IsLessOrEqual(std::strong_ordering order) { return order <= 0; }
constexpr bool IsGreater(std::strong_ordering order) { return order > 0; }
constexpr bool IsGreaterOrEqual(std::strong_ordering order) { return order >= 0; }

// anything but true and false, on either side, is false.
Comparison BoolEqual(const ConditionValue& policy_value, std::string_view request_value,
                     const RequestContext& context) {
  const Pattern* pattern = std::get_if<Pattern>(&policy_value);
  const std::optional<bool> value = ParseBool(request_value);
  if (pattern == nullptr || !value.has_value()) return Comparison::kIncomparable;
  return Of(pattern->Matches(*value ? "true" : "false", context));
}

Comparison BinaryEqual(const ConditionValue& policy_value, std::string_view request_value,
                       const RequestContext&) {
  const std::string* bytes = std::get_if<std::string>(&policy_value);
  if (bytes == nullptr) return Comparison::kIncomparable;
  const std::optional<bool> equal = Base64Equals(request_value, *bytes);
  return equal.has_value() ? Of(*equal) : Comparison::kIncomparable;
}

Comparison IpInBlock(const ConditionValue& policy_value, std::string_view request_value,
                     const RequestContext&) {
  const IpBlock* block = std::get_if<IpBlock>(&policy_value);
  const std::optional<IpBlock> address = ParseIpAddress(request_value);
  if (block == nullptr || !address.has_value()) return Comparison::kIncomparable;
  return Of(block->Contains(*address));
}

Comparison ArnMatches(const ConditionValue& policy_value, std::string_view request_value,
                      const RequestContext& context) {
  const ArnPattern* pattern = std::get_if<ArnPattern>(&policy_value);
  const std::optional<ArnView> arn = ArnView::Parse(request_value);
  if (pattern == nullptr || !arn.has_value()) return Comparison::kIncomparable;
  return Of(pattern->Matches(*arn, context));
}

// ---- The table ------------------------------------------------------------------------------------

using enum ConditionValueType;
using enum Polarity;

constexpr auto kOperators = std::to_array<ConditionOperator>({
    // name                        policy values      positive relation                   polarity
    {"ArnEquals",                  kArn,              &ArnMatches,                        kPlain},
    {"ArnLike",                    kArn,              &ArnMatches,                        kPlain},
    {"ArnNotEquals",               kArn,              &ArnMatches,                        kNegated},
    {"ArnNotLike",                 kArn,              &ArnMatches,                        kNegated},
    {"BinaryEquals",               kBinary,           &BinaryEqual,                       kPlain},
    {"Bool",                       kBool,             &BoolEqual,                         kPlain},
    {"DateEquals",                 kDate,             &DateCompares<IsEqual>,             kPlain},
    {"DateGreaterThan",            kDate,             &DateCompares<IsGreater>,           kPlain},
    {"DateGreaterThanEquals",      kDate,             &DateCompares<IsGreaterOrEqual>,    kPlain},
    {"DateLessThan",               kDate,             &DateCompares<IsLess>,              kPlain},
    {"DateLessThanEquals",         kDate,             &DateCompares<IsLessOrEqual>,       kPlain},
    {"DateNotEquals",              kDate,             &DateCompares<IsEqual>,             kNegated},
    {"IpAddress",                  kIp,               &IpInBlock,                         kPlain},
    {"NotIpAddress",               kIp,               &IpInBlock,                         kNegated},
    {"NumericEquals",              kNumber,           &NumberCompares<IsEqual>,           kPlain},
    {"NumericGreaterThan",         kNumber,           &NumberCompares<IsGreater>,         kPlain},
    {"NumericGreaterThanEquals",   kNumber,           &NumberCompares<IsGreaterOrEqual>,  kPlain},
    {"NumericLessThan",            kNumber,           &NumberCompares<IsLess>,            kPlain},
    {"NumericLessThanEquals",      kNumber,           &NumberCompares<IsLessOrEqual>,     kPlain},
    {"NumericNotEquals",           kNumber,           &NumberCompares<IsEqual>,           kNegated},
    {"StringEquals",               kString,           &TextMatches,                       kPlain},
    {"StringEqualsIgnoreCase",     kStringIgnoreCase, &TextMatches,                       kPlain},
    {"StringLike",                 kStringLike,       &TextMatches,                       kPlain},
    {"StringNotEquals",            kString,           &TextMatches,                       kNegated},
    {"StringNotEqualsIgnoreCase",  kStringIgnoreCase, &TextMatches,                       kNegated},
    {"StringNotLike",              kStringLike,       &TextMatches,                       kNegated},
});
static_assert(std::ranges::is_sorted(kOperators, {}, &ConditionOperator::name),
              "kOperators must stay sorted by name: readers find a row, and tests list them, by name");
static_assert(std::ranges::none_of(kOperators,
                                   [](const auto& op) { return op.relation == nullptr; }),
              "an operator that parses must also evaluate");

// ---- Names as written -----------------------------------------------------------------------------

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
  const auto row = std::ranges::find_if(kOperators, [name](const ConditionOperator& op) {
    return EqualsIgnoreCase(op.name, name);
  });
  return row == kOperators.end() ? nullptr : &*row;
}

}  // namespace

absl::Span<const ConditionOperator> ConditionOperators() { return kOperators; }

std::optional<ParsedOperator> ParseOperator(std::string_view text) {
  ParsedOperator parsed;
  std::string_view name = text;
  for (const Quantifier quantifier : {Quantifier::kForAllValues, Quantifier::kForAnyValue}) {
    if (!EqualsIgnoreCase(text.substr(0, PrefixOf(quantifier).size()), PrefixOf(quantifier))) continue;
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
  parsed.canonical = text == base::Concat({PrefixOf(parsed.quantifier),
                                            is_null ? kNullName : parsed.op->name,
                                            parsed.if_exists ? kIfExistsSuffix : ""});
  return parsed;
}

}  // namespace portcullis::policy
