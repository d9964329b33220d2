#include "server/service/policy_admin_service.h"

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

TEST(PolicyAdminService, TellsTrustedPeersWhyNothingIsLoaded) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  v1::GetStatusRequest request;
  request.mutable_caller()->set_principal_arn("arn:aws:iam::111122223333:user/ana");
  v1::GetStatusResponse response;
  const grpc::Status status =
      server.policy_admin.GetStatus(rpc::CallFacts{peer}, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.version(), "1.2.3");
  EXPECT_FALSE(response.status().latest_ok());
  ASSERT_EQ(response.status().diagnostics_size(), 1);
  EXPECT_EQ(response.status().diagnostics(0), "policies: no such directory");
}

TEST(PolicyAdminService, TellsOthersNothing) {
  UnloadedServer server;
  const engine::Peer peer;
  v1::GetStatusRequest request;
  request.mutable_caller()->set_principal_arn("arn:aws:iam::111122223333:user/ana");
  v1::GetStatusResponse response;
  EXPECT_FALSE(server.policy_admin.GetStatus(rpc::CallFacts{peer}, request, &response).ok());
  EXPECT_FALSE(response.has_status());
}

TEST(PolicyAdminService, ChecksThePageBeforeSimulating) {
  UnloadedServer server;
  engine::Peer peer;
  peer.may_assert_principals = true;
  v1::SimulateCustomPolicyRequest request;
  request.mutable_caller()->set_principal_arn("arn:aws:iam::111122223333:user/ana");
  request.set_max_items(5000);
  v1::SimulatePolicyResponse response;
  EXPECT_EQ(rpc::ErrorReasonOf(
                server.policy_admin.SimulateCustomPolicy(rpc::CallFacts{peer}, request, &response)),
            "InvalidInput");
  v1::SimulatePrincipalPolicyRequest principal;
  *principal.mutable_caller() = request.caller();
  principal.mutable_parameters()->set_marker("x");
  EXPECT_EQ(rpc::ErrorReasonOf(server.policy_admin.SimulatePrincipalPolicy(rpc::CallFacts{peer},
                                                                           principal, &response)),
            "InvalidInput");
}

TEST(PolicyAdminService, RefusesToReloadForStrangers) {
  UnloadedServer server;
  const engine::Peer peer;
  v1::ReloadPoliciesRequest request;
  request.mutable_caller()->set_session_token("token");
  v1::ReloadPoliciesResponse response;
  EXPECT_FALSE(server.policy_admin.ReloadPolicies(rpc::CallFacts{peer}, request, &response).ok());
  EXPECT_FALSE(response.has_status());
}

}  // namespace
}  // namespace portcullis::service
