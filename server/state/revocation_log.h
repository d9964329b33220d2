// Revocations made by hand: who revoked which sessions, kept on the disk, looked up in memory.
#ifndef PORTCULLIS_SERVER_STATE_REVOCATION_LOG_H_
#define PORTCULLIS_SERVER_STATE_REVOCATION_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/state/database.h"

namespace portcullis::state {

// What is revoked. The numbers are stored.
enum class RevocationKind : uint8_t {
  kNone = 0,
  kRole = 1,       // Sessions of a role, by its unique id (AROA...).
  kUser = 2,       // Sessions that a user made for itself, by its unique id (AIDA...).
  kAccessKey = 3,  // Sessions made with a long-term access key, by its id (AKIA...).
  kSession = 4,    // One session, by its own access key id (ASIA...).
};

struct Revocation {
  RevocationKind kind = RevocationKind::kNone;
  std::string account;
  std::string subject;
  // Whole Unix seconds: sessions issued before it are revoked. Ignored for kSession.
  int64_t issued_before = 0;
  absl::Time created_at = absl::UnixEpoch();
  std::string created_by;  // ARN.
  std::string reason;      // Free text, may be empty.

  friend bool operator==(const Revocation&, const Revocation&) = default;
};

struct RevocationLimits {
  static constexpr size_t kAccountBytesMax = 64;
  static constexpr size_t kSubjectBytesMax = 256;
  static constexpr size_t kCreatorBytesMax = 2048;
  static constexpr size_t kReasonBytesMax = 1024;
};

// "All sessions up to now" as issued_before: the next whole second, because issue times are whole
// seconds and a session may have been issued in the current one.
int64_t IssuedBeforeForNow(absl::Time now);

// What is asked about a session. Empty: there is none, and nothing matches it.
struct SessionFacts {
  std::string_view role_id = {};
  std::string_view user_id = {};
  std::string_view issuing_access_key_id = {};
  std::string_view session_access_key_id = {};
  int64_t issued_at = 0;  // Unix seconds.
};

// An index of revocations for one question per decision. Immutable; any number of threads.
class RevocationList {
 public:
  RevocationList() = default;
  explicit RevocationList(const std::vector<Revocation>& revocations);

  // True if any revocation covers the session. A hash lookup for each fact that is given; one
  // comparison while nothing is revoked at all.
  bool IsRevoked(const SessionFacts& session) const {
    return subject_count_ != 0 && Covers(session);
  }

  // How many different subjects are revoked.
  size_t size() const { return subject_count_; }

 private:
  // By subject, the latest of all issued_before. One session: later than any time.
  using Subjects = absl::flat_hash_map<std::string, int64_t>;

  bool Covers(const SessionFacts& session) const;
  Subjects* SubjectsOf(RevocationKind kind);

  Subjects roles_;
  Subjects users_;
  Subjects access_keys_;
  Subjects sessions_;
  size_t subject_count_ = 0;
};

// What became of a revocation that is in effect.
struct RevocationReceipt {
  // True: on the disk. False: forgotten at the end of the process.
  bool durable = false;
  // Why it is not durable although there is a file; OK otherwise. Writing is tried again with the
  // next revocation and by Retry().
  absl::Status write_error;
};

struct RevocationLogOptions {
  // More than so many are refused, after those without effect have been dropped.
  size_t entries_max = 100'000;
  // Revocations whose effect has passed are kept as a record until there are so many in all. (Were
  // they dropped at once, a clock that is wrong for a moment would revive sessions.)
  size_t entries_kept = 10'000;
  // Longest life of a session (R-5.10, R-5.11: 36 hours): afterwards nothing is left to revoke.
  absl::Duration session_lifetime_max = absl::Hours(36);
};

// All revocations, in memory and in the file. Thread-safe. Reading the current list takes no lock
// on a thread that has a Pin, unless something was revoked since.
class RevocationLog {
 public:
  // Reads what the file holds. `database` outlives the log.
  static absl::StatusOr<std::unique_ptr<RevocationLog>> Open(Database* database,
                                                             RevocationLogOptions options = {});
  ~RevocationLog();
  RevocationLog(const RevocationLog&) = delete;
  RevocationLog& operator=(const RevocationLog&) = delete;

  // Writes the revocation down, waits for the disk, and puts it into effect: every IsRevoked() that
  // begins afterwards sees it. If it cannot be written it is in effect all the same, until the
  // process ends; the receipt says so.
  //   INVALID_ARGUMENT: kind, subject or a length; RESOURCE_EXHAUSTED: too many. Not in effect.
  absl::StatusOr<RevocationReceipt> Add(Revocation revocation);

  // Tries again to write what could not be written. OK if nothing is left to write, or there is no
  // file.
  absl::Status Retry();

  // Everything known, oldest first.
  std::vector<Revocation> List() const;

  // Never nullptr.
  std::shared_ptr<const RevocationList> Current() const;

  // Counts publications, from 1.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // What one thread keeps between requests: costs one load while nothing has changed. Not
  // thread-safe. What Get() returns lives until the next Get() of this pin.
  class Pin {
   public:
    const RevocationList& Get(const RevocationLog& log);

   private:
    uint64_t log_id_ = 0;
    uint64_t generation_ = 0;
    std::shared_ptr<const RevocationList> list_;
  };

 private:
  struct Entry {
    Revocation revocation;
    int64_t row = 0;  // In the file; 0: not written.
  };

  RevocationLog(Database* database, RevocationLogOptions options);
  absl::Status Load();
  absl::Status WriteMissing() ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // Drops what has no effect at `now` until at most `entries_kept` remain, oldest first.
  void Prune(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  bool HasEffect(const Revocation& revocation, absl::Time now) const;

  // Constant after construction.
  Database* const database_;
  const RevocationLogOptions options_;
  const uint64_t id_;

  std::atomic<uint64_t> generation_{0};

  // Held during a change, disk included. Taken before list_mutex_.
  mutable absl::Mutex change_mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(change_mutex_);

  // Held only to copy or swap the pointer.
  mutable absl::Mutex list_mutex_;
  std::shared_ptr<const RevocationList> list_ ABSL_GUARDED_BY(list_mutex_);
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_REVOCATION_LOG_H_
