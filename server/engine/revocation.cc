#include "server/engine/revocation.h"

#include <algorithm>
#include <string_view>

#include "server/base/text.h"
#include "server/engine/context_builder.h"
#include "server/engine/select.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/evaluate.h"

namespace portcullis::engine {
namespace {

// Keys, folded, whose values cannot change from one request of a session to the next.
constexpr std::string_view kSessionKeys[] = {
    "aws:tokenissuetime",   "aws:userid",        "aws:sourceidentity",    "aws:principalarn",
    "aws:principalaccount", "aws:principaltype", "aws:federatedprovider",
};
constexpr std::string_view kPrincipalTag = "aws:principaltag/";

bool IsSessionKey(std::string_view folded) {
  return folded.substr(0, kPrincipalTag.size()) == kPrincipalTag ||
         std::find(std::begin(kSessionKeys), std::end(kSessionKeys), folded) !=
             std::end(kSessionKeys);
}

bool DeniesEverything(const policy::CompiledStatement& statement) {
  if (statement.effect != policy::StatementEffect::kDeny) return false;
  if (statement.not_action || statement.not_resource || statement.has_principal) return false;
  const bool every_action =
      std::any_of(statement.actions.begin(), statement.actions.end(),
                  [](const policy::CompiledAction& action) { return action.pattern.is_any(); });
  const bool every_resource =
      std::any_of(statement.resources.begin(), statement.resources.end(),
                  [](const policy::ArnPattern& resource) { return resource.is_any(); });
  return every_action && every_resource;
}

bool SpeaksOnlyOfSession(const policy::CompiledStatement& statement) {
  return std::all_of(statement.conditions.begin(), statement.conditions.end(),
                     [](const policy::CompiledCondition& condition) {
                       return IsSessionKey(condition.key.folded());
                     });
}

bool RevokedBy(const policy::CompiledPolicySet& set, const policy::RequestContext& context) {
  for (const policy::HeldPolicy& held : set.policies()) {
    for (const policy::CompiledStatement& statement : held.policy().statements()) {
      if (DeniesEverything(statement) && SpeaksOnlyOfSession(statement) &&
          policy::MatchesConditions(statement, context)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool IsRevoked(const Caller& caller, const store::Snapshot& snapshot, absl::Time now) {
  const SelectedResource resource = SelectResource("*", "", caller, snapshot);
  const Peer peer;
  ContextFacts facts;
  facts.caller = &caller;
  facts.peer = &peer;
  facts.resource = &resource.facts;
  facts.now = now;
  ContextScratch scratch;
  policy::RequestContext context;
  if (!BuildContext(facts, {}, &scratch, &context).ok()) return true;

  policy::EffectivePolicies policies;
  SelectPolicies(caller, resource, snapshot, &policies);
  for (const policy::CompiledPolicySet* set : policies.identity) {
    if (RevokedBy(*set, context)) return true;
  }
  if (policies.boundary != nullptr && RevokedBy(*policies.boundary, context)) return true;
  for (const policy::CompiledPolicySet* set : policies.service_control) {
    if (RevokedBy(*set, context)) return true;
  }
  return false;
}

}  // namespace portcullis::engine
