#include "server/base/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "gtest/gtest.h"

namespace portcullis::base {
namespace {

int NiceOfThisThread() {
  return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

TEST(ThreadPriority, OnlyTheCallingThreadAndThoseItStartsGiveWay) {
  const int before = NiceOfThisThread();
  const int policy_before = sched_getscheduler(0);
  std::thread([&] {
    GiveWayToOtherThreads();
    EXPECT_EQ(NiceOfThisThread(), std::max(before, 10));
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
    std::thread([&] {
      EXPECT_EQ(NiceOfThisThread(), std::max(before, 10));
      EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
    }).join();
  }).join();
  EXPECT_EQ(NiceOfThisThread(), before);
  EXPECT_EQ(sched_getscheduler(0), policy_before);
}

TEST(ThreadPriority, NeverRaisesOne) {
  std::thread([] {
    ASSERT_EQ(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19), 0);
    GiveWayToOtherThreads();
    GiveWayToOtherThreads();
    EXPECT_EQ(NiceOfThisThread(), 19);
  }).join();
}

}  // namespace
}  // namespace portcullis::base
