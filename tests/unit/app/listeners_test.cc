#include "server/app/listeners.h"

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

TEST(ToRpcServerOptions, GivesEachListenerItsOwnTrust) {
  ServerOptions options;
  options.queues = 3;
  options.in_flight_max = 7;
  options.request_bytes_max = 2048;
  const auto plain = ToRpcServerOptions(*ParseListener("tcp://127.0.0.1:0"), options);
  EXPECT_FALSE(plain.trust.everyone);
  EXPECT_FALSE(plain.trust.secure_transport);
  EXPECT_FALSE(plain.trust.local);
  EXPECT_EQ(plain.queues, 3u);
  EXPECT_EQ(plain.in_flight_max, 7u);
  EXPECT_EQ(plain.request_bytes_max, 2048u);
  EXPECT_EQ(plain.connection_age_max, absl::InfiniteDuration());

  const auto socket =
      ToRpcServerOptions(*ParseListener("unix:///run/a.sock?trusted=true"), options);
  EXPECT_TRUE(socket.trust.everyone);
  EXPECT_TRUE(socket.trust.local);
  EXPECT_EQ(socket.keepalive_interval, absl::InfiniteDuration());
  EXPECT_LT(plain.keepalive_interval, absl::Hours(1));

  const auto tls = ToRpcServerOptions(
      *ParseListener("tls://[::]:1?cert=a&key=b&client-ca=c&assert=spiffe://a/b"), options);
  EXPECT_FALSE(tls.trust.everyone);
  EXPECT_TRUE(tls.trust.secure_transport);
  EXPECT_EQ(tls.trust.identities, std::vector<std::string>{"spiffe://a/b"});
}

TEST(ToRpcServerOptions, PicksTheNumberOfQueues) {
  EXPECT_GE(ToRpcServerOptions(*ParseListener("tcp://127.0.0.1:0"), ServerOptions()).queues, 1u);
}

TEST(StartListeners, NamesTheFileThatIsMissing) {
  ServerOptions options;
  options.listen.push_back(*ParseListener("tls://127.0.0.1:0?cert=no-such.pem&key=no-such.key"));
  const auto listeners = StartListeners(options, {});
  EXPECT_FALSE(listeners.ok());
  EXPECT_NE(std::string(listeners.status().message()).find("no-such.pem"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::app
