#include "server/app/server.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    std::filesystem::create_directories(directory_);
    options_.policies = "config/policies";
    options_.secrets = "config/secrets";
    options_.session_keys = directory_ + "/keys";
    options_.create_session_key = true;
    options_.listen.push_back(*ParseListener("tcp://127.0.0.1:0?trusted=true"));
    options_.drain_delay = absl::ZeroDuration();
  }
  ~ServerTest() override { std::filesystem::remove_all(directory_); }

  absl::StatusOr<std::unique_ptr<Server>> Start() { return Server::Start(options_, log_); }

  const std::string directory_ = ::testing::TempDir() + "server" + std::to_string(getpid());
  ServerOptions options_;
  std::string text_;
  Logger log_{LogFormat::kText, LogLevel::kInfo, [this](std::string_view line) { text_ += line; }};
};

TEST_F(ServerTest, TellsWhereItServes) {
  options_.admin_listen = HostPort{"127.0.0.1", 0};
  options_.port_file = directory_ + "/ports";
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_EQ((*server)->addresses().grpc.size(), 1u);
  EXPECT_FALSE((*server)->addresses().grpc[0].ends_with(":0"));
  EXPECT_EQ((*server)->addresses().admin.find("127.0.0.1:"), 0u);
  std::ifstream file(options_.port_file);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, FormatBoundAddresses((*server)->addresses()));
  EXPECT_TRUE((*server)->Drain().ok());
}

TEST_F(ServerTest, RecordsItsBeginningAndItsEnd) {
  options_.audit_log = directory_ + "/audit.log";
  auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE((*server)->Drain().ok());
  std::ifstream file(options_.audit_log);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const char* event : {"PoliciesPublished", "ServerStarted", "ServerStopped"}) {
    EXPECT_NE(text.find(std::string("\"eventName\":\"") + event), std::string::npos) << text;
  }
}

TEST_F(ServerTest, DoesNotStartWithoutWhatItNeeds) {
  options_.policies = directory_ + "/missing";
  EXPECT_FALSE(Start().ok());
  options_.policies = "config/policies";
  options_.audit_log = directory_ + "/missing/audit.log";
  EXPECT_FALSE(Start().ok());
  options_.audit_log = "none";
  options_.session_keys = directory_ + "/empty";
  options_.create_session_key = false;
  EXPECT_FALSE(Start().ok());
}

TEST_F(ServerTest, KeepsSecretsOutOfTheLog) {
  const auto server = Start();
  ASSERT_TRUE(server.ok()) << server.status();
  std::ifstream file(options_.session_keys + "/key-1.key");
  std::string key;
  file >> key;
  ASSERT_FALSE(key.empty());
  EXPECT_EQ(text_.find(key), std::string::npos);
}

TEST(DrainMax, CoversEveryPart) {
  ServerOptions options;
  options.drain_delay = absl::Seconds(7);
  options.shutdown_timeout = absl::Seconds(11);
  EXPECT_GT(Server::DrainMax(options), absl::Seconds(7 + 11 + 5));
}

}  // namespace
}  // namespace portcullis::app
