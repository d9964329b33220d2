#include "server/rpc/rpc_server.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/server_builder.h"

#include "grpc/grpc.h"

namespace portcullis::rpc {
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
  const int64_t keepalive_ms = std::min<int64_t>(
      absl::ToInt64Milliseconds(options.keepalive_interval), std::numeric_limits<int>::max());
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(keepalive_ms));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                              static_cast<int>(std::min<int64_t>(keepalive_ms, 20'000)));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // As many as it takes.
  // Each queue looks at deadlines itself. gRPC would set a timer for every call and, when too many
  // calls come, spend a third of the time that there is on those that are late.
  builder->AddChannelArgument(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0);
  builder->AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);  // Counts every call; nobody asks.
  // Answers are small and never compressed; compressed requests are read.
  builder->AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
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

// "package.Service" of each.
std::vector<std::string> NamesOf(const RpcServices& services) {
  std::vector<std::string> names;
  for (const std::unique_ptr<RpcService>& service : services) names.emplace_back(service->name());
  return names;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const RpcServerOptions& options,
                                                            RpcServices services) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<RpcServer> server(new RpcServer(options, std::move(services)));
  if (absl::Status status = server->Build(); !status.ok()) return status;
  for (const std::unique_ptr<CallQueue>& queue : server->queues_) {
    server->ServeMethods(queue.get());
    queue->Start();
  }
  return server;
}

RpcServer::RpcServer(const RpcServerOptions& options, RpcServices services)
    : options_(options),
      services_(std::move(services)),
      slow_pool_(options.admin_threads, options.admin_waiting_max),
      waiting_pool_(options.waiting_threads, options.waiting_calls_max),
      health_state_(NamesOf(services_)) {}

RpcServer::~RpcServer() {
  Shutdown(absl::Now());
}

absl::Status RpcServer::Build() {
  grpc::ServerBuilder builder;
  SetLimits(options_, &builder);
  if (!options_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  int port = -1;
  builder.AddListeningPort(options_.address, options_.credentials, &port);
  for (const std::unique_ptr<RpcService>& service : services_) {
    builder.RegisterService(service->service());
  }
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

void RpcServer::ServeMethods(CallQueue* queue) {
  ServingOptions options;
  options.in_flight_max = options_.in_flight_max;
  options.trust = &options_.trust;
  for (const std::unique_ptr<RpcService>& service : services_) {
    service->Serve(queue, {&slow_pool_, &waiting_pool_}, options);
  }
  ServeHealth(queue, options);
}

void RpcServer::ServeHealth(CallQueue* queue, const ServingOptions& options) {
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  const int check = decltype(health_)::IndexOf<HealthCheckRequest, HealthCheckResponse>("Check");
  queue->Add(std::make_unique<UnaryMethod<HealthCheckRequest, HealthCheckResponse>>(
      queue, nullptr, options, Demand::kLow,
      [this, check](auto* context, auto* request, auto* writer, auto* events, void* tag) {
        health_.RequestUnary(check, context, request, writer, events, tag);
      },
      [this](const CallFacts& facts, const auto& request, auto* response) {
        return health_state_.Check(facts, request, response);
      }));
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
  if (phase != HealthState::Phase::kEnding) return;
  for (const std::unique_ptr<RpcService>& service : services_) service->SendAway();
  shut_down_ = true;
}

void RpcServer::Shutdown(absl::Time deadline) {
  // Streams would otherwise keep the server waiting until the deadline.
  SetPhase(HealthState::Phase::kEnding);
  // The order is gRPC's: server, then whoever may still finish calls, then the queues.
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(deadline));
  slow_pool_.Stop();
  waiting_pool_.Stop();
  for (const std::unique_ptr<CallQueue>& queue : queues_) queue->Stop();
}

}  // namespace portcullis::rpc
