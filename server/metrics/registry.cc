#include "server/metrics/registry.h"

#include <algorithm>
#include <utility>

#include "server/metrics/registry_internal.h"

namespace portcullis::metrics {
namespace {

size_t HistogramSlots(const std::vector<int64_t>& bounds) {
  return bounds.size() + 2;
}

// Returns the number of the bucket.
size_t Observe(Shard& shard, size_t first_slot, const std::vector<int64_t>& bounds,
               int64_t nanoseconds) {
  const int64_t value = std::max<int64_t>(nanoseconds, 0);
  size_t bucket = 0;
  while (bucket < bounds.size() && value > bounds[bucket]) ++bucket;
  shard.Add(first_slot + bucket, 1);
  shard.Add(first_slot + bounds.size() + 1, static_cast<uint64_t>(value));
  return bucket;
}

bool IsTraceId(std::string_view text) {
  return text.size() == std::tuple_size_v<decltype(Exemplar::trace_id)> &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

size_t Index(FamilyId family, size_t first, size_t second) {
  return first * FamilyOf(family).axes[1].size() + second;
}

}  // namespace

Layout::Layout(const RegistryOptions& options) {
  size_t next = 0;
  const auto take = [&next](size_t slots) { return std::exchange(next, next + slots); };
  decisions = take(FamilyOf(FamilyId::kAuthzDecisions).series_count());
  evaluation = take(HistogramSlots(options.evaluation_bucket_nanoseconds));
  evaluation_buckets = options.evaluation_bucket_nanoseconds.size() + 1;
  rpc_series_slots = HistogramSlots(options.rpc_bucket_nanoseconds);
  rpc = take(FamilyOf(FamilyId::kRpc).series_count() * rpc_series_slots);
  rpc_started = take(kRpcMethodCount);
  rpc_finished = take(kRpcMethodCount);
  sts = take(FamilyOf(FamilyId::kStsRequests).series_count());
  query = take(FamilyOf(FamilyId::kQueryRequests).series_count());
  query_seconds = take(HistogramSlots(options.rpc_bucket_nanoseconds));
  reloads = take(FamilyOf(FamilyId::kPolicyReloads).series_count());
  audit_records = take(FamilyOf(FamilyId::kAuditRecords).series_count());
  audit_oversized = take(1);
  audit_queued = take(1);
  audit_dequeued = take(1);
  slot_count = next;
}

// ---- Shards -------------------------------------------------------------------------------------

namespace {

uint64_t NextSerial() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Registry::Core::Core(RegistryOptions options_in)
    : options(std::move(options_in)),
      layout(options),
      serial(NextSerial()),
      retired(layout.slot_count, 0),
      retired_evaluations(layout.evaluation_buckets) {}

Shard& Registry::Core::Local() {
  struct Last {
    uint64_t serial = 0;
    Shard* shard = nullptr;
  };
  thread_local Last last;
  if (last.serial != serial || last.shard == nullptr) last = {serial, &Register()};
  return *last.shard;
}

Shard& Registry::Core::Register() {
  // Ends with the thread: hands its counts back to every registry that still lives.
  struct Membership {
    uint64_t serial;
    std::weak_ptr<Core> core;
    Shard* shard;
  };
  struct Memberships {
    ~Memberships() {
      for (const Membership& membership : list) {
        if (const std::shared_ptr<Core> core = membership.core.lock()) {
          core->Retire(membership.shard);
        }
      }
    }
    std::vector<Membership> list;
  };
  thread_local Memberships memberships;
  std::erase_if(memberships.list, [](const Membership& m) { return m.core.expired(); });
  for (const Membership& membership : memberships.list) {
    if (membership.serial == serial) return *membership.shard;
  }
  auto owned = std::make_unique<Shard>(layout);
  Shard* const shard = owned.get();
  {
    const absl::MutexLock lock(&mutex);
    shards.push_back(std::move(owned));
  }
  memberships.list.push_back({serial, weak_from_this(), shard});
  return *shard;
}

void Registry::Core::Retire(const Shard* shard) {
  const absl::MutexLock lock(&mutex);
  for (size_t slot = 0; slot < retired.size(); ++slot) retired[slot] += shard->Get(slot);
  shard->evaluations.KeepNewestIn(&retired_evaluations);
  std::erase_if(shards, [shard](const std::unique_ptr<Shard>& s) { return s.get() == shard; });
}

std::vector<uint64_t> Registry::Core::Totals() const {
  const absl::MutexLock lock(&mutex);
  std::vector<uint64_t> totals = retired;
  for (const std::unique_ptr<Shard>& shard : shards) {
    for (size_t slot = 0; slot < totals.size(); ++slot) totals[slot] += shard->Get(slot);
  }
  return totals;
}

std::vector<Exemplar> Registry::Core::NewestEvaluations() const {
  const absl::MutexLock lock(&mutex);
  std::vector<Exemplar> newest = retired_evaluations;
  for (const std::unique_ptr<Shard>& shard : shards) shard->evaluations.KeepNewestIn(&newest);
  return newest;
}

void KeepNewest(const std::vector<Exemplar>& from, std::vector<Exemplar>* newest) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i].time > (*newest)[i].time) (*newest)[i] = from[i];
  }
}

