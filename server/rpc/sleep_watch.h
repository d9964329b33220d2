// Whether a thread ever has nothing to do.
#ifndef PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
#define PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_

#include <chrono>

namespace portcullis::rpc {

// Tells a thread whether it hardly slept lately: then as much work arrives as it can do, or more.
// The kernel counts how often a thread gave its processor up, so that waiting for a processor,
// which others use, does not pass for sleep. Used by that thread alone.
class SleepWatch {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::milliseconds kWindow{10};
  // A thread that keeps up sleeps after every few pieces of work; one that does not still waits for
  // a lock now and then.
  static constexpr long kWorkPerSleep = 16;

  // To be called often: `work` more pieces of work were done. Asks the kernel once in a window.
  void Look(Time now, long work);

  // Whether the thread did so much between two sleeps in the last window that is over.
  bool worked_through() const { return worked_through_; }

 private:
  Time begin_;
  long sleeps_ = -1;  // At the window's begin; -1: there was no window yet.
  long work_ = 0;     // Since then.
  bool worked_through_ = false;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
