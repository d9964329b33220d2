// Which services policies could allow something in: for access advisor (section 8.3).
#ifndef PORTCULLIS_SERVER_ENGINE_GRANTING_POLICIES_H_
#define PORTCULLIS_SERVER_ENGINE_GRANTING_POLICIES_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "server/policy/compiled_policy.h"
#include "server/policy/policy_set.h"
#include "server/store/snapshot.h"

namespace portcullis::engine {

// Namespaces in lower case, sorted.
using ServiceNames = std::set<std::string, std::less<>>;

// Whether an Allow of the policy covers an action in the service. Conditions and
// resources may hold, so they are not looked at; a Deny takes nothing away, because what it leaves
// depends on them. `service` is in lower case.
//
// NotAction covers every service of which its entries do not exclude all actions at once.
bool CouldAllow(const policy::CompiledPolicy& policy, std::string_view service);

// The services that the policies could allow something in: those their actions name and, if one
// says
// `*` or NotAction, those of `known` too. There is no list of all services there are, as these are
// anybody's; so a wildcard stands for what is known here.
ServiceNames ServicesCovered(absl::Span<const policy::CompiledPolicySet* const> sets,
                             const ServiceNames& known);

// What is known to be a service in an account: Portcullis's own (iam, sts, portcullis), what the
// policies of its users, groups and roles allow by name, and what its registered resources belong
// to. To these a report adds what was really used. Looks at every statement of the account: not for
// a request's path.
ServiceNames KnownServices(const store::Snapshot& snapshot, const store::Account& account);

// "Amazon S3" for s3; the namespace itself where no name is known.
std::string_view ServiceDisplayName(std::string_view service);

// One policy of an entity. Managed: `arn` is set. Inline: `entity_*` tell whose it is.
struct PolicyReference {
  std::string name;
  std::string arn;
  std::string entity_type;  // "USER", "GROUP" or "ROLE".
  std::string entity_name;

  bool managed() const { return !arn.empty(); }
  friend bool operator==(const PolicyReference&, const PolicyReference&) = default;
};

// The policies among `sets` that could allow something in the service, each once, in their order.
std::vector<PolicyReference> PoliciesGranting(
    absl::Span<const policy::CompiledPolicySet* const> sets, std::string_view service);

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_GRANTING_POLICIES_H_
