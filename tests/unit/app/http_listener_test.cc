// HTTP servers at the addresses of options.
#include "server/app/http_listener.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "tests/integration/test_certificates.h"

namespace portcullis::app {
namespace {

http::Response Hello(const http::Request&) {
  return {.body = "hello"};
}

http::Response Refusal(int) {
  return {.body = "refused"};
}

absl::StatusOr<HttpListener> Start(const std::string& address) {
  return StartHttpListener(*ParseQueryListener(address), {}, &Hello, &Refusal);
}

TEST(HttpListener, TellsItsUrlAndCountsConnections) {
  auto first = Start("tcp://127.0.0.1:0?path=/aws/v1");
  auto second = Start("tcp://[::1]:0");
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->Url(), "http://127.0.0.1:" + std::to_string(first->server->port()) + "/aws/v1");
  EXPECT_EQ(second->Url(), "http://[::1]:" + std::to_string(second->server->port()) + "/");
  EXPECT_FALSE(*RefreshCertificate(*first)) << "there is none";
  std::vector<HttpListener> listeners;
  listeners.push_back(*std::move(first));
  listeners.push_back(*std::move(second));
  EXPECT_EQ(CountConnections(listeners).accepted, 0u);
  ShutDownHttpListeners(&listeners, absl::Now());
  EXPECT_EQ(CountConnections(listeners).open, 0u);
}

TEST(HttpListener, RenewsItsCertificate) {
  const std::string directory = ::testing::TempDir() + "http" + std::to_string(getpid());
  std::filesystem::create_directories(directory);
  const TestAuthority authority("authority");
  const auto write = [&] {
    const TestCertificate issued = authority.Issue("IP:127.0.0.1");
    std::ofstream(directory + "/key.pem") << issued.key;
    std::ofstream(directory + "/cert.pem") << issued.certificate;
  };
  write();
  auto listener =
      Start("tls://127.0.0.1:0?cert=" + directory + "/cert.pem&key=" + directory + "/key.pem");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(listener->Url().starts_with("https://127.0.0.1:")) << listener->Url();
  EXPECT_FALSE(*RefreshCertificate(*listener)) << "nothing has changed";
  write();
  EXPECT_TRUE(*RefreshCertificate(*listener));
  std::filesystem::remove_all(directory);
}

TEST(HttpListener, NamesWhatIsWrong) {
  const auto elsewhere = Start("tcp://203.0.113.1:1?insecure=true");
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_NE(std::string(elsewhere.status().message()).find("tcp://203.0.113.1:1"),
            std::string::npos);
  const auto missing = Start("tls://127.0.0.1:0?cert=no-such.pem&key=no-such.key");
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(std::string(missing.status().message()).find("no-such.pem"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::app
