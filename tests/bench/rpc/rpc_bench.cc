// What an Authorize call costs the server, next to an empty call of the same message.
//
// Three servers run in processes of their own: one that answers without looking at the question,
// portcullisd, and portcullisd with an audit log. Each iteration asks all three the same, one after
// the other and another one first each time; the counters are medians over the iterations.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "tests/bench/rpc/load.h"
#include "tests/bench/rpc/processes.h"
#include "tests/bench/rpc/reference_server.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr std::string_view kServeReference = "--serve-reference";
constexpr int kUsers = 100;
constexpr int kCallsPerRound = 5000;
constexpr int kWarmUpCalls = 2000;

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

// One server under measurement.
struct Subject {
  Subject(const std::vector<std::string>& arguments, const std::string& port_file)
      : process(arguments, port_file), load(process.address()) {}

  ServerProcess process;
  Load load;
  std::vector<double> cpu_microseconds;  // Per call, one for each round.
  std::vector<double> calls_per_second;
};

// The servers, started when they are first needed and ended with the program.
struct Subjects {
  Subjects() {
    directory.Write("policies/world.yaml", PoliciesYaml());
    const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
    const std::string reference_port = directory.Path("reference.json");
    reference = std::make_unique<Subject>(
        std::vector<std::string>{self, std::string(kServeReference), reference_port},
        reference_port);
    plain = StartPortcullis("plain", "none");
    audited = StartPortcullis("audited", directory.Path("audit.log"));
  }

  std::unique_ptr<Subject> StartPortcullis(const std::string& name, const std::string& audit_log) {
    const std::string port_file = directory.Path(name + ".json");
    return std::make_unique<Subject>(
        std::vector<std::string>{(ProgramDirectory() / "portcullisd").string(), "--policies",
                                 directory.Path("policies"), "--session-keys",
                                 directory.Path(name + "-keys"), "--create-session-key", "--listen",
                                 "tcp://127.0.0.1:0?trusted=true", "--queues", "1", "--log-level",
                                 "warning", "--audit-log", audit_log, "--port-file", port_file},
        port_file);
  }

  std::array<Subject*, 3> all() const { return {reference.get(), plain.get(), audited.get()}; }

  TemporaryDirectory directory;
  std::unique_ptr<Subject> reference;
  std::unique_ptr<Subject> plain;
  std::unique_ptr<Subject> audited;
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// False if an answer was wrong.
bool RunRound(int in_flight, Subject* subject) {
  const int64_t cpu = subject->process.CpuNanoseconds();
  const LoadResult result = subject->load.Run(kCallsPerRound, in_flight);
  const auto used = static_cast<double>(subject->process.CpuNanoseconds() - cpu);
  subject->cpu_microseconds.push_back(used / 1000 / kCallsPerRound);
  subject->calls_per_second.push_back(kCallsPerRound / result.seconds);
  return result.wrong == 0;
}

void Report(std::string_view name, const Subject& subject, benchmark::State& state) {
  state.counters[Concat({name, "_cpu_us"})] = Median(subject.cpu_microseconds);
  state.counters[Concat({name, "_rps"})] = Median(subject.calls_per_second);
}

// The median of the rounds' ratios: the two parts of one are measured one right after the other.
double MedianRatio(const Subject& subject, const Subject& reference) {
  std::vector<double> ratios;
  for (size_t i = 0; i < subject.cpu_microseconds.size(); ++i) {
    ratios.push_back(subject.cpu_microseconds[i] / reference.cpu_microseconds[i]);
  }
  return Median(std::move(ratios));
}

std::unique_ptr<Subjects> subjects;

void BM_Rpc_InFlight(benchmark::State& state) {
  if (subjects == nullptr) subjects = std::make_unique<Subjects>();
  const auto in_flight = static_cast<int>(state.range(0));
  for (Subject* subject : subjects->all()) {
    subject->cpu_microseconds.clear();
    subject->calls_per_second.clear();
    if (subject->load.Run(kWarmUpCalls, in_flight).wrong > 0) {
      state.SkipWithError("wrong answer");
      return;
    }
  }
  std::array<Subject*, 3> order = subjects->all();
  for (auto _ : state) {
    std::rotate(order.begin(), order.begin() + 1, order.end());
    for (Subject* subject : order) {
      if (!RunRound(in_flight, subject)) {
        state.SkipWithError("wrong answer");
        return;
      }
    }
  }
  Report("empty", *subjects->reference, state);
  Report("authorize", *subjects->plain, state);
  Report("audited", *subjects->audited, state);
  state.counters["authorize_ratio"] = MedianRatio(*subjects->plain, *subjects->reference);
  state.counters["audited_ratio"] = MedianRatio(*subjects->audited, *subjects->reference);
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
  portcullis::bench::subjects.reset();  // Ends the servers.
  return EXIT_SUCCESS;
}
