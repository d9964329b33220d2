// Turns signals into calls on an ordinary thread.
#ifndef PORTCULLIS_SERVER_APP_SIGNAL_THREAD_H_
#define PORTCULLIS_SERVER_APP_SIGNAL_THREAD_H_

#include <atomic>
#include <functional>
#include <thread>

namespace portcullis::app {

// What signals mean. Called one after another, on the signal thread, where everything is allowed.
struct SignalActions {
  std::function<void()> stop;          // The first SIGTERM or SIGINT.
  std::function<void()> stop_at_once;  // Any later one, and SIGALRM.
  std::function<void()> reload;        // SIGHUP.
  std::function<void()> reopen;        // SIGUSR1.
};

// Blocks the signals above in the calling thread, and so in all threads made afterwards, and
// ignores SIGPIPE. To be called at the beginning of main, before there are other threads: a signal
// that finds one that does not block it ends the process.
void BlockSignals();

// Waits for signals and calls `actions` until it is destroyed. REQUIRES: BlockSignals was called.
class SignalThread {
 public:
  explicit SignalThread(SignalActions actions);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void Wait();
  void Act(int signal);

  const SignalActions actions_;
  std::atomic<bool> ending_ = false;
  bool stop_asked_ = false;  // Of the thread.
  std::thread thread_;
};

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_SIGNAL_THREAD_H_
