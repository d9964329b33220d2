// Policies that change while questions are asked.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

constexpr std::chrono::milliseconds kBetweenChanges(200);
constexpr std::chrono::seconds kDeadline(10);

constexpr char kServed[] = "reloads/policies/";
// Nobody reads what is written here. While nothing is to change, as much is written here: writing
// is no work of the server's.
constexpr char kIgnored[] = "reloads/ignored/";

// Writes the last file of the policies into `folder` again and again, while it lives, never as it
// was.
class Changer {
 public:
  Changer(const TemporaryDirectory& directory, std::string folder, size_t user_count)
      : directory_(directory),
        folder_(std::move(folder)),
        user_count_(user_count),
        thread_([this] { Run(); }) {}
  ~Changer() {
    done_ = true;
    thread_.join();
  }
  Changer(const Changer&) = delete;
  Changer& operator=(const Changer&) = delete;

 private:
  void Run() {
    static int changes = 0;
    while (!done_) {
      const PolicyFile file =
          FileOfUser(user_count_ - 1, user_count_, "c" + std::to_string(++changes));
      directory_.Write(folder_ + file.name, file.text);
      std::this_thread::sleep_for(kBetweenChanges);
    }
  }

  const TemporaryDirectory& directory_;
  const std::string folder_;
  const size_t user_count_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

struct Side {
  std::vector<double> p50;
  std::vector<double> p99;
};

// One turn: as many in flight, or, if there are none, as many calls per second. False if an answer
// was not the right one.
bool Ask(Client* client, int in_flight, double calls_per_second, Side* side) {
  const double seconds = Usually(2.0, 0.5);
  std::vector<double> microseconds;
  if (in_flight > 0) {
    const double rate = in_flight == 1 ? 5000 : 15'000;  // About what it will be.
    LoadResult result = client->Run(static_cast<int>(seconds * rate / Usually(1, 10)), in_flight);
    if (result.wrong > 0) return false;
    microseconds = std::move(result.microseconds);
  } else {
    for (const Outcome& outcome : client->RunOpen({{calls_per_second, seconds}}, kDeadline)) {
      if (outcome.kind != Outcome::Kind::kRight) return false;
      microseconds.push_back(outcome.microseconds);
    }
  }
  side->p50.push_back(Median(microseconds));
  side->p99.push_back(Quantile(std::move(microseconds), 0.99));
  return true;
}

// Questions while nothing changes and while a file changes all the time, of 10,000 policies.
// range(0): in flight; 0: an open loop of 5,000 calls per second.
void BM_Reloads(benchmark::State& state) {
  const auto policies = static_cast<size_t>(Usually(10'000, 1000));
  const size_t users = policies / kPoliciesPerUser;
  const TemporaryDirectory directory;
  const auto server = StartPortcullis(directory, {"reloads", UserFiles(policies)});
  std::set<std::string> revisions;
  Client client(server->endpoint(), AboutUsers(users - kUsersPerFile, &revisions));
  const auto in_flight = static_cast<int>(state.range(0));
  const double rate = Usually(5000.0, 500.0);
  Side quiet;
  Side reloading;
  double reloading_seconds = 0;
  for (auto _ : state) {
    for (int round = 0; round < TheSettings().rounds; ++round) {
      bool right = false;
      {
        const Changer changer(directory, kIgnored, users);
        right = Ask(&client, in_flight, rate, &quiet);
      }
      {
        const auto started = std::chrono::steady_clock::now();
        const Changer changer(directory, kServed, users);
        right = Ask(&client, in_flight, rate, &reloading) && right;
        reloading_seconds +=
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
      }
      // The last change is not to be read while nothing is to change.
      std::this_thread::sleep_for(Usually(kBetweenChanges * 5, kBetweenChanges * 2));
      if (!right) {
        state.SkipWithError("a call was not answered, or wrongly");
        return;
      }
    }
  }
  if (revisions.size() < 2 && !TheSettings().smoke)
    state.SkipWithError("the changes were not seen");
  std::vector<double> ratios;
  for (size_t i = 0; i < quiet.p99.size(); ++i) {
    ratios.push_back(reloading.p99[i] / quiet.p99[i]);
  }
  state.counters["reloads_per_second"] =
      static_cast<double>(revisions.size() - 1) / reloading_seconds;
  state.counters["quiet_p50_us"] = Median(quiet.p50);
  state.counters["quiet_p99_us"] = Median(quiet.p99);
  state.counters["reloading_p50_us"] = Median(reloading.p50);
  state.counters["reloading_p99_us"] = Median(reloading.p99);
  state.counters["p99_ratio"] = Median(std::move(ratios));
}
BENCHMARK(BM_Reloads)
    ->Arg(0)
    ->Arg(1)
    ->Arg(16)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
