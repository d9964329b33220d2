// Last uses in memory: cells that threads update without locks, in tables divided into shards. Only
// for server/state.
#ifndef PORTCULLIS_SERVER_STATE_ACTIVITY_TABLE_INTERNAL_H_
#define PORTCULLIS_SERVER_STATE_ACTIVITY_TABLE_INTERNAL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

#include "server/state/activity.h"

namespace portcullis::state {

// Whether a use at `seconds` replaces one recorded at `recorded`. The file's statements say the
// same.
inline bool Supersedes(int64_t seconds, int64_t recorded) {
  return seconds > recorded || seconds < recorded - ActivityTracker::kClockStepSeconds;
}
inline bool KeySupersedes(int64_t seconds, int64_t recorded) {
  return seconds >= recorded + ActivityTracker::kKeySpanSeconds ||
         seconds < recorded - ActivityTracker::kClockStepSeconds;
}

using RegionId = uint16_t;  // Index in RegionNames; 0 is "".

// Names for small numbers. Names are never removed, so views of them live as long as the table.
class RegionNames {
 public:
  explicit RegionNames(size_t names_max);
  // nullopt: too long, or one too many.
  std::optional<RegionId> Intern(std::string_view name);
  std::string_view Name(RegionId id) const;

 private:
  const size_t names_max_;
  mutable absl::Mutex mutex_;
  std::deque<std::string> names_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, RegionId> ids_ ABSL_GUARDED_BY(mutex_);
};

// A time and a region in one word, so that they change together.
struct Stamp {
  static constexpr int64_t kSecondsMax = (int64_t{1} << 47) - 1;

  int64_t seconds = 0;  // 0 to kSecondsMax.
  RegionId region = 0;

  uint64_t Pack() const { return static_cast<uint64_t>(seconds) << 16 | region; }
  static Stamp Unpack(uint64_t packed) {
    return {.seconds = static_cast<int64_t>(packed >> 16),
            .region = static_cast<RegionId>(packed & 0xffff)};
  }
};

// The last use of one service, or one action of it, by one principal. Threads keep pointers to
// cells beyond the table's; a cell that has left the table says so, and takes no more uses.
class UseCell {
 public:
  UseCell(std::string_view service, std::string_view action, Stamp first)
      : service_(service), action_(action), stamp_(first.Pack()) {}

  const std::string& service() const { return service_; }
  const std::string& action() const { return action_; }  // Empty: the service as a whole.

  // False: the cell has left the table, and the use is not noted.
  bool Touch(Stamp use) {
    uint64_t old = stamp_.load(std::memory_order_relaxed);
    while (old != kGone) {
      if (!Supersedes(use.seconds, Stamp::Unpack(old).seconds)) return true;
      if (stamp_.compare_exchange_weak(old, use.Pack(), std::memory_order_relaxed)) return true;
    }
    return false;
  }

  bool gone() const { return packed() == kGone; }
  // REQUIRES: not gone.
  Stamp stamp() const { return Stamp::Unpack(packed()); }
  // Whether the file does not have the last use yet.
  bool dirty() const { return packed() != written_.load(std::memory_order_relaxed); }
  bool never_written() const { return written_.load(std::memory_order_relaxed) == kGone; }
  void SetWritten(Stamp stamp) { written_.store(stamp.Pack(), std::memory_order_relaxed); }

  // Leaves the table unless a use came in that is not written.
  bool LeaveIfClean() {
    uint64_t written = written_.load(std::memory_order_relaxed);
    return written != kGone && stamp_.compare_exchange_strong(written, kGone);
  }
  // Leaves the table; true if that forgets a use.
  bool Leave() { return stamp_.exchange(kGone) != written_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint64_t kGone = ~uint64_t{0};  // No stamp: its seconds are above kSecondsMax.

  uint64_t packed() const { return stamp_.load(std::memory_order_relaxed); }

  const std::string service_;
  const std::string action_;
  std::atomic<uint64_t> stamp_;
  std::atomic<uint64_t> written_{kGone};
};

struct Principal {
  EntityKind kind;
  std::string account;
  std::string unique_id;
  std::string arn;
};

// The last recorded use of an access key. All but `recorded` is guarded by its shard's mutex.
struct KeyCell {
  static constexpr int64_t kGone = -1;

  KeyCell(std::string_view id_in, int64_t first) : id(id_in), recorded(first) {}
  // Whether a use at that time changes nothing.
  bool Covers(int64_t seconds) const {
    const int64_t last = recorded.load(std::memory_order_relaxed);
    return last != kGone && !KeySupersedes(seconds, last);
  }

  const std::string id;
  std::atomic<int64_t> recorded;
  RegionId region = 0;
  std::string service;
  std::optional<int64_t> written;  // The value of `recorded` that the file has.
};

// What the file lacks.
struct DirtyUse {
  std::shared_ptr<UseCell> cell;
  Stamp stamp;
};
struct DirtyPrincipal {
  std::shared_ptr<const Principal> principal;
  std::vector<DirtyUse> uses;
};
struct DirtyKey {
  std::shared_ptr<KeyCell> cell;
  int64_t recorded = 0;
  RegionId region = 0;
  std::string service;
};

// All cells. Thread-safe; each operation holds one shard's lock at a time.
class ActivityTable {
 public:
  // `on_crowded` is called, possibly with a lock held, when so much is new that a flush should not
  // wait; it must only wake somebody.
  ActivityTable(const ActivityLimits& limits, std::function<void()> on_crowded);

