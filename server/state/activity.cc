#include "server/state/activity.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/state/activity_rows_internal.h"
#include "server/state/activity_table_internal.h"

namespace portcullis::state {
namespace {

// ---- What a thread remembers --------------------------------------------------------------------

// A combination that the thread has met, with its cells. Pointers keep cells alive that have left
// the table; they say so themselves.
struct Slot {
  uint64_t hash = 0;
  ActivityTable::Cells cells;

  bool Matches(const Use& use, std::string_view key) const {
    if ((cells.key == nullptr ? std::string_view() : cells.key->id) != key) return false;
    if (cells.region_name != use.region) return false;
    if (cells.service == nullptr) return use.service.empty();
    const Principal& principal = *cells.principal;
    return cells.service->service() == use.service && ActionName() == use.action &&
           principal.unique_id == use.unique_id && principal.arn == use.arn &&
           principal.account == use.account && principal.kind == use.kind;
  }

 private:
  std::string_view ActionName() const {
    return cells.action == nullptr ? std::string_view() : cells.action->action();
  }
};

// Slots of the calling thread, in sets of kWays, for the tracker it used last.
class LocalSlots {
 public:
  static constexpr size_t kWays = 4;
  static constexpr size_t kSets = 1024;
  using Set = std::array<Slot, kWays>;

  Set& Find(uint64_t hash) { return (*sets_)[hash % kSets]; }
  bool BelongsTo(uint64_t tracker) const { return tracker_ == tracker; }
  void Clear(uint64_t tracker) {
    sets_ = std::make_unique<std::array<Set, kSets>>();
    tracker_ = tracker;
  }

 private:
  uint64_t tracker_ = 0;
  std::unique_ptr<std::array<Set, kSets>> sets_;
};

uint64_t HashOf(const Use& use, std::string_view key) {
  using View = absl::string_view;
  return absl::Hash<std::tuple<View, View, View, View>>{}(
      std::tuple(base::AbslView(use.unique_id), base::AbslView(use.service),
                 base::AbslView(use.action), base::AbslView(key)));
}

// Temporary keys are as many as sessions, and nobody can ask for their last use.
std::string_view TrackedKey(std::string_view access_key_id) {
  return access_key_id.substr(0, 4) == "ASIA" ? std::string_view() : access_key_id;
}

uint64_t NextSerial() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// ---- Putting memory and file together -----------------------------------------------------------

// Keeps the one of two uses that counts.
void Merge(absl::Time last, std::string_view region, absl::Time* merged_last,
           std::string* merged_region) {
  if (!Supersedes(absl::ToUnixSeconds(last), absl::ToUnixSeconds(*merged_last))) return;
  *merged_last = last;
  *merged_region = std::string(region);
}

// Services by name with their actions by name.
class ServiceUses {
 public:
  void Add(const UseRow& row) {
    const absl::Time last = absl::FromUnixSeconds(row.seconds);
    const auto [place, is_new] = services_.try_emplace(row.service);
    Service& service = place->second;
    if (is_new) service = {.last = last, .region = row.region, .actions = {}};
    // An action whose service is not known by itself any longer still tells of it.
    Merge(last, row.region, &service.last, &service.region);
    if (row.action.empty()) return;
    const auto [action, is_new_action] =
        service.actions.try_emplace(row.action, ActionUse{row.action, last, row.region});
    if (!is_new_action) Merge(last, row.region, &action->second.last, &action->second.region);
  }

  std::vector<ServiceUse> Since(absl::Time oldest) const {
    std::vector<ServiceUse> list;
    for (const auto& [name, service] : services_) {
      if (service.last < oldest) continue;
      ServiceUse& use = list.emplace_back(ServiceUse{name, service.last, service.region, {}});
      for (const auto& [action_name, action] : service.actions) {
        if (action.last >= oldest) use.actions.push_back(action);
      }
    }
    return list;
  }

 private:
  struct Service {
    absl::Time last;
    std::string region;
    std::map<std::string, ActionUse> actions;
  };
  std::map<std::string, Service> services_;
};

}  // namespace

// ---- Core ---------------------------------------------------------------------------------------

struct ActivityTracker::Core {
  Core(Database* database_in, ActivityOptions options_in)
      : database(database_in),
        options(std::move(options_in)),
        serial(NextSerial()),
        table(options.limits, [this] { Wake(); }) {}

