#include "server/service/policy_admin_service.h"

#include <algorithm>
#include <vector>

#include "server/base/status_macros.h"
#include "server/rpc/status.h"
#include "server/service/translate_admin.h"
#include "server/service/translate_sts.h"

namespace portcullis::service {
namespace {

using SimulationResults = std::vector<policy::SimulationResult>;

// Both simulations: `simulate` is called with the caller's proof.
template <typename Simulate>
absl::Status AnswerSimulation(const rpc::CallFacts& facts, const v1::CallerCredentials& caller,
                              const v1::SimulateCustomPolicyRequest& parameters,
                              v1::SimulatePolicyResponse* response, Simulate simulate) {
  ASSIGN_OR_RETURN(const engine::CallerProof proof, ToProof(caller, facts.private_transport));
  ASSIGN_OR_RETURN(const SimulationPage page, ToPage(parameters));
  ASSIGN_OR_RETURN(const SimulationResults results, simulate(proof));
  return ToProto(results, page, response);
}

}  // namespace

grpc::Status PolicyAdminService::GetStatus(const rpc::CallFacts& facts,
                                           const v1::GetStatusRequest& request,
                                           v1::GetStatusResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  const absl::StatusOr<engine::AdministrationStatus> status =
      administration_.GetStatus(*proof, facts.peer);
  if (!status.ok()) return rpc::ToGrpcStatus(status.status());

  ToProto(*status, response->mutable_status());
  response->set_version(version_);
  return grpc::Status::OK;
}

grpc::Status PolicyAdminService::ReloadPolicies(const rpc::CallFacts& facts,
                                                const v1::ReloadPoliciesRequest& request,
                                                v1::ReloadPoliciesResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  const absl::Time deadline = std::min(facts.deadline, absl::Now() + kReloadWaitMax);
  const absl::StatusOr<engine::AdministrationStatus> status =
      administration_.Reload(*proof, facts.peer, deadline);
  if (!status.ok()) return rpc::ToGrpcStatus(status.status());

  ToProto(*status, response->mutable_status());
  return grpc::Status::OK;
}

grpc::Status PolicyAdminService::SimulateCustomPolicy(
    const rpc::CallFacts& facts, const v1::SimulateCustomPolicyRequest& request,
    v1::SimulatePolicyResponse* response) {
  return rpc::ToGrpcStatus(AnswerSimulation(
      facts, request.caller(), request, response, [&](const engine::CallerProof& proof) {
        return administration_.SimulateCustomPolicy(proof, facts.peer, ToSimulation(request));
      }));
}

grpc::Status PolicyAdminService::SimulatePrincipalPolicy(
    const rpc::CallFacts& facts, const v1::SimulatePrincipalPolicyRequest& request,
    v1::SimulatePolicyResponse* response) {
  return rpc::ToGrpcStatus(AnswerSimulation(facts, request.caller(), request.parameters(), response,
                                            [&](const engine::CallerProof& proof) {
                                              return administration_.SimulatePrincipalPolicy(
                                                  proof, facts.peer, request.policy_source_arn(),
                                                  ToSimulation(request.parameters()));
                                            }));
}

}  // namespace portcullis::service
