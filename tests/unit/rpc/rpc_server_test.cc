#include "server/rpc/rpc_server.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

#include "tests/unit/rpc/echo_service.h"

namespace portcullis::rpc {
namespace {

class RpcServerTest : public ::testing::Test {
 protected:
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const std::string& address) {
    RpcServerOptions options;
    options.address = address;
    options.trust.local = address.starts_with("unix:");
    options.trust.everyone = true;
    options.credentials = grpc::InsecureServerCredentials();
    return RpcServer::Start(options, EchoServices());
  }

  static grpc::Status Ask(const std::string& address, v1::AuthorizeRequest request = Question()) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::AuthorizeResponse response;
    return v1::AuthorizationService::NewStub(
               grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))
        ->Authorize(&context, request, &response);
  }

  static v1::AuthorizeRequest Question() {
    v1::AuthorizeRequest request;
    request.set_action("s3:GetObject");
    return request;
  }
};

TEST_F(RpcServerTest, ServesOnAPortThatTheSystemPicks) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_EQ((*server)->address().substr(0, 10), "127.0.0.1:");
  EXPECT_NE((*server)->address(), "127.0.0.1:0");
  EXPECT_TRUE(Ask((*server)->address()).ok());
}

TEST_F(RpcServerTest, ServesOnAUnixDomainSocket) {
  const std::string path =
      (std::filesystem::path(::testing::TempDir()) / ("rpc" + std::to_string(getpid()) + ".sock"))
          .string();
  const auto server = Start("unix:" + path);
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_EQ((*server)->address(), "unix:" + path);
  EXPECT_TRUE(Ask((*server)->address()).ok());
}

TEST_F(RpcServerTest, SaysWhichAddressIsTaken) {
  const auto first = Start("127.0.0.1:0");
  ASSERT_TRUE(first.ok());
  const auto second = Start((*first)->address());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(second.status().message().find((*first)->address()), absl::string_view::npos);
}

TEST_F(RpcServerTest, RefusesLargeRequests) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  v1::AuthorizeRequest request = Question();
  request.set_resource(std::string(5 << 20, 'x'));
  EXPECT_EQ(Ask((*server)->address(), request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(RpcServerTest, ShutsDownTwiceWithoutHarm) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  (*server)->SetReady(true);
  (*server)->Shutdown(absl::Now());
  (*server)->SetReady(true);
  (*server)->Shutdown(absl::Now());
  EXPECT_EQ(Ask((*server)->address()).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace portcullis::rpc
