#include "server/app/port_file.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

TEST(FormatBoundAddresses, IsJson) {
  const std::string pid = std::to_string(getpid());
  EXPECT_EQ(FormatBoundAddresses({{"127.0.0.1:1", "unix:/a"},
                                  "127.0.0.1:2",
                                  {"http://127.0.0.1:3/", "https://[::1]:4/a"},
                                  {"http://127.0.0.1:7/"},
                                  "http://127.0.0.1:5/creds",
                                  "http://127.0.0.1:6/"}),
            "{\"pid\":" + pid +
                ",\"grpc\":[\"127.0.0.1:1\",\"unix:/a\"],"
                "\"query\":[\"http://127.0.0.1:3/\",\"https://[::1]:4/a\"],"
                "\"gateway\":[\"http://127.0.0.1:7/\"],"
                "\"container_credentials\":\"http://127.0.0.1:5/creds\","
                "\"instance_metadata\":\"http://127.0.0.1:6/\","
                "\"admin\":\"127.0.0.1:2\"}\n");
  EXPECT_EQ(FormatBoundAddresses({}),
            "{\"pid\":" + pid +
                ",\"grpc\":[],\"query\":[],\"gateway\":[],\"container_credentials\":null,"
                "\"instance_metadata\":null,\"admin\":null}\n");
}

TEST(WritePortFile, ReplacesTheFile) {
  const std::string path = ::testing::TempDir() + "ports" + std::to_string(getpid());
  ASSERT_TRUE(WritePortFile(path, {{"127.0.0.1:1"}, ""}).ok());
  ASSERT_TRUE(WritePortFile(path, {{"127.0.0.1:2"}, ""}).ok());
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, FormatBoundAddresses({{"127.0.0.1:2"}, ""}));
  unlink(path.c_str());
  EXPECT_FALSE(WritePortFile(path + "/missing/file", {}).ok());
}

}  // namespace
}  // namespace portcullis::app
