#include "server/service/rpc_server.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/server_builder.h"

#include "grpc/grpc.h"

namespace portcullis::service {
namespace {

// The library of server reflection adds itself to every server of the process as soon as it is
// linked. This takes it off again where it is not wanted.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
                                    return plugin->name() == "proto_server_reflection";
                                  }),
                   plugins->end());
  }
};

void SetLimits(const RpcServerOptions& options, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(static_cast<int>(options.request_bytes_max));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(options.concurrent_streams_max));
  // Clients that ping every ten seconds, calls or not, are welcome.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A second server on the same port must fail, not take half of the calls.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (options.connection_age_max != absl::InfiniteDuration()) {
    builder->AddChannelArgument(
        GRPC_ARG_MAX_CONNECTION_AGE_MS,
        static_cast<int>(absl::ToInt64Milliseconds(options.connection_age_max)));
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 10'000);
  }
  // Reflection is synchronous; nobody needs it quick.
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

// Makes the object that serves one method on one queue, from the generated request function and the
// handler's member function.
template <typename Service, typename Base, typename Handlers, typename Request, typename Response>
std::unique_ptr<ServedMethod> Serve(
    CallQueue* queue, WorkerPool* pool, const ServingOptions& options, Service* service,
    void (Base::*request_call)(grpc::ServerContext*, Request*,
                               grpc::ServerAsyncResponseWriter<Response>*, grpc::CompletionQueue*,
                               grpc::ServerCompletionQueue*, void*),
    Handlers* handlers,
    grpc::Status (Handlers::*handle)(const CallFacts&, const Request&, Response*),
    CallMeter meter) {
  return std::make_unique<UnaryMethod<Request, Response>>(
      queue, pool, options,
      [service, request_call](grpc::ServerContext* context, Request* request,
                              grpc::ServerAsyncResponseWriter<Response>* writer,
                              grpc::ServerCompletionQueue* events, void* tag) {
        (service->*request_call)(context, request, writer, events, events, tag);
      },
      [handlers, handle](const CallFacts& facts, const Request& request, Response* response) {
        return (handlers->*handle)(facts, request, response);
      },
      meter);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const RpcServerOptions& options,
                                                            const RpcHandlers& handlers) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<RpcServer> server(new RpcServer(options));
  if (absl::Status status = server->Build(handlers); !status.ok()) return status;
  for (const std::unique_ptr<CallQueue>& queue : server->queues_) {
    server->ServeMethods(queue.get(), handlers);
    queue->Start();
  }
  return server;
}

RpcServer::RpcServer(const RpcServerOptions& options)
    : options_(options),
      pool_(options.admin_threads, options.admin_waiting_max),
      health_state_({std::string(v1::AuthorizationService::service_full_name()),
                     std::string(v1::SecurityTokenService::service_full_name()),
                     std::string(v1::PolicyAdminService::service_full_name()),
                     std::string(v1::AccountService::service_full_name())}) {}

RpcServer::~RpcServer() {
  Shutdown(absl::Now());
}

