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

bool SleepWatch::WorkedThrough() {
  if (--until_look_ > 0) return false;
  until_look_ = kStride;
  const Clock::time_point now = Clock::now();
  if (sleeps_ >= 0 && now - begin_ < kWindow) return false;
  const long sleeps_before = sleeps_;
  sleeps_ = CountSleeps();
  begin_ = now;
  return sleeps_before >= 0 && sleeps_ == sleeps_before;
}

void SleepWatch::Reset() {
  sleeps_ = -1;
}

}  // namespace portcullis::rpc
