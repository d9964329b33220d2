// How long it takes from the start to the first answer, and from a changed file to the changed
// answer, and how much memory that needs.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"

#include "portcullis/v1/authorization_service.pb.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMegabyte = 1024.0 * 1024.0;

double SecondsSince(Clock::time_point started) {
  return std::chrono::duration<double>(Clock::now() - started).count();
}

// ---- Many policies ------------------------------------------------------------------------------

size_t PolicyCount() {
  return static_cast<size_t>(Usually(100'000, 1000));
}

// From nothing to the first answer, several times.
std::unique_ptr<Server> Start(const TemporaryDirectory& directory,
                              const std::vector<PolicyFile>& files, std::string_view name,
                              std::vector<double>* seconds) {
  std::unique_ptr<Server> server = StartPortcullis(directory, {name, files});
  const v1::Decision decision = AuthorizeOrDie(server->endpoint(), UserRequest(0)).decision();
  if (decision != v1::DECISION_ALLOW) Die("wrong answer");
  seconds->push_back(server->process().SecondsSinceStart());
  return server;
}

// Seconds until the server answers as a changed file says, and the memory that this took.
struct Change {
  double seconds = 0;
  double peak_bytes = 0;
};
Change ChangeOneFile(const TemporaryDirectory& directory, const Server& server, size_t user,
                     bool blue) {
  const size_t users = PolicyCount() / kPoliciesPerUser;
  const PolicyFile file = FileOfUser(user, users, blue ? "blue" : "green");
  const v1::Decision wanted = blue ? v1::DECISION_ALLOW : v1::DECISION_IMPLICIT_DENY;
  const auto channel = Connect(server.endpoint());
  server.process().ForgetPeak();
  const auto started = Clock::now();
  directory.Write("many/policies/" + file.name, file.text);
  server.process().WaitUntil([&] { return TryAuthorize(channel, UserRequest(user)) == wanted; });
  return {SecondsSince(started), server.process().PeakResidentBytes()};
}

// A store of 100,000 policies in files of 200. One iteration measures all there is to know of it,
// since it takes seconds to make.
void BM_Start_ManyPolicies(benchmark::State& state) {
  const TemporaryDirectory directory;
  const std::vector<PolicyFile> files = UserFiles(PolicyCount());
  std::vector<double> cold;
  std::vector<double> changed;
  std::vector<double> peaks;
  double resident = 0;  // After the start; later, freed memory may wait to be used again.
  double after_changes = 0;
  double empty = 0;
  for (auto _ : state) {
    std::vector<double> ignored;
    empty =
        Start(directory, UserFiles(kPoliciesPerUser), "few", &ignored)->process().ResidentBytes();
    std::unique_ptr<Server> server;
    for (int round = 0; round < std::min(TheSettings().rounds, 5); ++round) {
      server.reset();
      server = Start(directory, files, "many", &cold);
    }
    resident = server->process().ResidentBytes();
    for (int round = 0; round < TheSettings().rounds; ++round) {
      const auto user = static_cast<size_t>(round) / 2 * kUsersPerFile;
      const Change change = ChangeOneFile(directory, *server, user, round % 2 == 1);
      changed.push_back(change.seconds);
      peaks.push_back(change.peak_bytes / resident);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(Usually(1000, 1)));  // Until it is over.
    after_changes = server->process().ResidentBytes();
  }
  state.counters["policies"] = static_cast<double>(PolicyCount());
  state.counters["files"] = static_cast<double>(files.size());
  state.counters["cold_seconds"] = Median(cold);
  state.counters["changed_seconds"] = Median(changed);
  state.counters["changed_seconds_max"] = Greatest(changed);
  state.counters["resident_mb"] = resident / kMegabyte;
  state.counters["bytes_per_statement"] = (resident - empty) / static_cast<double>(PolicyCount());
  state.counters["bytes_per_statement_later"] =
      (after_changes - empty) / static_cast<double>(PolicyCount());
  state.counters["reload_peak_ratio"] = Median(peaks);
  state.counters["reload_peak_ratio_max"] = Greatest(peaks);
}
BENCHMARK(BM_Start_ManyPolicies)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

// ---- The example --------------------------------------------------------------------------------

v1::AuthorizeRequest ExampleRequest() {
  v1::AuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111111111111:user/tess");
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::developmentapp/x");
  return request;
}

// The policies of config/ with what a sidecar has: a socket, an address for health and metrics, a
// state file, and an audit log.
std::vector<std::string> SidecarArguments(const TemporaryDirectory& directory,
                                          const std::string& port_file) {
  return {(ProgramDirectory() / "portcullisd").string(),
          "--policies",
          "config/policies",
          "--secrets",
          "config/secrets",
          "--session-keys",
          directory.Path("keys"),
          "--create-session-key",
          "--state",
          directory.Path("state.db"),
          "--audit-log",
          directory.Path("audit.log"),
          "--listen",
          "unix://" + directory.Path("socket") + "?trusted=true",
          "--admin-listen",
          "127.0.0.1:0",
          "--port-file",
          port_file};
}

struct Sidecar {
  std::vector<double> ready_seconds;
  std::vector<double> idle_percent;
  std::vector<double> idle_megabytes;
  std::vector<double> used_megabytes;
};

// One start, an idle time, and some use. The first start makes the session key and the state file.
bool RunSidecar(const TemporaryDirectory& directory, double idle_seconds, Sidecar* sidecar) {
  const std::string port_file = directory.Path("ports.json");
  std::filesystem::remove(port_file);
  const Process process(SidecarArguments(directory, port_file), directory.Path("log"));
  Endpoint endpoint;
  process.WaitUntil([&] {
    const std::vector<std::string> addresses = ReadPortFile(port_file);
    if (!addresses.empty()) endpoint.address = addresses.front();
    return !addresses.empty();
  });
  sidecar->ready_seconds.push_back(process.SecondsSinceStart());
  const bool first = AuthorizeOrDie(endpoint, ExampleRequest()).decision() == v1::DECISION_ALLOW;
  if (idle_seconds > 0) {
    std::this_thread::sleep_for(std::chrono::seconds(1));  // Until the start is over.
    sidecar->idle_megabytes.push_back(process.ResidentBytes() / kMegabyte);
    const int64_t cpu = process.CpuNanoseconds();
    const auto started = Clock::now();
    std::this_thread::sleep_for(std::chrono::duration<double>(idle_seconds));
    const auto used = static_cast<double>(process.CpuNanoseconds() - cpu);
    sidecar->idle_percent.push_back(used / 1e9 / SecondsSince(started) * 100);
  }
  const LoadResult result =
      Client(endpoint, Asking<v1::AuthorizeResponse>(
                           std::string(kAuthorizeMethod), std::vector{ExampleRequest()},
                           [](size_t, const v1::AuthorizeResponse& response) {
                             return response.decision() == v1::DECISION_ALLOW;
                           }))
          .Run(Usually(20'000, 200), 64);
  sidecar->used_megabytes.push_back(process.ResidentBytes() / kMegabyte);
  return first && result.wrong == 0;
}

void BM_Sidecar(benchmark::State& state) {
  const TemporaryDirectory directory;
  Sidecar sidecar;
  bool right = true;
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      right = RunSidecar(directory, round == 0 ? Usually(20.0, 0.2) : 0, &sidecar) && right;
    }
  }
  if (!right) state.SkipWithError("wrong answer");
  state.counters["ready_ms"] = Median(sidecar.ready_seconds) * 1000;
  state.counters["first_ready_ms"] = sidecar.ready_seconds.front() * 1000;
  state.counters["idle_percent"] = Median(sidecar.idle_percent);
  state.counters["idle_mb"] = Median(sidecar.idle_megabytes);
  state.counters["used_mb"] = Median(sidecar.used_megabytes);
  state.counters["program_mb"] =
      static_cast<double>(std::filesystem::file_size(ProgramDirectory() / "portcullisd")) /
      kMegabyte;
}
BENCHMARK(BM_Sidecar)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
