// Questions that come when they come: below capacity, and above it.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "tests/bench/rpc/batch.h"
#include "tests/bench/rpc/patterns.h"
#include "tests/bench/rpc/policy_files.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"

namespace portcullis::bench {
namespace {

using Kind = Outcome::Kind;

constexpr int kInFlightAtCapacity = 64;
constexpr size_t kPolicies = 1000;

// Calls per second that the server answers a client which always has as many in flight; 0 if an
// answer was wrong.
double Capacity(Client* client, int calls) {
  calls = Usually(calls, 200);
  const LoadResult result = client->Run(calls, kInFlightAtCapacity);
  return result.wrong > 0 ? 0 : calls / result.seconds;
}

bool IsWithin(const Outcome& outcome, double begin, double end) {
  return outcome.due >= begin && outcome.due < end;
}

// The median wait of right answers.
double MedianWait(const std::vector<Outcome>& outcomes, double begin, double end) {
  std::vector<double> microseconds;
  for (const Outcome& outcome : outcomes) {
    if (!IsWithin(outcome, begin, end) || outcome.kind != Kind::kRight) continue;
    microseconds.push_back(outcome.microseconds);
  }
  return Median(std::move(microseconds));
}

// ---- Below capacity -----------------------------------------------------------------------------

struct Waiting {
  Waiting(std::string name_in, const Server& server)
      : name(std::move(name_in)),
        client(std::make_unique<Client>(server.endpoint(), AboutOneUser())) {}