  // Where a combination is kept. nullptr: not given, or refused.
  struct Cells {
    std::shared_ptr<const Principal> principal;
    std::shared_ptr<UseCell> service;
    std::shared_ptr<UseCell> action;
    std::shared_ptr<KeyCell> key;
    RegionId region = 0;
    std::string_view region_name;  // Lives as long as the table.
    bool complete = true;          // Nothing was refused.
  };
  // Notes a use, and finds or makes its cells. `key` is the access key to track, or empty.
  Cells Record(const Use& use, std::string_view key, int64_t seconds);
  // Notes the use of a key whose cell is known. False: the cell has left the table.
  bool TouchKey(KeyCell& cell, std::string_view service, Stamp use);

  std::vector<DirtyPrincipal> DirtyPrincipals();
  std::vector<DirtyKey> DirtyKeys();
  void SetWritten(const DirtyKey& key);

  // For queries: what memory holds. Actions are in no particular order.
  std::vector<std::pair<std::shared_ptr<UseCell>, Stamp>> UsesOf(std::string_view account,
                                                                 EntityKind kind,
                                                                 std::string_view unique_id) const;
  std::vector<std::pair<std::shared_ptr<const Principal>, Stamp>> PrincipalsUsing(
      std::string_view account, std::string_view service) const;
  std::optional<DirtyKey> FindKey(std::string_view access_key_id) const;

  std::string_view RegionName(RegionId id) const { return regions_.Name(id); }
  // Fills in the members that the table knows.
  void AddStatistics(ActivityStatistics* statistics) const;

 private:
  static constexpr size_t kShards = 16;

  struct PrincipalView {
    EntityKind kind;
    std::string_view account;
    std::string_view unique_id;
  };
  struct ServiceEntry {
    std::string name;
    std::shared_ptr<UseCell> cell;  // nullptr: it had to make room, its actions not yet.
    std::vector<std::shared_ptr<UseCell>> actions;
  };
  struct PrincipalEntry {
    std::shared_ptr<const Principal> principal;
    std::vector<ServiceEntry> services;
    size_t action_count = 0;
    // While it equals the shard's, nothing of this principal can make room for more.
    uint64_t full_at_flush = 0;
  };
  using EntryPointer = std::unique_ptr<PrincipalEntry>;
  struct EntryHash {
    using is_transparent = void;
    size_t operator()(const PrincipalView& view) const;
    size_t operator()(const EntryPointer& entry) const;
  };
  struct EntryEqual {
    using is_transparent = void;
    bool operator()(const PrincipalView& a, const PrincipalView& b) const;
    bool operator()(const EntryPointer& a, const PrincipalView& b) const;
    bool operator()(const EntryPointer& a, const EntryPointer& b) const;
  };
  struct Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_set<EntryPointer, EntryHash, EntryEqual> principals ABSL_GUARDED_BY(mutex);
    size_t cell_count ABSL_GUARDED_BY(mutex) = 0;
    uint64_t flush_count ABSL_GUARDED_BY(mutex) = 1;
  };
  struct KeyShard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<std::string, std::shared_ptr<KeyCell>> keys ABSL_GUARDED_BY(mutex);
  };

  static PrincipalView ViewOf(const PrincipalEntry& entry);
  const Shard& ShardOf(const PrincipalView& view) const;
  Shard& ShardOf(const PrincipalView& view);

  bool IsTrackable(const Use& use) const;
  void RecordUse(const Use& use, Stamp stamp, Cells* cells);
  PrincipalEntry& FindOrAddPrincipal(Shard& shard, const Use& use)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  ServiceEntry* FindOrAddService(Shard& shard, PrincipalEntry& entry, std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  std::shared_ptr<UseCell> FindOrAddAction(Shard& shard, PrincipalEntry& entry,
                                           ServiceEntry& service, std::string_view name,
                                           Stamp stamp) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  std::shared_ptr<UseCell> NewCell(Shard& shard, std::string_view service, std::string_view action,
                                   Stamp stamp) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  // Makes room for a record's cells; nothing of the principals may be referred to before.
  void MakeRoom(Shard& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // Lets the older half of a principal's written cells go: of services or of actions. False: there
  // was none.
  bool MakeRoomWithin(Shard& shard, PrincipalEntry& entry, bool actions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  // Removes the cells of `entry` that are gone.
  void Sweep(Shard& shard, PrincipalEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  std::shared_ptr<KeyCell> RecordKey(std::string_view id, std::string_view service, Stamp stamp);
  void MakeRoomForKey(KeyShard& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  // Constant after construction.
  const ActivityLimits limits_;
  const size_t shard_cells_max_;
  const size_t shard_keys_max_;
  const std::function<void()> on_crowded_;

  RegionNames regions_;
  std::array<Shard, kShards> shards_;
  std::array<KeyShard, kShards> key_shards_;
  std::atomic<uint64_t> evicted_{0};
  std::atomic<uint64_t> lost_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> new_since_flush_{0};
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_ACTIVITY_TABLE_INTERNAL_H_
