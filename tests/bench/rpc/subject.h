// Kinds of calls that are compared with each other.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_
#define PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "tests/bench/rpc/load.h"
#include "tests/bench/rpc/processes.h"

namespace portcullis::bench {

// One kind of call to one server, under measurement.
class Subject {
 public:
  // `process` outlives the object.
  Subject(std::string name, const ServerProcess* process, std::unique_ptr<Load> load)
      : name_(std::move(name)), process_(*process), load_(std::move(load)) {}

  // Forgets what was measured. False if an answer was wrong; so does RunRound().
  bool WarmUp(int in_flight);
  bool RunRound(int in_flight);

  // Medians of the rounds, as counters: processor time of the server per call, calls per second,
  // and how long the client waited for half of the answers and for 99 of 100.
  void Report(benchmark::State& state) const;
  // Processor time next to that of `reference`: the median of the rounds' ratios, since the parts
  // of one are measured one right after the other.
  void ReportRatio(const Subject& reference, benchmark::State& state) const;

 private:
  const std::string name_;
  const ServerProcess& process_;
  const std::unique_ptr<Load> load_;
  std::vector<double> cpu_microseconds_;  // Per call, one for each round; so are the others.
  std::vector<double> calls_per_second_;
  std::vector<double> median_microseconds_;
  std::vector<double> tail_microseconds_;
};

// Runs the benchmark: in each iteration one round of every subject, another one first each time,
// and reports all, with ratios to the first.
void TakeTurns(const std::vector<Subject*>& subjects, int in_flight, benchmark::State& state);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_
