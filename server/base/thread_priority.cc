#include "server/base/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace portcullis::base {
namespace {

// Weighs about a tenth of the ordinary.
constexpr int kNice = 10;

// Since Linux 6.12 a thread that wakes up interrupts at once one whose slice is longer than its
// own, which is 3 ms at most. Before, niceness alone has to do, and the number is ignored.
constexpr uint64_t kSliceNanoseconds = 10'000'000;

// sched_setattr(2), which the C library has no function for.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = SCHED_BATCH;  // Does not interrupt anybody when it wakes up.
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = kSliceNanoseconds;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

}  // namespace

void GiveWayToOtherThreads() {
  const auto thread = static_cast<id_t>(gettid());
  errno = 0;
  const int now = getpriority(PRIO_PROCESS, thread);
  if (errno != 0) return;
  SchedulingAttributes attributes;
  attributes.nice = std::max(now, kNice);
  if (syscall(SYS_sched_setattr, thread, &attributes, 0) != 0) {
    setpriority(PRIO_PROCESS, thread, attributes.nice);
  }
}

}  // namespace portcullis::base
