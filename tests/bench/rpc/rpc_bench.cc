// What an Authorize call costs the server, next to an empty call of the same message.
//
// Three servers run in processes of their own: one that answers without looking at the question,
// portcullisd, and portcullisd with an audit log. Each iteration asks all three the same, one after
// the other and another one first each time; the counters are medians over the iterations.

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "tests/bench/rpc/load.h"
#include "tests/bench/rpc/reference_server.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/subject.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr int kUsers = 100;

// Users with ten policies each, as YAML.
std::string PoliciesYaml() {
  std::string yaml = "Accounts:\n  - AccountId: \"111111111111\"\n";
  yaml += "Account: \"111111111111\"\nUsers:\n";
  for (int user = 0; user < kUsers; ++user) {
    const std::string number = std::to_string(user);
    yaml += Concat({"  - UserName: user-", number, "\n    Policies:\n"});
    for (size_t policy = 0; policy < kPoliciesPerUser; ++policy) {
      const bool wanted = policy == 6;
      yaml += Concat({"      - PolicyName: p", std::to_string(policy),
                      "\n        PolicyDocument: {\"Version\":\"2012-10-17\",\"Statement\":"
                      "{\"Effect\":\"Allow\",\"Action\":\"",
                      wanted ? "s3:GetObject" : "s3:PutObject",
                      "\",\"Resource\":\"arn:aws:s3:::", wanted ? "bucket-" : "archive-", number,
                      "/*\",\"Condition\":{\"StringEquals\":{\"app:department\":\"blue\"}}}}\n"});
    }
  }
  return yaml;
}

const ServerProcess& Server(std::string_view name, bool audit_log) {
  return Portcullis({name, {{"world.yaml", PoliciesYaml()}}, audit_log});
}

void BM_Rpc_InFlight(benchmark::State& state) {
  const auto subject = [](std::string name, const ServerProcess& process) {
    return Subject(std::move(name), &process, UserLoad(process.address()));
  };
  Subject empty = subject("empty", ReferenceServer());
  Subject authorize = subject("authorize", Server("plain", false));
  Subject audited = subject("audited", Server("audited", true));
  TakeTurns({&empty, &authorize, &audited}, static_cast<int>(state.range(0)), state);
}
BENCHMARK(BM_Rpc_InFlight)
    ->Arg(16)
    ->Arg(64)
    ->Arg(256)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench

int main(int argc, char** argv) {
  if (argc == 3 && argv[1] == portcullis::bench::kServeReference) {
    portcullis::bench::ServeReference(argv[2]);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  benchmark::RunSpecifiedBenchmarks();
  portcullis::bench::EndServers();
  return EXIT_SUCCESS;
}
