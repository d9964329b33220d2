// A connection to Portcullis: one method per call of the API, with deadlines and typed results.
#ifndef PORTCULLIS_CLIENT_CONNECTION_H_
#define PORTCULLIS_CLIENT_CONNECTION_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

#include "client/retry.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "portcullis/v1/account_service.grpc.pb.h"
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
  RetryPolicy retry;
};

struct CallOptions {
  // How long to wait for the answer, all attempts together; zero: as the connection says.
  absl::Duration timeout = absl::ZeroDuration();
  // Waits for a server that is not there yet, up to the timeout, instead of failing at once.
  bool wait_for_ready = false;
};

// What the health protocol (grpc.health.v1) answers.
enum class Health { kUnknown, kServing, kNotServing };

// A call that ends with UNAVAILABLE is made again, as RetryPolicy says, within the time that the
// call may take as a whole. Nothing else is repeated; nor is a call with a one-time code, which may
// have been used up. A server that cancels a call is UNAVAILABLE too, an answer that is late
// DEADLINE_EXCEEDED. Errors carry the server's reason as base::ReasonOf. A denial by policy is an
// answer of Authorize, not an error; all other calls deny with PERMISSION_DENIED and the reason
// "AccessDenied". Whatever fails, nothing was allowed.
//
// Thread-safe: one connection may carry any number of calls at once, and reconnects by itself.
class Connection {
 public:
  // Reads the files of `options` and prepares the connection, without connecting yet.
  // INVALID_ARGUMENT for a target or TLS options that cannot be right, NOT_FOUND for a missing
  // file.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);

  // On a channel made elsewhere, such as one inside a process.
  Connection(std::shared_ptr<grpc::Channel> channel, absl::Duration call_timeout,
             const RetryPolicy& retry = {});
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  absl::StatusOr<v1::AuthorizeResponse> Authorize(const v1::AuthorizeRequest& request,
                                                  const CallOptions& options = {});
  absl::StatusOr<v1::BatchAuthorizeResponse> BatchAuthorize(
      const v1::BatchAuthorizeRequest& request, const CallOptions& options = {});

  absl::StatusOr<v1::AssumeRoleResponse> AssumeRole(const v1::AssumeRoleRequest& request,
                                                    const CallOptions& options = {});
  absl::StatusOr<v1::AssumeRoleWithWebIdentityResponse> AssumeRoleWithWebIdentity(
      const v1::AssumeRoleWithWebIdentityRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::AssumeRoleWithSAMLResponse> AssumeRoleWithSAML(
      const v1::AssumeRoleWithSAMLRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::AssumeRoleWithWorkloadIdentityResponse> AssumeRoleWithWorkloadIdentity(
      const v1::AssumeRoleWithWorkloadIdentityRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetSessionTokenResponse> GetSessionToken(
      const v1::GetSessionTokenRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetFederationTokenResponse> GetFederationToken(
      const v1::GetFederationTokenRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetAccessKeyInfoResponse> GetAccessKeyInfo(
      const v1::GetAccessKeyInfoRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::DecodeAuthorizationMessageResponse> DecodeAuthorizationMessage(
      const v1::DecodeAuthorizationMessageRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::ValidateSessionResponse> ValidateSession(
      const v1::ValidateSessionRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetCallerIdentityResponse> GetCallerIdentity(
      const v1::GetCallerIdentityRequest& request, const CallOptions& options = {});

  absl::StatusOr<v1::RevokeSessionsResponse> RevokeSessions(
      const v1::RevokeSessionsRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::ListRevocationsResponse> ListRevocations(
      const v1::ListRevocationsRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetAccountPasswordPolicyResponse> GetAccountPasswordPolicy(
      const v1::GetAccountPasswordPolicyRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GenerateCredentialReportResponse> GenerateCredentialReport(
      const v1::GenerateCredentialReportRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetCredentialReportResponse> GetCredentialReport(
      const v1::GetCredentialReportRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetAccessKeyLastUsedResponse> GetAccessKeyLastUsed(
      const v1::GetAccessKeyLastUsedRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GenerateServiceLastAccessedDetailsResponse> GenerateServiceLastAccessedDetails(
      const v1::GenerateServiceLastAccessedDetailsRequest& request,
      const CallOptions& options = {});
  absl::StatusOr<v1::GetServiceLastAccessedDetailsResponse> GetServiceLastAccessedDetails(
      const v1::GetServiceLastAccessedDetailsRequest& request, const CallOptions& options = {});
  absl::StatusOr<v1::GetServiceLastAccessedDetailsWithEntitiesResponse>
  GetServiceLastAccessedDetailsWithEntities(
      const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request,
      const CallOptions& options = {});
  absl::StatusOr<v1::ListPoliciesGrantingServiceAccessResponse> ListPoliciesGrantingServiceAccess(
      const v1::ListPoliciesGrantingServiceAccessRequest& request, const CallOptions& options = {});

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

  // What AuthorizeStream is made of.
  v1::AuthorizationService::Stub& authorization() { return *authorization_; }
  absl::Duration call_timeout() const { return call_timeout_; }

 private:
  template <typename Stub, typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  // Calls `method`, repeating it if `repeatable`.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(const std::unique_ptr<Stub>& stub,
                                Method<Stub, Request, Response> method, const Request& request,
                                const CallOptions& options, bool repeatable = true);
  void PauseAndReconnect(absl::Time end);

  const std::shared_ptr<grpc::Channel> channel_;
  const absl::Duration call_timeout_;
  const RetryPolicy retry_;
  const std::unique_ptr<v1::AuthorizationService::Stub> authorization_;
  const std::unique_ptr<v1::SecurityTokenService::Stub> security_token_;
  const std::unique_ptr<v1::AccountService::Stub> account_;
  const std::unique_ptr<v1::PolicyAdminService::Stub> policy_admin_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> health_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CONNECTION_H_
