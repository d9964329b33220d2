// From counts to Prometheus' data model, and from there to text.
#include <string>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "server/metrics/open_metrics_internal.h"
#include "server/metrics/process_stats.h"
#include "server/metrics/registry.h"
#include "server/metrics/registry_internal.h"

namespace portcullis::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::vector<ClientMetric::Label>;

constexpr double kNanosecondsPerSecond = 1e9;

prometheus::MetricType TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

MetricFamily Start(FamilyId id) {
  const Family& row = FamilyOf(id);
  MetricFamily family;
  family.name = std::string(row.name);
  family.help = std::string(row.help);
  family.type = TypeOf(row.kind);
  return family;
}

// The labels of series number `index`; the last axis varies fastest.
Labels LabelsOf(const Family& family, size_t index) {
  Labels labels;
  size_t remaining = family.series_count();
  for (const Axis& axis : family.axes) {
    remaining /= axis.size();
    const absl::Span<const std::string_view> row = axis.row(index / remaining);
    index %= remaining;
    for (size_t i = 0; i < row.size(); ++i) {
      labels.push_back({std::string(axis.names[i]), std::string(row[i])});
    }
  }
  return labels;
}

void AddGauge(Labels labels, double value, MetricFamily* family) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family->metric.push_back(std::move(metric));
}

void AddCounter(Labels labels, double value, MetricFamily* family) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  family->metric.push_back(std::move(metric));
}

// REQUIRES: `slots` starts at the first bucket of the series.
void AddHistogram(Labels labels, const std::vector<int64_t>& bounds, const uint64_t* slots,
                  MetricFamily* family) {
  ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t count = 0;
  for (size_t i = 0; i < bounds.size(); ++i) {
    count += slots[i];
    metric.histogram.bucket.push_back(
        {count, static_cast<double>(bounds[i]) / kNanosecondsPerSecond});
  }
  metric.histogram.sample_count = count + slots[bounds.size()];
  metric.histogram.sample_sum =
      static_cast<double>(slots[bounds.size() + 1]) / kNanosecondsPerSecond;
  family->metric.push_back(std::move(metric));
}

MetricFamily Counters(FamilyId id, const uint64_t* slots) {
  MetricFamily family = Start(id);
  const Family& row = FamilyOf(id);
  for (size_t i = 0; i < row.series_count(); ++i) {
    AddCounter(LabelsOf(row, i), static_cast<double>(slots[i]), &family);
  }
  return family;
}

MetricFamily SingleGauge(FamilyId id, Labels labels, double value) {
  MetricFamily family = Start(id);
  AddGauge(std::move(labels), value, &family);
  return family;
}

// What was started or queued and not finished yet. Threads are read one after another, so a sum may
// be behind; never below zero.
double Difference(uint64_t more, uint64_t less) {
  return more > less ? static_cast<double>(more - less) : 0;
}

double UnixSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMillis(time)) / 1000;
}

bool IsEmptyHistogram(const uint64_t* slots, size_t bounds) {
  for (size_t i = 0; i <= bounds; ++i) {
    if (slots[i] > 0) return false;
  }
  return true;
}

void AddProcessValue(const char* name, const char* help, std::optional<double> value, bool counter,
                     std::vector<MetricFamily>* families) {
  if (!value.has_value()) return;
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  if (counter) {
    AddCounter({}, *value, &family);
  } else {
    AddGauge({}, *value, &family);
  }
  families->push_back(std::move(family));
}

void AddProcessFamilies(std::vector<MetricFamily>* families) {
  const ProcessStats stats = ReadProcessStats();
  AddProcessValue("process_cpu_seconds_total", "User and system CPU time spent.", stats.cpu_seconds,
                  true, families);
  AddProcessValue("process_start_time_seconds", "When the process started, since 1970.",
                  stats.start_time_seconds, false, families);
  AddProcessValue("process_resident_memory_bytes", "Resident memory.", stats.resident_memory_bytes,
                  false, families);
  AddProcessValue("process_virtual_memory_bytes", "Virtual memory.", stats.virtual_memory_bytes,
                  false, families);
  AddProcessValue("process_open_fds", "Open file descriptors.", stats.open_fds, false, families);
  AddProcessValue("process_max_fds", "Most file descriptors that may be open.", stats.max_fds,
                  false, families);
  AddProcessValue("process_threads", "Threads of the process.", stats.threads, false, families);
}

}  // namespace

class Collector : public prometheus::Collectable {
 public:
  explicit Collector(const Registry& registry) : core_(*registry.core_) {}

  std::vector<MetricFamily> Collect() const override {
    const std::vector<uint64_t> totals = core_.Totals();
    std::vector<MetricFamily> families;
    families.push_back(SingleGauge(FamilyId::kBuildInfo,
                                   {{"version", core_.options.version},
                                    {"revision", core_.options.revision},
                                    {"compiler", core_.options.compiler}},
                                   1));
    AddRequestFamilies(totals.data(), &families);
    AddPolicyFamilies(totals.data(), &families);
    AddAuditFamilies(totals.data(), &families);
    families.push_back(CertificateExpiry());
    if (families.back().metric.empty()) families.pop_back();
    AddProcessFamilies(&families);
    return families;
  }

