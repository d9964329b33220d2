// A store full of policies, made without files: what the benchmarks ask.
#ifndef PORTCULLIS_TESTS_BENCH_WORLD_H_
#define PORTCULLIS_TESTS_BENCH_WORLD_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/engine/query.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/policy_type.h"
#include "server/route/definition.h"
#include "server/store/definitions.h"
#include "server/store/policy_store.h"

namespace portcullis::bench {

inline constexpr std::string_view kAccount = "111111111111";

// How many policies the users of AddUsers() have.
inline constexpr size_t kPoliciesPerUser = 10;

// Ends the program with what is wrong if the document is.
policy::SharedPolicy CompileOrDie(std::string_view document, policy::PolicyType type);

// Collects definitions of one account and publishes them. Quotas do not apply. Mistakes end the
// program: a benchmark of something else than was meant is worse than none.
class World {
 public:
  World();

  // References are valid until the next call of the same function.
  store::UserDefinition& AddUser(std::string_view name);
  store::RoleDefinition& AddRole(std::string_view name, std::string_view trust_policy);
  void AddManagedPolicy(std::string_view name, std::string_view document);
  void AddResource(std::string_view arn, std::string_view policy);
  void AddGateway(route::GatewayDefinition gateway);
  void AddProxy(store::ProxyDefinition proxy);
  static void AddPolicy(std::string_view name, std::string_view document,
                        store::EntityDefinition* entity);

  // Adds `policy_count` / kPoliciesPerUser users: UserArn(0), UserArn(1), ... Their policies have
  // one statement with one condition each, and no two users have a statement in common. User `i`
  // may s3:GetObject on ObjectArn(i) while the request supplies app:department = "blue", by the
  // statement kUserSid.
  void AddUsers(size_t policy_count);

  // Builds and publishes everything that was added, and forgets the definitions.
  void Publish();

  const store::PolicyStore& store() const { return store_; }

 private:
  std::shared_ptr<store::FileDefinitions> file_;
  store::PolicyStore store_;
};

// A world of AddUsers(policy_count). Worlds take seconds to make: each size is made once, when it
// is first asked for. Only the latest is kept, so that a large one does not weigh on what follows.
const World& WorldOfUsers(size_t policy_count);

inline constexpr std::string_view kUserSid = "ReadObjects";

// What one of the policies of AddUsers() allows, while app:department is "red" or "blue".
struct UserPolicy {
  std::string_view sid;
  std::string_view action;
  std::string resource;
};
std::vector<UserPolicy> UserPolicies(size_t user);

std::string UserArn(size_t user);
std::string ObjectArn(size_t user);

// A client that may name principals, as a sidecar's is.
engine::Peer TrustedPeer();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_WORLD_H_
