#include "server/service/rpc_services.h"

#include <memory>
#include <string_view>

#include "portcullis/v1/account_service.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/policy_admin_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"

namespace portcullis::service {
namespace {

using metrics::RpcMethod;
using rpc::Demand;
using rpc::RunsOn;

std::unique_ptr<rpc::RpcService> Offer(AuthorizationService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::MethodService<v1::AuthorizationService>>(metrics);
  service->Add(RpcMethod::kAuthorize, RunsOn::kQueue, Demand::kHigh, "Authorize", handlers,
               &AuthorizationService::Authorize);
  service->Add(RpcMethod::kBatchAuthorize, RunsOn::kQueue, Demand::kHigh, "BatchAuthorize",
               handlers, &AuthorizationService::BatchAuthorize);
  service->AddStream(RpcMethod::kStreamAuthorize, "StreamAuthorize", handlers,
                     &AuthorizationService::StreamAuthorize);
  return service;
}

std::unique_ptr<rpc::RpcService> Offer(SecurityTokenService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::MethodService<v1::SecurityTokenService>>(metrics);
  const auto add = [&](RpcMethod method, RunsOn place, std::string_view name, auto handle) {
    service->Add(method, place, Demand::kLow, name, handlers, handle);
  };
  add(RpcMethod::kAssumeRole, RunsOn::kQueue, "AssumeRole", &SecurityTokenService::AssumeRole);
  add(RpcMethod::kValidateSession, RunsOn::kQueue, "ValidateSession",
      &SecurityTokenService::ValidateSession);
  add(RpcMethod::kGetCallerIdentity, RunsOn::kQueue, "GetCallerIdentity",
      &SecurityTokenService::GetCallerIdentity);
  add(RpcMethod::kGetSessionToken, RunsOn::kQueue, "GetSessionToken",
      &SecurityTokenService::GetSessionToken);
  add(RpcMethod::kGetFederationToken, RunsOn::kQueue, "GetFederationToken",
      &SecurityTokenService::GetFederationToken);
  add(RpcMethod::kAssumeRoleWithWorkloadIdentity, RunsOn::kQueue, "AssumeRoleWithWorkloadIdentity",
      &SecurityTokenService::AssumeRoleWithWorkloadIdentity);
  add(RpcMethod::kGetAccessKeyInfo, RunsOn::kQueue, "GetAccessKeyInfo",
      &SecurityTokenService::GetAccessKeyInfo);
  add(RpcMethod::kDecodeAuthorizationMessage, RunsOn::kQueue, "DecodeAuthorizationMessage",
      &SecurityTokenService::DecodeAuthorizationMessage);
  // These may wait for an identity provider.
  add(RpcMethod::kAssumeRoleWithWebIdentity, RunsOn::kWaiting, "AssumeRoleWithWebIdentity",
      &SecurityTokenService::AssumeRoleWithWebIdentity);
  add(RpcMethod::kAssumeRoleWithSaml, RunsOn::kWaiting, "AssumeRoleWithSAML",
      &SecurityTokenService::AssumeRoleWithSAML);
  return service;
}

std::unique_ptr<rpc::RpcService> Offer(PolicyAdminService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::MethodService<v1::PolicyAdminService>>(metrics);
  const auto add = [&](RpcMethod method, std::string_view name, auto handle) {
    service->Add(method, RunsOn::kSlow, Demand::kLow, name, handlers, handle);
  };
  add(RpcMethod::kGetStatus, "GetStatus", &PolicyAdminService::GetStatus);
  add(RpcMethod::kReloadPolicies, "ReloadPolicies", &PolicyAdminService::ReloadPolicies);
  add(RpcMethod::kSimulateCustomPolicy, "SimulateCustomPolicy",
      &PolicyAdminService::SimulateCustomPolicy);
  add(RpcMethod::kSimulatePrincipalPolicy, "SimulatePrincipalPolicy",
      &PolicyAdminService::SimulatePrincipalPolicy);
  return service;
}

// All of it waits for the disk or looks at whole accounts.
std::unique_ptr<rpc::RpcService> Offer(AccountService* handlers, metrics::Registry* metrics) {
  auto service = std::make_unique<rpc::MethodService<v1::AccountService>>(metrics);
  const auto add = [&](RpcMethod method, std::string_view name, auto handle) {
    service->Add(method, RunsOn::kSlow, Demand::kLow, name, handlers, handle);
  };
  add(RpcMethod::kRevokeSessions, "RevokeSessions", &AccountService::RevokeSessions);
  add(RpcMethod::kListRevocations, "ListRevocations", &AccountService::ListRevocations);
  add(RpcMethod::kGetAccountPasswordPolicy, "GetAccountPasswordPolicy",
      &AccountService::GetAccountPasswordPolicy);
  add(RpcMethod::kGenerateCredentialReport, "GenerateCredentialReport",
      &AccountService::GenerateCredentialReport);
  add(RpcMethod::kGetCredentialReport, "GetCredentialReport", &AccountService::GetCredentialReport);
  add(RpcMethod::kGetAccessKeyLastUsed, "GetAccessKeyLastUsed",
      &AccountService::GetAccessKeyLastUsed);
  add(RpcMethod::kGenerateServiceLastAccessedDetails, "GenerateServiceLastAccessedDetails",
      &AccountService::GenerateServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetails, "GetServiceLastAccessedDetails",
      &AccountService::GetServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetailsWithEntities,
      "GetServiceLastAccessedDetailsWithEntities",
      &AccountService::GetServiceLastAccessedDetailsWithEntities);
  add(RpcMethod::kListPoliciesGrantingServiceAccess, "ListPoliciesGrantingServiceAccess",
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
