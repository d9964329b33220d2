#include "server/service/rpc_services.h"

#include <memory>

#include "portcullis/v1/account_service.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"

namespace portcullis::service {
namespace {

using metrics::RpcMethod;
using rpc::RunsOn;

std::unique_ptr<rpc::RpcService> Offer(AuthorizationService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::UnaryService<v1::AuthorizationService>>(metrics);
  using Async = v1::AuthorizationService::AsyncService;
  service->Add(RpcMethod::kAuthorize, RunsOn::kQueue, &Async::RequestAuthorize, handlers,
               &AuthorizationService::Authorize);
  service->Add(RpcMethod::kBatchAuthorize, RunsOn::kQueue, &Async::RequestBatchAuthorize, handlers,
               &AuthorizationService::BatchAuthorize);
  return service;
}

std::unique_ptr<rpc::RpcService> Offer(SecurityTokenService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::UnaryService<v1::SecurityTokenService>>(metrics);
  using Async = v1::SecurityTokenService::AsyncService;
  const auto add = [&](RpcMethod method, RunsOn place, auto request_call, auto handle) {
    service->Add(method, place, request_call, handlers, handle);
  };
  add(RpcMethod::kAssumeRole, RunsOn::kQueue, &Async::RequestAssumeRole,
      &SecurityTokenService::AssumeRole);
  add(RpcMethod::kValidateSession, RunsOn::kQueue, &Async::RequestValidateSession,
      &SecurityTokenService::ValidateSession);
  add(RpcMethod::kGetCallerIdentity, RunsOn::kQueue, &Async::RequestGetCallerIdentity,
      &SecurityTokenService::GetCallerIdentity);
  add(RpcMethod::kGetSessionToken, RunsOn::kQueue, &Async::RequestGetSessionToken,
      &SecurityTokenService::GetSessionToken);
  add(RpcMethod::kGetFederationToken, RunsOn::kQueue, &Async::RequestGetFederationToken,
      &SecurityTokenService::GetFederationToken);
  add(RpcMethod::kAssumeRoleWithWorkloadIdentity, RunsOn::kQueue,
      &Async::RequestAssumeRoleWithWorkloadIdentity,
      &SecurityTokenService::AssumeRoleWithWorkloadIdentity);
  add(RpcMethod::kGetAccessKeyInfo, RunsOn::kQueue, &Async::RequestGetAccessKeyInfo,
      &SecurityTokenService::GetAccessKeyInfo);
  add(RpcMethod::kDecodeAuthorizationMessage, RunsOn::kQueue,
      &Async::RequestDecodeAuthorizationMessage, &SecurityTokenService::DecodeAuthorizationMessage);
  // These may wait for an identity provider.
  add(RpcMethod::kAssumeRoleWithWebIdentity, RunsOn::kWaiting,
      &Async::RequestAssumeRoleWithWebIdentity, &SecurityTokenService::AssumeRoleWithWebIdentity);
  add(RpcMethod::kAssumeRoleWithSaml, RunsOn::kWaiting, &Async::RequestAssumeRoleWithSAML,
      &SecurityTokenService::AssumeRoleWithSAML);
  return service;
}

std::unique_ptr<rpc::RpcService> Offer(PolicyAdminService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::UnaryService<v1::PolicyAdminService>>(metrics);
  using Async = v1::PolicyAdminService::AsyncService;
  const auto add = [&](RpcMethod method, auto request_call, auto handle) {
    service->Add(method, RunsOn::kSlow, request_call, handlers, handle);
  };
  add(RpcMethod::kGetStatus, &Async::RequestGetStatus, &PolicyAdminService::GetStatus);
  add(RpcMethod::kReloadPolicies, &Async::RequestReloadPolicies,
      &PolicyAdminService::ReloadPolicies);
  add(RpcMethod::kSimulateCustomPolicy, &Async::RequestSimulateCustomPolicy,
      &PolicyAdminService::SimulateCustomPolicy);
  add(RpcMethod::kSimulatePrincipalPolicy, &Async::RequestSimulatePrincipalPolicy,
      &PolicyAdminService::SimulatePrincipalPolicy);
  return service;
}

// All of it waits for the disk or looks at whole accounts.
std::unique_ptr<rpc::RpcService> Offer(AccountService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::UnaryService<v1::AccountService>>(metrics);
  using Async = v1::AccountService::AsyncService;
  const auto add = [&](RpcMethod method, auto request_call, auto handle) {
    service->Add(method, RunsOn::kSlow, request_call, handlers, handle);
  };
  add(RpcMethod::kRevokeSessions, &Async::RequestRevokeSessions, &AccountService::RevokeSessions);
  add(RpcMethod::kListRevocations, &Async::RequestListRevocations,
      &AccountService::ListRevocations);
  add(RpcMethod::kGetAccountPasswordPolicy, &Async::RequestGetAccountPasswordPolicy,
      &AccountService::GetAccountPasswordPolicy);
  add(RpcMethod::kGenerateCredentialReport, &Async::RequestGenerateCredentialReport,
      &AccountService::GenerateCredentialReport);
  add(RpcMethod::kGetCredentialReport, &Async::RequestGetCredentialReport,
      &AccountService::GetCredentialReport);
  add(RpcMethod::kGetAccessKeyLastUsed, &Async::RequestGetAccessKeyLastUsed,
      &AccountService::GetAccessKeyLastUsed);
  add(RpcMethod::kGenerateServiceLastAccessedDetails,
      &Async::RequestGenerateServiceLastAccessedDetails,
      &AccountService::GenerateServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetails, &Async::RequestGetServiceLastAccessedDetails,
      &AccountService::GetServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetailsWithEntities,
      &Async::RequestGetServiceLastAccessedDetailsWithEntities,
      &AccountService::GetServiceLastAccessedDetailsWithEntities);
  add(RpcMethod::kListPoliciesGrantingServiceAccess,
      &Async::RequestListPoliciesGrantingServiceAccess,
      &AccountService::ListPoliciesGrantingServiceAccess);
  return service;
}

}  // namespace

rpc::RpcServices MakeRpcServices(const RpcHandlers& handlers) {
  rpc::RpcServices services;
  services.push_back(Offer(handlers.authorization, handlers.metrics));
  services.push_back(Offer(handlers.security_token, handlers.metrics));
  services.push_back(Offer(handlers.policy_admin, handlers.metrics));
  if (handlers.account != nullptr) services.push_back(Offer(handlers.account, handlers.metrics));
  return services;
}

}  // namespace portcullis::service
