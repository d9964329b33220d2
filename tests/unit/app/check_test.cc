#include "server/app/check.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "gtest/gtest.h"

namespace portcullis::app {
namespace {

TEST(CheckPolicies, AcceptsTheExample) {
  ServerOptions options;
  options.policies = "config/policies";
  options.secrets = "config/secrets";
  std::ostringstream output;
  EXPECT_EQ(CheckPolicies(options, output), 0) << output.str();
  EXPECT_EQ(output.str().find("ok: 6 users, 7 roles"), 0u) << output.str();
}

TEST(CheckPolicies, ListsEveryMistakeWithItsPlace) {
  const std::string directory = ::testing::TempDir() + "check" + std::to_string(getpid());
  std::filesystem::create_directory(directory);
  std::ofstream(directory + "/a.yaml") << "Account: \"111111111111\"\nUsers:\n  - UserNam: a\n";
  std::ofstream(directory + "/b.yaml") << "Account: 7\n";
  ServerOptions options;
  options.policies = directory;
  std::ostringstream output;
  EXPECT_EQ(CheckPolicies(options, output), 2);
  EXPECT_NE(output.str().find("a.yaml:3:"), std::string::npos) << output.str();
  EXPECT_NE(output.str().find("b.yaml:1:"), std::string::npos) << output.str();
  std::filesystem::remove_all(directory);
}

TEST(CheckPolicies, RefusesADirectoryThatIsNotThere) {
  ServerOptions options;
  options.policies = "no/such/directory";
  std::ostringstream output;
  EXPECT_EQ(CheckPolicies(options, output), 2);
  EXPECT_EQ(output.str().find("error: "), 0u) << output.str();
}

}  // namespace
}  // namespace portcullis::app
