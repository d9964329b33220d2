#include "server/store/policy_store.h"

#include <thread>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace portcullis::store {
namespace {

std::atomic<uint64_t> last_store_id{0};

// All pins of the process. Its mutex is taken before a pin's lock.
struct Pins {
  absl::Mutex mutex;
  absl::flat_hash_set<PolicyStore::Pin*> all ABSL_GUARDED_BY(mutex);
};

// Never destroyed: threads may end after main() has.
Pins& AllPins() {
  static Pins* const pins = new Pins;
  return *pins;
}

}  // namespace

PolicyStore::PolicyStore() : id_(last_store_id.fetch_add(1, std::memory_order_relaxed) + 1) {}
PolicyStore::~PolicyStore() = default;

std::shared_ptr<const Snapshot> PolicyStore::Current() const {
  absl::MutexLock lock(&mutex_);
  return current_;
}

std::shared_ptr<const Snapshot> PolicyStore::Publish(std::shared_ptr<const Snapshot> snapshot) {
  {
    absl::MutexLock lock(&mutex_);
    current_.swap(snapshot);
    // Under the lock, so that whoever sees the new number finds the new pointer.
    generation_.fetch_add(1, std::memory_order_release);
  }
  Pins& pins = AllPins();
  absl::MutexLock lock(&pins.mutex);
  for (Pin* const pin : pins.all) pin->Release();
  return snapshot;
}

class PolicyStore::Pin::Lock {
 public:
  explicit Lock(Pin* pin) : locked_(pin->locked_) {
    while (locked_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  ~Lock() { locked_.store(false, std::memory_order_release); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  std::atomic<bool>& locked_;
};

PolicyStore::Pin::Pin() {
  Pins& pins = AllPins();
  absl::MutexLock lock(&pins.mutex);
  pins.all.insert(this);
}

PolicyStore::Pin::~Pin() {
  Pins& pins = AllPins();
  absl::MutexLock lock(&pins.mutex);
  pins.all.erase(this);
}

std::shared_ptr<const Snapshot> PolicyStore::Pin::Get(const PolicyStore& store) {
  {
    const Lock lock(this);
    if (store.generation() == generation_ && store.id_ == store_id_) return snapshot_;
  }
  return Renew(store);
}

std::shared_ptr<const Snapshot> PolicyStore::Pin::Renew(const PolicyStore& store) {
  std::shared_ptr<const Snapshot> fresh;
  uint64_t generation = 0;
  {
    // Pointer and number are read together, so that they belong together.
    absl::MutexLock lock(&store.mutex_);
    fresh = store.current_;
    generation = store.generation();
  }
  // The copies that requests take count in a block of this pin's own, so that threads do not write
  // to one shared counter.
  auto holder = std::make_shared<const std::shared_ptr<const Snapshot>>(std::move(fresh));
  const Snapshot* const snapshot = holder->get();
  std::shared_ptr<const Snapshot> result =
      snapshot == nullptr ? nullptr : std::shared_ptr<const Snapshot>(std::move(holder), snapshot);
  std::shared_ptr<const Snapshot> kept = result;  // Then the one before: destroyed after the lock.
  const Lock lock(this);
  // If something was published meanwhile, this pin has been emptied already.
  if (store.generation() != generation) return result;
  snapshot_.swap(kept);
  generation_ = generation;
  store_id_ = store.id_;
  return result;
}

void PolicyStore::Pin::Release() {
  std::shared_ptr<const Snapshot> released;  // Destroyed after the lock.
  const Lock lock(this);
  released.swap(snapshot_);
  generation_ = 0;
  store_id_ = 0;
}

}  // namespace portcullis::store
