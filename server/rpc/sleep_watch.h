// Whether a thread ever has nothing to do.
#ifndef PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
#define PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_

#include <chrono>

namespace portcullis::rpc {

// Tells a thread that it has not slept for a while: then more work arrives than it can do. The
// kernel counts how often a thread gave its processor up, so that waiting for a processor, which
// others use, does not pass for sleep. Used by that thread alone.
class SleepWatch {
 public:
  static constexpr std::chrono::milliseconds kWindow{10};

  // Call it after each piece of work; it looks at the clock every kStride times only. True if the
  // thread had work all the time in the window that ended just now.
  bool WorkedThrough();

  // Starts a new window.
  void Reset();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kStride = 16;

  int until_look_ = kStride;
  Clock::time_point begin_;
  long sleeps_ = -1;  // At the window's begin; -1: there is no window yet.
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
