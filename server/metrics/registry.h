// Counts what happens, cheaply, and shows it to Prometheus.
#ifndef PORTCULLIS_SERVER_METRICS_REGISTRY_H_
#define PORTCULLIS_SERVER_METRICS_REGISTRY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "server/metrics/names.h"

namespace portcullis::metrics {

struct RegistryOptions {
  std::string version = "unknown";
  std::string revision = "unknown";
  std::string compiler = "unknown";

  // Upper bounds of histogram buckets, strictly ascending, at most 32.
  std::vector<int64_t> evaluation_bucket_nanoseconds = {
      1'000,   2'500,   5'000,     10'000,    25'000,     50'000,     100'000,
      250'000, 500'000, 1'000'000, 5'000'000, 25'000'000, 100'000'000};
  std::vector<int64_t> rpc_bucket_nanoseconds = {
      100'000,    250'000,    500'000,     1'000'000,   2'500'000,   5'000'000,     10'000'000,
      25'000'000, 50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000};
};

// How the connections to HTTP servers of one use are; all but `open` since the start.
struct ConnectionCounts {
  uint64_t open = 0;
  uint64_t accepted = 0;
  uint64_t turned_away = 0;
  uint64_t requests_refused = 0;
};

// All metrics of the process.
//
// Counting writes to memory of the calling thread only: no lock, no atomic read-modify-write, no
// string, no allocation after a thread's first call. (Calls that are part of a trace lock a mutex
// of their thread, for which nobody but a scrape contends.) What threads counted is added up when
// somebody looks. Values of threads that ended are kept. Thread-safe throughout; nothing may be
// called after destruction begins.
class Registry {
 public:
  explicit Registry(RegistryOptions options = {});
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // ---- On the way of a request. ----
  void CountDecision(Api api, DecisionReason reason);
  void ObserveEvaluation(int64_t nanoseconds);
  // The same; if the call is part of a trace it is also the exemplar of its bucket, until the next
  // one. `trace_id` as W3C has it, 32 lower-case hex digits; anything else is no trace.
  void ObserveEvaluation(int64_t nanoseconds, std::string_view trace_id, absl::Time now);
  // Every RpcStarted() is followed by one RpcFinished(), on any thread.
  void RpcStarted(RpcMethod method);
  void RpcFinished(RpcMethod method, absl::StatusCode code, int64_t nanoseconds);
  void CountStsRequest(StsAction action, StsCode code);
  void CountQueryRequest(QueryAction action, QueryCode code, int64_t nanoseconds);

  // ---- Audit. ----
  void CountAuditRecords(AuditSink sink, AuditResult result, uint64_t count);
  void CountAuditOversized(uint64_t count);
  void AuditQueued(uint64_t count);    // The queue grew,
  void AuditDequeued(uint64_t count);  // and shrank.

  // ---- From the reload thread. ----
  // Counts one reading. kSuccess also sets the time of the last success; kUnchanged leaves
  // "last reload successful" as it is, since it repeats the result of the reading before.
  void RecordReload(ReloadSource source, ReloadResult result, absl::Time now);
  void SetPolicyRevision(std::string_view revision);
  void SetPolicyObjects(PolicyObject kind, uint64_t count);

  void SetCertificateExpiry(CertificateUse use, absl::Time expiry);

  // Asked whenever somebody looks, on their thread, until it is replaced; nullptr: all are 0.
  void SetConnectionSource(HttpUse use, std::function<ConnectionCounts()> source);

  // Everything in Prometheus' text format 0.0.4, process metrics included.
  std::string TextExposition() const;
  // The same in OpenMetrics 1.0.0, with exemplars.
  std::string OpenMetricsExposition() const;

 private:
  struct Core;  // In registry_internal.h.
  friend class Collector;
  std::shared_ptr<Core> core_;
};

}  // namespace portcullis::metrics

#endif  // PORTCULLIS_SERVER_METRICS_REGISTRY_H_
