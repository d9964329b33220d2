#include <algorithm>
#include <tuple>

#include "absl/hash/hash.h"

#include "server/base/text.h"
#include "server/state/activity_table_internal.h"

namespace portcullis::state {
namespace {

using base::AbslView;

// A cell that could make room, before it is decided whether it does.
struct Candidate {
  UseCell* cell;
  bool dirty;
  int64_t seconds;
  bool is_service;  // Goes after its actions, which are never younger.

  auto Order() const { return std::tuple(dirty, seconds, is_service); }
};

Candidate CandidateOf(const std::shared_ptr<UseCell>& cell) {
  return {.cell = cell.get(),
          .dirty = cell->dirty(),
          .seconds = cell->stamp().seconds,
          .is_service = cell->action().empty()};
}

// Puts the `count` that should go first to the front.
void OrderFirst(std::vector<Candidate>& candidates, size_t count) {
  std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count - 1),
                   candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.Order() < b.Order(); });
}

}  // namespace

// ---- RegionNames --------------------------------------------------------------------------------

RegionNames::RegionNames(size_t names_max)
    : names_max_(std::min<size_t>(names_max, 0xffff)), names_(1), ids_({{"", 0}}) {}

std::optional<RegionId> RegionNames::Intern(std::string_view name) {
  const absl::MutexLock lock(&mutex_);
  const auto found = ids_.find(AbslView(name));
  if (found != ids_.end()) return found->second;
  if (name.size() > ActivityLimits::kRegionBytesMax || names_.size() > names_max_) {
    return std::nullopt;
  }
  const auto id = static_cast<RegionId>(names_.size());
  names_.emplace_back(name);
  ids_.emplace(names_.back(), id);
  return id;
}

std::string_view RegionNames::Name(RegionId id) const {
  const absl::MutexLock lock(&mutex_);
  return names_[id];
}

// ---- Finding ------------------------------------------------------------------------------------

size_t ActivityTable::EntryHash::operator()(const PrincipalView& view) const {
  return absl::Hash<std::tuple<uint8_t, absl::string_view, absl::string_view>>{}(std::tuple(
      static_cast<uint8_t>(view.kind), AbslView(view.account), AbslView(view.unique_id)));
}

size_t ActivityTable::EntryHash::operator()(const EntryPointer& entry) const {
  return (*this)(ViewOf(*entry));
}

bool ActivityTable::EntryEqual::operator()(const PrincipalView& a, const PrincipalView& b) const {
  return a.kind == b.kind && a.account == b.account && a.unique_id == b.unique_id;
}

bool ActivityTable::EntryEqual::operator()(const EntryPointer& a, const PrincipalView& b) const {
  return (*this)(ViewOf(*a), b);
}

bool ActivityTable::EntryEqual::operator()(const EntryPointer& a, const EntryPointer& b) const {
  return (*this)(ViewOf(*a), ViewOf(*b));
}

ActivityTable::PrincipalView ActivityTable::ViewOf(const PrincipalEntry& entry) {
  const Principal& principal = *entry.principal;
  return {principal.kind, principal.account, principal.unique_id};
}

const ActivityTable::Shard& ActivityTable::ShardOf(const PrincipalView& view) const {
  // The high bits: the set inside uses the low ones.
  return shards_[(EntryHash{}(view) >> 40) % kShards];
}

ActivityTable::Shard& ActivityTable::ShardOf(const PrincipalView& view) {
  return shards_[(EntryHash{}(view) >> 40) % kShards];
}

// ---- Recording ----------------------------------------------------------------------------------

// A shard holds what one record needs even if the limits are tiny.
ActivityTable::ActivityTable(const ActivityLimits& limits, std::function<void()> on_crowded)
    : limits_(limits),
      shard_cells_max_(std::max<size_t>(limits.entries_max / kShards, 8)),
      shard_keys_max_(std::max<size_t>(limits.keys_max / kShards, 4)),
      on_crowded_(std::move(on_crowded)),
      regions_(limits.regions_max) {}

