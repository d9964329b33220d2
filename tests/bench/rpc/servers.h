// The servers that the benchmarks of this program share, each started when it is first needed.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_
#define PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/policy_files.h"
#include "tests/bench/rpc/processes.h"

namespace portcullis::bench {

enum class Transport : uint8_t { kTcp, kUnixSocket, kTls };
std::string_view NameOf(Transport transport);

// A server and where it is.
class Server {
 public:
  Server(std::unique_ptr<Process> process, Endpoint endpoint)
      : process_(std::move(process)), endpoint_(std::move(endpoint)) {}

  const Process& process() const { return *process_; }
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  std::unique_ptr<Process> process_;
  Endpoint endpoint_;
};

// What the program is called with to serve a constant answer instead; ServeReference() says what
// follows.
inline constexpr std::string_view kServeReference = "--serve-reference";

// The least that a server could do: this program again.
const Server& ReferenceServer(Transport transport);

// portcullisd at one address, where everybody is trusted and also the proxy kDoorProxy.
struct PortcullisOptions {
  std::string_view name;  // One word; also its directory's name.
  std::vector<PolicyFile> policies;
  Transport transport = Transport::kTcp;
  bool audit_log = false;
  int queues = 1;
};
// The same server for the same name, until EndServers().
const Server& Portcullis(const PortcullisOptions& options);

// A new one, whose files are in `directory`/`options.name`, policies in `policies` below.
std::unique_ptr<Server> StartPortcullis(const TemporaryDirectory& directory,
                                        const PortcullisOptions& options);

// Ends those that are shared.
void EndServers();

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_SERVERS_H_
