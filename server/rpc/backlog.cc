#include "server/rpc/backlog.h"

namespace portcullis::rpc {
namespace {

// Whether the newest call should be served before this one, which was there first.
bool ShouldYield(const Backlog::Entry& entry, Backlog::Time now) {
  if (entry.deadline == Backlog::Time::max() || entry.deadline <= now) return false;
  return now - entry.arrived > entry.deadline - now;
}

}  // namespace

void Backlog::Add(const Entry& entry) {
  entries_.push_back(entry);
  bytes_ += entry.bytes;
}

PostponedCall* Backlog::TakeExcess(Time now) {
  return full() && ShouldYield(entries_.front(), now) ? TakeOldest() : nullptr;
}

PostponedCall* Backlog::TakeNext(Time now) {
  return ShouldYield(entries_.front(), now) ? TakeNewest() : TakeOldest();
}

PostponedCall* Backlog::TakeOldest() {
  const Entry entry = entries_.front();
  entries_.pop_front();
  bytes_ -= entry.bytes;
  return entry.call;
}

PostponedCall* Backlog::TakeNewest() {
  const Entry entry = entries_.back();
  entries_.pop_back();
  bytes_ -= entry.bytes;
  return entry.call;
}

}  // namespace portcullis::rpc
