// Holds the snapshot that requests are answered from.
#ifndef PORTCULLIS_SERVER_STORE_POLICY_STORE_H_
#define PORTCULLIS_SERVER_STORE_POLICY_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/store/snapshot.h"

namespace portcullis::store {

// Thread-safe. Readers never wait for a build: they take a pointer, and on most requests not even
// that lock, because each thread keeps the pointer it took last and compares generation numbers.
class PolicyStore {
 public:
  PolicyStore();
  ~PolicyStore();
  PolicyStore(const PolicyStore&) = delete;
  PolicyStore& operator=(const PolicyStore&) = delete;

  // The current snapshot, or nullptr while nothing has been published.
  std::shared_ptr<const Snapshot> Current() const;

  // What one thread keeps between requests, so that taking the current snapshot writes to nothing
  // that threads share. Used by one thread, but that Publish empties it: otherwise every thread
  // that has nothing to do would keep a snapshot of its own alive, each another one.
  class Pin {
   public:
    Pin();
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

    // The current snapshot, or nullptr while nothing has been published.
    std::shared_ptr<const Snapshot> Get(const PolicyStore& store);
    void Release();

   private:
    // Held while the rest is used. A mutex would cost a tenth of a decision, and here nobody ever
    // waits for long: the other one who takes it is Publish, to take the pointer out.
    class Lock;

    std::shared_ptr<const Snapshot> Renew(const PolicyStore& store);

    std::atomic<bool> locked_ = false;
    uint64_t store_id_ = 0;
    uint64_t generation_ = 0;
    std::shared_ptr<const Snapshot> snapshot_;
  };

  // Counts publications in this process, from 1; 0 while there is none.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Makes `snapshot` current, empties all pins, and returns the snapshot before, so that the caller
  // pays for destroying it unless a request still holds it.
  std::shared_ptr<const Snapshot> Publish(std::shared_ptr<const Snapshot> snapshot);

 private:
  // Constant after construction. Tells stores apart for pins, which may outlive one.
  const uint64_t id_;

  std::atomic<uint64_t> generation_{0};

  // Guards the pointer; held only to copy or swap it, never while building or destroying.
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Snapshot> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_POLICY_STORE_H_
