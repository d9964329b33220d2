#include "server/audit/queue.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "server/audit/json.h"
#include "server/audit/ring_internal.h"
#include "server/base/error_reason.h"

namespace portcullis::audit {
namespace {

constexpr size_t kBatchRecordsMax = 1024;
constexpr size_t kBatchBytesMax = 256 * 1024;
constexpr absl::Duration kShutdownTimeAtDestruction = absl::Seconds(5);

absl::Status Unavailable(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, "AUDIT_UNAVAILABLE", message);
}

// Lines that are on their way to the sinks.
struct Batch {
  std::string lines;
  size_t records = 0;
  size_t oversized = 0;
};

// Everything that the writer's thread touches. Shared with it, because a sink that hangs must not
// keep the process from ending: then the thread is left behind, and with it this.
struct Shared {
  Shared(const QueueOptions& options_in, std::vector<std::unique_ptr<Sink>> sinks_in,
         metrics::Registry* metrics_in)
      : options(options_in),
        sinks(std::move(sinks_in)),
        ring(options_in.capacity),
        wake_size(std::max<size_t>(1, ring.capacity() / 4)),
        must_deliver(options_in.on_full == OnFull::kFailClosed ||
                     options_in.on_full_important == OnFull::kFailClosed),
        metrics(metrics_in) {}

  const QueueOptions options;
  const std::vector<std::unique_ptr<Sink>> sinks;
  Ring<Record> ring;
  const size_t wake_size;
  const bool must_deliver;

  std::atomic<bool> accepting{true};
  std::atomic<bool> sinks_work{true};  // The latest batch reached at least one.
  std::atomic<bool> writer_sleeps{false};
  std::atomic<uint64_t> dropped{0};
  std::atomic<uint64_t> refused{0};

