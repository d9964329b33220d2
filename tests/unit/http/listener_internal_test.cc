#include "server/http/listener_internal.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/http/test_server.h"
#include "tests/unit/http/wire.h"

namespace portcullis::http {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::SizeIs;

// What the sockets of this process that are bound to `port` have for a time to live.
std::vector<int> HopLimits(uint16_t port) {
  std::vector<int> limits;
  for (int fd = 3; fd < 1000; ++fd) {
    sockaddr_in6 address{};  // The port is at the same place in both families.
    socklen_t size = sizeof(address);
    int hops = 0;
    socklen_t hops_size = sizeof(hops);
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        ntohs(address.sin6_port) == port &&
        getsockopt(fd, IPPROTO_IP, IP_TTL, &hops, &hops_size) == 0) {
      limits.push_back(hops);
    }
  }
  return limits;
}

TEST(ListenerTest, KeepsAnswersOnThisHost) {
  for (const char* address : {"127.0.0.1", "::"}) {
    const auto server = Serve({.address = address, .hop_limit = 1});
    Wire wire(server->port());
    EXPECT_EQ(wire.Exchange(Get("/")).status, 200);
    // The listening socket, whose limit the first answer to a client has, and the connection.
    EXPECT_THAT(HopLimits(server->port()), AllOf(SizeIs(2), Each(1))) << address;
  }
}

TEST(ListenerTest, ListensOnIpv6AndNamesItsPeers) {
  const auto server = Serve({.address = "::"}, [](const Request& request) {
    return TextResponse(std::string(request.peer_address));
  });
  // A client of IPv4 is called by its own address, not by the one it is mapped to.
  EXPECT_EQ(Wire(server->port()).Exchange(Get("/")).body, "127.0.0.1");
}

TEST(ListenerTest, OutlivesALackOfFileDescriptors) {
  const auto server = Serve({});
  Wire idle(server->port());
  EXPECT_EQ(idle.Exchange(Get("/")).status, 200);
  const int next = dup(0);
  close(next);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(next) + 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  // The client's end takes the last descriptor; the idle connection must make room for the
  // server's.
  Wire wire(server->port());
  EXPECT_EQ(wire.Exchange(Get("/fine")).body, "/fine");
  EXPECT_TRUE(idle.IsClosed());
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace portcullis::http
