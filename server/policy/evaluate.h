// The decision algorithm: section 4.
#ifndef PORTCULLIS_SERVER_POLICY_EVALUATE_H_
#define PORTCULLIS_SERVER_POLICY_EVALUATE_H_

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "server/policy/decision.h"
#include "server/policy/policy_set.h"
#include "server/policy/request.h"

namespace portcullis::policy {

// The policies that apply to one request, by kind. Pointers are not owned; they live at
// least as long as the Decision made with them.
struct EffectivePolicies {
  // IDENT: the sets that form it (own policies, one set per group). Their union is one verdict.
  absl::InlinedVector<const CompiledPolicySet*, 12> identity;
  // IDENT allows everything: the caller is root, or a root-made federated user.
  bool identity_is_all = false;
  // BOUND; nullptr: no boundary is set.
  const CompiledPolicySet* boundary = nullptr;
  // SESS: the sets whose union is the session's policies. `session_limited` tells "no session
  // policies were passed" (false: no restriction) from "they allow nothing" (true and empty).
  absl::InlinedVector<const CompiledPolicySet*, 2> session;
  bool session_limited = false;
  // RES; nullptr: the resource has no policy.
  const CompiledPolicySet* resource = nullptr;
  // The resource's own policy must consent: roles, keys.
  bool requires_resource_policy = false;
  // SCP and RCP levels, root first. Empty: not in an organization, or exempt; the
  // store decides that, Evaluate() applies what it is given.
  absl::InlinedVector<const CompiledPolicySet*, 6> service_control;
  absl::InlinedVector<const CompiledPolicySet*, 6> resource_control;

  // Back to the state after construction; keeps memory.
  void Clear() {
    identity.clear();
    identity_is_all = false;
    boundary = nullptr;
    session.clear();
    session_limited = false;
    resource = nullptr;
    requires_resource_policy = false;
    service_control.clear();
    resource_control.clear();
  }
};

// Decides. Pure: no clock, I/O, locks, logging or global state; every request that could be built
// gets a decision. No heap allocation unless more than four statements determine the decision.
// Time: the statements that the sets' indexes select, times their conditions.
// Thread-safe.
Decision Evaluate(const EffectivePolicies& policies, const AuthorizationRequest& request);

// The condition keys, folded, that relevant statements (action and resource match) ask for in
// conditions or variables and that the request does not have, sorted, each once.
std::vector<std::string> MissingContextKeys(const EffectivePolicies& policies,
                                            const AuthorizationRequest& request);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_EVALUATE_H_
