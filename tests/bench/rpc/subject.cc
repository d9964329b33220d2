#include "tests/bench/rpc/subject.h"

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tests/bench/rpc/processors.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"

namespace portcullis::bench {
namespace {

// A tenth of a second each or two, so that a hiccup of the machine falls into one turn of many.
int CallsPerRound(int in_flight, int decisions) {
  const int usual = in_flight == 1 ? 1000 : 10'000;
  return Usually(std::max(usual / std::max(1, decisions / 10), 200), 100);
}

double ClientCpuNanoseconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

std::vector<pid_t> ServersOf(const std::vector<Subject*>& subjects) {
  std::vector<pid_t> servers;
  for (const Subject* const subject : subjects) servers.push_back(subject->server());
  return servers;
}

}  // namespace

Subject::Row& Subject::Find(std::string_view name) {
  for (Row& row : rows_) {
    if (row.name == name) return row;
  }
  return rows_.emplace_back(Row{name, {}});
}

bool Subject::WarmUp(int in_flight) {
  rows_.clear();
  return client_->Run(CallsPerRound(in_flight, decisions_) / 2, in_flight).wrong == 0;
}

bool Subject::RunRound(int in_flight) {
  const int calls = CallsPerRound(in_flight, decisions_);
  const double decisions = static_cast<double>(calls) * decisions_;
  const int64_t cpu = process_.CpuNanoseconds();
  const double client_cpu = ClientCpuNanoseconds();
  const LoadResult result = client_->Run(calls, in_flight);
  const auto used = static_cast<double>(process_.CpuNanoseconds() - cpu);
  const double client_used = ClientCpuNanoseconds() - client_cpu;
  if (result.wrong > 0 || result.microseconds.empty()) return false;
  Find("cpu_us").values.push_back(used / 1000 / decisions);
  Find("client_cpu_us").values.push_back(client_used / 1000 / decisions);
  Find("rps").values.push_back(decisions / result.seconds);
  Find("p50_us").values.push_back(Median(result.microseconds));
  Find("p99_us").values.push_back(Quantile(result.microseconds, 0.99));
  return true;
}

void Subject::Report(const std::string& prefix, benchmark::State& state) const {
  for (const Row& row : rows_) {
    state.counters[prefix + name_ + "_" + std::string(row.name)] = Median(row.values);
  }
}

void Subject::ReportRatios(const Subject& reference, const std::string& prefix,
                           benchmark::State& state) const {
  for (size_t row = 0; row < rows_.size(); ++row) {
    std::vector<double> ratios;
    for (size_t round = 0; round < rows_[row].values.size(); ++round) {
      ratios.push_back(rows_[row].values[round] / reference.rows_[row].values[round]);
    }
    state.counters[prefix + name_ + "_" + std::string(rows_[row].name) + "_ratio"] =
        Median(std::move(ratios));
  }
}

bool Compare(const std::vector<Subject*>& subjects, int in_flight, int rounds,
             const std::string& prefix, benchmark::State& state) {
  std::optional<ProcessorsApart> apart;
  if (in_flight == 1) apart.emplace(ServersOf(subjects));
  bool right = true;
  for (Subject* const subject : subjects) right = right && subject->WarmUp(in_flight);
  std::vector<Subject*> order = subjects;
  for (int round = 0; round < rounds; ++round) {
    std::rotate(order.begin(), order.begin() + 1, order.end());
    for (Subject* const subject : order) right = right && subject->RunRound(in_flight);
  }
  if (!right) {
    state.SkipWithError("wrong answer");
    return false;
  }
  for (const Subject* const subject : subjects) {
    subject->Report(prefix, state);
    if (subject != subjects.front()) subject->ReportRatios(*subjects.front(), prefix, state);
  }
  return true;
}

void TakeTurns(const std::vector<Subject*>& subjects, int in_flight, benchmark::State& state) {
  // Single turns differ by a fifth, their 99th percentiles by more.
  const int rounds = Usually(3 * TheSettings().rounds, TheSettings().rounds);
  for (auto _ : state) Compare(subjects, in_flight, rounds, "", state);
}

}  // namespace portcullis::bench
