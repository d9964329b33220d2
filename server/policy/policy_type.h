// Which kind of policy a document is, and what the grammar allows in each (section 2.8).
#ifndef PORTCULLIS_SERVER_POLICY_POLICY_TYPE_H_
#define PORTCULLIS_SERVER_POLICY_POLICY_TYPE_H_

#include <cstdint>
#include <string_view>

namespace portcullis::policy {

// What a document is saved as. Zero value: the narrowest use.
enum class PolicyType : uint8_t {
  kInlineIdentity,   // Inline policy of a user, group or role; also simulator input.
  kManaged,          // Managed policy; may serve as identity policy, boundary or session policy.
  kSession,          // Inline session policy.
  kResource,         // Resource-based policy.
  kTrust,            // A role's AssumeRolePolicyDocument.
  kServiceControl,   // SCP.
  kResourceControl,  // RCP.
};
inline constexpr int kPolicyTypeCount = 7;

enum class ElementRule : uint8_t { kForbidden, kOptional, kRequired };

// One row of section 2.8.
struct PolicyTypeTraits {
  std::string_view name;        // "inline policy", "trust policy", ...: for messages.
  bool version_2012_required;
  ElementRule principal;
  bool not_principal_allowed;   // With Deny only.
  bool not_action_allowed;
  ElementRule resource;
  bool allow_effect_allowed;    // RCPs written by customers only deny.
  bool unique_sids_required;    // resource policies tolerate duplicates with a warning.
  bool short_arns_padded;       // for patterns without a wildcard.
  bool short_arns_refused;
  uint32_t size_max;            // Quota of section 1.10, in characters as counts them.
  bool size_counts_whitespace;  // SCP and RCP count everything saved.
};

const PolicyTypeTraits& TraitsOf(PolicyType type);

// The part a policy plays in one decision. Zero value: none.
enum class PolicyKind : uint8_t {
  kNone,
  kResourceControl,
  kServiceControl,
  kResource,
  kIdentity,
  kBoundary,
  kSession,
};

// "identity-based policy", "permissions boundary", "service control policy", ...: as in the denial
// texts of section 4.7. kNone: "".
std::string_view PolicyKindName(PolicyKind kind);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_POLICY_TYPE_H_