  std::string name;
  std::unique_ptr<Client> client;
  double rate = 0;
  std::vector<double> p50;
  std::vector<double> p99;
  std::vector<double> p999;
  std::vector<double> unanswered;  // Share of calls.
};

// Below capacity a server has no reason to refuse; but others may stop the machine for a moment.
constexpr double kUnansweredMax = 0.01;

// One turn. False if an answer was wrong. A call that the server refused, as it does when more wait
// than it has room for, counts as one that waited until its deadline: nothing waits longer.
bool Wait(Waiting* waiting) {
  constexpr std::chrono::seconds kLongest(10);
  const std::vector<Outcome> outcomes =
      waiting->client->RunOpen({{waiting->rate, Usually(2.0, 0.2)}}, kLongest);
  std::vector<double> microseconds;
  double unanswered = 0;
  for (const Outcome& outcome : outcomes) {
    if (outcome.kind == Kind::kWrong) return false;
    const bool answered = outcome.kind == Kind::kRight;
    if (!answered) ++unanswered;
    microseconds.push_back(answered ? outcome.microseconds
                                    : std::chrono::microseconds(kLongest).count());
  }
  waiting->p50.push_back(Median(microseconds));
  waiting->p99.push_back(Quantile(microseconds, 0.99));
  waiting->p999.push_back(Quantile(microseconds, 0.999));
  waiting->unanswered.push_back(unanswered / static_cast<double>(outcomes.size()));
  return true;
}

// Whether half of the answers came in time, all of them did, and whether one was wrong, when this
// many were asked for per second.
enum class Pace : uint8_t { kKept, kLost, kWrong };
Pace Keeps(Client* client, double rate) {
  constexpr double kKeepingUpMicroseconds = 5000;
  const std::vector<Outcome> outcomes =
      client->RunOpen({{rate, Usually(0.5, 0.1)}}, std::chrono::seconds(10));
  const auto is = [](Kind kind) {
    return [kind](const Outcome& outcome) { return outcome.kind == kind; };
  };
  if (std::any_of(outcomes.begin(), outcomes.end(), is(Kind::kWrong))) return Pace::kWrong;
  const bool kept = std::all_of(outcomes.begin(), outcomes.end(), is(Kind::kRight)) &&
                    MedianWait(outcomes, 0, 1) < kKeepingUpMicroseconds;
  return kept ? Pace::kKept : Pace::kLost;
}

// As many calls per second as client and server can keep up with when nobody waits for an answer
// before the next question, several times in a row: once is not for long where others use the
// machine, too. That is less than Capacity(): the client has two threads then, which take more of
// the machine than one that always has a few calls in flight. 0 if an answer was wrong.
double OpenCapacity(Client* client) {
  constexpr int kTimes = 3;
  double rate = Capacity(client, 10'000);
  for (int kept = 0; kept < kTimes && rate > 1000;) {
    const Pace pace = Keeps(client, rate);
    if (pace == Pace::kWrong) return 0;
    kept = pace == Pace::kKept ? kept + 1 : 0;
    if (pace == Pace::kLost) rate *= 0.9;
  }
  return rate > 1000 ? rate : 0;
}

// range(0): percent of what this client and the server can do. Both servers get the same load.
void BM_OpenLoop(benchmark::State& state) {
  Waiting empty("empty", ReferenceServer(Transport::kTcp));
  Waiting authorize("authorize", Portcullis({"open", UserFiles(kPolicies)}));
  const double capacity = OpenCapacity(authorize.client.get());
  if (capacity == 0) {
    state.SkipWithError("wrong answer");
    return;
  }
  for (Waiting* const waiting : {&empty, &authorize}) {
    waiting->rate = capacity * static_cast<double>(state.range(0)) / 100;
  }
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      if (!Wait(round % 2 == 0 ? &empty : &authorize) ||
          !Wait(round % 2 == 0 ? &authorize : &empty)) {
        state.SkipWithError("wrong answer");
        return;
      }
    }
  }
  state.counters["capacity_rps"] = capacity;
  for (const Waiting* const waiting : {&empty, &authorize}) {
    state.counters[waiting->name + "_p50_us"] = Median(waiting->p50);
    state.counters[waiting->name + "_p99_us"] = Median(waiting->p99);
    state.counters[waiting->name + "_p999_us"] = Median(waiting->p999);
    state.counters[waiting->name + "_unanswered"] = Greatest(waiting->unanswered);
    if (Greatest(waiting->unanswered) > kUnansweredMax) {
      state.SkipWithError("too many calls below capacity had no answer");
    }
  }
}
BENCHMARK(BM_OpenLoop)
    ->Arg(50)
    ->Arg(80)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// ---- Above capacity -----------------------------------------------------------------------------

constexpr std::chrono::milliseconds kDeadline(100);
constexpr double kBucketSeconds = 0.05;

// What is asked too much of. Calls have to cost the server several times what they cost the client,
// so that one client can ask for too much without being late itself.
struct Burden {
  std::string name;
  std::vector<PolicyFile> policies;
  Questions questions;
  int questions_per_call = 1;
  int calls_to_tell_capacity = 0;  // For half a second.
};

// Ordinary questions, so many that the client is not the bottleneck. To read a call takes a fifth
// of the time that answering it takes.
Burden Ordinary() {
  constexpr int kQuestions = 500;
  return {"overload", UserFiles(kPolicies), AboutObjects(kQuestions), kQuestions, 2000};
}

// Few questions that take long: every statement has to be looked at.
Burden Patterns() {
  constexpr int kQuestions = 100;
  return {"patterns", PatternFiles(), AboutPatterns(kQuestions), kQuestions, 500};
}

// Right answers in time per second, of the calls that were due between two times.
double Goodput(const std::vector<Outcome>& outcomes, double begin, double end) {
  const auto good = std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
    return IsWithin(outcome, begin, end) && outcome.kind == Kind::kRight;
  });
  return static_cast<double>(good) / (end - begin);
}

// How many of those calls ended like this, of all.
double Share(const std::vector<Outcome>& outcomes, double begin, double end, Kind kind) {
  double all = 0;
  double such = 0;
  for (const Outcome& outcome : outcomes) {
    if (!IsWithin(outcome, begin, end)) continue;
    ++all;
    if (outcome.kind == kind) ++such;
  }
  return all == 0 ? 0 : such / all;
}

// How long after `end_of_overload` it took until calls were answered again as before it: all of
// them, and half of them in at most twice the time, in two buckets on end. -1 if never.
double RecoverySeconds(const std::vector<Outcome>& outcomes, double quiet_microseconds,
                       double end_of_overload, double end) {
  int good = 0;
  for (double begin = end_of_overload; begin < end; begin += kBucketSeconds) {
    const bool all_right = Share(outcomes, begin, begin + kBucketSeconds, Kind::kRight) == 1;
    const double wait = MedianWait(outcomes, begin, begin + kBucketSeconds);
    good = all_right && wait <= 2 * quiet_microseconds ? good + 1 : 0;
    if (good == 2) return begin - kBucketSeconds - end_of_overload;
  }
  return -1;
}

