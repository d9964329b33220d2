#include "server/rpc/worker_pool.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "gtest/gtest.h"

namespace portcullis::rpc {
namespace {

TEST(WorkerPool, RunsEveryAcceptedTaskOnce) {
  std::atomic<int> runs = 0;
  int accepted = 0;
  WorkerPool pool(3, 10000);
  for (int i = 0; i < 1000; ++i) accepted += pool.TryRun([&runs] { ++runs; }) ? 1 : 0;
  pool.Stop();
  EXPECT_EQ(accepted, 1000);
  EXPECT_EQ(runs, 1000);
}

TEST(WorkerPool, RefusesWhatDoesNotFit) {
  WorkerPool pool(1, 2);
  std::promise<void> started;
  std::promise<void> release;
  ASSERT_TRUE(pool.TryRun([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  std::atomic<int> runs = 0;
  EXPECT_TRUE(pool.TryRun([&runs] { ++runs; }));
  EXPECT_TRUE(pool.TryRun([&runs] { ++runs; }));
  EXPECT_FALSE(pool.TryRun([&runs] { ++runs; }));
  release.set_value();
  pool.Stop();
  EXPECT_EQ(runs, 2);
}

TEST(WorkerPool, RunsAsManyAtOnceAsItHasThreads) {
  constexpr int kThreads = 4;
  WorkerPool pool(kThreads, 0);
  std::atomic<int> inside = 0;
  std::promise<void> all;
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_TRUE(pool.TryRun([&] {
      if (++inside == kThreads) all.set_value();
      while (inside < kThreads) std::this_thread::yield();  // Each waits for all the others.
    }));
  }
  EXPECT_EQ(all.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
}

TEST(WorkerPool, RunsWaitingTasksWhileStoppingAndRefusesNewOnes) {
  WorkerPool pool(1, 8);
  std::promise<void> release;
  std::atomic<bool> told = false;
  ASSERT_TRUE(pool.TryRun([&] { release.get_future().wait(); }));
  ASSERT_TRUE(pool.TryRun([&] { told = pool.stopping(); }));
  std::thread stopper([&] { pool.Stop(); });
  while (!pool.stopping()) std::this_thread::yield();
  EXPECT_FALSE(pool.TryRun([] {}));
  release.set_value();
  stopper.join();
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace portcullis::rpc
