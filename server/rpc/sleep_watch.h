// Whether a thread ever has nothing to do.
#ifndef PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
#define PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_

#include <chrono>

namespace portcullis::rpc {

// Tells a thread whether it hardly slept lately: then as much work arrives as it can do, or more.
// Either it used its processor nearly all the time, or it did much between two sleeps: the kernel
// counts how often a thread gave its processor up, so that waiting for a processor, which others
// use, does not pass for sleep. Used by that thread alone.
class SleepWatch {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::milliseconds kWindow{50};
  // A thread that keeps up sleeps after every few pieces of work; one that does not still waits for
  // a lock now and then.
  static constexpr long kWorkPerSleep = 16;
  static constexpr double kBusyShare = 0.9;  // Of a window's time.

  // To be called often: `work` more pieces of work were done. True if a window is over, which is
  // when the kernel is asked.
  bool Look(Time now, long work);

  // Whether either was so in the last window that is over.
  bool worked_through() const { return worked_through_; }

 private:
  // What the kernel says of the thread.
  struct Usage {
    long sleeps = -1;  // -1: it was not asked.
    std::chrono::microseconds processor{0};
  };
  static Usage Ask();

  Time begin_;
  Usage at_begin_;
  long work_ = 0;  // Since then.
  bool worked_through_ = false;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_SLEEP_WATCH_H_