  LocalSlots::Set& LocalSet(uint64_t hash) {
    thread_local LocalSlots slots;
    if (!slots.BelongsTo(serial)) slots.Clear(serial);
    return slots.Find(hash);
  }
  bool Touch(const Slot& slot, const Use& use, int64_t seconds);
  void RecordSlowly(const Use& use, std::string_view key, int64_t seconds, uint64_t hash,
                    LocalSlots::Set& set);

  void Run();
  void Wake();
  absl::Status Flush();
  absl::Status FlushUses() ABSL_EXCLUSIVE_LOCKS_REQUIRED(flush_mutex);
  absl::Status FlushKeys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(flush_mutex);
  absl::Status WriteBatch(const std::vector<DirtyPrincipal>& all, size_t first, size_t end)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(flush_mutex);
  void NoteFlush(const absl::Status& status);
  absl::Time OldestTracked() const { return options.clock->Now() - options.tracking_period; }

  // Constant after construction, or synchronizing themselves.
  Database* const database;
  const ActivityOptions options;
  const uint64_t serial;  // Tells trackers apart for the threads' slots, which may outlive one.
  ActivityTable table;
  std::atomic<uint64_t> rows_written{0};
  std::atomic<uint64_t> rows_pruned{0};
  std::atomic<uint64_t> flush_failures{0};

  // Held during a flush: one at a time.
  absl::Mutex flush_mutex;

  // Guards what the thread waits for; taken last, held for a moment.
  mutable absl::Mutex mutex;
  absl::Status flush_status ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  bool crowded ABSL_GUARDED_BY(mutex) = false;

  std::thread thread;
};

// ---- Recording ----------------------------------------------------------------------------------

void ActivityTracker::Record(const Use& use) {
  if (use.action == "PassRole" && use.service == "iam") return;
  const std::string_view key = TrackedKey(use.access_key_id);
  const int64_t seconds = std::clamp<int64_t>(absl::ToUnixSeconds(use.time), 0, Stamp::kSecondsMax);
  const uint64_t hash = HashOf(use, key);
  LocalSlots::Set& set = core_->LocalSet(hash);
  for (Slot& slot : set) {
    if (slot.hash != hash || !slot.Matches(use, key)) continue;
    if (core_->Touch(slot, use, seconds)) return;
    slot = Slot();
  }
  core_->RecordSlowly(use, key, seconds, hash, set);
}

bool ActivityTracker::Core::Touch(const Slot& slot, const Use& use, int64_t seconds) {
  const ActivityTable::Cells& cells = slot.cells;
  const Stamp stamp{.seconds = seconds, .region = cells.region};
  // The service first: it is never older than its actions.
  if (cells.service != nullptr && !cells.service->Touch(stamp)) return false;
  if (cells.action != nullptr && !cells.action->Touch(stamp)) return false;
  return cells.key == nullptr || cells.key->Covers(seconds) ||
         table.TouchKey(*cells.key, use.service, stamp);
}

void ActivityTracker::Core::RecordSlowly(const Use& use, std::string_view key, int64_t seconds,
                                         uint64_t hash, LocalSlots::Set& set) {
  ActivityTable::Cells cells = table.Record(use, key, seconds);
  const bool empty = cells.service == nullptr && cells.key == nullptr;
  if (!cells.complete || empty) return;  // Not found again by these names.
  const auto is_free = [](const Slot& slot) {
    return slot.cells.service == nullptr && slot.cells.key == nullptr;
  };
  auto slot = std::find_if(set.begin(), set.end(), is_free);
  if (slot == set.end()) slot = set.begin() + (hash >> 60) % LocalSlots::kWays;
  slot->hash = hash;
  slot->cells = std::move(cells);
}

// ---- Flushing -----------------------------------------------------------------------------------

namespace {

// Rows per transaction: others that wait for the database wait for one.
constexpr size_t kRowsPerBatch = 500;

}  // namespace

ActivityTracker::ActivityTracker(Database* database, ActivityOptions options)
    : core_(std::make_unique<Core>(database, std::move(options))) {
  core_->thread = std::thread([core = core_.get()] { core->Run(); });
}

ActivityTracker::~ActivityTracker() {
  {
    const absl::MutexLock lock(&core_->mutex);
    core_->stopping = true;
  }
  core_->thread.join();
  core_->Flush().IgnoreError();  // Counted and told like any other.
}

void ActivityTracker::Core::Run() {
  absl::Time next_prune = absl::Now() + options.prune_interval;
  const auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return stopping || crowded; };
  while (true) {
    {
      const absl::MutexLock lock(&mutex);
      mutex.AwaitWithTimeout(absl::Condition(&wanted), options.flush_interval);
      if (stopping) return;
      crowded = false;
    }
    Flush().IgnoreError();
    if (absl::Now() < next_prune) continue;
    next_prune = absl::Now() + options.prune_interval;
    const absl::StatusOr<int64_t> deleted =
        PruneUses(*database, absl::ToUnixSeconds(OldestTracked()), options.limits.rows_max);
    if (deleted.ok()) rows_pruned += static_cast<uint64_t>(*deleted);
  }
}

