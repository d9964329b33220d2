// Questions that come when they come: below capacity, and above it.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "tests/bench/rpc/batch.h"
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
  std::vector<double> rates;
  calls = Usually(calls, 200);
  for (int round = 0; round < 3; ++round) {
    const LoadResult result = client->Run(calls, kInFlightAtCapacity);
    if (result.wrong > 0) return 0;
    rates.push_back(calls / result.seconds);
  }
  return Median(std::move(rates));
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
};

// One turn. False if a call did not succeed: below capacity all do.
bool Wait(Waiting* waiting) {
  const std::vector<Outcome> outcomes =
      waiting->client->RunOpen({{waiting->rate, Usually(2.0, 0.2)}}, std::chrono::seconds(10));
  std::vector<double> microseconds;
  for (const Outcome& outcome : outcomes) {
    if (outcome.kind != Kind::kRight) return false;
    microseconds.push_back(outcome.microseconds);
  }
  waiting->p50.push_back(Median(microseconds));
  waiting->p99.push_back(Quantile(microseconds, 0.99));
  waiting->p999.push_back(Quantile(microseconds, 0.999));
  return true;
}

// range(0): percent of what this client and the empty server can do. Both get the same load.
void BM_OpenLoop(benchmark::State& state) {
  Waiting empty("empty", ReferenceServer(Transport::kTcp));
  Waiting authorize("authorize", Portcullis({"open", UserFiles(kPolicies)}));
  const double capacity = Capacity(authorize.client.get(), 10'000);
  if (capacity == 0) state.SkipWithError("wrong answer");
  for (Waiting* const waiting : {&empty, &authorize}) {
    waiting->rate = capacity * static_cast<double>(state.range(0)) / 100;
  }
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      if (!Wait(round % 2 == 0 ? &empty : &authorize) ||
          !Wait(round % 2 == 0 ? &authorize : &empty)) {
        state.SkipWithError("a call below capacity was not answered, or wrongly");
        return;
      }
    }
  }
  state.counters["capacity_rps"] = capacity;
  for (const Waiting* const waiting : {&empty, &authorize}) {
    state.counters[waiting->name + "_p50_us"] = Median(waiting->p50);
    state.counters[waiting->name + "_p99_us"] = Median(waiting->p99);
    state.counters[waiting->name + "_p999_us"] = Median(waiting->p999);
  }
}
BENCHMARK(BM_OpenLoop)
    ->Arg(50)
    ->Arg(80)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// ---- Above capacity -----------------------------------------------------------------------------

// A batch costs the server several times what it costs the client, so that one client can ask for
// more than the server can do.
constexpr int kQuestionsPerCall = 100;
constexpr std::chrono::milliseconds kDeadline(100);
constexpr double kBucketSeconds = 0.05;

bool IsWithin(const Outcome& outcome, double begin, double end) {
  return outcome.due >= begin && outcome.due < end;
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

// The median wait of right answers; `all_right` is cleared if there are others.
double MedianWait(const std::vector<Outcome>& outcomes, double begin, double end, bool* all_right) {
  std::vector<double> microseconds;
  for (const Outcome& outcome : outcomes) {
    if (!IsWithin(outcome, begin, end)) continue;
    microseconds.push_back(outcome.microseconds);
    if (outcome.kind != Kind::kRight) *all_right = false;
  }
  return Median(std::move(microseconds));
}

// How long after `end_of_overload` it took until calls were answered again as before it: all of
// them, and half of them in at most twice the time, in two buckets on end. -1 if never.
double RecoverySeconds(const std::vector<Outcome>& outcomes, double quiet_microseconds,
                       double end_of_overload, double end) {
  int good = 0;
  for (double begin = end_of_overload; begin < end; begin += kBucketSeconds) {
    bool all_right = true;
    const double wait = MedianWait(outcomes, begin, begin + kBucketSeconds, &all_right);
    good = all_right && wait <= 2 * quiet_microseconds ? good + 1 : 0;
    if (good == 2) return begin - kBucketSeconds - end_of_overload;
  }
  return -1;
}

// range(0): percent of capacity. Half of it before, and half of it after.
void BM_Overload(benchmark::State& state) {
  Client client(Portcullis({"overload", UserFiles(kPolicies)}).endpoint(),
                AboutObjects(kQuestionsPerCall));
  const double quiet = Usually(1.0, 0.1);
  const double overload_end = quiet + Usually(3.0, 0.2);
  const double end = overload_end + Usually(2.0, 0.3);
  std::vector<double> shares;
  std::vector<double> recoveries;
  std::vector<double> capacities;
  std::vector<double> offered;
  std::vector<double> late;
  std::vector<double> refused;
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      const double capacity = Capacity(&client, 4000);
      const double rate = capacity * static_cast<double>(state.range(0)) / 100;
      const std::vector<Outcome> outcomes = client.RunOpen(
          {{capacity / 2, quiet}, {rate, overload_end - quiet}, {capacity / 2, end - overload_end}},
          kDeadline);
      const auto is_wrong = [](const Outcome& outcome) { return outcome.kind == Kind::kWrong; };
      if (capacity == 0 || std::any_of(outcomes.begin(), outcomes.end(), is_wrong)) {
        state.SkipWithError("wrong answer");
        return;
      }
      // The first moments fill the queues.
      const double begin = quiet + (overload_end - quiet) / 6;
      bool ignored = true;
      shares.push_back(Goodput(outcomes, begin, overload_end) / capacity);
      recoveries.push_back(
          RecoverySeconds(outcomes, MedianWait(outcomes, 0, quiet, &ignored), overload_end, end));
      capacities.push_back(capacity);
      const auto calls = std::count_if(
          outcomes.begin(), outcomes.end(),
          [&](const Outcome& outcome) { return IsWithin(outcome, begin, overload_end); });
      offered.push_back(static_cast<double>(calls) / (overload_end - begin) / capacity);
      late.push_back(Share(outcomes, begin, overload_end, Kind::kLate));
      refused.push_back(Share(outcomes, begin, overload_end, Kind::kRefused));
    }
  }
  state.counters["capacity_calls_per_second"] = Median(capacities);
  state.counters["offered_share"] = Median(offered);
  state.counters["late_share"] = Median(late);
  state.counters["refused_share"] = Median(refused);
  state.counters["goodput_share"] = Median(shares);
  state.counters["recovery_seconds"] = Median(recoveries);
  state.counters["recovery_seconds_max"] = Greatest(recoveries);
}
BENCHMARK(BM_Overload)
    ->Arg(150)
    ->Arg(200)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
