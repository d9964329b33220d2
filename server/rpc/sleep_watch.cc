#include "server/rpc/sleep_watch.h"

#include <sys/resource.h>

namespace portcullis::rpc {
namespace {

// How often this thread gave up its processor because it had nothing to do.
long CountSleeps() {
  rusage usage{};
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : -1;
}

}  // namespace

void SleepWatch::Look(Time now, long work) {
  work_ += work;
  const auto passed = now - begin_;
  // Negative: somebody set the clock.
  if (passed >= decltype(passed)::zero() && passed < kWindow) return;
  const long sleeps_before = sleeps_;
  sleeps_ = CountSleeps();
  begin_ = now;
  worked_through_ = sleeps_before >= 0 && (sleeps_ - sleeps_before) * kWorkPerSleep < work_;
  work_ = 0;
}

}  // namespace portcullis::rpc
