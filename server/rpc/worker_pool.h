// A few threads for calls that take too long for a completion queue's thread.
#ifndef PORTCULLIS_SERVER_RPC_WORKER_POOL_H_
#define PORTCULLIS_SERVER_RPC_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace portcullis::rpc {

// Runs tasks in the order in which they came, on a bounded number of threads, with a bounded queue
// before them: whoever asks for more is told no at once and does not wait. Threads start when they
// are needed for the first time, and stay. Thread-safe.
//
// Every accepted task runs exactly once, also while stopping: a task that has a caller to answer
// asks stopping() and answers without doing the work.
class WorkerPool {
 public:
  // `waiting_max`: tasks that may wait beside those that run.
  WorkerPool(size_t threads_max, size_t waiting_max);
  ~WorkerPool();  // Stops.
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Returns false, without running it, if the queue is full, the pool is stopping, or the system
  // has no thread for it.
  bool TryRun(std::function<void()> task);

  // Whether Stop has been called.
  bool stopping() const;

  // Runs what was accepted and ends the threads. May be called more than once, but not from a task.
  void Stop();

 private:
  void Work();
  void StartThread();  // REQUIRES: mutex_ is held.

  const size_t threads_max_;
  const size_t waiting_max_;

  // Of the standard library, which ThreadSanitizer understands although Abseil is not instrumented.
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // Guarded by mutex_.
  bool stopping_ = false;                    // Guarded by mutex_.
  size_t running_ = 0;                       // Tasks being run. Guarded by mutex_.
  std::vector<std::thread> threads_;         // Grows under mutex_, and not once stopping_.
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_WORKER_POOL_H_
