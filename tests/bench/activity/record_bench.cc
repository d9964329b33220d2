// What noting a use adds to a decision: state::ActivityTracker::Record, with its thread flushing to
// a file meanwhile. Reported as free of heap allocations: an allocation is an error.

#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/str_cat.h"
#include "server/state/activity.h"
#include "tests/bench/allocations.h"

namespace portcullis::bench {
namespace {

constexpr char kAccount[] = "111122223333";
constexpr int64_t kStart = 1'795'305'600;  // 2026-11-22 00:00:00 UTC.

std::string UserId(size_t user) {
  return base::StrCat("AIDAEXAMPLEUSER", 100'000'000 + user);
}

class StandingClock : public base::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(kStart); }
};

// A tracker on a file in a directory of its own, shared by the threads of one benchmark.
class Subject {
 public:
  Subject() {
    std::string name = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
    directory_ = mkdtemp(name.data()) == nullptr ? "" : name;
    auto database = state::Database::Open({.path = directory_ + "/state.db"});
    if (!database.ok()) return;
    database_ = *std::move(database);
    state::ActivityOptions options;
    options.clock = &clock_;
    tracker_ = std::make_unique<state::ActivityTracker>(database_.get(), options);
  }
  ~Subject() {
    tracker_.reset();
    database_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  // Each thread has users of its own, or all have the same ones; the time advances by a second
  // every `uses_per_second` uses.
  void Run(benchmark::State& state, size_t users, size_t offset, int64_t uses_per_second) {
    std::vector<std::string> ids;
    std::vector<std::string> arns;
    std::vector<std::string> keys;
    for (size_t user = offset; user < offset + users; ++user) {
      ids.push_back(UserId(user));
      arns.push_back(base::StrCat("arn:aws:iam::", kAccount, ":user/application/user-", user));
      keys.push_back(base::StrCat("AKIAEXAMPLE", 100'000'000 + user));
    }
    const auto use = [&](size_t user, int64_t seconds) {
      return state::Use{.account = kAccount,
                        .kind = state::EntityKind::kUser,
                        .unique_id = ids[user],
                        .arn = arns[user],
                        .service = "s3",
                        .action = "GetObject",
                        .region = "eu-central-1",
                        .access_key_id = keys[user],
                        .time = absl::FromUnixSeconds(seconds)};
    };
    if (tracker_ == nullptr) {
      state.SkipWithError("no database");
      return;
    }
    for (size_t user = 0; user < users; ++user) tracker_->Record(use(user, kStart));
    const uint64_t allocations = AllocationCount();
    int64_t count = 0;
    size_t user = 0;
    for (auto _ : state) {
      tracker_->Record(use(user, kStart + count / uses_per_second));
      ++count;
      if (++user == users) user = 0;
    }
    const uint64_t allocated = AllocationCount() - allocations;
    state.counters["allocations"] = static_cast<double>(allocated) / static_cast<double>(count);
    // More than the thread remembers take the slow way.
    if (users <= 1000 && allocated != 0) {
      state.SkipWithError("it allocates");
      return;
    }
    const size_t last = user == 0 ? users - 1 : user - 1;
    Check(state, ids[last], kStart + (count - 1) / uses_per_second);
  }

 private:
  // The last use must be known, to the second (of another thread it may be a later one).
  void Check(benchmark::State& state, const std::string& id, int64_t seconds) {
    const auto services =
        tracker_->ServicesUsedBy(kAccount, state::EntityKind::kUser, id, /*with_actions=*/true);
    const absl::Time last = absl::FromUnixSeconds(seconds);
    const bool right = services.ok() && services->size() == 1 && services->front().last >= last &&
                       services->front().actions.size() == 1 &&
                       services->front().actions.front().last >= last &&
                       services->front().region == "eu-central-1";
    if (!right) state.SkipWithError("the last use is not known");
  }

  StandingClock clock_;
  std::string directory_;
  std::unique_ptr<state::Database> database_;
  std::unique_ptr<state::ActivityTracker> tracker_;
};

// Made before the threads of a benchmark start, and gone after they have ended.
std::unique_ptr<Subject> subject;

void SetUp(const benchmark::State&) {
  subject = std::make_unique<Subject>();
}
void TearDown(const benchmark::State&) {
  subject.reset();
}

// range(0): users asked about in turn. At 100,000 uses a second and thread.
void BM_Record_OwnUsers(benchmark::State& state) {
  const auto users = static_cast<size_t>(state.range(0));
  subject->Run(state, users, users * static_cast<size_t>(state.thread_index()), 100'000);
}
BENCHMARK(BM_Record_OwnUsers)
    ->Setup(SetUp)
    ->Teardown(TearDown)
    ->Arg(1)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(20'000)
    ->Threads(1)
    ->Threads(2);

// The threads write to the same cells.
void BM_Record_SameUsers(benchmark::State& state) {
  subject->Run(state, static_cast<size_t>(state.range(0)), 0, 100'000);
}
BENCHMARK(BM_Record_SameUsers)->Setup(SetUp)->Teardown(TearDown)->Arg(1)->Arg(100)->Threads(2);

// Every use is in another second, so that each writes.
void BM_Record_EverySecond(benchmark::State& state) {
  subject->Run(state, 100, 0, 1);
}
BENCHMARK(BM_Record_EverySecond)->Setup(SetUp)->Teardown(TearDown);

}  // namespace
}  // namespace portcullis::bench
