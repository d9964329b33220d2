// One listening address with everything that is served there.
#ifndef PORTCULLIS_SERVER_SERVICE_RPC_SERVER_H_
#define PORTCULLIS_SERVER_SERVICE_RPC_SERVER_H_

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

#include "portcullis/v1/account_service.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"
#include "server/metrics/registry.h"
#include "server/service/account_service.h"
#include "server/service/authorization_service.h"
#include "server/service/call_queue.h"
#include "server/service/health_service.h"
#include "server/service/peer_identity.h"
#include "server/service/policy_admin_service.h"
#include "server/service/security_token_service.h"
#include "server/service/worker_pool.h"

namespace portcullis::service {

struct RpcServerOptions {
  std::string address;  // As gRPC writes it: "127.0.0.1:0", "[::]:7443", "unix:run/authz.sock".
  std::shared_ptr<grpc::ServerCredentials> credentials;
  ListenerTrust trust;
  bool reflection = false;

  size_t queues = 1;  // Completion queues, each with one thread.
  size_t admin_threads = 2;
  size_t admin_waiting_max = 16;
  size_t in_flight_max = 1000;  // Per method and queue.
  size_t request_bytes_max = 4 << 20;
  size_t concurrent_streams_max = 1000;  // Per connection.
  absl::Duration connection_age_max = absl::InfiniteDuration();
};

// What the methods are answered with. Everything outlives the server.
struct RpcHandlers {
  AuthorizationService* authorization = nullptr;
  SecurityTokenService* security_token = nullptr;
  PolicyAdminService* policy_admin = nullptr;
  metrics::Registry* metrics = nullptr;  // nullptr: nothing is counted.
  AccountService* account = nullptr;     // nullptr: the service is not offered.
};

// gRPC does not tell a call which address it came in through, and what a client may claim depends
// on just that. So each listener is a server of its own, with its own queues and its own trust;
// they share the engine. Queues that nobody talks to sleep.
//
// Thread-safe: SetReady and address. Health names: "", "liveness", "readiness" and the full names
// of our services. "liveness" is true as long as the server answers; the others follow SetReady.
class RpcServer {
 public:
  // Binds the address and starts serving, not ready. FAILED_PRECONDITION, naming the address, if it
  // cannot be bound.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const RpcServerOptions& options,
                                                          const RpcHandlers& handlers);
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
  explicit RpcServer(const RpcServerOptions& options);
  absl::Status Build(const RpcHandlers& handlers);
  void SetPhase(HealthState::Phase phase);
  void ServeMethods(CallQueue* queue, const RpcHandlers& handlers);
  void ServeAccount(CallQueue* queue, const ServingOptions& options, const RpcHandlers& handlers);
  void ServeHealth(CallQueue* queue, const ServingOptions& options);

  const RpcServerOptions options_;
  std::string address_;
  v1::AuthorizationService::AsyncService authorization_;
  v1::SecurityTokenService::AsyncService security_token_;
  v1::PolicyAdminService::AsyncService policy_admin_;
  v1::AccountService::AsyncService account_;
  grpc::health::v1::Health::AsyncService health_;
  std::vector<std::unique_ptr<CallQueue>> queues_;
  WorkerPool pool_;
  HealthState health_state_;
  std::unique_ptr<grpc::Server> server_;

  std::mutex mutex_;
  std::vector<HealthWatch*> health_watches_;  // Of queues_.
  bool shut_down_ = false;                    // Guarded by mutex_: the queues take no wake-ups.
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_RPC_SERVER_H_
