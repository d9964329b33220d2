#include "server/rpc/health_service.h"

#include <memory>

#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

#include "server/rpc/rpc_server.h"
#include "tests/unit/rpc/echo_service.h"

namespace portcullis::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

TEST(HealthState, FollowsThePhaseButForLiveness) {
  HealthState state({"portcullis.v1.AuthorizationService"});
  for (const char* name : {"", "readiness", "portcullis.v1.AuthorizationService"}) {
    state.Set(HealthState::Phase::kNotReady);
    EXPECT_EQ(state.StatusOf(name), HealthCheckResponse::NOT_SERVING) << name;
    state.Set(HealthState::Phase::kReady);
    EXPECT_EQ(state.StatusOf(name), HealthCheckResponse::SERVING) << name;
    state.Set(HealthState::Phase::kEnding);
    EXPECT_EQ(state.StatusOf(name), HealthCheckResponse::NOT_SERVING) << name;
  }
  EXPECT_EQ(state.StatusOf("liveness"), HealthCheckResponse::SERVING);
  EXPECT_EQ(state.StatusOf("Liveness"), HealthCheckResponse::SERVICE_UNKNOWN);
}

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() {
    RpcServerOptions options;
    options.address = "127.0.0.1:0";
    options.credentials = grpc::InsecureServerCredentials();
    options.queues = 2;
    auto started = RpcServer::Start(options, EchoServices());
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    server_ = *std::move(started);
    stub_ = Health::NewStub(
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  }

  grpc::Status Check(const std::string& name, HealthCheckResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    HealthCheckRequest request;
    request.set_service(name);
    return stub_->Check(&context, request, response);
  }

  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthTest, ChecksOverTheWire) {
  HealthCheckResponse response;
  ASSERT_TRUE(Check("readiness", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  ASSERT_TRUE(Check("liveness", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server_->SetReady(true);
  ASSERT_TRUE(Check("portcullis.v1.AuthorizationService", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(Check("nobody", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthTest, WatchersHearOfEveryChangeAndOfTheEnd) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  HealthCheckRequest request;
  auto stream = stub_->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server_->SetReady(true);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server_->SetReady(false);
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  const auto begin = std::chrono::steady_clock::now();
  server_->Shutdown(absl::Now() + absl::Seconds(15));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10))
      << "a watcher must not hold up the end";
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(HealthTest, WatchersOfUnknownServicesAreTold) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("nobody");
  auto stream = stub_->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace portcullis::rpc
