#include "client/connection.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

#include "client/files.h"
#include "client/rpc_status.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kPemBytesMax = 1 << 20;

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const std::optional<TlsOptions>& tls) {
  if (!tls.has_value()) return grpc::InsecureChannelCredentials();
  if (tls->certificate_file.empty() != tls->key_file.empty()) {
    return absl::InvalidArgumentError("a client certificate and its key are given together");
  }
  grpc::SslCredentialsOptions options;
  if (!tls->ca_file.empty()) {
    ASSIGN_OR_RETURN(options.pem_root_certs, ReadWholeFile(tls->ca_file, kPemBytesMax));
  }
  if (!tls->certificate_file.empty()) {
    ASSIGN_OR_RETURN(options.pem_cert_chain, ReadWholeFile(tls->certificate_file, kPemBytesMax));
    ASSIGN_OR_RETURN(options.pem_private_key, ReadWholeFile(tls->key_file, kPemBytesMax));
  }
  return grpc::SslCredentials(options);
}

absl::Status CheckTarget(const std::string& target) {
  if (target.rfind("unix:", 0) == 0 && target.size() > 5) return absl::OkStatus();
  const size_t colon = target.rfind(':');
  if (colon != std::string::npos && colon > 0 && colon + 1 < target.size()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      base::Concat({"address ", base::Quoted(target), " is neither `host:port` nor `unix:/path`"}));
}

// The first pause before a connection that failed is tried again, the least that gRPC takes, give
// or take a fifth: its own, a second, would let every repetition of a call fail at once.
constexpr int kReconnectFirstPauseMs = 100;
constexpr int kReconnectPauseMaxMs = 5000;

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  RETURN_IF_ERROR(CheckTarget(options.target));
  if (options.call_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("the timeout of a call is more than nothing");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                   MakeCredentials(options.tls));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectFirstPauseMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectPauseMaxMs);
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return std::make_unique<Connection>(
      grpc::CreateCustomChannel(options.target, credentials, arguments), options.call_timeout,
      options.retry);
}

Connection::Connection(std::shared_ptr<grpc::Channel> channel, absl::Duration call_timeout,
                       const RetryPolicy& retry)
    : channel_(std::move(channel)),
      call_timeout_(call_timeout),
      retry_(retry),
      authorization_(v1::AuthorizationService::NewStub(channel_)),
      security_token_(v1::SecurityTokenService::NewStub(channel_)),
      account_(v1::AccountService::NewStub(channel_)),
      policy_admin_(v1::PolicyAdminService::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)) {}

// A connection that failed comes back only while somebody waits on the channel: gRPC does a
// client's input and output on the threads that wait, and a repetition that finds the channel as it
// was fails like the call before it.
void Connection::PauseAndReconnect(absl::Time end) {
  channel_->WaitForConnected(absl::ToChronoTime(end));
  absl::SleepFor(end - absl::Now());  // Connected or not: clients that failed together are spread.
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Connection::Call(const std::unique_ptr<Stub>& stub,
                                          Method<Stub, Request, Response> method,
                                          const Request& request, const CallOptions& options,
                                          bool repeatable) {
  const absl::Time deadline =
      absl::Now() + (options.timeout > absl::ZeroDuration() ? options.timeout : call_timeout_);
  for (int attempt = 1;; ++attempt) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    context.set_wait_for_ready(options.wait_for_ready);
    Response response;
    const absl::Status status =
        AsUnavailableIfCancelled(FromGrpcStatus((*stub.*method)(&context, request, &response)));
    if (status.ok()) return response;
    const absl::Duration pause = PauseAfter(attempt, retry_, RandomFraction());
    if (!repeatable || !IsRetried(status) || attempt >= retry_.attempts_max ||
        absl::Now() + pause >= deadline) {
      return status;
    }
    PauseAndReconnect(absl::Now() + pause);
  }
}

absl::StatusOr<v1::AuthorizeResponse> Connection::Authorize(const v1::AuthorizeRequest& request,
                                                            const CallOptions& options) {
  return Call(authorization_, &v1::AuthorizationService::Stub::Authorize, request, options);
}

absl::StatusOr<v1::BatchAuthorizeResponse> Connection::BatchAuthorize(
    const v1::BatchAuthorizeRequest& request, const CallOptions& options) {
  return Call(authorization_, &v1::AuthorizationService::Stub::BatchAuthorize, request, options);
}

absl::StatusOr<v1::AssumeRoleResponse> Connection::AssumeRole(const v1::AssumeRoleRequest& request,
                                                              const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::AssumeRole, request, options,
              request.token_code().empty());
}

absl::StatusOr<v1::AssumeRoleWithWebIdentityResponse> Connection::AssumeRoleWithWebIdentity(
    const v1::AssumeRoleWithWebIdentityRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::AssumeRoleWithWebIdentity, request,
              options);
}

absl::StatusOr<v1::AssumeRoleWithSAMLResponse> Connection::AssumeRoleWithSAML(
    const v1::AssumeRoleWithSAMLRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::AssumeRoleWithSAML, request,
              options);
}

absl::StatusOr<v1::AssumeRoleWithWorkloadIdentityResponse>
Connection::AssumeRoleWithWorkloadIdentity(const v1::AssumeRoleWithWorkloadIdentityRequest& request,
                                           const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::AssumeRoleWithWorkloadIdentity,
              request, options);
}

