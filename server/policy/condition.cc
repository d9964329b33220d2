#include "server/policy/condition.h"

#include <algorithm>

namespace portcullis::policy {
namespace {

//
bool NullMatches(const CompiledCondition& condition, bool present) {
  switch (condition.quantifier) {
    case Quantifier::kNone:
      return present ? condition.null_false : condition.null_true;
    case Quantifier::kForAllValues:
      return true;
    case Quantifier::kForAnyValue:
      return false;
  }
  return false;
}

// The only place that decides what an absent key means.
bool MatchesAbsentKey(const CompiledCondition& condition) {
  if (condition.if_exists) return true;
  switch (condition.quantifier) {
    case Quantifier::kNone:
      return condition.op()->polarity == Polarity::kNegated;
    case Quantifier::kForAllValues:
      return true;
    case Quantifier::kForAnyValue:
      return false;
  }
  return false;
}

// The only place that applies polarity. A positive operator wants one policy value that matches; a
// negated one wants none that matches and none that cannot be compared: "not equal" is not
// known of a value that cannot be read.
bool MatchesValue(const CompiledCondition& condition, std::string_view request_value,
                  const RequestContext& context) {
  const ConditionOperator& op = *condition.op();
  const bool negated = op.polarity == Polarity::kNegated;
  for (const ConditionValue& policy_value : condition.values) {
    switch (op.relation(policy_value, request_value, context)) {
      case Comparison::kTrue:
        return !negated;
      case Comparison::kIncomparable:
        if (negated) return false;
        break;
      case Comparison::kFalse:
        break;
    }
  }
  return negated;
}

// An empty list of policy values on a present key.
bool MatchesEmptyList(const CompiledCondition& condition) {
  return condition.op()->polarity == Polarity::kNegated &&
         condition.quantifier == Quantifier::kNone && !condition.if_exists;
}

}  // namespace

bool ConditionMatches(const CompiledCondition& condition, const RequestContext& context) {
  const ContextValues found = context.Find(condition.key);
  const absl::Span<const std::string_view> values = found.values;
  if (condition.op_number == kNullOperator)
    return NullMatches(condition, found.present() || found.ambiguous);
  if (found.ambiguous) return false;
  if (!found.present()) return MatchesAbsentKey(condition);
  const bool multivalued = found.multivalued || condition.key_multivalued || values.size() > 1;
  if (condition.quantifier == Quantifier::kNone && multivalued) return false;
  if (condition.values.empty()) return MatchesEmptyList(condition);

  const auto matches = [&](std::string_view value) {
    return MatchesValue(condition, value, context);
  };
  switch (condition.quantifier) {
    case Quantifier::kNone:
      return matches(values.front());
    case Quantifier::kForAllValues:
      if (values.size() == 1 && values.front().empty()) return true;  // No data.
      return std::all_of(values.begin(), values.end(), matches);
    case Quantifier::kForAnyValue:
      return std::any_of(values.begin(), values.end(), matches);
  }
  return false;
}

}  // namespace portcullis::policy
