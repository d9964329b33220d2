#include "server/metadata/token_file.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace portcullis::metadata {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TokenFileTest : public ::testing::Test {
 protected:
  ~TokenFileTest() override { unlink(path_.c_str()); }

  absl::StatusOr<std::string> ReadAfterWriting(const std::string& content) {
    std::ofstream(path_) << content;
    return ReadTokenFile(path_);
  }

  const std::string path_ = absl::StrCat(::testing::TempDir(), "/token.", getpid());
};

TEST_F(TokenFileTest, ReadsOneLine) {
  const std::string least = "0123456789abcdef";
  EXPECT_EQ(ReadAfterWriting(least).value_or(""), least);
  EXPECT_EQ(ReadAfterWriting(least + "\n").value_or(""), least);
  EXPECT_EQ(ReadAfterWriting(" " + least + " \r\n\n").value_or(""), least);
  EXPECT_EQ(ReadAfterWriting("Bearer " + least).value_or(""), "Bearer " + least);
  EXPECT_EQ(ReadAfterWriting(std::string(4096, 'x') + "\n").value_or("").size(), 4096);
}

TEST_F(TokenFileTest, RefusesWhatIsNoSecret) {
  for (const std::string& content :
       {std::string(), std::string("\n"), std::string("0123456789abcde"), std::string(4097, 'x'),
        std::string(100000, 'x'), std::string("0123456789\nabcdefghij"),
        std::string("0123456789abcd\xc3\xa9"), std::string("0123456789\0abcdefg", 18)}) {
    const absl::Status status = ReadAfterWriting(content).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << content.size();
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("0123456789")));
  }
  unlink(path_.c_str());
  EXPECT_EQ(ReadTokenFile(path_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace portcullis::metadata
