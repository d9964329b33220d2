#include "server/app/metadata_listeners.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

#include "server/app/server.h"

namespace portcullis::app {
namespace {

TEST(DefaultIds, HaveTheFormOfTheServiceAndBelongToOneHost) {
  const std::string id = DefaultInstanceId("host-1");
  EXPECT_EQ(id.size(), 2 + 17);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef", 2), std::string::npos);
  EXPECT_TRUE(id.starts_with("i-"));
  EXPECT_EQ(id, DefaultInstanceId("host-1"));
  EXPECT_NE(id, DefaultInstanceId("host-2"));
  EXPECT_EQ(DefaultTaskId("host-1").size(), 32);
  EXPECT_NE(DefaultTaskId("host-1").substr(0, 17), id.substr(2));
}

class MetadataListenersTest : public ::testing::Test {
 protected:
  MetadataListenersTest() {
    std::filesystem::create_directories(directory_);
    options_.policies = "config/policies";
    options_.secrets = "config/secrets";
    options_.session_keys = directory_ + "/keys";
    options_.create_session_key = true;
    options_.listen.push_back(*ParseListener("tcp://127.0.0.1:0"));
    options_.container_credentials_listen =
        *ParseMetadataListener("tcp://127.0.0.1:0?path=/c", true);
    options_.container_credentials_role = "arn:aws:iam::111122223333:role/app";
    options_.container_credentials_token_file = directory_ + "/token";
    options_.instance_metadata_listen = *ParseMetadataListener("tcp://127.0.0.1:0", false);
    options_.instance_metadata_role = "arn:aws:iam::111122223333:role/app";
    options_.drain_delay = absl::ZeroDuration();
    std::ofstream(options_.container_credentials_token_file) << "0123456789abcdef";
  }
  ~MetadataListenersTest() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = ::testing::TempDir() + "metadata" + std::to_string(getpid());
  ServerOptions options_;
  Logger log_{LogFormat::kText, LogLevel::kInfo, [](std::string_view) {}};
};

TEST_F(MetadataListenersTest, TellTheirUrls) {
  const auto server = Server::Start(options_, log_);
  ASSERT_TRUE(server.ok()) << server.status();
  const BoundAddresses& addresses = (*server)->addresses();
  EXPECT_TRUE(addresses.container_credentials.starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(addresses.container_credentials.ends_with("/c"));
  EXPECT_TRUE(addresses.instance_metadata.starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(addresses.instance_metadata.ends_with("/"));
  EXPECT_TRUE((*server)->Drain().ok());
}

TEST_F(MetadataListenersTest, DoNotStartWithoutAToken) {
  std::ofstream(options_.container_credentials_token_file) << "short";
  const absl::Status status = Server::Start(options_, log_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST_F(MetadataListenersTest, NameAnAddressThatIsTaken) {
  options_.instance_metadata_listen->host = "192.0.2.1";
  const absl::Status status = Server::Start(options_, log_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(status.message()).find("tcp://192.0.2.1:0: "), std::string::npos) << status;
}

}  // namespace
}  // namespace portcullis::app
