// Which connections there are, which of them could make room, and how to end them all.
#ifndef PORTCULLIS_SERVER_HTTP_CONNECTION_TABLE_INTERNAL_H_
#define PORTCULLIS_SERVER_HTTP_CONNECTION_TABLE_INTERNAL_H_

#include <cstddef>
#include <list>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace portcullis::http {

// Thread-safe. A connection is in it from Admit() to Remove(). While the server waits for it to
// send something that need not come (a handshake, a request, the end), it is waiting; and only
// then may it be evicted, the one first that has waited longest.
class ConnectionTable {
 public:
  // A connection. The functions are called with the table's lock held: they only pass the word on.
  class Member {
   public:
    virtual ~Member() = default;
    // End now, whatever is going on.
    virtual void Abort() = 0;
    // End if no request has begun; it will not begin another one (see draining()).
    virtual void Drain() = 0;

   private:
    friend class ConnectionTable;
    std::optional<std::list<Member*>::iterator> waiting_;
    bool evicted_ = false;
  };

  explicit ConnectionTable(size_t connections_max) : connections_max_(connections_max) {}

  // Takes in a connection, which is waiting from now on. If there are connections_max, one is
  // evicted for it; false if none can be, or after Drain().
  bool Admit(const std::shared_ptr<Member>& member);
  // Forgets it; its last word.
  void Remove(Member* member);

  // The connection waits, or does not. False: it has been evicted and must end.
  bool StartWaiting(Member* member);
  bool StopWaiting(Member* member);

  // Aborts the connection that has waited longest; false if none waits.
  bool EvictOne();

  // From now on nothing is admitted, and what is idle ends.
  void Drain();
  bool draining() const;
  void AbortAll();
  // Whether all were gone by then.
  bool AwaitEmpty(absl::Time deadline) const;

  // Without those that were evicted and are about to end.
  size_t open() const;

 private:
  bool EvictLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t connections_max_;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<Member*, std::shared_ptr<Member>> members_ ABSL_GUARDED_BY(mutex_);
  std::list<Member*> waiting_ ABSL_GUARDED_BY(mutex_);  // Longest first.
  size_t evicted_ ABSL_GUARDED_BY(mutex_) = 0;          // Of members_.
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace portcullis::http

#endif  // PORTCULLIS_SERVER_HTTP_CONNECTION_TABLE_INTERNAL_H_
