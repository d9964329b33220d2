#include "server/rpc/rpc_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"

#include "server/base/numbers.h"
#include "tests/unit/rpc/echo_service.h"

namespace portcullis::rpc {
namespace {

class RpcServerTest : public ::testing::Test {
 protected:
  static RpcServerOptions OptionsFor(const std::string& address) {
    RpcServerOptions options;
    options.address = address;
    options.trust.local = address.starts_with("unix:");
    options.trust.everyone = true;
    options.credentials = grpc::InsecureServerCredentials();
    return options;
  }
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const std::string& address) {
    return RpcServer::Start(OptionsFor(address), EchoServices());
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

TEST_F(RpcServerTest, ReadsCompressedRequests) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    context.set_compression_algorithm(algorithm);
    v1::AuthorizeRequest request;
    request.set_action(std::string(100'000, 'x'));
    v1::AuthorizeResponse response;
    const grpc::Status status =
        v1::AuthorizationService::NewStub(
            grpc::CreateChannel((*server)->address(), grpc::InsecureChannelCredentials()))
            ->Authorize(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.reason(), request.action());
  }
}

TEST_F(RpcServerTest, RefusesLargeRequests) {
  const auto server = Start("127.0.0.1:0");
  ASSERT_TRUE(server.ok());
  v1::AuthorizeRequest request = Question();
  request.set_resource(std::string(5 << 20, 'x'));
  EXPECT_EQ(Ask((*server)->address(), request).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// A client that speaks HTTP/2 and then nothing, as one whose machine is gone.
TEST_F(RpcServerTest, ClosesConnectionsThatNobodyIsAt) {
  RpcServerOptions options = OptionsFor("127.0.0.1:0");
  options.keepalive_interval = absl::Seconds(1);
  const auto server = RpcServer::Start(options, EchoServices());
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string& name = (*server)->address();
  const auto port = base::ParseUnsigned(name.substr(name.rfind(':') + 1), 65535);
  ASSERT_TRUE(port.has_value());
  address.sin_port = htons(static_cast<uint16_t>(*port));
  ASSERT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  constexpr char kHello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";  // And a zero.
  ASSERT_EQ(send(connection, kHello, sizeof(kHello), 0), static_cast<ssize_t>(sizeof(kHello)));
  char bytes[1024];
  ssize_t count = 0;
  do {
    count = recv(connection, bytes, sizeof(bytes), 0);
  } while (count > 0);
  EXPECT_EQ(count, 0) << "the server did not close it in time";
  close(connection);
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
