// Between those who answer requests and the sinks: a bounded queue and the thread that empties it.
#ifndef PORTCULLIS_SERVER_AUDIT_QUEUE_H_
#define PORTCULLIS_SERVER_AUDIT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/audit/record.h"
#include "server/audit/sink.h"
#include "server/metrics/registry.h"

namespace portcullis::audit {

// What happens to a record that finds the queue full.
enum class OnFull : uint8_t {
  // The record is refused and Push() says so: no answer without a record. The writer then keeps
  // what no sink takes and tries again, and while it does, Push() refuses at once.
  kFailClosed,
  kBlock,  // Push() waits for room up to a bound, then drops.
  kDrop,   // The record is dropped and counted.
};

struct QueueOptions {
  size_t capacity = 8192;  // Records; rounded up to a power of two, at least 2.

  OnFull on_full = OnFull::kDrop;             // Everyday allowed decisions.
  OnFull on_full_important = OnFull::kBlock;  // Record::important().
  // How long kBlock and kFailClosed wait for room.
  absl::Duration block_max = absl::Milliseconds(50);

  // The writer looks at least this often; a quarter of the capacity wakes it early. Waking it for
  // every record would cost more than writing does.
  absl::Duration write_interval = absl::Milliseconds(50);
  absl::Duration flush_interval = absl::Seconds(1);
  // Between attempts while no sink works (kFailClosed only).
  absl::Duration retry_interval = absl::Seconds(1);
};

// What became of records since start.
struct QueueStats {
  uint64_t accepted = 0;
  uint64_t dropped = 0;  // By Push(), or left at Shutdown().
  uint64_t refused = 0;  // By Push() with an error.
  uint64_t written = 0;  // To at least one sink.
  uint64_t failed = 0;   // Given up after no sink took them.
  uint64_t oversized = 0;
  absl::Status last_error;  // Of a sink's latest operation; OK again once one succeeds.
};

// Push() is thread-safe and, unless the queue is full, neither locks, allocates nor makes a system
// call; it swaps the record into a preallocated place. Records of one thread keep their order.
class Queue {
 public:
  // Starts the writer. `metrics` may be nullptr, else outlives the queue.
  Queue(const QueueOptions& options, std::vector<std::unique_ptr<Sink>> sinks,
        metrics::Registry* metrics);
  // Shuts down within five seconds if nobody has.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Takes the contents of `record` and leaves it cleared, with memory for the next one. OK also if
  // the record was dropped, as settings allow. UNAVAILABLE, reason "AUDIT_UNAVAILABLE", if it could
  // not be taken and must be: the answer it describes must not be given.
  absl::Status Push(Record& record);

  // Whether Push() of an important record can be expected to succeed.
  bool healthy() const;

  // Asks every sink to open its destination again. Safe from any thread, not from a signal handler.
  void Reopen();

  // Takes no more records, writes and flushes what there is, ends the writer. DEADLINE_EXCEEDED if
  // not everything was written in time; what was left is counted as dropped. Idempotent.
  absl::Status Shutdown(absl::Duration time_max);

  QueueStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_QUEUE_H_
