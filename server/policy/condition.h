// Compiled conditions and their three places of meaning: absence, polarity, quantifier.
#ifndef PORTCULLIS_SERVER_POLICY_CONDITION_H_
#define PORTCULLIS_SERVER_POLICY_CONDITION_H_

#include <cstdint>
#include <vector>

#include "server/policy/condition_operators.h"
#include "server/policy/condition_value.h"
#include "server/policy/request_context.h"

namespace portcullis::policy {

// One KEY: VALUES member under one operator, ready to evaluate. Immutable.
struct CompiledCondition {
  const ConditionOperator* op = nullptr;  // nullptr: a Null test.
  Quantifier quantifier = Quantifier::kNone;
  bool if_exists = false;
  // Null only: what the values ask for. Several values are OR (reference procedure, 4.9).
  bool null_true = false;
  bool null_false = false;
  ConditionKeyName key;
  // The key is multivalued by its row in the catalogue; keys outside it are as the context says.
  bool key_multivalued = false;
  std::vector<ConditionValue> values;
};

// Whether the condition holds. Total: never fails, never allocates.
bool ConditionMatches(const CompiledCondition& condition, const RequestContext& context);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONDITION_H_
