#include "server/store/policy_store.h"

#include <utility>

namespace portcullis::store {

PolicyStore::PolicyStore() = default;
PolicyStore::~PolicyStore() = default;

std::shared_ptr<const Snapshot> PolicyStore::Current() const {
  absl::MutexLock lock(&mutex_);
  return current_;
}

std::shared_ptr<const Snapshot> PolicyStore::Publish(std::shared_ptr<const Snapshot> snapshot) {
  absl::MutexLock lock(&mutex_);
  current_.swap(snapshot);
  // Under the lock, so that whoever sees the new number finds the new pointer.
  generation_.fetch_add(1, std::memory_order_release);
  return snapshot;
}

const std::shared_ptr<const Snapshot>& PolicyStore::Pin::Get(const PolicyStore& store) {
  if (store.generation() == generation_) return snapshot_;
  std::shared_ptr<const Snapshot> fresh;
  {
    // Pointer and number are read together, so that they belong together.
    absl::MutexLock lock(&store.mutex_);
    fresh = store.current_;
    generation_ = store.generation();
  }
  // Outside the lock: letting go of the old snapshot may destroy it.
  snapshot_.swap(fresh);
  return snapshot_;
}

void PolicyStore::Pin::Release() {
  snapshot_.reset();
  generation_ = 0;
}

}  // namespace portcullis::store
