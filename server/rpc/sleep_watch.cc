#include "server/rpc/sleep_watch.h"

#include <sys/resource.h>

namespace portcullis::rpc {

SleepWatch::Usage SleepWatch::Ask() {
  rusage usage{};
  if (getrusage(RUSAGE_THREAD, &usage) != 0) return {};
  const auto duration = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return {usage.ru_nvcsw, duration(usage.ru_utime) + duration(usage.ru_stime)};
}

bool SleepWatch::Look(Time now, long work) {
  work_ += work;
  const auto passed = now - begin_;
  // Negative: somebody set the clock.
  if (passed >= decltype(passed)::zero() && passed < kWindow) return false;
  const Usage before = at_begin_;
  at_begin_ = Ask();
  begin_ = now;
  const bool busy = at_begin_.processor - before.processor >= kBusyShare * passed;
  const bool restless = (at_begin_.sleeps - before.sleeps) * kWorkPerSleep < work_;
  worked_through_ = before.sleeps >= 0 && at_begin_.sleeps >= 0 && (busy || restless);
  work_ = 0;
  return true;
}

}  // namespace portcullis::rpc