// How much later than they were due the client asked its questions, for nine of ten: if that is
// much, the client was busy, and the figures say little about the server.
double ClientLagMilliseconds(const std::vector<Outcome>& outcomes, double begin, double end) {
  std::vector<double> lags;
  for (const Outcome& outcome : outcomes) {
    if (IsWithin(outcome, begin, end)) lags.push_back(outcome.lag_microseconds / 1000);
  }
  return lags.empty() ? 0 : Quantile(std::move(lags), 0.9);
}

// One round: half of the capacity, too much, and half of it again.
struct Course {
  double quiet_end = Usually(1.0, 0.1);
  double overload_end = quiet_end + Usually(2.0, 0.2);
  double end = overload_end + Usually(1.5, 0.3);
  // The first moments fill the queues.
  double steady = quiet_end + (overload_end - quiet_end) / 6;

  std::vector<Phase> Phases(double capacity, double percent) const {
    return {{capacity / 2, quiet_end},
            {capacity * percent / 100, overload_end - quiet_end},
            {capacity / 2, end - overload_end}};
  }
};

// Figures of all rounds, by name.
using Figures = std::map<std::string, std::vector<double>>;

void Note(const Course& course, const std::vector<Outcome>& outcomes, double capacity,
          Figures* figures) {
  const double begin = course.steady;
  const double end = course.overload_end;
  const auto calls = std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& outcome) {
    return IsWithin(outcome, begin, end);
  });
  const auto note = [figures](const char* name, double value) {
    (*figures)[name].push_back(value);
  };
  note("capacity_calls_per_second", capacity);
  note("offered_share", static_cast<double>(calls) / (end - begin) / capacity);
  note("goodput_share", Goodput(outcomes, begin, end) / capacity);
  note("late_share", Share(outcomes, begin, end, Kind::kLate));
  note("refused_share", Share(outcomes, begin, end, Kind::kRefused));
  note("wait_of_right_us", MedianWait(outcomes, begin, end));
  note("client_lag_ms", ClientLagMilliseconds(outcomes, begin, end));
  note("recovery_seconds", RecoverySeconds(outcomes, MedianWait(outcomes, 0, course.quiet_end),
                                           course.overload_end, course.end));
}

// range(0): percent of capacity.
void BM_Overload(benchmark::State& state, Burden (*make_burden)()) {
  const Burden burden = make_burden();
  Client client(Portcullis({burden.name, burden.policies}).endpoint(), burden.questions);
  const Course course;
  Figures figures;
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      const double before = Capacity(&client, burden.calls_to_tell_capacity);
      const std::vector<Outcome> outcomes =
          client.RunOpen(course.Phases(before, static_cast<double>(state.range(0))), kDeadline);
      const double after = Capacity(&client, burden.calls_to_tell_capacity);
      const auto is_wrong = [](const Outcome& outcome) { return outcome.kind == Kind::kWrong; };
      if (before == 0 || after == 0 || std::any_of(outcomes.begin(), outcomes.end(), is_wrong)) {
        state.SkipWithError("wrong answer");
        return;
      }
      // What the machine can do changes within seconds.
      Note(course, outcomes, (before + after) / 2, &figures);
    }
  }
  state.counters["questions_per_call"] = burden.questions_per_call;
  state.counters["recovery_seconds_max"] = Greatest(figures["recovery_seconds"]);
  for (auto& [name, values] : figures) state.counters[name] = Median(std::move(values));
}

void Percentages(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int percent : {120, 150, 200}) benchmark->Arg(percent);
}
BENCHMARK_CAPTURE(BM_Overload, ordinary, Ordinary)->Apply(Percentages);
BENCHMARK_CAPTURE(BM_Overload, patterns, Patterns)->Apply(Percentages);

}  // namespace
}  // namespace portcullis::bench
