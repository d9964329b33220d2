// The servers that the benchmarks of this program share, each started when it is first needed.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/rpc/processes.h"

namespace portcullis::bench {

// What the program is called with to serve a constant answer instead; a port file follows.
inline constexpr std::string_view kServeReference = "--serve-reference";

// The least that a server could do: this program again.
const ServerProcess& ReferenceServer();

// portcullisd with one completion queue at one trusted address, which is also that of the proxy
// kDoorProxy, and these policies: file names and contents.
struct PortcullisOptions {
  std::string_view name;  // One word; the same server for the same name.
  std::vector<std::pair<std::string, std::string>> policies;
  bool audit_log = false;
};
const ServerProcess& Portcullis(const PortcullisOptions& options);

// Ends them all.
void EndServers();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_
