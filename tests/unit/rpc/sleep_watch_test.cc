#include "server/rpc/sleep_watch.h"

#include <chrono>
#include <thread>

#include "gtest/gtest.h"

namespace portcullis::rpc {
namespace {

using Clock = std::chrono::steady_clock;

// Whether a window ends in which this thread worked through; it gets ten seconds.
bool WorksThrough(SleepWatch* watch, bool with_sleep) {
  const auto end = Clock::now() + (with_sleep ? std::chrono::milliseconds(200)
                                              : std::chrono::milliseconds(10'000));
  while (Clock::now() < end) {
    if (with_sleep) std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (watch->WorkedThrough()) return true;
  }
  return false;
}

TEST(SleepWatchTest, SeesWorkWithoutSleep) {
  SleepWatch watch;
  EXPECT_TRUE(WorksThrough(&watch, false));
}

TEST(SleepWatchTest, SeesSleepHoweverShort) {
  SleepWatch watch;
  EXPECT_FALSE(WorksThrough(&watch, true));
}

TEST(SleepWatchTest, TakesAWindowToSay) {
  SleepWatch watch;
  const auto begin = Clock::now();
  ASSERT_TRUE(WorksThrough(&watch, false));
  EXPECT_GE(Clock::now() - begin, SleepWatch::kWindow);
  watch.Reset();
  const auto again = Clock::now();
  ASSERT_TRUE(WorksThrough(&watch, false));
  EXPECT_GE(Clock::now() - again, SleepWatch::kWindow);
}

}  // namespace
}  // namespace portcullis::rpc
