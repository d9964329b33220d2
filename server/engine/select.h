// Which policies apply to a request.
#ifndef PORTCULLIS_SERVER_ENGINE_SELECT_H_
#define PORTCULLIS_SERVER_ENGINE_SELECT_H_

#include <optional>
#include <string_view>

#include "server/engine/caller.h"
#include "server/engine/context_builder.h"
#include "server/policy/arn.h"
#include "server/policy/evaluate.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// The resource of a request with everything the snapshot knows about it.
struct SelectedResource {
  ResourceFacts facts;
  const policy::CompiledPolicySet* policy = nullptr;  // RES.
  bool requires_resource_policy = false;
  bool is_role_trust = false;  // The policy is a role's trust policy.
};

// Finds the resource that `name` is or lies below, its owner and its policy. A role's trust policy
// is consulted only for the actions it can speak about: `sts:` actions.
// `arn` are the fields of `name`, if it is an ARN. `action_folded` is the action in lower case.
// `caller` supplies the owner if nothing else tells it.
SelectedResource SelectResource(std::string_view name, const std::optional<policy::ArnView>& arn,
                                std::string_view action_folded, const Caller& caller,
                                const store::Snapshot& snapshot);
// The same for a name whose fields are not known yet.
SelectedResource SelectResource(std::string_view name, std::string_view action_folded,
                                const Caller& caller, const store::Snapshot& snapshot);

// The policies that apply to `caller` on `resource`. Sessions' inline policies live in
// caller.session. Reuses `policies`.
void SelectPolicies(const Caller& caller, const SelectedResource& resource,
                    const store::Snapshot& snapshot, policy::EffectivePolicies* policies);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_SELECT_H_
