// The outcome of one evaluation, with its reasons.
#ifndef PORTCULLIS_SERVER_POLICY_DECISION_H_
#define PORTCULLIS_SERVER_POLICY_DECISION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

#include "server/policy/policy_set.h"
#include "server/policy/policy_type.h"

namespace portcullis::policy {

enum class Effect : uint8_t { kImplicitDeny, kExplicitDeny, kAllow };  // Zero value: deny.

// "allowed", "explicitDeny", "implicitDeny": the words of section 0 and of the simulator.
std::string_view EffectName(Effect effect);

// A statement that determined a decision. Views into the policies the decision was made with.
struct StatementRef {
  PolicyKind kind = PolicyKind::kNone;
  const HeldPolicy* policy = nullptr;
  const CompiledStatement* statement = nullptr;
};

// A denial is a result, not an error: a function that could not decide returns a Status instead.
// Refers to the policies it was made with and must not outlive them (hold the snapshot).
struct Decision {
  Effect effect = Effect::kImplicitDeny;

  // kAllow: every allow statement of identity-based and resource-based policies that matched.
  // kExplicitDeny: every deny statement of any kind that matched. kImplicitDeny: empty.
  // In no particular order.
  absl::InlinedVector<StatementRef, 4> determining;

  // The one kind of policy that a denial names: the kind of the explicit deny, or the
  // first stage that failed to allow. kNone iff allowed.
  PolicyKind limited_by = PolicyKind::kNone;

  // A permissions boundary took part, and what it said.
  bool boundary_present = false;
  bool boundary_allowed = false;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_DECISION_H_
