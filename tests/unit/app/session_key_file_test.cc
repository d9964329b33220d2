#include "server/app/session_key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "gtest/gtest.h"

#include "server/session/key_ring.h"

namespace portcullis::app {
namespace {

class SessionKeyFileTest : public ::testing::Test {
 protected:
  SessionKeyFileTest() { std::filesystem::remove_all(directory_); }
  ~SessionKeyFileTest() override { std::filesystem::remove_all(directory_); }
  const std::string directory_ = ::testing::TempDir() + "session_keys_" + std::to_string(getpid());
};

TEST_F(SessionKeyFileTest, MakesAKeyThatOnlyItsOwnerReads) {
  const auto path = CreateSessionKeyIfNone(directory_);
  ASSERT_TRUE(path.ok()) << path.status();
  struct stat info = {};
  ASSERT_EQ(stat(path->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(directory_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  std::ifstream file(*path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(session::KeyRing::ParseKeyFile("key-1", text).ok());
  const auto entries = std::filesystem::directory_iterator(directory_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1) << "nothing else may stay behind";
}

TEST_F(SessionKeyFileTest, LeavesExistingKeysAlone) {
  std::filesystem::create_directory(directory_);
  std::ofstream(directory_ + "/2026.key") << "whatever";
  const auto path = CreateSessionKeyIfNone(directory_);
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, "");
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/key-1.key"));
}

TEST_F(SessionKeyFileTest, FailsWhereNoDirectoryCanBe) {
  EXPECT_FALSE(CreateSessionKeyIfNone(directory_ + "/missing/keys").ok());
}

}  // namespace
}  // namespace portcullis::app