absl::Status RpcServer::Build(const RpcHandlers& handlers) {
  grpc::ServerBuilder builder;
  SetLimits(options_, &builder);
  if (!options_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  int port = -1;
  builder.AddListeningPort(options_.address, options_.credentials, &port);
  builder.RegisterService(&authorization_);
  builder.RegisterService(&security_token_);
  builder.RegisterService(&policy_admin_);
  if (handlers.account != nullptr) builder.RegisterService(&account_);
  builder.RegisterService(&health_);
  for (size_t i = 0; i < options_.queues; ++i) {
    queues_.push_back(std::make_unique<CallQueue>(builder.AddCompletionQueue()));
  }
  server_ = builder.BuildAndStart();
  // For a Unix domain socket the port is 1 if it was bound.
  if (server_ == nullptr || port <= 0) {
    return absl::FailedPreconditionError(absl::StrCat("cannot listen on `", options_.address, "`"));
  }
  address_ = options_.address;
  if (!options_.trust.local) {
    address_ = absl::StrCat(address_.substr(0, address_.rfind(':')), ":", port);
  }
  return absl::OkStatus();
}

void RpcServer::ServeMethods(CallQueue* queue, const RpcHandlers& handlers) {
  ServingOptions options;
  options.in_flight_max = options_.in_flight_max;
  options.trust = &options_.trust;
  const auto add = [&](WorkerPool* pool, metrics::RpcMethod method, auto* service,
                       auto request_call, auto* handler, auto handle) {
    queue->Add(Serve(queue, pool, options, service, request_call, handler, handle,
                     CallMeter{handlers.metrics, method}));
  };
  using metrics::RpcMethod;
  using Authorization = v1::AuthorizationService::AsyncService;
  AuthorizationService* const authorization = handlers.authorization;
  add(nullptr, RpcMethod::kAuthorize, &authorization_, &Authorization::RequestAuthorize,
      authorization, &AuthorizationService::Authorize);
  add(nullptr, RpcMethod::kBatchAuthorize, &authorization_, &Authorization::RequestBatchAuthorize,
      authorization, &AuthorizationService::BatchAuthorize);

  using SecurityToken = v1::SecurityTokenService::AsyncService;
  SecurityTokenService* const security_token = handlers.security_token;
  add(nullptr, RpcMethod::kAssumeRole, &security_token_, &SecurityToken::RequestAssumeRole,
      security_token, &SecurityTokenService::AssumeRole);
  add(nullptr, RpcMethod::kValidateSession, &security_token_,
      &SecurityToken::RequestValidateSession, security_token,
      &SecurityTokenService::ValidateSession);
  add(nullptr, RpcMethod::kGetCallerIdentity, &security_token_,
      &SecurityToken::RequestGetCallerIdentity, security_token,
      &SecurityTokenService::GetCallerIdentity);

  add(nullptr, RpcMethod::kGetSessionToken, &security_token_,
      &SecurityToken::RequestGetSessionToken, security_token,
      &SecurityTokenService::GetSessionToken);
  add(nullptr, RpcMethod::kGetFederationToken, &security_token_,
      &SecurityToken::RequestGetFederationToken, security_token,
      &SecurityTokenService::GetFederationToken);
  add(nullptr, RpcMethod::kAssumeRoleWithWorkloadIdentity, &security_token_,
      &SecurityToken::RequestAssumeRoleWithWorkloadIdentity, security_token,
      &SecurityTokenService::AssumeRoleWithWorkloadIdentity);
  add(nullptr, RpcMethod::kGetAccessKeyInfo, &security_token_,
      &SecurityToken::RequestGetAccessKeyInfo, security_token,
      &SecurityTokenService::GetAccessKeyInfo);
  add(nullptr, RpcMethod::kDecodeAuthorizationMessage, &security_token_,
      &SecurityToken::RequestDecodeAuthorizationMessage, security_token,
      &SecurityTokenService::DecodeAuthorizationMessage);
  // These may wait for an identity provider.
  add(&pool_, RpcMethod::kAssumeRoleWithWebIdentity, &security_token_,
      &SecurityToken::RequestAssumeRoleWithWebIdentity, security_token,
      &SecurityTokenService::AssumeRoleWithWebIdentity);
  add(&pool_, RpcMethod::kAssumeRoleWithSaml, &security_token_,
      &SecurityToken::RequestAssumeRoleWithSAML, security_token,
      &SecurityTokenService::AssumeRoleWithSAML);

  using PolicyAdmin = v1::PolicyAdminService::AsyncService;
  PolicyAdminService* const policy_admin = handlers.policy_admin;
  add(&pool_, RpcMethod::kGetStatus, &policy_admin_, &PolicyAdmin::RequestGetStatus, policy_admin,
      &PolicyAdminService::GetStatus);
  add(&pool_, RpcMethod::kReloadPolicies, &policy_admin_, &PolicyAdmin::RequestReloadPolicies,
      policy_admin, &PolicyAdminService::ReloadPolicies);
  add(&pool_, RpcMethod::kSimulateCustomPolicy, &policy_admin_,
      &PolicyAdmin::RequestSimulateCustomPolicy, policy_admin,
      &PolicyAdminService::SimulateCustomPolicy);
  add(&pool_, RpcMethod::kSimulatePrincipalPolicy, &policy_admin_,
      &PolicyAdmin::RequestSimulatePrincipalPolicy, policy_admin,
      &PolicyAdminService::SimulatePrincipalPolicy);
  if (handlers.account != nullptr) ServeAccount(queue, options, handlers);
  ServeHealth(queue, options);
}

// All of it waits for the disk or looks at whole accounts.
void RpcServer::ServeAccount(CallQueue* queue, const ServingOptions& options,
                             const RpcHandlers& handlers) {
  using metrics::RpcMethod;
  using Account = v1::AccountService::AsyncService;
  const auto add = [&](RpcMethod method, auto request_call, auto handle) {
    queue->Add(Serve(queue, &pool_, options, &account_, request_call, handlers.account, handle,
                     CallMeter{handlers.metrics, method}));
  };
  add(RpcMethod::kRevokeSessions, &Account::RequestRevokeSessions, &AccountService::RevokeSessions);
  add(RpcMethod::kListRevocations, &Account::RequestListRevocations,
      &AccountService::ListRevocations);
  add(RpcMethod::kGetAccountPasswordPolicy, &Account::RequestGetAccountPasswordPolicy,
      &AccountService::GetAccountPasswordPolicy);
  add(RpcMethod::kGenerateCredentialReport, &Account::RequestGenerateCredentialReport,
      &AccountService::GenerateCredentialReport);
  add(RpcMethod::kGetCredentialReport, &Account::RequestGetCredentialReport,
      &AccountService::GetCredentialReport);
  add(RpcMethod::kGetAccessKeyLastUsed, &Account::RequestGetAccessKeyLastUsed,
      &AccountService::GetAccessKeyLastUsed);
  add(RpcMethod::kGenerateServiceLastAccessedDetails,
      &Account::RequestGenerateServiceLastAccessedDetails,
      &AccountService::GenerateServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetails, &Account::RequestGetServiceLastAccessedDetails,
      &AccountService::GetServiceLastAccessedDetails);
  add(RpcMethod::kGetServiceLastAccessedDetailsWithEntities,
      &Account::RequestGetServiceLastAccessedDetailsWithEntities,
      &AccountService::GetServiceLastAccessedDetailsWithEntities);
  add(RpcMethod::kListPoliciesGrantingServiceAccess,
      &Account::RequestListPoliciesGrantingServiceAccess,
      &AccountService::ListPoliciesGrantingServiceAccess);
}

void RpcServer::ServeHealth(CallQueue* queue, const ServingOptions& options) {
  using Health = grpc::health::v1::Health::AsyncService;
  queue->Add(Serve(queue, static_cast<WorkerPool*>(nullptr), options, &health_,
                   &Health::RequestCheck, &health_state_, &HealthState::Check, CallMeter{}));
  auto watch = std::make_unique<HealthWatch>(queue, &health_state_, &health_);
  health_watches_.push_back(watch.get());
  queue->Add(std::move(watch));
}

void RpcServer::SetReady(bool ready) {
  SetPhase(ready ? HealthState::Phase::kReady : HealthState::Phase::kNotReady);
}

void RpcServer::SetPhase(HealthState::Phase phase) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (shut_down_) return;
  health_state_.Set(phase);
  for (HealthWatch* watch : health_watches_) watch->Wake();
  shut_down_ = phase == HealthState::Phase::kEnding;
}

void RpcServer::Shutdown(absl::Time deadline) {
  // Streams of watchers would otherwise keep the server waiting until the deadline.
  SetPhase(HealthState::Phase::kEnding);
  // The order is gRPC's: server, then whoever may still finish calls, then the queues.
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(deadline));
  pool_.Stop();
  for (const std::unique_ptr<CallQueue>& queue : queues_) queue->Stop();
}

}  // namespace portcullis::service
