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

// Calls one method of one stub. `timeout` is the connection's, unless the call has its own.
template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> Call(
    Stub* stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
    const Request& request, absl::Duration timeout, const CallOptions& options) {
  grpc::ClientContext context;
  if (options.timeout > absl::ZeroDuration()) timeout = options.timeout;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  context.set_wait_for_ready(options.wait_for_ready);
  Response response;
  const grpc::Status status = (stub->*method)(&context, request, &response);
  if (!status.ok()) return FromGrpcStatus(status);
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  RETURN_IF_ERROR(CheckTarget(options.target));
  if (options.call_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("the timeout of a call is more than nothing");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                   MakeCredentials(options.tls));
  grpc::ChannelArguments arguments;
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return std::make_unique<Connection>(
      grpc::CreateCustomChannel(options.target, credentials, arguments), options.call_timeout);
}

Connection::Connection(std::shared_ptr<grpc::Channel> channel, absl::Duration call_timeout)
    : channel_(std::move(channel)),
      call_timeout_(call_timeout),
      authorization_(v1::AuthorizationService::NewStub(channel_)),
      security_token_(v1::SecurityTokenService::NewStub(channel_)),
      policy_admin_(v1::PolicyAdminService::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)) {}

absl::StatusOr<v1::AuthorizeResponse> Connection::Authorize(const v1::AuthorizeRequest& request,
                                                            const CallOptions& options) {
  return Call(authorization_.get(), &v1::AuthorizationService::Stub::Authorize, request,
              call_timeout_, options);
}

absl::StatusOr<v1::BatchAuthorizeResponse> Connection::BatchAuthorize(
    const v1::BatchAuthorizeRequest& request, const CallOptions& options) {
  return Call(authorization_.get(), &v1::AuthorizationService::Stub::BatchAuthorize, request,
              call_timeout_, options);
}

absl::StatusOr<v1::AssumeRoleResponse> Connection::AssumeRole(const v1::AssumeRoleRequest& request,
                                                              const CallOptions& options) {
  return Call(security_token_.get(), &v1::SecurityTokenService::Stub::AssumeRole, request,
              call_timeout_, options);
}

absl::StatusOr<v1::ValidateSessionResponse> Connection::ValidateSession(
    const v1::ValidateSessionRequest& request, const CallOptions& options) {
  return Call(security_token_.get(), &v1::SecurityTokenService::Stub::ValidateSession, request,
              call_timeout_, options);
}

absl::StatusOr<v1::GetCallerIdentityResponse> Connection::GetCallerIdentity(
    const v1::GetCallerIdentityRequest& request, const CallOptions& options) {
  return Call(security_token_.get(), &v1::SecurityTokenService::Stub::GetCallerIdentity, request,
              call_timeout_, options);
}

absl::StatusOr<v1::GetStatusResponse> Connection::GetStatus(const v1::GetStatusRequest& request,
                                                            const CallOptions& options) {
  return Call(policy_admin_.get(), &v1::PolicyAdminService::Stub::GetStatus, request, call_timeout_,
              options);
}

absl::StatusOr<v1::ReloadPoliciesResponse> Connection::ReloadPolicies(
    const v1::ReloadPoliciesRequest& request, const CallOptions& options) {
  return Call(policy_admin_.get(), &v1::PolicyAdminService::Stub::ReloadPolicies, request,
              call_timeout_, options);
}

absl::StatusOr<v1::SimulatePolicyResponse> Connection::SimulateCustomPolicy(
    const v1::SimulateCustomPolicyRequest& request, const CallOptions& options) {
  return Call(policy_admin_.get(), &v1::PolicyAdminService::Stub::SimulateCustomPolicy, request,
              call_timeout_, options);
}

absl::StatusOr<v1::SimulatePolicyResponse> Connection::SimulatePrincipalPolicy(
    const v1::SimulatePrincipalPolicyRequest& request, const CallOptions& options) {
  return Call(policy_admin_.get(), &v1::PolicyAdminService::Stub::SimulatePrincipalPolicy, request,
              call_timeout_, options);
}

absl::StatusOr<Health> Connection::CheckHealth(const std::string& service,
                                               const CallOptions& options) {
  using grpc::health::v1::HealthCheckResponse;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  ASSIGN_OR_RETURN(
      const HealthCheckResponse response,
      Call(health_.get(), &grpc::health::v1::Health::Stub::Check, request, call_timeout_, options));
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
