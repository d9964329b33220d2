#include "server/store/policy_store.h"

#include <utility>

namespace portcullis::store {
namespace {

std::atomic<uint64_t> last_store_id{0};

}  // namespace

PolicyStore::PolicyStore() : id_(last_store_id.fetch_add(1, std::memory_order_relaxed) + 1) {}
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
  if (store.generation() == generation_ && store.id_ == store_id_) return snapshot_;
  std::shared_ptr<const Snapshot> fresh;
  {
    // Pointer and number are read together, so that they belong together.
    absl::MutexLock lock(&store.mutex_);
    fresh = store.current_;
    generation_ = store.generation();
    store_id_ = store.id_;
  }
  // Outside the lock: letting go of the old snapshot may destroy it. The copies that requests take
  // count in a block of this pin's own, so that threads do not write to one shared counter.
  auto holder = std::make_shared<const std::shared_ptr<const Snapshot>>(std::move(fresh));
  const Snapshot* const snapshot = holder->get();
  snapshot_ =
      snapshot == nullptr ? nullptr : std::shared_ptr<const Snapshot>(std::move(holder), snapshot);
  return snapshot_;
}

void PolicyStore::Pin::Release() {
  snapshot_.reset();
  generation_ = 0;
  store_id_ = 0;
}

}  // namespace portcullis::store
