// How counts are stored: one shard of plain slots per thread, added up at scrape time.
#ifndef PORTCULLIS_SERVER_METRICS_REGISTRY_INTERNAL_H_
#define PORTCULLIS_SERVER_METRICS_REGISTRY_INTERNAL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "server/metrics/registry.h"

namespace portcullis::metrics {

// Where each family begins in a shard. Histogram series take one slot per bucket, one for what lies
// above the last bound, and one for the sum in nanoseconds.
struct Layout {
  explicit Layout(const RegistryOptions& options);

  size_t decisions;
  size_t evaluation;
  size_t rpc;
  size_t rpc_series_slots;
  size_t rpc_started;
  size_t rpc_finished;
  size_t sts;
  size_t query;
  size_t query_seconds;
  size_t reloads;
  size_t audit_records;
  size_t audit_oversized;
  size_t audit_queued;
  size_t audit_dequeued;
  size_t slot_count;
};

// The slots of one thread. Only the owner writes; anybody may read. Slots are atomics so that a
// reader sees whole values; the owner's load and store need no locked instruction.
class Shard {
 public:
  explicit Shard(size_t slot_count)
      : slots_(std::make_unique<std::atomic<uint64_t>[]>(slot_count)) {}

  void Add(size_t slot, uint64_t count) {
    std::atomic<uint64_t>& value = slots_[slot];
    value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  uint64_t Get(size_t slot) const { return slots_[slot].load(std::memory_order_relaxed); }

 private:
  std::unique_ptr<std::atomic<uint64_t>[]> slots_;
};

// What threads and the registry share. Threads hold it weakly: they may outlive the registry.
struct Registry::Core : std::enable_shared_from_this<Registry::Core> {
  explicit Core(RegistryOptions options_in);

  // The calling thread's shard, made at its first call.
  Shard& Local();
  // Keeps what the shard of an ending thread counted.
  void Retire(const Shard* shard);
  // Sums of all slots over all threads, past ones included.
  std::vector<uint64_t> Totals() const;

  const RegistryOptions options;
  const Layout layout;
  const uint64_t serial;  // Tells registries of one process apart.

  mutable absl::Mutex mutex;
  std::vector<std::unique_ptr<Shard>> shards ABSL_GUARDED_BY(mutex);
  std::vector<uint64_t> retired ABSL_GUARDED_BY(mutex);

  // Set rarely and from one thread at a time.
  std::string policy_revision ABSL_GUARDED_BY(mutex) = "none";
  bool last_reload_successful ABSL_GUARDED_BY(mutex) = false;
  std::optional<absl::Time> last_reload_success ABSL_GUARDED_BY(mutex);
  std::array<uint64_t, kPolicyObjectCount> policy_objects ABSL_GUARDED_BY(mutex) = {};
  std::array<std::optional<absl::Time>, kCertificateUseCount> certificate_expiry
      ABSL_GUARDED_BY(mutex);
  std::array<std::function<ConnectionCounts()>, kHttpUseCount> connection_sources
      ABSL_GUARDED_BY(mutex);

 private:
  Shard& Register();
};

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_REGISTRY_INTERNAL_H_