ActivityTable::Cells ActivityTable::Record(const Use& use, std::string_view key, int64_t seconds) {
  Cells cells;
  const std::optional<RegionId> region = regions_.Intern(use.region);
  cells.complete = region.has_value();
  cells.region = region.value_or(0);
  cells.region_name = regions_.Name(cells.region);
  const Stamp stamp{.seconds = seconds, .region = cells.region};
  if (key.size() > ActivityLimits::kIdBytesMax) {
    cells.complete = false;
  } else if (!key.empty()) {
    cells.key = RecordKey(key, use.service, stamp);
  }
  if (IsTrackable(use)) {
    RecordUse(use, stamp, &cells);
  } else {
    cells.complete = cells.complete && use.service.empty();
  }
  if (!cells.complete) refused_.fetch_add(1, std::memory_order_relaxed);
  return cells;
}

bool ActivityTable::IsTrackable(const Use& use) const {
  using Limits = ActivityLimits;
  return !use.service.empty() && use.service.size() <= Limits::kServiceBytesMax &&
         !use.unique_id.empty() && use.unique_id.size() <= Limits::kIdBytesMax &&
         use.account.size() <= Limits::kIdBytesMax && use.arn.size() <= Limits::kArnBytesMax;
}

void ActivityTable::RecordUse(const Use& use, Stamp stamp, Cells* cells) {
  Shard& shard = ShardOf({use.kind, use.account, use.unique_id});
  const absl::MutexLock lock(&shard.mutex);
  if (shard.cell_count + 2 > shard_cells_max_) MakeRoom(shard);
  PrincipalEntry& entry = FindOrAddPrincipal(shard, use);
  cells->principal = entry.principal;
  ServiceEntry* const service = FindOrAddService(shard, entry, use.service);
  if (service == nullptr) {
    cells->complete = false;
    return;
  }
  if (service->cell == nullptr) service->cell = NewCell(shard, use.service, "", stamp);
  service->cell->Touch(stamp);  // Cells leave under this lock only, so it is there.
  cells->service = service->cell;
  if (use.action.empty()) return;
  cells->action = FindOrAddAction(shard, entry, *service, use.action, stamp);
  if (cells->action == nullptr) cells->complete = false;
}

ActivityTable::PrincipalEntry& ActivityTable::FindOrAddPrincipal(Shard& shard, const Use& use) {
  const auto make_principal = [&use] {
    return std::make_shared<const Principal>(Principal{.kind = use.kind,
                                                       .account = std::string(use.account),
                                                       .unique_id = std::string(use.unique_id),
                                                       .arn = std::string(use.arn)});
  };
  const auto found = shard.principals.find(PrincipalView{use.kind, use.account, use.unique_id});
  if (found == shard.principals.end()) {
    auto entry = std::make_unique<PrincipalEntry>();
    entry->principal = make_principal();
    return **shard.principals.insert(std::move(entry)).first;
  }
  // Renamed: the id stays.
  if ((*found)->principal->arn != use.arn) (*found)->principal = make_principal();
  return **found;
}

ActivityTable::ServiceEntry* ActivityTable::FindOrAddService(Shard& shard, PrincipalEntry& entry,
                                                             std::string_view name) {
  const auto found =
      std::find_if(entry.services.begin(), entry.services.end(),
                   [name](const ServiceEntry& service) { return service.name == name; });
  if (found != entry.services.end()) return &*found;
  if (entry.services.size() >= limits_.services_per_principal_max &&
      !MakeRoomWithin(shard, entry, /*actions=*/false)) {
    return nullptr;
  }
  ServiceEntry& service = entry.services.emplace_back();
  service.name = std::string(name);
  return &service;
}

