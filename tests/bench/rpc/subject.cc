#include "tests/bench/rpc/subject.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace portcullis::bench {
namespace {

constexpr int kCallsPerRound = 5000;
constexpr int kWarmUpCalls = 2000;

// REQUIRES: there are values; 0 <= part < 1.
double Quantile(std::vector<double> values, double part) {
  const auto place =
      values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size()));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double Median(std::vector<double> values) {
  return Quantile(std::move(values), 0.5);
}

}  // namespace

bool Subject::WarmUp(int in_flight) {
  cpu_microseconds_.clear();
  calls_per_second_.clear();
  median_microseconds_.clear();
  tail_microseconds_.clear();
  return load_->Run(kWarmUpCalls, in_flight).wrong == 0;
}

bool Subject::RunRound(int in_flight) {
  const int64_t cpu = process_.CpuNanoseconds();
  const LoadResult result = load_->Run(kCallsPerRound, in_flight);
  const auto used = static_cast<double>(process_.CpuNanoseconds() - cpu);
  if (result.wrong > 0 || result.microseconds.empty()) return false;
  cpu_microseconds_.push_back(used / 1000 / kCallsPerRound);
  calls_per_second_.push_back(kCallsPerRound / result.seconds);
  median_microseconds_.push_back(Median(result.microseconds));
  tail_microseconds_.push_back(Quantile(result.microseconds, 0.99));
  return true;
}

void Subject::Report(benchmark::State& state) const {
  state.counters[name_ + "_cpu_us"] = Median(cpu_microseconds_);
  state.counters[name_ + "_rps"] = Median(calls_per_second_);
  state.counters[name_ + "_p50_us"] = Median(median_microseconds_);
  state.counters[name_ + "_p99_us"] = Median(tail_microseconds_);
}

void Subject::ReportRatio(const Subject& reference, benchmark::State& state) const {
  std::vector<double> ratios;
  for (size_t i = 0; i < cpu_microseconds_.size(); ++i) {
    ratios.push_back(cpu_microseconds_[i] / reference.cpu_microseconds_[i]);
  }
  state.counters[name_ + "_ratio"] = Median(std::move(ratios));
}

void TakeTurns(const std::vector<Subject*>& subjects, int in_flight, benchmark::State& state) {
  for (Subject* const subject : subjects) {
    if (!subject->WarmUp(in_flight)) {
      state.SkipWithError("wrong answer");
      return;
    }
  }
  std::vector<Subject*> order = subjects;
  for (auto _ : state) {
    std::rotate(order.begin(), order.begin() + 1, order.end());
    for (Subject* const subject : order) {
      if (!subject->RunRound(in_flight)) {
        state.SkipWithError("wrong answer");
        return;
      }
    }
  }
  for (const Subject* const subject : subjects) {
    subject->Report(state);
    if (subject != subjects.front()) subject->ReportRatio(*subjects.front(), state);
  }
}

}  // namespace portcullis::bench