  mutable absl::Mutex mutex;
  absl::CondVar writer_wakes ABSL_GUARDED_BY(mutex);
  absl::CondVar room ABSL_GUARDED_BY(mutex);
  int waiting_for_room ABSL_GUARDED_BY(mutex) = 0;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  bool abandoned ABSL_GUARDED_BY(mutex) = false;
  bool done ABSL_GUARDED_BY(mutex) = false;
  absl::CondVar writer_done ABSL_GUARDED_BY(mutex);
  metrics::Registry* metrics ABSL_GUARDED_BY(mutex);  // nullptr once abandoned.
  QueueStats stats ABSL_GUARDED_BY(mutex);
};

// The writer's side; lives on its thread.
class Writer {
 public:
  explicit Writer(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  void Run() {
    absl::Time next_flush = absl::Now() + shared_->options.flush_interval;
    while (true) {
      const bool undelivered = batch_.records > 0;
      if (!undelivered) Collect();
      const bool more_to_come =
          batch_.records >= kBatchRecordsMax || batch_.lines.size() >= kBatchBytesMax;
      const bool delivered = batch_.records == 0 || Deliver();
      if (absl::Now() >= next_flush) {
        Flush();
        next_flush = absl::Now() + shared_->options.flush_interval;
      }
      if (delivered && more_to_come) continue;
      if (!Sleep(delivered ? shared_->options.write_interval : shared_->options.retry_interval)) {
        break;
      }
    }
    Flush();
    const absl::MutexLock lock(&shared_->mutex);
    shared_->done = true;
    shared_->writer_done.SignalAll();
  }

 private:
  void Collect() {
    const auto format = [this](Record& record) {
      if (formatter_.AppendLine(record, &batch_.lines)) ++batch_.oversized;
      record.Clear();
    };
    while (batch_.records < kBatchRecordsMax && batch_.lines.size() < kBatchBytesMax &&
           shared_->ring.TryPop(format)) {
      ++batch_.records;
    }
    if (batch_.records == 0) return;
    const absl::MutexLock lock(&shared_->mutex);
    shared_->stats.oversized += batch_.oversized;
    if (shared_->waiting_for_room > 0) shared_->room.SignalAll();
    if (shared_->metrics != nullptr) {
      shared_->metrics->AuditDequeued(batch_.records);
      shared_->metrics->CountAuditOversized(batch_.oversized);
    }
  }

  // Offers the batch to all sinks. False if it has to be offered again.
  bool Deliver() {
    std::vector<absl::Status> results;
    results.reserve(shared_->sinks.size());
    bool reached = false;
    for (const std::unique_ptr<Sink>& sink : shared_->sinks) {
      results.push_back(sink->Write(batch_.lines));
      reached = reached || results.back().ok();
    }
    shared_->sinks_work.store(reached, std::memory_order_relaxed);
    const bool give_up = !reached && !shared_->must_deliver;
    Account(results, reached, give_up);
    if (!reached && !give_up) return false;
    batch_.lines.clear();
    batch_.records = 0;
    batch_.oversized = 0;
    return true;
  }

  void Account(const std::vector<absl::Status>& results, bool reached, bool give_up) {
    const absl::MutexLock lock(&shared_->mutex);
    shared_->stats.last_error = absl::OkStatus();
    for (const absl::Status& result : results) shared_->stats.last_error.Update(result);
    if (reached) shared_->stats.written += batch_.records;
    if (give_up) shared_->stats.failed += batch_.records;
    if (shared_->metrics == nullptr || (!reached && !give_up)) return;
    for (size_t i = 0; i < results.size(); ++i) {
      shared_->metrics->CountAuditRecords(
          shared_->sinks[i]->label(),
          results[i].ok() ? metrics::AuditResult::kWritten : metrics::AuditResult::kFailed,
          batch_.records);
    }
  }

  void Flush() {
    absl::Status result;
    for (const std::unique_ptr<Sink>& sink : shared_->sinks) result.Update(sink->Flush());
    if (result.ok()) return;
    const absl::MutexLock lock(&shared_->mutex);
    shared_->stats.last_error = result;
  }

  // False if it is time to end: everything is written, or nobody waits for it any more.
  bool Sleep(absl::Duration duration) {
    const absl::MutexLock lock(&shared_->mutex);
    if (!shared_->stopping) {
      shared_->writer_sleeps.store(true);
      if (shared_->ring.size() < shared_->wake_size || batch_.records > 0) {
        shared_->writer_wakes.WaitWithTimeout(&shared_->mutex, duration);
      }
      shared_->writer_sleeps.store(false);
      return true;
    }
    if (shared_->abandoned) return false;
    if (batch_.records == 0) return shared_->ring.size() > 0;
    // A last batch that no sink takes: until whoever waits in Shutdown() has had enough.
    shared_->writer_wakes.WaitWithTimeout(&shared_->mutex,
                                          std::min(duration, absl::Milliseconds(100)));
    return !shared_->abandoned;
  }

  const std::shared_ptr<Shared> shared_;
  JsonFormatter formatter_;
  Batch batch_;
};

void WakeWriter(Shared& shared) {
  const absl::MutexLock lock(&shared.mutex);
  shared.writer_wakes.Signal();
}

// Pushes as soon as there is room; false if there was none for as long as may be waited.
bool PushPatiently(Shared& shared, Record& record) {
  const absl::Time deadline = absl::Now() + shared.options.block_max;
  const absl::MutexLock lock(&shared.mutex);
  ++shared.waiting_for_room;
  bool pushed = shared.ring.TryPush(record);
  while (!pushed && shared.accepting.load(std::memory_order_relaxed)) {
    shared.writer_wakes.Signal();
    const bool late = shared.room.WaitWithDeadline(&shared.mutex, deadline);
    pushed = shared.ring.TryPush(record);
    if (late) break;
  }
  --shared.waiting_for_room;
  return pushed;
}

}  // namespace

struct Queue::Impl {
  std::shared_ptr<Shared> shared;
  metrics::Registry* metrics;
  std::thread writer;