std::shared_ptr<UseCell> ActivityTable::FindOrAddAction(Shard& shard, PrincipalEntry& entry,
                                                        ServiceEntry& service,
                                                        std::string_view name, Stamp stamp) {
  if (name.size() > ActivityLimits::kActionBytesMax) return nullptr;
  for (const std::shared_ptr<UseCell>& cell : service.actions) {
    if (cell->action() != name) continue;
    cell->Touch(stamp);
    return cell;
  }
  ServiceEntry* home = &service;
  if (entry.action_count >= limits_.actions_per_principal_max) {
    const std::shared_ptr<UseCell> kept = service.cell;
    if (!MakeRoomWithin(shard, entry, /*actions=*/true)) return nullptr;
    // Other services may have gone with their last actions, so this one may have moved.
    home = FindOrAddService(shard, entry, kept->service());
    if (home == nullptr) return nullptr;
  }
  ++entry.action_count;
  return home->actions.emplace_back(NewCell(shard, home->name, name, stamp));
}

std::shared_ptr<UseCell> ActivityTable::NewCell(Shard& shard, std::string_view service,
                                                std::string_view action, Stamp stamp) {
  ++shard.cell_count;
  if (new_since_flush_.fetch_add(1, std::memory_order_relaxed) == limits_.entries_max / 4) {
    on_crowded_();
  }
  return std::make_shared<UseCell>(service, action, stamp);
}

// ---- Making room --------------------------------------------------------------------------------

