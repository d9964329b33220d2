// Who used which service, action and access key, and when last: for access advisor and key reports.
#ifndef PORTCULLIS_SERVER_STATE_ACTIVITY_H_
#define PORTCULLIS_SERVER_STATE_ACTIVITY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/state/database.h"

namespace portcullis::state {

// What used something. The numbers are stored.
enum class EntityKind : uint8_t {
  kOther = 0,
  kUser = 1,           // A user, by long-term key or GetSessionToken.
  kRole = 2,           // A role, by any of its sessions.
  kRoot = 3,           // An account's root user.
  kFederatedUser = 4,  // A session of GetFederationToken.
  kService = 5,        // A service principal.
};

// One authenticated attempt, allowed or denied. Views need to live for the call only.
// Texts are compared byte by byte: give names in one spelling (services and actions as policies do,
// case folded or canonical).
struct Use {
  std::string_view account = {};
  EntityKind kind = EntityKind::kOther;
  std::string_view unique_id = {};  // AIDA..., AROA...: a namesake made later is another entity.
  std::string_view arn = {};        // Of the user or role, not of a session.
  std::string_view service = {};    // "s3"; empty: only the key was used.
  std::string_view action = {};     // "GetObject"; may be empty.
  std::string_view region = {};     // May be empty.
  std::string_view access_key_id = {};  // May be empty; temporary keys (ASIA...) are not tracked.
  absl::Time time = absl::UnixEpoch();
};

// ---- Answers. Times are whole seconds; regions may be empty. ----

struct ActionUse {
  std::string action;
  absl::Time last;
  std::string region;
  friend bool operator==(const ActionUse&, const ActionUse&) = default;
};

struct ServiceUse {
  std::string service;
  absl::Time last;
  std::string region;
  std::vector<ActionUse> actions;  // By name.
  friend bool operator==(const ServiceUse&, const ServiceUse&) = default;
};

struct EntityUse {
  EntityKind kind = EntityKind::kOther;
  std::string unique_id;
  std::string arn;  // As it was when the entity was seen last.
  absl::Time last;
  std::string region;
  friend bool operator==(const EntityUse&, const EntityUse&) = default;
};

struct KeyUse {
  absl::Time last;
  std::string region;
  std::string service;  // May be empty.
  friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

// How much is remembered. Longer texts and further names are not tracked, and counted.
struct ActivityLimits {
  // In memory: services and actions over all principals, and keys. A little over 200 bytes each.
  size_t entries_max = 200'000;
  size_t keys_max = 50'000;
  // In the file, per table: services, actions, keys.
  size_t rows_max = 1'000'000;
  // Clients choose these names, so a principal can only displace its own.
  size_t services_per_principal_max = 200;
  size_t actions_per_principal_max = 1'000;
  // Different regions since the start; the services that ask choose them. Further ones are noted as
  // none.
  size_t regions_max = 1'000;

  static constexpr size_t kServiceBytesMax = 64;
  static constexpr size_t kActionBytesMax = 128;
  static constexpr size_t kRegionBytesMax = 64;
  static constexpr size_t kIdBytesMax = 256;  // Account, unique id, access key id.
  static constexpr size_t kArnBytesMax = 2048;
};

struct ActivityOptions {
  ActivityLimits limits;
  // What a killed process loses: uses younger than this and the time of one flush.
  // InfiniteDuration: only Flush() and the destructor write.
  absl::Duration flush_interval = absl::Seconds(2);
  // Services and actions last used longer ago are not reported, and deleted in time. Keys
  // stay: a report is to find those that nobody has used for years.
  absl::Duration tracking_period = absl::Hours(24 * 400);
  // How often old rows are looked for.
  absl::Duration prune_interval = absl::Hours(1);
  // For flushing, pruning and what is too old to report. Outlives the tracker.
  const base::Clock* clock = &base::Clock::System();
  // Told when flushing begins to fail (with why) and when it works again (OK), from the thread that
  // flushes. Must not call the tracker.
  std::function<void(const absl::Status&)> on_flush_change;
};

// For metrics. Counters count from the start of the process.
struct ActivityStatistics {
  uint64_t entries = 0;         // Gauge: services and actions in memory.
  uint64_t keys = 0;            // Gauge: keys in memory.
  uint64_t evicted = 0;         // Left memory to make room.
  uint64_t lost = 0;            // Of these, uses that were not written yet: forgotten.
  uint64_t refused = 0;         // Not tracked: too long, or too many of one principal.
  uint64_t rows_written = 0;    // Rows put into the file.
  uint64_t rows_pruned = 0;     // Rows deleted: too old, or too many.
  uint64_t flush_failures = 0;  // Flushes that could not write everything.
};

// Thread-safe. Remembers last uses in memory, writes what changed to the database every few
// seconds, and answers from both.
//
// When memory is full, the least recently used of what has been written goes first; uses that were
// not written yet are forgotten only if more than `entries_max` came within one flush interval, or
// the database fails. In the file the least recently used rows go first.
//
// Times only grow, except that a use more than a day before the recorded one replaces it: then the
// clock was wrong when that was recorded.
class ActivityTracker {
 public:
  // A key's last use is recorded at most so often.
  static constexpr int64_t kKeySpanSeconds = 15 * 60;
  static constexpr int64_t kClockStepSeconds = 24 * 60 * 60;

  // `database` outlives the tracker. Starts the thread that flushes.
  explicit ActivityTracker(Database* database, ActivityOptions options = {});
  // Flushes once more. Nothing may be called any longer.
  ~ActivityTracker();
  ActivityTracker(const ActivityTracker&) = delete;
  ActivityTracker& operator=(const ActivityTracker&) = delete;

  // Notes one use. Never fails, never waits for the database. A combination that the thread has met
  // lately (it remembers some thousands) costs no lock and no allocation, and writes to shared
  // memory at most once a second; others take one of many short locks. iam:PassRole is not tracked
  //
  void Record(const Use& use);

  // Errors of the queries are those of the database: then nothing can be said.

  // The last use of an access key, or nullopt if none is known.
  absl::StatusOr<std::optional<KeyUse>> LastKeyUse(std::string_view access_key_id) const;

  // The services that an entity used within the tracking period, by name; actions only if asked
  // for.
  absl::StatusOr<std::vector<ServiceUse>> ServicesUsedBy(std::string_view account, EntityKind kind,
                                                         std::string_view unique_id,
                                                         bool with_actions) const;

  // The entities of an account that used a service within the tracking period, latest first.
  absl::StatusOr<std::vector<EntityUse>> EntitiesUsing(std::string_view account,
                                                       std::string_view service) const;

  // Writes everything recorded before the call. On failure it stays in memory for the next time.
  absl::Status Flush();
  // Deletes what is too old or too much. Called by the tracker itself every prune_interval.
  absl::Status Prune();

  // Of the last flush.
  absl::Status flush_status() const;
  ActivityStatistics statistics() const;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_ACTIVITY_H_
