#include "server/http/connection_table_internal.h"

#include <utility>

namespace portcullis::http {

bool ConnectionTable::EvictLocked() {
  if (waiting_.empty()) return false;
  Member* const member = waiting_.front();
  waiting_.pop_front();
  member->waiting_.reset();
  member->evicted_ = true;
  ++evicted_;
  member->Abort();
  return true;
}

bool ConnectionTable::Admit(const std::shared_ptr<Member>& member) {
  const absl::MutexLock lock(&mutex_);
  if (draining_) return false;
  if (members_.size() - evicted_ >= connections_max_ && !EvictLocked()) return false;
  Member* const key = member.get();
  key->waiting_ = waiting_.insert(waiting_.end(), key);
  members_.emplace(key, member);
  return true;
}

void ConnectionTable::Remove(Member* member) {
  std::shared_ptr<Member> last;  // Whose destructor may do anything but run under the lock.
  const absl::MutexLock lock(&mutex_);
  const auto found = members_.find(member);
  if (found == members_.end()) return;
  if (member->waiting_.has_value()) waiting_.erase(*member->waiting_);
  member->waiting_.reset();
  if (member->evicted_) --evicted_;
  last = std::move(found->second);
  members_.erase(found);
}

bool ConnectionTable::StartWaiting(Member* member) {
  const absl::MutexLock lock(&mutex_);
  if (member->evicted_) return false;
  if (member->waiting_.has_value()) waiting_.erase(*member->waiting_);
  member->waiting_ = waiting_.insert(waiting_.end(), member);
  return true;
}

bool ConnectionTable::StopWaiting(Member* member) {
  const absl::MutexLock lock(&mutex_);
  if (member->evicted_) return false;
  if (member->waiting_.has_value()) waiting_.erase(*member->waiting_);
  member->waiting_.reset();
  return true;
}

bool ConnectionTable::EvictOne() {
  const absl::MutexLock lock(&mutex_);
  return EvictLocked();
}

void ConnectionTable::Drain() {
  const absl::MutexLock lock(&mutex_);
  draining_ = true;
  for (const auto& [member, owner] : members_) member->Drain();
}

bool ConnectionTable::draining() const {
  const absl::MutexLock lock(&mutex_);
  return draining_;
}

void ConnectionTable::AbortAll() {
  const absl::MutexLock lock(&mutex_);
  for (const auto& [member, owner] : members_) member->Abort();
}

bool ConnectionTable::AwaitEmpty(absl::Time deadline) const {
  const absl::MutexLock lock(&mutex_);
  const auto empty = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return members_.empty(); };
  return mutex_.AwaitWithDeadline(absl::Condition(&empty), deadline);
}

size_t ConnectionTable::open() const {
  const absl::MutexLock lock(&mutex_);
  return members_.size() - evicted_;
}

}  // namespace portcullis::http