void ActivityTable::MakeRoom(Shard& shard) {
  std::vector<Candidate> candidates;
  candidates.reserve(shard.cell_count);
  for (const EntryPointer& entry : shard.principals) {
    for (const ServiceEntry& service : entry->services) {
      if (service.cell != nullptr) candidates.push_back(CandidateOf(service.cell));
      for (const auto& action : service.actions) candidates.push_back(CandidateOf(action));
    }
  }
  // Many at once, so that looking at all of them pays.
  const size_t count = std::min(std::max<size_t>(shard_cells_max_ / 4, 2), candidates.size());
  if (count == 0) return;
  OrderFirst(candidates, count);
  for (size_t i = 0; i < count; ++i) {
    // One that is being used this very moment may stay; others make the room.
    if (!candidates[i].dirty) {
      candidates[i].cell->LeaveIfClean();
    } else if (candidates[i].cell->Leave()) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  for (auto entry = shard.principals.begin(); entry != shard.principals.end();) {
    const auto current = entry++;
    Sweep(shard, **current);
    if ((*current)->services.empty()) shard.principals.erase(current);
  }
}

bool ActivityTable::MakeRoomWithin(Shard& shard, PrincipalEntry& entry, bool actions) {
  if (entry.full_at_flush == shard.flush_count) return false;
  std::vector<Candidate> candidates;
  for (const ServiceEntry& service : entry.services) {
    const auto consider = [&candidates](const std::shared_ptr<UseCell>& cell) {
      const Candidate candidate = CandidateOf(cell);
      if (!candidate.dirty) candidates.push_back(candidate);
    };
    if (actions) {
      for (const auto& action : service.actions) consider(action);
    } else if (service.cell != nullptr && service.actions.empty()) {
      consider(service.cell);
    }
  }
  // A service with actions waits until these have gone.
  if (candidates.empty() && !actions && entry.action_count > 0) {
    return MakeRoomWithin(shard, entry, /*actions=*/true) &&
           MakeRoomWithin(shard, entry, /*actions=*/false);
  }
  bool any = false;
  if (!candidates.empty()) {
    const size_t count = (candidates.size() + 1) / 2;
    OrderFirst(candidates, count);
    for (size_t i = 0; i < count; ++i) any |= candidates[i].cell->LeaveIfClean();
  }
  if (any) {
    Sweep(shard, entry);
  } else {
    entry.full_at_flush = shard.flush_count;
  }
  return any;
}

void ActivityTable::Sweep(Shard& shard, PrincipalEntry& entry) {
  size_t gone = 0;
  for (ServiceEntry& service : entry.services) {
    const size_t actions_gone = std::erase_if(
        service.actions, [](const std::shared_ptr<UseCell>& cell) { return cell->gone(); });
    entry.action_count -= actions_gone;
    gone += actions_gone;
    if (service.cell != nullptr && service.cell->gone()) {
      service.cell = nullptr;
      ++gone;
    }
  }
  std::erase_if(entry.services, [](const ServiceEntry& service) {
    return service.cell == nullptr && service.actions.empty();
  });
  shard.cell_count -= gone;
  evicted_.fetch_add(gone, std::memory_order_relaxed);
}

// ---- Keys ---------------------------------------------------------------------------------------

namespace {

size_t KeyShardIndex(std::string_view id, size_t shards) {
  return (absl::Hash<absl::string_view>{}(AbslView(id)) >> 40) % shards;
}

// The value of `recorded`, which only changes under the shard's lock.
int64_t Recorded(const KeyCell& cell) {
  return cell.recorded.load(std::memory_order_relaxed);
}

// REQUIRES: the shard's lock is held.
void Update(KeyCell& cell, std::string_view service, Stamp use) {
  if (!KeySupersedes(use.seconds, Recorded(cell))) return;
  cell.recorded.store(use.seconds, std::memory_order_relaxed);
  cell.region = use.region;
  cell.service = service.substr(0, ActivityLimits::kServiceBytesMax);
}

}  // namespace

std::shared_ptr<KeyCell> ActivityTable::RecordKey(std::string_view id, std::string_view service,
                                                  Stamp stamp) {
  KeyShard& shard = key_shards_[KeyShardIndex(id, kShards)];
  const absl::MutexLock lock(&shard.mutex);
  const auto found = shard.keys.find(AbslView(id));
  if (found != shard.keys.end()) {
    Update(*found->second, service, stamp);
    return found->second;
  }
  if (shard.keys.size() >= shard_keys_max_) MakeRoomForKey(shard);
  auto cell = std::make_shared<KeyCell>(id, stamp.seconds);
  cell->region = stamp.region;
  cell->service = service.substr(0, ActivityLimits::kServiceBytesMax);
  shard.keys.emplace(cell->id, cell);
  return cell;
}

bool ActivityTable::TouchKey(KeyCell& cell, std::string_view service, Stamp use) {
  KeyShard& shard = key_shards_[KeyShardIndex(cell.id, kShards)];
  const absl::MutexLock lock(&shard.mutex);
  if (Recorded(cell) == KeyCell::kGone) return false;
  Update(cell, service, use);
  return true;
}

void ActivityTable::MakeRoomForKey(KeyShard& shard) {
  std::vector<std::tuple<bool, int64_t, KeyCell*>> candidates;
  candidates.reserve(shard.keys.size());
  for (const auto& [id, cell] : shard.keys) {
    candidates.emplace_back(cell->written != Recorded(*cell), Recorded(*cell), cell.get());
  }
  const size_t count = std::max<size_t>(candidates.size() / 4, 1);
  std::nth_element(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count - 1),
                   candidates.end());
  for (size_t i = 0; i < count; ++i) {
    const auto& [dirty, recorded, cell] = candidates[i];
    if (dirty) lost_.fetch_add(1, std::memory_order_relaxed);
    evicted_.fetch_add(1, std::memory_order_relaxed);
    cell->recorded.store(KeyCell::kGone, std::memory_order_relaxed);
  }
  absl::erase_if(shard.keys,
                 [](const auto& item) { return Recorded(*item.second) == KeyCell::kGone; });
}

// ---- Flushing -----------------------------------------------------------------------------------

