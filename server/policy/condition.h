// Compiled conditions and their three places of meaning: absence, polarity, quantifier.
#ifndef PORTCULLIS_SERVER_POLICY_CONDITION_H_
#define PORTCULLIS_SERVER_POLICY_CONDITION_H_

#include <cstdint>

#include "server/policy/block.h"
#include "server/policy/condition_operators.h"
#include "server/policy/condition_value.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

// One KEY: VALUES member under one operator, ready to evaluate; in a block. Immutable.
struct CompiledCondition {
  CompiledKeyName key;
  BlockArray<ConditionValue> values;
  OperatorNumber op_number = kNullOperator;
  Quantifier quantifier = Quantifier::kNone;
  bool if_exists = false;
  // Null only: what the values ask for. Several values are OR (reference procedure, 4.9).
  bool null_true = false;
  bool null_false = false;
  // The key is multivalued by its row in the catalogue; keys outside it are as the context says.
  bool key_multivalued = false;

  // nullptr: a Null test.
  const ConditionOperator* op() const { return OperatorOf(op_number); }
};

// Whether the condition holds. Total: never fails, never allocates.
bool ConditionMatches(const CompiledCondition& condition, const RequestContext& context);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONDITION_H_
