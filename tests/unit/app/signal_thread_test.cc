#include "server/app/signal_thread.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

void WaitFor(const std::atomic<int>& counter, int value) {
  for (int i = 0; i < 1000 && counter < value; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(counter, value);
}

TEST(SignalThread, CallsWhatEachSignalMeans) {
  BlockSignals();
  std::atomic<int> stop = 0;
  std::atomic<int> stop_at_once = 0;
  std::atomic<int> reload = 0;
  std::atomic<int> reopen = 0;
  SignalActions actions;
  actions.stop = [&stop] { ++stop; };
  actions.stop_at_once = [&stop_at_once] { ++stop_at_once; };
  actions.reload = [&reload] { ++reload; };
  actions.reopen = [&reopen] { ++reopen; };
  const SignalThread thread(actions);
  kill(getpid(), SIGHUP);
  WaitFor(reload, 1);
  kill(getpid(), SIGUSR1);
  WaitFor(reopen, 1);
  kill(getpid(), SIGTERM);
  WaitFor(stop, 1);
  kill(getpid(), SIGINT);
  WaitFor(stop_at_once, 1);
  kill(getpid(), SIGALRM);
  WaitFor(stop_at_once, 2);
  EXPECT_EQ(stop, 1);
  EXPECT_EQ(reload, 1);
  EXPECT_EQ(reopen, 1);
}

TEST(SignalThread, EndsWithoutASignal) {
  BlockSignals();
  int calls = 0;
  SignalActions actions;
  actions.stop = actions.stop_at_once = actions.reload = actions.reopen = [&calls] { ++calls; };
  { const SignalThread thread(actions); }
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace portcullis::app