// ---- Counting -----------------------------------------------------------------------------------

Registry::Registry(RegistryOptions options) : core_(std::make_shared<Core>(std::move(options))) {}

Registry::~Registry() = default;

void Registry::CountDecision(Api api, DecisionReason reason) {
  const size_t index =
      Index(FamilyId::kAuthzDecisions, static_cast<size_t>(api), static_cast<size_t>(reason));
  core_->Local().Add(core_->layout.decisions + index, 1);
}

void Registry::ObserveEvaluation(int64_t nanoseconds) {
  Observe(core_->Local(), core_->layout.evaluation, core_->options.evaluation_bucket_nanoseconds,
          nanoseconds);
}

void Registry::ObserveEvaluation(int64_t nanoseconds, std::string_view trace_id, absl::Time now) {
  Shard& shard = core_->Local();
  const size_t bucket = Observe(shard, core_->layout.evaluation,
                                core_->options.evaluation_bucket_nanoseconds, nanoseconds);
  if (!IsTraceId(trace_id)) return;
  Exemplar exemplar{.nanoseconds = std::max<int64_t>(nanoseconds, 0), .time = now};
  std::copy(trace_id.begin(), trace_id.end(), exemplar.trace_id.begin());
  shard.evaluations.Set(bucket, exemplar);
}

void Registry::RpcStarted(RpcMethod method) {
  core_->Local().Add(core_->layout.rpc_started + static_cast<size_t>(method), 1);
}

void Registry::RpcFinished(RpcMethod method, absl::StatusCode code, int64_t nanoseconds) {
  // A peer can send any number; what is no code of gRPC counts as UNKNOWN.
  size_t code_index = static_cast<size_t>(code);
  if (code_index >= kStatusCodeCount) code_index = static_cast<size_t>(absl::StatusCode::kUnknown);
  Shard& shard = core_->Local();
  shard.Add(core_->layout.rpc_finished + static_cast<size_t>(method), 1);
  const size_t series = Index(FamilyId::kRpc, static_cast<size_t>(method), code_index);
  Observe(shard, core_->layout.rpc + series * core_->layout.rpc_series_slots,
          core_->options.rpc_bucket_nanoseconds, nanoseconds);
}

void Registry::CountStsRequest(StsAction action, StsCode code) {
  const size_t index =
      Index(FamilyId::kStsRequests, static_cast<size_t>(action), static_cast<size_t>(code));
  core_->Local().Add(core_->layout.sts + index, 1);
}

void Registry::CountQueryRequest(QueryAction action, QueryCode code, int64_t nanoseconds) {
  Shard& shard = core_->Local();
  const size_t index =
      Index(FamilyId::kQueryRequests, static_cast<size_t>(action), static_cast<size_t>(code));
  shard.Add(core_->layout.query + index, 1);
  Observe(shard, core_->layout.query_seconds, core_->options.rpc_bucket_nanoseconds, nanoseconds);
}

void Registry::CountAuditRecords(AuditSink sink, AuditResult result, uint64_t count) {
  const size_t index =
      Index(FamilyId::kAuditRecords, static_cast<size_t>(sink), static_cast<size_t>(result));
  core_->Local().Add(core_->layout.audit_records + index, count);
}

void Registry::CountAuditOversized(uint64_t count) {
  core_->Local().Add(core_->layout.audit_oversized, count);
}

void Registry::AuditQueued(uint64_t count) {
  core_->Local().Add(core_->layout.audit_queued, count);
}

void Registry::AuditDequeued(uint64_t count) {
  core_->Local().Add(core_->layout.audit_dequeued, count);
}

void Registry::RecordReload(ReloadSource source, ReloadResult result, absl::Time now) {
  const size_t index =
      Index(FamilyId::kPolicyReloads, static_cast<size_t>(source), static_cast<size_t>(result));
  core_->Local().Add(core_->layout.reloads + index, 1);
  if (result == ReloadResult::kUnchanged) return;
  const absl::MutexLock lock(&core_->mutex);
  core_->last_reload_successful = result == ReloadResult::kSuccess;
  if (core_->last_reload_successful) core_->last_reload_success = now;
}

void Registry::SetPolicyRevision(std::string_view revision) {
  const absl::MutexLock lock(&core_->mutex);
  core_->policy_revision = revision;
}

void Registry::SetPolicyObjects(PolicyObject kind, uint64_t count) {
  const absl::MutexLock lock(&core_->mutex);
  core_->policy_objects[static_cast<size_t>(kind)] = count;
}

void Registry::SetConnectionSource(HttpUse use, std::function<ConnectionCounts()> source) {
  const absl::MutexLock lock(&core_->mutex);
  core_->connection_sources[static_cast<size_t>(use)] = std::move(source);
}

void Registry::SetCertificateExpiry(CertificateUse use, absl::Time expiry) {
  const absl::MutexLock lock(&core_->mutex);
  core_->certificate_expiry[static_cast<size_t>(use)] = expiry;
}

}  // namespace portcullis::metrics