  void CountDropped(uint64_t count) {
    shared->dropped.fetch_add(count, std::memory_order_relaxed);
    if (metrics == nullptr) return;
    for (const std::unique_ptr<Sink>& sink : shared->sinks) {
      metrics->CountAuditRecords(sink->label(), metrics::AuditResult::kDropped, count);
    }
  }

  // What becomes of a record that the ring did not take.
  absl::Status TurnAway(Record& record, OnFull on_full) {
    record.Clear();
    if (on_full == OnFull::kFailClosed) {
      shared->refused.fetch_add(1, std::memory_order_relaxed);
      return Unavailable("the audit log cannot take a record");
    }
    CountDropped(1);
    return absl::OkStatus();
  }
};

Queue::Queue(const QueueOptions& options, std::vector<std::unique_ptr<Sink>> sinks,
             metrics::Registry* metrics)
    : impl_(std::make_unique<Impl>()) {
  impl_->shared = std::make_shared<Shared>(options, std::move(sinks), metrics);
  impl_->metrics = metrics;
  impl_->writer = std::thread([shared = impl_->shared] { Writer(shared).Run(); });
}

Queue::~Queue() {
  Shutdown(kShutdownTimeAtDestruction).IgnoreError();
}

absl::Status Queue::Push(Record& record) {
  Shared& shared = *impl_->shared;
  const OnFull on_full =
      record.important() ? shared.options.on_full_important : shared.options.on_full;
  const bool open = shared.accepting.load(std::memory_order_relaxed);
  const bool pointless =
      on_full == OnFull::kFailClosed && !shared.sinks_work.load(std::memory_order_relaxed);
  if (!open || pointless) return impl_->TurnAway(record, on_full);
  if (!shared.ring.TryPush(record) &&
      (on_full == OnFull::kDrop || !PushPatiently(shared, record))) {
    return impl_->TurnAway(record, on_full);
  }
  record.Clear();
  if (impl_->metrics != nullptr) impl_->metrics->AuditQueued(1);
  if (shared.ring.size() >= shared.wake_size && shared.writer_sleeps.load()) WakeWriter(shared);
  return absl::OkStatus();
}

bool Queue::healthy() const {
  const Shared& shared = *impl_->shared;
  return shared.accepting.load(std::memory_order_relaxed) &&
         shared.sinks_work.load(std::memory_order_relaxed) &&
         shared.ring.size() < shared.ring.capacity();
}

void Queue::Reopen() {
  for (const std::unique_ptr<Sink>& sink : impl_->shared->sinks) sink->Reopen();
  WakeWriter(*impl_->shared);
}

absl::Status Queue::Shutdown(absl::Duration time_max) {
  if (!impl_->writer.joinable()) return absl::OkStatus();
  Shared& shared = *impl_->shared;
  shared.accepting.store(false);
  const absl::Time deadline = absl::Now() + time_max;
  bool done = false;
  {
    const absl::MutexLock lock(&shared.mutex);
    shared.stopping = true;
    shared.room.SignalAll();
    shared.writer_wakes.Signal();
    while (!shared.done && !shared.writer_done.WaitWithDeadline(&shared.mutex, deadline)) {
    }
    done = shared.done;
    shared.abandoned = !done;
    shared.writer_wakes.Signal();
    if (!done) shared.metrics = nullptr;
  }
  if (done) {
    impl_->writer.join();
  } else {
    impl_->writer.detach();  // A sink hangs; nothing of ours is used by the thread any more.
  }
  const QueueStats now = stats();
  const uint64_t left = now.accepted - std::min(now.accepted, now.written + now.failed);
  if (left == 0) return absl::OkStatus();
  impl_->CountDropped(left);
  return absl::DeadlineExceededError("not all audit records could be written");
}

QueueStats Queue::stats() const {
  const Shared& shared = *impl_->shared;
  const absl::MutexLock lock(&shared.mutex);
  QueueStats stats = shared.stats;
  stats.accepted = shared.ring.pushed();
  stats.dropped = shared.dropped.load(std::memory_order_relaxed);
  stats.refused = shared.refused.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace portcullis::audit
