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
#include "absl/time/time.h"

#include "server/metrics/registry.h"

namespace portcullis::metrics {

// Where each family begins in a shard. Histogram series take one slot per bucket, one for what lies
// above the last bound, and one for the sum in nanoseconds.
struct Layout {
  explicit Layout(const RegistryOptions& options);

  size_t decisions;
  size_t evaluation;
  size_t evaluation_buckets;  // With the one above the last bound.
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

// An observation by which to find a trace.
struct Exemplar {
  std::array<char, 32> trace_id{};  // Hex digits.
  int64_t nanoseconds = 0;
  absl::Time time = absl::InfinitePast();  // InfinitePast: there is none.
};

// Puts those of `from` into `newest` that are newer. Both have one for each bucket.
void KeepNewest(const std::vector<Exemplar>& from, std::vector<Exemplar>* newest);

// The last traced observation in each bucket of a histogram, by one thread.
class Exemplars {
 public:
  explicit Exemplars(size_t buckets) : buckets_(buckets) {}

  void Set(size_t bucket, const Exemplar& exemplar) {
    const absl::MutexLock lock(&mutex_);
    buckets_[bucket] = exemplar;
  }
  void KeepNewestIn(std::vector<Exemplar>* newest) const {
    const absl::MutexLock lock(&mutex_);
    KeepNewest(buckets_, newest);
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Exemplar> buckets_ ABSL_GUARDED_BY(mutex_);
};

// The slots of one thread. Only the owner writes; anybody may read. Slots are atomics so that a
// reader sees whole values; the owner's load and store need no locked instruction.
class Shard {
 public:
  explicit Shard(const Layout& layout)
      : evaluations(layout.evaluation_buckets),
        slots_(std::make_unique<std::atomic<uint64_t>[]>(layout.slot_count)) {}

  void Add(size_t slot, uint64_t count) {
    std::atomic<uint64_t>& value = slots_[slot];
    value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  uint64_t Get(size_t slot) const { return slots_[slot].load(std::memory_order_relaxed); }

  Exemplars evaluations;

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
  // The newest of each bucket of the evaluation's histogram.
  std::vector<Exemplar> NewestEvaluations() const;

  const RegistryOptions options;
  const Layout layout;
  const uint64_t serial;  // Tells registries of one process apart.

  mutable absl::Mutex mutex;
  std::vector<std::unique_ptr<Shard>> shards ABSL_GUARDED_BY(mutex);
  std::vector<uint64_t> retired ABSL_GUARDED_BY(mutex);
  std::vector<Exemplar> retired_evaluations ABSL_GUARDED_BY(mutex);

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
