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
  // The server is shut down: whatever waits is late. gRPC wants it finished before.
  while (!backlog_.empty()) backlog_.TakeNext(std::chrono::system_clock::now())->Resume();
  queue_->Shutdown();
}

void CallQueue::Serve() {
  for (const std::unique_ptr<ServedMethod>& method : methods_) method->Start();
  Drain();
}

void CallQueue::Drain() {
  for (;;) {
    if (backlog_.empty()) {
      if (!WaitForOne()) return;
    } else {
      TakeIn();
      WorkForAWhile();
    }
  }
}

// False if there will be no more events.
bool CallQueue::WaitForOne() {
  constexpr long kEventsPerLook = 16;  // A look at the clock each time would be felt.
  void* tag = nullptr;
  bool ok = false;
  if (!queue_->Next(&tag, &ok)) return false;
  static_cast<Tag*>(tag)->Run(ok);
  if (++events_ >= kEventsPerLook) {
    Look(std::chrono::system_clock::now());
  }
  return true;
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
  if (backlog_.empty()) return;  // What was taken in was Stop's alarm, which emptied it.
  // Looking for more costs some ten microseconds; not looking lets those wait who just came.
  constexpr std::chrono::milliseconds kWhile(1);
  auto now = std::chrono::system_clock::now();
  const auto end = now + kWhile;
  longest_wait_ = std::max(longest_wait_, now - backlog_.oldest());
  while (!backlog_.empty() && now < end) {
    backlog_.TakeNext(now)->Resume();
    now = std::chrono::system_clock::now();
  }
  Look(now);
}

// Decides, once in a window, whether the queue is pressed.
void CallQueue::Look(Backlog::Time now) {
  // Waits of so little endanger no deadline; to look for them costs a tenth of what calls cost, and
  // is to be felt by less than one call in a hundred.
  constexpr std::chrono::milliseconds kShort(4);
  constexpr std::chrono::seconds kRest(2);
  if (!sleep_.Look(now, std::exchange(events_, 0))) return;
  const bool in_vain = pressed_ && longest_wait_ < kShort;
  if (in_vain) rest_until_ = now + kRest;
  pressed_ = sleep_.worked_through() && now >= rest_until_;
  longest_wait_ = {};
}

}  // namespace portcullis::rpc
