#include "server/rpc/call_queue.h"

#include <chrono>

namespace portcullis::rpc {

CallQueue::CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : queue_(std::move(queue)) {}

CallQueue::~CallQueue() {
  Stop();
}

void CallQueue::Start() {
  thread_ = std::thread([this] { Serve(); });
}

void CallQueue::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (!thread_.joinable()) {  // Never started: nothing was asked for.
    queue_->Shutdown();
    Drain();
    return;
  }
  stop_alarm_.Set(queue_.get(), std::chrono::system_clock::now(), static_cast<Tag*>(this));
  thread_.join();
}

void CallQueue::Run(bool /*ok*/) {
  open_ = false;
  // The server is shut down: whatever waits is late. gRPC wants it finished before.
  while (!backlog_.empty()) backlog_.TakeNext(std::chrono::system_clock::now())->Resume();
  queue_->Shutdown();
}

void CallQueue::Serve() {
  for (const std::unique_ptr<ServedMethod>& method : methods_) method->Start();
  Drain();
}

void CallQueue::Drain() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    static_cast<Tag*>(tag)->Run(ok);
    if (sleep_.WorkedThrough()) WorkOff();
  }
}

void CallQueue::WorkOff() {
  pressed_ = true;
  while (TakeIn() || !backlog_.empty()) WorkForAWhile();
  pressed_ = false;
  sleep_.Reset();
}

void CallQueue::Postpone(const Backlog::Entry& entry) {
  backlog_.Add(entry);
  while (PostponedCall* const excess = backlog_.TakeExcess()) excess->Refuse();
}

// Takes in what arrived, without waiting. False if there was nothing.
bool CallQueue::TakeIn() {
  // More at a time would let those wait that were taken in before.
  constexpr int kEventsMax = 1000;
  // With each look gRPC reads from one connection, and may read a part of a message only.
  constexpr int kVainLooksMax = 8;
  void* tag = nullptr;
  bool ok = false;
  int events = 0;
  for (int vain = 0; events < kEventsMax && vain < kVainLooksMax;) {
    if (queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) !=
        grpc::CompletionQueue::GOT_EVENT) {
      ++vain;
      continue;
    }
    vain = 0;
    ++events;
    static_cast<Tag*>(tag)->Run(ok);
  }
  return events > 0;
}

void CallQueue::WorkForAWhile() {
  // Looking for more costs some ten microseconds; not looking lets those wait who just came.
  constexpr std::chrono::milliseconds kWhile(1);
  auto now = std::chrono::system_clock::now();
  const auto end = now + kWhile;
  while (!backlog_.empty() && now < end) {
    backlog_.TakeNext(now)->Resume();
    now = std::chrono::system_clock::now();
  }
}

}  // namespace portcullis::rpc
