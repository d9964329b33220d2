#include "server/rpc/backlog.h"

namespace portcullis::rpc {
namespace {

// Whether a call has waited for more than that part of its time.
bool HasWaited(double part, const Backlog::Entry& entry, Backlog::Time now) {
  if (entry.deadline == Backlog::Time::max()) return false;
  return now - entry.arrived > part * (entry.deadline - entry.arrived);
}

}  // namespace

void Backlog::Add(const Entry& entry) {
  entries_.push_back(entry);
  bytes_ += entry.bytes;
}

PostponedCall* Backlog::TakeExcess(Time now) {
  if (entries_.empty()) return nullptr;
  return HasWaited(full() ? 0.5 : 0.75, entries_.front(), now) ? TakeOldest() : nullptr;
}

PostponedCall* Backlog::TakeNext(Time now) {
  return HasWaited(0.5, entries_.front(), now) ? TakeNewest() : TakeOldest();
}

bool Backlog::IsUrgent(Time now) const {
  return !entries_.empty() && HasWaited(0.125, entries_.front(), now);
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
