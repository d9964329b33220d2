// The condition operators as rows of one table (section 2.7).
#ifndef PORTCULLIS_SERVER_POLICY_CONDITION_OPERATORS_H_
#define PORTCULLIS_SERVER_POLICY_CONDITION_OPERATORS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

#include "server/policy/condition_value.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

enum class Polarity : uint8_t { kPlain, kNegated };

// How one policy value compares with one request value.
enum class Comparison : uint8_t {
  kFalse,
  kTrue,
  // One side cannot be read as the operator's type: no match, and a negated operator is false too
  //
  kIncomparable,
};

using Relation = Comparison (*)(const ConditionValue& policy_value, std::string_view request_value,
                                const RequestContext& context);

// One operator, without set prefix and IfExists suffix, which are parsed once for all rows.
struct ConditionOperator {
  std::string_view name;
  ConditionValueType type;  // Policy values are converted to it once, when the policy is compiled.
  Relation relation;        // The positive relation: StringNotEquals uses that of StringEquals.
  Polarity polarity;        // kNegated: true iff no policy value matches (NOR, R-2.54).
};

// All rows, sorted by name. `Null` is not among them: it tests presence and is its own condition
// kind.
absl::Span<const ConditionOperator> ConditionOperators();

// An operator in one byte: the number of its row, or kNullOperator.
using OperatorNumber = uint8_t;
inline constexpr OperatorNumber kNullOperator = 0xFF;
OperatorNumber NumberOf(const ConditionOperator* op);        // nullptr: kNullOperator.
const ConditionOperator* OperatorOf(OperatorNumber number);  // kNullOperator: nullptr.

enum class Quantifier : uint8_t { kNone, kForAllValues, kForAnyValue };

// An operator as written in a policy.
struct ParsedOperator {
  const ConditionOperator* op = nullptr;  // nullptr: Null.
  Quantifier quantifier = Quantifier::kNone;
  bool if_exists = false;
  bool canonical = false;  // Spelled as documented; otherwise a warning is due.
  bool is_null() const { return op == nullptr; }
};

// Parses `[ForAllValues:|ForAnyValue:]Base[IfExists]`, without regard to case. nullopt if the base
// is unknown, or for `NullIfExists`.
std::optional<ParsedOperator> ParseOperator(std::string_view text);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONDITION_OPERATORS_H_