 private:
  void AddRequestFamilies(const uint64_t* totals, std::vector<MetricFamily>* families) const {
    const Layout& layout = core_.layout;
    families->push_back(Counters(FamilyId::kAuthzDecisions, totals + layout.decisions));
    families->push_back(Start(FamilyId::kAuthzEvaluation));
    AddHistogram({}, core_.options.evaluation_bucket_nanoseconds, totals + layout.evaluation,
                 &families->back());
    families->push_back(Rpc(totals + layout.rpc));
    families->push_back(Start(FamilyId::kRpcInFlight));
    for (size_t i = 0; i < kRpcMethodCount; ++i) {
      AddGauge(LabelsOf(FamilyOf(FamilyId::kRpcInFlight), i),
               Difference(totals[layout.rpc_started + i], totals[layout.rpc_finished + i]),
               &families->back());
    }
    families->push_back(Counters(FamilyId::kStsRequests, totals + layout.sts));
    families->push_back(Counters(FamilyId::kQueryRequests, totals + layout.query));
    families->push_back(Start(FamilyId::kQuerySeconds));
    AddHistogram({}, core_.options.rpc_bucket_nanoseconds, totals + layout.query_seconds,
                 &families->back());
    AddConnectionFamilies(HttpUse::kQuery, FamilyId::kQueryConnections, families);
    AddConnectionFamilies(HttpUse::kGateway, FamilyId::kGatewayConnections, families);
  }

  // Of one use of HTTP: four families, the first of which is `connections`, in the order of
  // FamilyId.
  void AddConnectionFamilies(HttpUse use, FamilyId connections,
                             std::vector<MetricFamily>* families) const {
    ConnectionCounts counts;
    {
      const absl::MutexLock lock(&core_.mutex);
      const auto& source = core_.connection_sources[static_cast<size_t>(use)];
      if (source != nullptr) counts = source();
    }
    families->push_back(SingleGauge(connections, {}, static_cast<double>(counts.open)));
    auto id = static_cast<uint8_t>(connections);
    for (const uint64_t value : {counts.accepted, counts.turned_away, counts.requests_refused}) {
      families->push_back(Start(static_cast<FamilyId>(++id)));
      AddCounter({}, static_cast<double>(value), &families->back());
    }
  }

  // Every method with code OK from the start; all codes of all methods would be thousands of lines.
  MetricFamily Rpc(const uint64_t* slots) const {
    MetricFamily family = Start(FamilyId::kRpc);
    const Family& row = FamilyOf(FamilyId::kRpc);
    const std::vector<int64_t>& bounds = core_.options.rpc_bucket_nanoseconds;
    for (size_t i = 0; i < row.series_count(); ++i) {
      const uint64_t* const series = slots + i * core_.layout.rpc_series_slots;
      const bool is_ok = i % kStatusCodeCount == static_cast<size_t>(absl::StatusCode::kOk);
      if (!is_ok && IsEmptyHistogram(series, bounds.size())) continue;
      AddHistogram(LabelsOf(row, i), bounds, series, &family);
    }
    return family;
  }

  void AddPolicyFamilies(const uint64_t* totals, std::vector<MetricFamily>* families) const {
    families->push_back(Counters(FamilyId::kPolicyReloads, totals + core_.layout.reloads));
    const absl::MutexLock lock(&core_.mutex);
    families->push_back(SingleGauge(FamilyId::kPolicyLastReloadSuccessful, {},
                                    core_.last_reload_successful ? 1 : 0));
    families->push_back(SingleGauge(
        FamilyId::kPolicyLastReloadSuccess, {},
        core_.last_reload_success.has_value() ? UnixSeconds(*core_.last_reload_success) : 0));
    families->push_back(
        SingleGauge(FamilyId::kPolicyInfo, {{"revision", core_.policy_revision}}, 1));
    families->push_back(Start(FamilyId::kPolicyObjects));
    for (size_t i = 0; i < kPolicyObjectCount; ++i) {
      AddGauge(LabelsOf(FamilyOf(FamilyId::kPolicyObjects), i),
               static_cast<double>(core_.policy_objects[i]), &families->back());
    }
  }

  void AddAuditFamilies(const uint64_t* totals, std::vector<MetricFamily>* families) const {
    const Layout& layout = core_.layout;
    families->push_back(Counters(FamilyId::kAuditRecords, totals + layout.audit_records));
    families->push_back(
        Counters(FamilyId::kAuditOversizedRecords, totals + layout.audit_oversized));
    families->push_back(
        SingleGauge(FamilyId::kAuditQueueLength, {},
                    Difference(totals[layout.audit_queued], totals[layout.audit_dequeued])));
  }

  // Absent until known: an expiry of 0 would look like a certificate that expired long ago.
  MetricFamily CertificateExpiry() const {
    MetricFamily family = Start(FamilyId::kTlsCertificateExpiry);
    const absl::MutexLock lock(&core_.mutex);
    for (size_t i = 0; i < kCertificateUseCount; ++i) {
      if (!core_.certificate_expiry[i].has_value()) continue;
      AddGauge(LabelsOf(FamilyOf(FamilyId::kTlsCertificateExpiry), i),
               UnixSeconds(*core_.certificate_expiry[i]), &family);
    }
    return family;
  }

  const Registry::Core& core_;
};

std::string Registry::TextExposition() const {
  return prometheus::TextSerializer().prometheus::Serializer::Serialize(Collector(*this).Collect());
}

std::string Registry::OpenMetricsExposition() const {
  // Before the counts, so that what an exemplar shows has been counted.
  const FamilyExemplars exemplars{FamilyOf(FamilyId::kAuthzEvaluation).name,
                                  core_->NewestEvaluations()};
  return OpenMetricsText(Collector(*this).Collect(), exemplars);
}

}  // namespace portcullis::metrics
