#include "server/service/rpc_services.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

#include "portcullis/v1/account_service.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

class RpcServicesTest : public ::testing::Test {
 protected:
  rpc::RpcServices Make(AccountService* account) {
    return MakeRpcServices(
        {&engine_.authorization, &engine_.security_token, &engine_.policy_admin, nullptr, account});
  }

  absl::StatusOr<std::unique_ptr<rpc::RpcServer>> Start(AccountService* account = nullptr) {
    rpc::RpcServerOptions options;
    options.address = "127.0.0.1:0";
    options.trust.everyone = true;
    options.credentials = grpc::InsecureServerCredentials();
    return rpc::RpcServer::Start(options, Make(account));
  }

  UnloadedServer engine_;
};

TEST_F(RpcServicesTest, AreKnownByTheirFullNames) {
  std::vector<std::string> names;
  for (const auto& service : Make(&engine_.account)) names.emplace_back(service->name());
  EXPECT_EQ(names, (std::vector<std::string>{
                       "portcullis.v1.AuthorizationService", "portcullis.v1.SecurityTokenService",
                       "portcullis.v1.PolicyAdminService", "portcullis.v1.AccountService"}));
}

// Nothing is loaded: who gets through to the engine hears UNAVAILABLE.
TEST_F(RpcServicesTest, AskTheEngine) {
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  v1::AuthorizeRequest request;
  request.set_principal_arn("arn:aws:iam::111122223333:user/ana");
  request.set_action("s3:GetObject");
  v1::AuthorizeResponse response;
  const grpc::Status status =
      v1::AuthorizationService::NewStub(
          grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()))
          ->Authorize(&context, request, &response);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "NOT_LOADED");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(RpcServicesTest, OffersAccountServiceWhereThereIsOne) {
  const auto ask = [](const rpc::RpcServer& server) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ListRevocationsRequest request;
    request.mutable_caller()->set_principal_arn("arn:aws:iam::111122223333:user/ana");
    v1::ListRevocationsResponse response;
    return v1::AccountService::NewStub(
               grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials()))
        ->ListRevocations(&context, request, &response);
  };
  const auto with = Start(&engine_.account);
  ASSERT_TRUE(with.ok()) << with.status().ToString();
  EXPECT_EQ(rpc::ErrorReasonOf(ask(**with)), "NOT_LOADED");
  const auto without = Start();
  ASSERT_TRUE(without.ok()) << without.status().ToString();
  EXPECT_EQ(ask(**without).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace portcullis::service