absl::StatusOr<v1::GetSessionTokenResponse> Connection::GetSessionToken(
    const v1::GetSessionTokenRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::GetSessionToken, request, options,
              request.token_code().empty());
}

absl::StatusOr<v1::GetFederationTokenResponse> Connection::GetFederationToken(
    const v1::GetFederationTokenRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::GetFederationToken, request,
              options);
}

absl::StatusOr<v1::GetAccessKeyInfoResponse> Connection::GetAccessKeyInfo(
    const v1::GetAccessKeyInfoRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::GetAccessKeyInfo, request, options);
}

absl::StatusOr<v1::DecodeAuthorizationMessageResponse> Connection::DecodeAuthorizationMessage(
    const v1::DecodeAuthorizationMessageRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::DecodeAuthorizationMessage, request,
              options);
}

absl::StatusOr<v1::ValidateSessionResponse> Connection::ValidateSession(
    const v1::ValidateSessionRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::ValidateSession, request, options);
}

absl::StatusOr<v1::GetCallerIdentityResponse> Connection::GetCallerIdentity(
    const v1::GetCallerIdentityRequest& request, const CallOptions& options) {
  return Call(security_token_, &v1::SecurityTokenService::Stub::GetCallerIdentity, request,
              options);
}

absl::StatusOr<v1::RevokeSessionsResponse> Connection::RevokeSessions(
    const v1::RevokeSessionsRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::RevokeSessions, request, options);
}

absl::StatusOr<v1::ListRevocationsResponse> Connection::ListRevocations(
    const v1::ListRevocationsRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::ListRevocations, request, options);
}

absl::StatusOr<v1::GetAccountPasswordPolicyResponse> Connection::GetAccountPasswordPolicy(
    const v1::GetAccountPasswordPolicyRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GetAccountPasswordPolicy, request, options);
}

absl::StatusOr<v1::GenerateCredentialReportResponse> Connection::GenerateCredentialReport(
    const v1::GenerateCredentialReportRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GenerateCredentialReport, request, options);
}

absl::StatusOr<v1::GetCredentialReportResponse> Connection::GetCredentialReport(
    const v1::GetCredentialReportRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GetCredentialReport, request, options);
}

absl::StatusOr<v1::GetAccessKeyLastUsedResponse> Connection::GetAccessKeyLastUsed(
    const v1::GetAccessKeyLastUsedRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GetAccessKeyLastUsed, request, options);
}

absl::StatusOr<v1::GenerateServiceLastAccessedDetailsResponse>
Connection::GenerateServiceLastAccessedDetails(
    const v1::GenerateServiceLastAccessedDetailsRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GenerateServiceLastAccessedDetails, request,
              options);
}

absl::StatusOr<v1::GetServiceLastAccessedDetailsResponse> Connection::GetServiceLastAccessedDetails(
    const v1::GetServiceLastAccessedDetailsRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GetServiceLastAccessedDetails, request, options);
}

absl::StatusOr<v1::GetServiceLastAccessedDetailsWithEntitiesResponse>
Connection::GetServiceLastAccessedDetailsWithEntities(
    const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request,
    const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::GetServiceLastAccessedDetailsWithEntities,
              request, options);
}

absl::StatusOr<v1::ListPoliciesGrantingServiceAccessResponse>
Connection::ListPoliciesGrantingServiceAccess(
    const v1::ListPoliciesGrantingServiceAccessRequest& request, const CallOptions& options) {
  return Call(account_, &v1::AccountService::Stub::ListPoliciesGrantingServiceAccess, request,
              options);
}

absl::StatusOr<v1::GetStatusResponse> Connection::GetStatus(const v1::GetStatusRequest& request,
                                                            const CallOptions& options) {
  return Call(policy_admin_, &v1::PolicyAdminService::Stub::GetStatus, request, options);
}

absl::StatusOr<v1::ReloadPoliciesResponse> Connection::ReloadPolicies(
    const v1::ReloadPoliciesRequest& request, const CallOptions& options) {
  return Call(policy_admin_, &v1::PolicyAdminService::Stub::ReloadPolicies, request, options);
}

absl::StatusOr<v1::SimulatePolicyResponse> Connection::SimulateCustomPolicy(
    const v1::SimulateCustomPolicyRequest& request, const CallOptions& options) {
  return Call(policy_admin_, &v1::PolicyAdminService::Stub::SimulateCustomPolicy, request, options);
}

absl::StatusOr<v1::SimulatePolicyResponse> Connection::SimulatePrincipalPolicy(
    const v1::SimulatePrincipalPolicyRequest& request, const CallOptions& options) {
  return Call(policy_admin_, &v1::PolicyAdminService::Stub::SimulatePrincipalPolicy, request,
              options);
}

absl::StatusOr<Health> Connection::CheckHealth(const std::string& service,
                                               const CallOptions& options) {
  using grpc::health::v1::HealthCheckResponse;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  ASSIGN_OR_RETURN(const HealthCheckResponse response,
                   Call(health_, &grpc::health::v1::Health::Stub::Check, request, options));
  switch (response.status()) {
    case HealthCheckResponse::SERVING:
      return Health::kServing;
    case HealthCheckResponse::NOT_SERVING:
      return Health::kNotServing;
    default:
      return Health::kUnknown;
  }
}

}  // namespace portcullis::client
