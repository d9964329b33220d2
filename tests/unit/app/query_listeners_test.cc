#include "server/app/query_listeners.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/app/server.h"
#include "tests/integration/test_certificates.h"

namespace portcullis::app {
namespace {

class QueryListenersTest : public ::testing::Test {
 protected:
  QueryListenersTest() {
    std::filesystem::create_directories(directory_);
    options_.policies = "config/policies";
    options_.secrets = "config/secrets";
    options_.session_keys = directory_ + "/keys";
    options_.create_session_key = true;
    options_.listen.push_back(*ParseListener("tcp://127.0.0.1:0"));
    options_.drain_delay = absl::ZeroDuration();
    options_.certificate_interval = absl::Milliseconds(100);
  }
  ~QueryListenersTest() override { std::filesystem::remove_all(directory_); }

  void Add(const std::string& text) { options_.query_listen.push_back(*ParseQueryListener(text)); }
  absl::StatusOr<std::unique_ptr<Server>> Start() { return Server::Start(options_, log_); }

  // Writes a certificate and its key; the text of --query-listen that names them.
  std::string WriteCertificate() {
    const TestCertificate issued = authority_.Issue("IP:127.0.0.1");
    std::ofstream(directory_ + "/key.pem") << issued.key;
    std::ofstream(directory_ + "/cert.pem") << issued.certificate;
    return "cert=" + directory_ + "/cert.pem&key=" + directory_ + "/key.pem";
  }

  const std::string directory_ = ::testing::TempDir() + "query" + std::to_string(getpid());
  const TestAuthority authority_{"authority"};
  ServerOptions options_;
  Logger log_{LogFormat::kText, LogLevel::kInfo, [this](std::string_view line) { Append(line); }};

  // What was logged; the server's threads may go on logging.
  std::string Logged() {
    const absl::MutexLock lock(&mutex_);
    return text_;
  }

 private:
  void Append(std::string_view line) {
    const absl::MutexLock lock(&mutex_);
    text_ += line;
  }

  absl::Mutex mutex_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
};

TEST(QueryServerOptions, BoundsWhatTheProtocolNeeds) {
  ServerOptions options;
  options.query_threads = 3;
  const http::ServerOptions http = QueryServerOptions(options);
  EXPECT_EQ(http.threads, 3);
  EXPECT_GT(http.header_bytes_max, 2u * 8192) << "a session token is a header of up to 16 KiB";
  EXPECT_GE(http.body_bytes_max, 2u << 20) << "spec 1.1";
}

TEST_F(QueryListenersTest, TellTheirUrls) {
  Add("tcp://127.0.0.1:0");
  Add("tcp://localhost:0?path=/aws/v1");
  Add("tls://127.0.0.1:0?" + WriteCertificate());
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  const std::vector<std::string>& urls = (*server)->addresses().query;
  ASSERT_EQ(urls.size(), 3u);
  EXPECT_TRUE(urls[0].starts_with("http://127.0.0.1:") && urls[0].ends_with("/")) << urls[0];
  EXPECT_TRUE(urls[1].starts_with("http://127.0.0.1:") && urls[1].ends_with("/aws/v1")) << urls[1];
  EXPECT_TRUE(urls[2].starts_with("https://127.0.0.1:")) << urls[2];
  EXPECT_EQ(urls[0].find(":0/"), std::string::npos);
  EXPECT_TRUE((*server)->Drain().ok());
}

TEST_F(QueryListenersTest, RenewTheirCertificates) {
  Add("tls://127.0.0.1:0?" + WriteCertificate());
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  WriteCertificate();
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (Logged().find("certificate renewed") == std::string::npos && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_TRUE((*server)->Drain().ok());
  server->reset();
  EXPECT_NE(Logged().find("certificate renewed address=tls://127.0.0.1:"), std::string::npos)
      << Logged();
}

TEST_F(QueryListenersTest, NameWhatIsWrong) {
  Add("tls://127.0.0.1:0?cert=no-such.pem&key=no-such.key");
  const auto server = Start();
  ASSERT_FALSE(server.ok());
  EXPECT_NE(std::string(server.status().message()).find("no-such.pem"), std::string::npos);

  options_.query_listen.clear();
  Add("tcp://203.0.113.1:1?insecure=true");
  const auto elsewhere = Start();
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_NE(std::string(elsewhere.status().message()).find("tcp://203.0.113.1:1"),
            std::string::npos)
      << elsewhere.status();
}

}  // namespace
}  // namespace portcullis::app
