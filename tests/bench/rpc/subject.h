// Kinds of calls that are compared with each other.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_
#define PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/servers.h"

namespace portcullis::bench {

// One kind of call to one server, under measurement.
class Subject {
 public:
  // `process` outlives the object. `decisions` is how many there are in an answer.
  Subject(std::string name, const Process* process, std::unique_ptr<Client> client,
          int decisions = 1)
      : name_(std::move(name)),
        process_(*process),
        client_(std::move(client)),
        decisions_(decisions) {}
  Subject(std::string name, const Server& server, Questions questions, int decisions = 1)
      : Subject(std::move(name), &server.process(),
                std::make_unique<Client>(server.endpoint(), std::move(questions)), decisions) {}

  // Forgets what was measured. False if an answer was wrong; so does RunRound().
  bool WarmUp(int in_flight);
  bool RunRound(int in_flight);

  pid_t server() const { return process_.id(); }

  // Medians of the rounds, as counters: processor time of the server and of the client per
  // decision, decisions per second, and how long the client waited for half of the answers and for
  // 99 of 100.
  // Names of counters begin with `prefix`.
  void Report(const std::string& prefix, benchmark::State& state) const;
  // The same as parts of what `reference` took: the medians of the rounds' ratios, since the parts
  // of one round are measured one right after the other.
  void ReportRatios(const Subject& reference, const std::string& prefix,
                    benchmark::State& state) const;

 private:
  struct Row {  // Values of all rounds.
    std::string_view name;
    std::vector<double> values;
  };
  Row& Find(std::string_view name);

  const std::string name_;
  const Process& process_;
  const std::unique_ptr<Client> client_;
  const int decisions_;
  std::vector<Row> rows_;
};

// In every round each subject has its turn, another one first each time. Reports all, with ratios
// to the first. One call at a time is measured with ProcessorsApart. False, and the benchmark
// fails, after a wrong answer.
bool Compare(const std::vector<Subject*>& subjects, int in_flight, int rounds,
             const std::string& prefix, benchmark::State& state);

// Runs a benchmark that is just that, with three times as many rounds as --rounds says.
void TakeTurns(const std::vector<Subject*>& subjects, int in_flight, benchmark::State& state);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_SUBJECT_H_
