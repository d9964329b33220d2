#include "server/rpc/call_queue.h"

#include <algorithm>
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
  // The server is shut down and nobody gets an answer any more, but gRPC wants calls finished.
  while (!backlog_.empty()) backlog_.TakeNext(std::chrono::system_clock::now())->Refuse();
  queue_->Shutdown();
}

void CallQueue::Serve() {
  for (const std::unique_ptr<ServedMethod>& method : methods_) method->Start();
  Drain();
}

void CallQueue::Drain() {
  for (;;) {
    if (pressed_) {
      TakeIn();
      WorkForAWhile();
    } else {
      if (!WaitForOne()) return;
      Look();
    }
  }
}

// False if there will be no more events.
bool CallQueue::WaitForOne() {
  void* tag = nullptr;
  bool ok = false;
  if (!queue_->Next(&tag, &ok)) return false;
  static_cast<Tag*>(tag)->Run(ok);
  return true;
}

// Decides, once in a window, whether to find out what waits.
void CallQueue::Look() {
  constexpr long kEventsPerLook = 16;  // A look at the clock each time would be felt.
  if (++events_ < kEventsPerLook) return;
  const bool window_over = sleep_.Look(std::chrono::system_clock::now(), std::exchange(events_, 0));
  pressed_ = window_over && sleep_.worked_through();
}

void CallQueue::Postpone(const Backlog::Entry& entry) {
  backlog_.Add(entry);
  while (PostponedCall* const excess = backlog_.TakeExcess(entry.arrived)) excess->Refuse();
}

// Takes in what arrived, without waiting, as far as there is room.
void CallQueue::TakeIn() {
  // More at a time would let those wait that were taken in before.
  constexpr int kLooksMax = 1000;
  // With each look gRPC reads from one connection. It does not say whether it read a part of a
  // message or nothing, but nothing takes a microsecond or two.
  constexpr int kVainLooksMax = 3;
  constexpr std::chrono::microseconds kVain(4);
  void* tag = nullptr;
  bool ok = false;
  int vain = 0;
  for (int looks = 0; looks < kLooksMax && vain < kVainLooksMax && !backlog_.full(); ++looks) {
    const auto begin = std::chrono::steady_clock::now();
    if (queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC)) ==
        grpc::CompletionQueue::GOT_EVENT) {
      ++events_;
      static_cast<Tag*>(tag)->Run(ok);
      vain = 0;
    } else {
      vain = std::chrono::steady_clock::now() - begin < kVain ? vain + 1 : 0;
    }
  }
}

void CallQueue::WorkForAWhile() {
  // To look for more costs some ten microseconds and fills the backlog; not to look lets those wait
  // who just came.
  constexpr std::chrono::milliseconds kWhile(10);
  constexpr std::chrono::milliseconds kUrgentWhile(2);
  auto now = std::chrono::system_clock::now();
  const auto end = now + (urgent_ ? kUrgentWhile : kWhile);
  while (!backlog_.empty() && now < end) {
    if (PostponedCall* const excess = backlog_.TakeExcess(now)) {
      excess->Refuse();
    } else {
      backlog_.TakeNext(now)->Resume();
    }
    now = std::chrono::system_clock::now();
  }
  pressed_ = !backlog_.empty();
  urgent_ = backlog_.IsUrgent(now);
}

}  // namespace portcullis::rpc