void ActivityTracker::Core::Wake() {
  const absl::MutexLock lock(&mutex);
  crowded = true;
}

absl::Status ActivityTracker::Core::Flush() {
  absl::Status status;
  {
    const absl::MutexLock lock(&flush_mutex);
    status = FlushUses();
    const absl::Status keys = FlushKeys();
    if (status.ok()) status = keys;
  }
  NoteFlush(status);
  return status;
}

void ActivityTracker::Core::NoteFlush(const absl::Status& status) {
  bool changed = false;
  {
    const absl::MutexLock lock(&mutex);
    changed = flush_status.ok() != status.ok();
    flush_status = status;
  }
  if (!status.ok()) flush_failures.fetch_add(1, std::memory_order_relaxed);
  if (changed && options.on_flush_change) options.on_flush_change(status);
}

absl::Status ActivityTracker::Core::FlushUses() {
  const std::vector<DirtyPrincipal> all = table.DirtyPrincipals();
  size_t first = 0;
  while (first < all.size()) {
    size_t end = first;
    // Whole principals: their limits are applied in the same transaction.
    for (size_t rows = 0; end < all.size() && rows < kRowsPerBatch; ++end) {
      rows += all[end].uses.size();
    }
    RETURN_IF_ERROR(WriteBatch(all, first, end));
    first = end;
  }
  return absl::OkStatus();
}

absl::Status ActivityTracker::Core::WriteBatch(const std::vector<DirtyPrincipal>& all, size_t first,
                                               size_t end) {
  uint64_t written = 0;
  uint64_t pruned = 0;
  RETURN_IF_ERROR(
      database->Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
        for (size_t i = first; i < end; ++i) {
          std::vector<UseRow> rows;
          bool may_grow = false;
          for (const auto& [cell, stamp] : all[i].uses) {
            may_grow |= cell->never_written();
            rows.push_back({.service = cell->service(),
                            .action = cell->action(),
                            .seconds = stamp.seconds,
                            .region = std::string(table.RegionName(stamp.region))});
          }
          ASSIGN_OR_RETURN(const int64_t trimmed, WriteUses(connection, *all[i].principal, rows,
                                                            may_grow, options.limits));
          written += rows.size();
          pruned += static_cast<uint64_t>(trimmed);
        }
        return absl::OkStatus();
      }));
  for (size_t i = first; i < end; ++i) {
    for (const auto& [cell, stamp] : all[i].uses) cell->SetWritten(stamp);
  }
  rows_written.fetch_add(written, std::memory_order_relaxed);
  rows_pruned.fetch_add(pruned, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status ActivityTracker::Core::FlushKeys() {
  const std::vector<DirtyKey> all = table.DirtyKeys();
  for (size_t first = 0; first < all.size(); first += kRowsPerBatch) {
    const size_t end = std::min(first + kRowsPerBatch, all.size());
    const auto write = [&](Connection& connection) -> absl::Status {
      for (size_t i = first; i < end; ++i) {
        const KeyUse use{.last = absl::FromUnixSeconds(all[i].recorded),
                         .region = std::string(table.RegionName(all[i].region)),
                         .service = all[i].service};
        RETURN_IF_ERROR(WriteKeyUse(connection, all[i].cell->id, use));
      }
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(database->Write(Durability::kProcessCrash, write));
    for (size_t i = first; i < end; ++i) table.SetWritten(all[i]);
    rows_written.fetch_add(end - first, std::memory_order_relaxed);
  }
  return absl::OkStatus();
}

absl::Status ActivityTracker::Flush() {
  return core_->Flush();
}

absl::Status ActivityTracker::Prune() {
  const absl::StatusOr<int64_t> deleted =
      PruneUses(*core_->database, absl::ToUnixSeconds(core_->OldestTracked()),
                core_->options.limits.rows_max);
  if (deleted.ok()) core_->rows_pruned += static_cast<uint64_t>(*deleted);
  return deleted.status();
}

absl::Status ActivityTracker::flush_status() const {
  const absl::MutexLock lock(&core_->mutex);
  return core_->flush_status;
}

ActivityStatistics ActivityTracker::statistics() const {
  ActivityStatistics statistics;
  core_->table.AddStatistics(&statistics);
  statistics.rows_written = core_->rows_written.load(std::memory_order_relaxed);
  statistics.rows_pruned = core_->rows_pruned.load(std::memory_order_relaxed);
  statistics.flush_failures = core_->flush_failures.load(std::memory_order_relaxed);
  return statistics;
}

// ---- Queries ------------------------------------------------------------------------------------
// Memory is looked at before the file: what leaves memory in between is in the file by then.

absl::StatusOr<std::optional<KeyUse>> ActivityTracker::LastKeyUse(
    std::string_view access_key_id) const {
  const std::optional<DirtyKey> recent = core_->table.FindKey(access_key_id);
  std::optional<KeyUse> use;
  RETURN_IF_ERROR(core_->database->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(use, ReadKeyUse(connection, access_key_id));
    return absl::OkStatus();
  }));
  if (recent.has_value() &&
      (!use.has_value() || KeySupersedes(recent->recorded, absl::ToUnixSeconds(use->last)))) {
    use = KeyUse{.last = absl::FromUnixSeconds(recent->recorded),
                 .region = std::string(core_->table.RegionName(recent->region)),
                 .service = recent->service};
  }
  return use;
}

