// Cerbos' own server, doing the same work: a policy for each kind of resource, with one rule of one
// condition on an attribute.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_CERBOS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_CERBOS_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/policy_files.h"
#include "tests/bench/rpc/processes.h"
#include "tests/bench/rpc/servers.h"

namespace portcullis::bench {

// One policy in each, as Cerbos wants it: whoever has the role "user" may "view" resources of one
// kind while their department is `department`.
PolicyFile CerbosPolicy(size_t kind, std::string_view department);
std::vector<PolicyFile> CerbosPolicies(size_t count);

// Starts it on policies that are in `directory`/policies, without audit log and telemetry, watching
// for changes. It may not be ready yet.
std::unique_ptr<Server> StartCerbos(const TemporaryDirectory& directory);

// Whether it takes connections: cheaper to ask again and again than gRPC.
bool Listens(const Endpoint& endpoint);

// CheckResources about one resource of each of the first `kind_count` kinds, one action and four
// attributes: they may be viewed.
Questions AboutKinds(size_t kind_count);

// What it answers about a resource of this kind and department. kNone: nothing, it is not ready.
enum class CerbosAnswer : uint8_t { kNone, kAllow, kDeny };
CerbosAnswer TryCheck(const std::shared_ptr<grpc::Channel>& channel, size_t kind,
                      std::string_view department = "blue");

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_CERBOS_H_
