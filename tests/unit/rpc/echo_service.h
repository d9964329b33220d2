// A service whose answers say nothing but that it was reached.
#ifndef PORTCULLIS_TESTS_UNIT_RPC_ECHO_SERVICE_H_
#define PORTCULLIS_TESTS_UNIT_RPC_ECHO_SERVICE_H_

#include <memory>
#include <utility>

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "server/rpc/rpc_service.h"

namespace portcullis::rpc {

// Answers with the action that was asked about.
class Echo {
 public:
  static Echo* Instance() {
    static Echo echo;
    return &echo;
  }
  grpc::Status Authorize(const CallFacts& /*facts*/, const v1::AuthorizeRequest& request,
                         v1::AuthorizeResponse* response) {
    response->Clear();
    response->set_reason(request.action());
    return grpc::Status::OK;
  }
};

inline RpcServices EchoServices() {
  auto service = std::make_unique<MethodService<v1::AuthorizationService>>(nullptr);
  service->Add(metrics::RpcMethod::kAuthorize, RunsOn::kQueue, Demand::kHigh, "Authorize",
               Echo::Instance(), &Echo::Authorize);
  RpcServices services;
  services.push_back(std::move(service));
  return services;
}

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_TESTS_UNIT_RPC_ECHO_SERVICE_H_
