// The methods of PolicyAdminService.
#ifndef PORTCULLIS_SERVER_SERVICE_POLICY_ADMIN_SERVICE_H_
#define PORTCULLIS_SERVER_SERVICE_POLICY_ADMIN_SERVICE_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "grpcpp/support/status.h"

#include "portcullis/v1/policy_admin_service.pb.h"
#include "server/engine/administration.h"
#include "server/rpc/unary_call.h"

namespace portcullis::service {

// Translates in, asks the engine, translates out. Thread-safe. Slow: for a pool's threads.
class PolicyAdminService {
 public:
  // How long a reload is waited for if the client's deadline is later.
  static constexpr absl::Duration kReloadWaitMax = absl::Seconds(30);

  // The administration outlives the object. `version` is what GetStatus reports.
  PolicyAdminService(engine::Administration& administration, std::string version)
      : administration_(administration), version_(std::move(version)) {}

  grpc::Status GetStatus(const rpc::CallFacts& facts, const v1::GetStatusRequest& request,
                         v1::GetStatusResponse* response);
  grpc::Status ReloadPolicies(const rpc::CallFacts& facts, const v1::ReloadPoliciesRequest& request,
                              v1::ReloadPoliciesResponse* response);
  grpc::Status SimulateCustomPolicy(const rpc::CallFacts& facts,
                                    const v1::SimulateCustomPolicyRequest& request,
                                    v1::SimulatePolicyResponse* response);
  grpc::Status SimulatePrincipalPolicy(const rpc::CallFacts& facts,
                                       const v1::SimulatePrincipalPolicyRequest& request,
                                       v1::SimulatePolicyResponse* response);

 private:
  engine::Administration& administration_;
  const std::string version_;
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_POLICY_ADMIN_SERVICE_H_
