// What is behind --gateway-listen; its answers are tested where they are made.
#include "server/app/gateway_listeners.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/app/server.h"
#include "server/base/numbers.h"
#include "server/route/request.h"
#include "tests/integration/test_certificates.h"
#include "tests/unit/http/wire.h"

namespace portcullis::app {
namespace {

class GatewayListenersTest : public ::testing::Test {
 protected:
  GatewayListenersTest() {
    std::filesystem::create_directories(directory_);
    options_.policies = "config/policies";
    options_.secrets = "config/secrets";
    options_.session_keys = directory_ + "/keys";
    options_.create_session_key = true;
    options_.listen.push_back(*ParseListener("tcp://127.0.0.1:0"));
    options_.drain_delay = absl::ZeroDuration();
  }
  ~GatewayListenersTest() override { std::filesystem::remove_all(directory_); }

  void Add(const std::string& text) {
    options_.gateway_listen.push_back(*ParseGatewayListener(text));
  }

  const std::string directory_ = ::testing::TempDir() + "gateway" + std::to_string(getpid());
  ServerOptions options_;
  std::string text_;
  Logger log_{LogFormat::kText, LogLevel::kInfo, [this](std::string_view line) { text_ += line; }};
};

TEST(GatewayServerOptions, LeaveRoomForWhatProxiesLetThrough) {
  ServerOptions options;
  options.gateway_threads = 5;
  const http::ServerOptions http = GatewayServerOptions(options);
  EXPECT_EQ(http.threads, 5);
  EXPECT_GT(http.header_bytes_max, route::kHeaderBytesMax + route::kTargetBytesMax);
  EXPECT_GT(http.headers_max, route::kHeadersMax);
}

TEST_F(GatewayListenersTest, ServeEveryEndpoint) {
  Add("tcp://127.0.0.1:0");
  auto server = Server::Start(options_, log_);
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_EQ((*server)->addresses().gateway.size(), 1u);
  const std::string url = (*server)->addresses().gateway.front();
  ASSERT_TRUE(url.starts_with("http://127.0.0.1:")) << url;
  const auto port = static_cast<uint16_t>(
      base::ParseUnsigned(url.substr(url.rfind(':') + 1, url.size() - url.rfind(':') - 2), 65535)
          .value_or(0));
  const auto get = [port](const std::string& path, const std::string& headers = "") {
    return http::Wire(port)
        .Exchange("GET " + path + " HTTP/1.1\r\nHost: pdp.example.com\r\n" + headers + "\r\n")
        .status;
  };
  EXPECT_EQ(get("/.well-known/authzen-configuration"), 200);
  EXPECT_EQ(get("/access/v1/evaluation"), 405);
  EXPECT_EQ(get("/access/v1/search/subject"), 404);
  EXPECT_EQ(get("/"), 404);
  // Nobody says that whoever asks is a proxy, and the policies know none: no decision.
  EXPECT_EQ(
      get("/forward-auth", "X-Original-Method: GET\r\nX-Original-URI: /\r\nX-Original-Host: a\r\n"),
      503);
  EXPECT_EQ(get("/ext_authz/a"), 503);
  EXPECT_TRUE((*server)->Drain().ok());
}

TEST_F(GatewayListenersTest, NameWhatIsWrong) {
  Add("tls://127.0.0.1:0?cert=no-such.pem&key=no-such.key");
  const auto server = Server::Start(options_, log_);
  ASSERT_FALSE(server.ok());
  EXPECT_NE(std::string(server.status().message()).find("no-such.pem"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::app