std::vector<DirtyPrincipal> ActivityTable::DirtyPrincipals() {
  new_since_flush_.store(0, std::memory_order_relaxed);
  std::vector<DirtyPrincipal> all;
  for (Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    ++shard.flush_count;
    for (const EntryPointer& entry : shard.principals) {
      DirtyPrincipal dirty;
      const auto consider = [&dirty](const std::shared_ptr<UseCell>& cell) {
        if (cell != nullptr && cell->dirty()) dirty.uses.push_back({cell, cell->stamp()});
      };
      for (const ServiceEntry& service : entry->services) {
        consider(service.cell);
        for (const auto& action : service.actions) consider(action);
      }
      if (dirty.uses.empty()) continue;
      dirty.principal = entry->principal;
      all.push_back(std::move(dirty));
    }
  }
  return all;
}

std::vector<DirtyKey> ActivityTable::DirtyKeys() {
  std::vector<DirtyKey> all;
  for (KeyShard& shard : key_shards_) {
    const absl::MutexLock lock(&shard.mutex);
    for (const auto& [id, cell] : shard.keys) {
      if (cell->written == Recorded(*cell)) continue;
      all.push_back({cell, Recorded(*cell), cell->region, cell->service});
    }
  }
  return all;
}

void ActivityTable::SetWritten(const DirtyKey& key) {
  KeyShard& shard = key_shards_[KeyShardIndex(key.cell->id, kShards)];
  const absl::MutexLock lock(&shard.mutex);
  key.cell->written = key.recorded;
}

// ---- Queries ------------------------------------------------------------------------------------

std::vector<std::pair<std::shared_ptr<UseCell>, Stamp>> ActivityTable::UsesOf(
    std::string_view account, EntityKind kind, std::string_view unique_id) const {
  std::vector<std::pair<std::shared_ptr<UseCell>, Stamp>> uses;
  const PrincipalView view{kind, account, unique_id};
  const Shard& shard = ShardOf(view);
  const absl::MutexLock lock(&shard.mutex);
  const auto found = shard.principals.find(view);
  if (found == shard.principals.end()) return uses;
  for (const ServiceEntry& service : (*found)->services) {
    if (service.cell != nullptr) uses.emplace_back(service.cell, service.cell->stamp());
    for (const auto& action : service.actions) uses.emplace_back(action, action->stamp());
  }
  return uses;
}

std::vector<std::pair<std::shared_ptr<const Principal>, Stamp>> ActivityTable::PrincipalsUsing(
    std::string_view account, std::string_view service) const {
  std::vector<std::pair<std::shared_ptr<const Principal>, Stamp>> principals;
  for (const Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    for (const EntryPointer& entry : shard.principals) {
      if (entry->principal->account != account) continue;
      for (const ServiceEntry& used : entry->services) {
        if (used.name != service || used.cell == nullptr) continue;
        principals.emplace_back(entry->principal, used.cell->stamp());
      }
    }
  }
  return principals;
}

std::optional<DirtyKey> ActivityTable::FindKey(std::string_view access_key_id) const {
  const KeyShard& shard = key_shards_[KeyShardIndex(access_key_id, kShards)];
  const absl::MutexLock lock(&shard.mutex);
  const auto found = shard.keys.find(AbslView(access_key_id));
  if (found == shard.keys.end()) return std::nullopt;
  const KeyCell& cell = *found->second;
  return DirtyKey{found->second, Recorded(cell), cell.region, cell.service};
}

void ActivityTable::AddStatistics(ActivityStatistics* statistics) const {
  for (const Shard& shard : shards_) {
    const absl::MutexLock lock(&shard.mutex);
    statistics->entries += shard.cell_count;
  }
  for (const KeyShard& shard : key_shards_) {
    const absl::MutexLock lock(&shard.mutex);
    statistics->keys += shard.keys.size();
  }
  statistics->evicted += evicted_.load(std::memory_order_relaxed);
  statistics->lost += lost_.load(std::memory_order_relaxed);
  statistics->refused += refused_.load(std::memory_order_relaxed);
}

}  // namespace portcullis::state
