// Calls that arrived and were not begun yet, because more arrive than can be answered.
#ifndef PORTCULLIS_SERVER_RPC_BACKLOG_H_
#define PORTCULLIS_SERVER_RPC_BACKLOG_H_

#include <chrono>
#include <cstddef>
#include <deque>

namespace portcullis::rpc {

// A call that can wait in a Backlog.
class PostponedCall {
 public:
  // Each ends the waiting; called once, on the queue's thread.
  virtual void Resume() = 0;  // Begins the call.
  virtual void Refuse() = 0;  // There is no time, or no room, for it.

 protected:
  ~PostponedCall() = default;
};

// Which call comes next. First come, first served would answer every call at the last moment as
// soon as more arrive than can be answered: most answers would be late, and all work in vain. So
// once the oldest call has waited for half of its time the newest comes first: its client has time
// to wait. Whoever has waited for three quarters of it has to go, while its client has time to do
// something else. Calls without a deadline are served in order.
//
// Bounded: when it is full, the oldest call has to go if it has waited for half of its time;
// otherwise nothing more should be added until there is room. Not thread-safe.
class Backlog {
 public:
  using Time = std::chrono::system_clock::time_point;  // As gRPC's deadlines.

  struct Entry {
    PostponedCall* call = nullptr;  // Not owned; outlives its stay.
    Time arrived;
    Time deadline = Time::max();
    size_t bytes = 0;  // Of its message.
  };

  Backlog(size_t calls_max, size_t bytes_max) : calls_max_(calls_max), bytes_max_(bytes_max) {}

  void Add(const Entry& entry);

  // Whether there is no room for another call.
  bool full() const { return entries_.size() >= calls_max_ || bytes_ >= bytes_max_; }

  // Takes out a call that has to go; nullptr: none has to.
  PostponedCall* TakeExcess(Time now);

  // Takes out the call that comes next: the oldest if its time is not half over yet, otherwise the
  // newest. REQUIRES: not empty.
  PostponedCall* TakeNext(Time now);

  // Whether a call has waited for an eighth of its time: sooner no answer is in danger.
  bool IsUrgent(Time now) const;

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }

 private:
  PostponedCall* TakeOldest();
  PostponedCall* TakeNewest();

  const size_t calls_max_;
  const size_t bytes_max_;
  std::deque<Entry> entries_;  // By arrival.
  size_t bytes_ = 0;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_BACKLOG_H_
