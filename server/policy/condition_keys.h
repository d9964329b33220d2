// The catalogue of condition keys that Portcullis knows (sections 3.2 to 3.6).
#ifndef PORTCULLIS_SERVER_POLICY_CONDITION_KEYS_H_
#define PORTCULLIS_SERVER_POLICY_CONDITION_KEYS_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace portcullis::policy {

enum class KeyValueType : uint8_t { kString, kBool, kNumeric, kDate, kIp, kArn, kBinary };

// Who may put a key into a request's context.
enum class KeySetter : uint8_t {
  kServer,   // Portcullis, from authenticated facts; refused from callers.
  kTrusted,  // Portcullis, or a trusted PEP that knows it (aws:SourceIp, aws:ResourceTag/..., ...).
  kCaller,   // Anybody who may ask.
};

// One key. `prefix` rows name a family: "aws:PrincipalTag/" stands for all keys below it.
struct ConditionKey {
  std::string_view name;  // Canonical spelling.
  bool prefix;
  KeyValueType type;
  bool multivalued;
  KeySetter setter;
};

// All rows, sorted by name in ASCII lower case.
absl::Span<const ConditionKey> ConditionKeys();

// The row of a key, by name without regard to case; for families by their prefix. nullptr if the
// key is not in the catalogue: service and integrator keys are legal and come from callers.
const ConditionKey* FindConditionKey(std::string_view name);
// The same by a name that base::FoldCase made.
const ConditionKey* FindFoldedKey(std::string_view folded);

// Whether the name lies in a namespace that only Portcullis fills: `aws:`, `sts:`, `iam:`, `saml:`
// . Provider-qualified keys (`host/path:claim`) are recognised by the dot before the colon.
bool IsReservedNamespace(std::string_view name);

// Whether a caller that is not a trusted PEP, or one that is, may supply this key.
bool MaySupply(std::string_view name, bool trusted_pep);
// The same by a folded name that has been looked up: `row` is FindFoldedKey(folded).
bool MaySupplyFolded(const ConditionKey* row, std::string_view folded, bool trusted_pep);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_CONDITION_KEYS_H_
