#include "server/rpc/sleep_watch.h"

#include <chrono>
#include <thread>

#include "gtest/gtest.h"

namespace portcullis::rpc {
namespace {

using Clock = std::chrono::system_clock;
using std::chrono::milliseconds;

void WorkFor(milliseconds duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(SleepWatchTest, KnowsNothingBeforeAWindowIsOver) {
  SleepWatch watch;
  EXPECT_FALSE(watch.worked_through());
  const SleepWatch::Time now = Clock::now();
  watch.Look(now, 1);
  EXPECT_FALSE(watch.worked_through());
  WorkFor(milliseconds(1));
  watch.Look(now + SleepWatch::kWindow - milliseconds(1), 1);
  EXPECT_FALSE(watch.worked_through());
}

TEST(SleepWatchTest, SeesWorkWithoutSleep) {
  SleepWatch watch;
  const SleepWatch::Time now = Clock::now();
  watch.Look(now, 1);
  WorkFor(milliseconds(1));
  watch.Look(now + SleepWatch::kWindow, 1);
  EXPECT_TRUE(watch.worked_through());
}

TEST(SleepWatchTest, SeesSleepHoweverShort) {
  SleepWatch watch;
  const SleepWatch::Time now = Clock::now();
  EXPECT_TRUE(watch.Look(now, 1)) << "the first window begins";
  EXPECT_FALSE(watch.Look(now, 1));
  EXPECT_TRUE(watch.Look(now + SleepWatch::kWindow, 1));
  ASSERT_TRUE(watch.worked_through());
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  watch.Look(now + 2 * SleepWatch::kWindow - milliseconds(1), 1);
  EXPECT_TRUE(watch.worked_through()) << "the window is not over";
  watch.Look(now + 2 * SleepWatch::kWindow, 1);
  EXPECT_FALSE(watch.worked_through());
  watch.Look(now + 3 * SleepWatch::kWindow, 1);
  EXPECT_TRUE(watch.worked_through());
}

TEST(SleepWatchTest, ForgivesASleepAfterMuchWork) {
  SleepWatch watch;
  const SleepWatch::Time now = Clock::now();
  watch.Look(now, 1);
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  watch.Look(now + SleepWatch::kWindow, 1000);
  EXPECT_TRUE(watch.worked_through());
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  watch.Look(now + 2 * SleepWatch::kWindow, SleepWatch::kWorkPerSleep);
  EXPECT_FALSE(watch.worked_through());
}

TEST(SleepWatchTest, ForgivesASleepBesideHardWork) {
  SleepWatch watch;
  const SleepWatch::Time now = Clock::now();
  watch.Look(now, 1);
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  WorkFor(2 * SleepWatch::kWindow);  // More than there is time, in case others want the processor.
  watch.Look(now + SleepWatch::kWindow, 1);
  EXPECT_TRUE(watch.worked_through());
}

TEST(SleepWatchTest, GoesOnWhenTheClockIsSetBack) {
  SleepWatch watch;
  const SleepWatch::Time now = Clock::now();
  watch.Look(now, 1);
  watch.Look(now - std::chrono::hours(1), 1);
  EXPECT_TRUE(watch.worked_through());
  std::this_thread::sleep_for(std::chrono::microseconds(100));
  watch.Look(now - std::chrono::hours(1) + SleepWatch::kWindow, 1);
  EXPECT_FALSE(watch.worked_through());
}

}  // namespace
}  // namespace portcullis::rpc
