// A connection to Portcullis: one method per call of the API, with deadlines and typed results.
#ifndef PORTCULLIS_CLIENT_CONNECTION_H_
#define PORTCULLIS_CLIENT_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"

#include "grpc/health/v1/health.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"

namespace portcullis::client {

// How to prove who is who. All files are PEM and are read when the connection is opened; open a new
// one after a certificate was replaced.
struct TlsOptions {
  std::string ca_file;           // Whom to trust; empty: the system's roots.
  std::string certificate_file;  // The client's chain; empty: no client certificate.
  std::string key_file;          // Its key. REQUIRES: given iff certificate_file is.
  std::string server_name;       // The name that the server's certificate must bear, if it is not
                                 // the host of the target.
};

struct ConnectionOptions {
  std::string target;             // "host:port" or "unix:/path/to/socket".
  std::optional<TlsOptions> tls;  // Absent: plaintext.
  absl::Duration call_timeout = absl::Seconds(5);
};

struct CallOptions {
  // How long to wait for the answer; zero: as the connection says.
  absl::Duration timeout = absl::ZeroDuration();
  // Waits for a server that is not there yet, up to the timeout, instead of failing at once.
  bool wait_for_ready = false;
};

// What the health protocol (grpc.health.v1) answers.
enum class Health { kUnknown, kServing, kNotServing };

// Calls are not repeated automatically: an answer that is late is DEADLINE_EXCEEDED, a server that
// is not there UNAVAILABLE. Errors carry the server's reason as base::ReasonOf. A denial by policy
// is an answer of Authorize, not an error; AssumeRole and the admin calls deny with
// PERMISSION_DENIED and the reason "AccessDenied". Whatever fails, nothing was allowed.
//
// Thread-safe: one connection may carry any number of calls at once, and reconnects by itself.
class Connection {
 public:
  // Reads the files of `options` and prepares the connection, without connecting yet.
  // INVALID_ARGUMENT for a target or TLS options that cannot be right, NOT_FOUND for a missing
  // file.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);

  // On a channel made elsewhere, such as one inside a process.
  Connection(std::shared_ptr<grpc::Channel> channel, absl::Duration call_timeout);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::StatusOr<v1::AuthorizeResponse> Authorize(const v1::AuthorizeRequest& request,
                                                  const CallOptions& options = {});
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(
      const v1::BatchAuthorizeRequest& request, const CallOptions& options = {});

  absl::StatusOr<v1::AssumeRoleResponse> AssumeRole(const v1::AssumeRoleRequest& request,
                                                    const CallOptions& options = {});
  absl::StatusOr<v1::ValidateSessionResponse> ValidateSession(
      const v1::ValidateSessionRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity(
      const v1::GetCallerIdentityRequest& request, const CallOptions& options = {});

  absl::StatusOr<v1::GetStatusResponse> GetStatus(const v1::GetStatusRequest& request,
                                                  const CallOptions& options = {});
  absl::StatusOr<v1::ReloadPoliciesResponse> ReloadPolicies(
      const v1::ReloadPoliciesRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::SimulatePolicyResponse> SimulateCustomPolicy(
      const v1::SimulateCustomPolicyRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::SimulatePolicyResponse> SimulatePrincipalPolicy(
      const v1::SimulatePrincipalPolicyRequest& request, const CallOptions& options = {});

  // Whether `service` is served: "" for the server as a whole, "readiness", "liveness", or a full
  // service name. NOT_FOUND for a name that the server does not know.
  absl::StatusOr<Health> CheckHealth(const std::string& service, const CallOptions& options = {});

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const absl::Duration call_timeout_;
  const std::unique_ptr<v1::AuthorizationService::Stub> authorization_;
  const std::unique_ptr<v1::SecurityTokenService::Stub> security_token_;
  const std::unique_ptr<v1::PolicyAdminService::Stub> policy_admin_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CONNECTION_H_
