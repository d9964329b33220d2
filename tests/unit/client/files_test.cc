#include "client/files.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::client {
namespace {

using testing::HasSubstr;
using testing::Not;

class FilesTest : public testing::Test {
 protected:
  ~FilesTest() override { std::filesystem::remove(path); }
  void Write(const std::string& contents) { std::ofstream(path) << contents; }

  const std::string path = testing::TempDir() + "portcullis_files_test_" +
                           testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(FilesTest, ReadsUpToTheLimit) {
  Write(std::string(100'000, 'x'));
  EXPECT_EQ(ReadWholeFile(path, 100'000)->size(), 100'000u);
  EXPECT_EQ(ReadWholeFile(path, 99'999).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FilesTest, NamesAFileThatIsMissing) {
  const absl::Status status = ReadWholeFile(path, 10).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST_F(FilesTest, ASecretIsOneLine) {
  Write("s3cr3t\n");
  EXPECT_EQ(*ReadSecretFile(path), "s3cr3t");
  Write("s3cr3t\r\n");
  EXPECT_EQ(*ReadSecretFile(path), "s3cr3t");
  Write("s3cr3t");
  EXPECT_EQ(*ReadSecretFile(path), "s3cr3t");
  for (const std::string bad : {"", "\n", "s3cr3t\nmore", "s3cr3t\n\n"}) {
    Write(bad);
    const absl::Status status = ReadSecretFile(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cr3t")));
  }
}

}  // namespace
}  // namespace portcullis::client
