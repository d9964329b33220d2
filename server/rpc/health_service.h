// The gRPC health protocol on our own completion queues.
#ifndef PORTCULLIS_SERVER_RPC_HEALTH_SERVICE_H_
#define PORTCULLIS_SERVER_RPC_HEALTH_SERVICE_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "grpcpp/support/status.h"

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/unary_call.h"

namespace portcullis::rpc {

// What health checks are told. Thread-safe.
class HealthState {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // kEnding: no calls are welcome, and whoever watches is sent away.
  enum class Phase : uint8_t { kNotReady, kReady, kEnding };

  // `names`: services whose health is the server's. "", "liveness" and "readiness" need no mention:
  // liveness is good as long as somebody can ask, the others follow the phase.
  explicit HealthState(std::vector<std::string> names) : names_(std::move(names)) {}

  void Set(Phase phase) { phase_.store(phase, std::memory_order_release); }
  Phase phase() const { return phase_.load(std::memory_order_acquire); }
  Status StatusOf(std::string_view name) const;

  // The method Check.
  grpc::Status Check(const CallFacts& facts, const grpc::health::v1::HealthCheckRequest& request,
                     grpc::health::v1::HealthCheckResponse* response);

 private:
  const std::vector<std::string> names_;
  std::atomic<Phase> phase_{Phase::kNotReady};
};

// The method Watch on one queue. Used by the queue's thread alone, Wake excepted.
class HealthWatch final : public ServedMethod {
 public:
  static constexpr size_t kWatchersMax = 1000;

  // All outlive the object.
  HealthWatch(CallQueue* queue, const HealthState* state,
              grpc::health::v1::Health::AsyncService* service);
  ~HealthWatch() override;

  void Start() override;

  // Has the watchers told what changed. On any thread, until the queue is stopped.
  void Wake();

 private:
  class Watcher;
  class WakeUp;

  void WaitForOne();
  void UpdateAll();

  CallQueue& queue_;
  const HealthState& state_;
  grpc::health::v1::Health::AsyncService& service_;
  absl::flat_hash_map<Watcher*, std::unique_ptr<Watcher>> watchers_;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_HEALTH_SERVICE_H_
