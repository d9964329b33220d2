#include "server/app/signal_thread.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace portcullis::app {
namespace {

// Wakes the thread for its end. Blocked with the others, so that nothing else comes of it.
constexpr int kEndSignal = SIGUSR2;

sigset_t HandledSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM, kEndSignal}) {
    sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = HandledSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

SignalThread::SignalThread(SignalActions actions)
    : actions_(std::move(actions)), thread_([this] { Wait(); }) {}

SignalThread::~SignalThread() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), kEndSignal);
  thread_.join();
}

void SignalThread::Wait() {
  const sigset_t set = HandledSignals();
  while (!ending_) {
    int signal = 0;
    if (sigwait(&set, &signal) == 0) Act(signal);
  }
}

void SignalThread::Act(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      if (std::exchange(stop_asked_, true)) {
        actions_.stop_at_once();
      } else {
        actions_.stop();
      }
      break;
    case SIGALRM:
      actions_.stop_at_once();
      break;
    case SIGHUP:
      actions_.reload();
      break;
    case SIGUSR1:
      actions_.reopen();
      break;
    default:
      break;  // kEndSignal.
  }
}

}  // namespace portcullis::app