absl::StatusOr<std::vector<ServiceUse>> ActivityTracker::ServicesUsedBy(std::string_view account,
                                                                        EntityKind kind,
                                                                        std::string_view unique_id,
                                                                        bool with_actions) const {
  const auto recent = core_->table.UsesOf(account, kind, unique_id);
  std::vector<UseRow> rows;
  RETURN_IF_ERROR(core_->database->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(rows, ReadUses(connection, account, kind, unique_id, with_actions));
    return absl::OkStatus();
  }));
  ServiceUses uses;
  for (const UseRow& row : rows) uses.Add(row);
  for (const auto& [cell, stamp] : recent) {
    if (!with_actions && !cell->action().empty()) continue;
    uses.Add({.service = cell->service(),
              .action = cell->action(),
              .seconds = stamp.seconds,
              .region = std::string(core_->table.RegionName(stamp.region))});
  }
  return uses.Since(core_->OldestTracked());
}

absl::StatusOr<std::vector<EntityUse>> ActivityTracker::EntitiesUsing(
    std::string_view account, std::string_view service) const {
  const auto recent = core_->table.PrincipalsUsing(account, service);
  std::vector<EntityUse> read;
  RETURN_IF_ERROR(core_->database->Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(read, ReadEntitiesUsing(connection, account, service));
    return absl::OkStatus();
  }));
  std::map<std::pair<EntityKind, std::string>, EntityUse> entities;
  for (EntityUse& use : read) entities[std::pair(use.kind, use.unique_id)] = std::move(use);
  for (const auto& [principal, stamp] : recent) {
    const EntityUse use{.kind = principal->kind,
                        .unique_id = principal->unique_id,
                        .arn = principal->arn,
                        .last = absl::FromUnixSeconds(stamp.seconds),
                        .region = std::string(core_->table.RegionName(stamp.region))};
    EntityUse& merged = entities.try_emplace(std::pair(use.kind, use.unique_id), use).first->second;
    merged.arn = use.arn;
    Merge(use.last, use.region, &merged.last, &merged.region);
  }
  std::vector<EntityUse> list;
  for (auto& [id, use] : entities) {
    if (use.last >= core_->OldestTracked()) list.push_back(std::move(use));
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const EntityUse& a, const EntityUse& b) { return a.last > b.last; });
  return list;
}

}  // namespace portcullis::state
