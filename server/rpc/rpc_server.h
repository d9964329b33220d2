// One listening address with everything that is served there.
#ifndef PORTCULLIS_SERVER_RPC_RPC_SERVER_H_
#define PORTCULLIS_SERVER_RPC_RPC_SERVER_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"

#include "server/rpc/byte_service.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/health_service.h"
#include "server/rpc/peer_identity.h"
#include "server/rpc/rpc_service.h"
#include "server/rpc/worker_pool.h"

namespace portcullis::rpc {

struct RpcServerOptions {
  std::string address;  // As gRPC writes it: "127.0.0.1:0", "[::]:7443", "unix:run/authz.sock".
  std::shared_ptr<grpc::ServerCredentials> credentials;
  ListenerTrust trust;
  bool reflection = false;

  size_t queues = 1;  // Completion queues, each with one thread.
  size_t admin_threads = 2;
  size_t admin_waiting_max = 16;
  size_t waiting_threads = 16;  // For calls that wait for identity providers.
  size_t waiting_calls_max = 64;
  size_t in_flight_max = 1000;  // Per method and queue.
  size_t request_bytes_max = 4 << 20;
  size_t concurrent_streams_max = 1000;  // Per connection.
  absl::Duration connection_age_max = absl::InfiniteDuration();
  // A connection on which nothing came for so long is asked whether anybody is there; if not, its
  // streams are others' again. InfiniteDuration(): never, which spares each call a timer.
  absl::Duration keepalive_interval = absl::Minutes(2);
};

// gRPC does not tell a call which address it came in through, and what a client may claim depends
// on just that. So each listener is a server of its own, with its own queues and its own trust;
// they share what answers. Queues that nobody talks to sleep.
//
// Thread-safe: SetReady and address. Health names: "", "liveness", "readiness" and the full names
// of the services. "liveness" is true as long as the server answers; the others follow SetReady.
class RpcServer {
 public:
  // Binds the address and starts serving `services` and health, not ready. FAILED_PRECONDITION,
  // naming the address, if it cannot be bound.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const RpcServerOptions& options,
                                                          RpcServices services);
  ~RpcServer();  // Shuts down without waiting for anybody.
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // The address that was bound, with the port that the system picked for 0.
  const std::string& address() const { return address_; }

  // What health checks are told.
  void SetReady(bool ready);

  // Stops accepting, tells clients to go elsewhere, lets calls end until `deadline`, cancels the
  // rest, and returns when nothing is left. May be called more than once.
  void Shutdown(absl::Time deadline);

 private:
  RpcServer(const RpcServerOptions& options, RpcServices services);
  absl::Status Build();
  void SetPhase(HealthState::Phase phase);
  void ServeMethods(CallQueue* queue);
  void ServeHealth(CallQueue* queue, const ServingOptions& options);

  const RpcServerOptions options_;
  std::string address_;
  const RpcServices services_;
  ByteService<grpc::health::v1::Health> health_;
  std::vector<std::unique_ptr<CallQueue>> queues_;
  WorkerPool slow_pool_;
  WorkerPool waiting_pool_;
  HealthState health_state_;
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;
  std::vector<HealthWatch*> health_watches_;  // Of queues_.
  bool shut_down_ = false;                    // Guarded by mutex_: the queues take no wake-ups.
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_RPC_SERVER_H_
