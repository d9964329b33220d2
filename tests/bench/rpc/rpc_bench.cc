// What an Authorize call costs the server, next to an empty call of the same message.
//
// The servers run in processes of their own: one that answers without looking at the question, and
// portcullisd, with and without an audit log. Counters are medians over rounds in which each server
// has its turn.

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/reference_server.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/subject.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr size_t kPolicies = 1000;

// The caller's name is asserted, as a trusted client's is. range(0): in flight.
void BM_Rpc(benchmark::State& state, Transport transport) {
  Subject empty("empty", ReferenceServer(transport), AboutOneUser());
  const std::string name = Concat({"plain-", NameOf(transport)});
  Subject authorize("authorize", Portcullis({name, UserFiles(kPolicies), transport}),
                    AboutOneUser());
  TakeTurns({&empty, &authorize}, static_cast<int>(state.range(0)), state);
}

// The same with an audit log in a file.
void BM_Rpc_Audited(benchmark::State& state) {
  Subject empty("empty", ReferenceServer(Transport::kTcp), AboutOneUser());
  Subject authorize("authorize",
                    Portcullis({"audited", UserFiles(kPolicies), Transport::kTcp, true}),
                    AboutOneUser());
  TakeTurns({&empty, &authorize}, static_cast<int>(state.range(0)), state);
}

// The caller shows a session token, and every question is about another order.
void BM_Rpc_Token(benchmark::State& state, Transport transport) {
  const std::string name = Concat({"token-", NameOf(transport)});
  const Server& server = Portcullis({name, {{"door.yaml", DoorYaml()}}, transport});
  const std::string token = AssumeDoorRole(server.endpoint());
  Subject empty("empty", ReferenceServer(transport), AboutOrdersInVain(token));
  Subject authorize("authorize", server, AboutOrders(token));
  TakeTurns({&empty, &authorize}, static_cast<int>(state.range(0)), state);
}

void InFlight(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int in_flight : {1, 16, 64, 256}) benchmark->Arg(in_flight);
}
BENCHMARK_CAPTURE(BM_Rpc, tcp, Transport::kTcp)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_Rpc, unix, Transport::kUnixSocket)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_Rpc, tls, Transport::kTls)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_Rpc_Token, tcp, Transport::kTcp)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_Rpc_Token, unix, Transport::kUnixSocket)->Apply(InFlight);
BENCHMARK(BM_Rpc_Audited)->Apply(InFlight);

}  // namespace
}  // namespace portcullis::bench

int main(int argc, char** argv) {
  namespace bench = portcullis::bench;
  if (argc > 2 && argv[1] == bench::kServeReference) {
    bench::ServeReference(std::vector<std::string>(argv + 2, argv + argc));
  }
  if (!bench::TakeSettings(&argc, argv)) return EXIT_FAILURE;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  benchmark::RunSpecifiedBenchmarks();
  bench::EndServers();
  return EXIT_SUCCESS;
}
