#include "server/rpc/worker_pool.h"

#include <system_error>
#include <utility>

namespace portcullis::rpc {

WorkerPool::WorkerPool(size_t threads_max, size_t waiting_max)
    : threads_max_(threads_max), waiting_max_(waiting_max) {}

WorkerPool::~WorkerPool() {
  Stop();
}

bool WorkerPool::TryRun(std::function<void()> task) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const size_t accepted = running_ + tasks_.size();
    if (stopping_ || accepted >= threads_max_ + waiting_max_) return false;
    if (accepted >= threads_.size() && threads_.size() < threads_max_) StartThread();
    if (threads_.empty()) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

bool WorkerPool::stopping() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

void WorkerPool::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

// Without one more there is less to wait for it; without any there is nobody.
void WorkerPool::StartThread() {
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    // The system has no more threads for this process.
  }
}

void WorkerPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ++running_;
    }
    task();
    task = nullptr;  // What it holds goes before the next one may come.
    const std::lock_guard<std::mutex> lock(mutex_);
    --running_;
  }
}

}  // namespace portcullis::rpc
