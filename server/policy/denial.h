// The sentences that tell a caller why a request was denied (section 4.7).
#ifndef PORTCULLIS_SERVER_POLICY_DENIAL_H_
#define PORTCULLIS_SERVER_POLICY_DENIAL_H_

#include <string>

#include "server/policy/decision.h"
#include "server/policy/request.h"

namespace portcullis::policy {

// Which form of the sentence is due.
struct DenialStyle {
  // The resource-based policy is a role's trust policy.
  bool resource_policy_is_trust_policy = false;
  // Withhold the reason when the policy that failed belongs to another account. Off for
  // administrators who may see everything.
  bool hide_foreign_reasons = true;
};

// "User: ARN is not authorized to perform: ACTION on resource: ARN because ...".
// For AssumeRoleWithWebIdentity and ...WithSAML callers the form of.
// REQUIRES: decision.effect != Effect::kAllow.
std::string DenialMessage(const Decision& decision, const AuthorizationRequest& request,
                          const DenialStyle& style);
// The same, in memory that was used before.
void WriteDenialMessage(const Decision& decision, const AuthorizationRequest& request,
                        const DenialStyle& style, std::string* message);

// The sentence that explains an allowed decision: which kind of policy granted it.
// REQUIRES: decision.effect == Effect::kAllow.
std::string AllowMessage(const Decision& decision, const AuthorizationRequest& request);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_DENIAL_H_
