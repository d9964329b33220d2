#include "server/audit/file_sink.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/audit/audit_fixtures.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<FileSink> Opened(FileSinkOptions options) {
  absl::StatusOr<std::unique_ptr<FileSink>> sink = FileSink::Open(std::move(options));
  EXPECT_TRUE(sink.ok()) << sink.status();
  return sink.ok() ? *std::move(sink) : nullptr;
}

TEST(FileSink, AppendsToWhatIsThere) {
  TemporaryDirectory directory;
  for (const SyncPolicy sync :
       {SyncPolicy::kEveryWrite, SyncPolicy::kOnFlush, SyncPolicy::kNever}) {
    auto sink = Opened({.path = directory.File("audit.log"), .sync = sync});
    EXPECT_TRUE(sink->Write("{}\n").ok());
    EXPECT_TRUE(sink->Flush().ok());
  }
  EXPECT_EQ(directory.Read("audit.log"), "{}\n{}\n{}\n");
  struct stat info {};
  ASSERT_EQ(stat(directory.File("audit.log").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137, 0u) << "readable by owner and group at most";
}

TEST(FileSink, ReportsWhatCannotBeOpened) {
  TemporaryDirectory directory;
  const auto sink = FileSink::Open({.path = directory.File("none/audit.log")});
  EXPECT_EQ(sink.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(sink.status().message()), HasSubstr("none/audit.log"));
}

TEST(FileSink, RotatesBySizeAndKeepsSoMany) {
  TemporaryDirectory directory;
  auto sink =
      Opened({.path = directory.File("audit.log"), .file_bytes_max = 8, .rotated_files_max = 2});
  for (const char* lines : {"a\nb\n", "c\nd\n", "e\n", "f\n", "too long for one\n", "g\n"}) {
    EXPECT_TRUE(sink->Write(lines).ok());
  }
  EXPECT_EQ(directory.Read("audit.log"), "g\n");
  EXPECT_EQ(directory.Read("audit.log.1"), "too long for one\n");
  EXPECT_EQ(directory.Read("audit.log.2"), "e\nf\n");
  EXPECT_FALSE(std::filesystem::exists(directory.File("audit.log.3")));
}

TEST(FileSink, CountsWhatWasThereTowardsTheSize) {
  TemporaryDirectory directory;
  const FileSinkOptions options = {.path = directory.File("audit.log"), .file_bytes_max = 8};
  EXPECT_TRUE(Opened(options)->Write("123456\n").ok());
  EXPECT_TRUE(Opened(options)->Write("7\n").ok());
  EXPECT_EQ(directory.Read("audit.log"), "7\n");
  EXPECT_EQ(directory.Read("audit.log.1"), "123456\n");
}

TEST(FileSink, ReopensAfterARenameByOthers) {
  TemporaryDirectory directory;
  auto sink = Opened({.path = directory.File("audit.log")});
  EXPECT_TRUE(sink->Write("a\n").ok());
  std::filesystem::rename(directory.File("audit.log"), directory.File("old"));
  EXPECT_TRUE(sink->Write("b\n").ok());
  sink->Reopen();
  EXPECT_TRUE(sink->Write("c\n").ok());
  EXPECT_EQ(directory.Read("old"), "a\nb\n");
  EXPECT_EQ(directory.Read("audit.log"), "c\n");
  std::filesystem::rename(directory.File("audit.log"), directory.File("older"));
  sink->Reopen();
  EXPECT_TRUE(sink->Flush().ok());
  EXPECT_TRUE(std::filesystem::exists(directory.File("audit.log"))) << "without a write, too";
}

TEST(FileSink, TriesAgainWhenItsPlaceIsGone) {
  TemporaryDirectory directory;
  std::filesystem::create_directory(directory.File("logs"));
  auto sink = Opened({.path = directory.File("logs/audit.log")});
  std::filesystem::remove_all(directory.File("logs"));
  sink->Reopen();
  EXPECT_FALSE(sink->Write("lost\n").ok());
  EXPECT_FALSE(sink->Write("lost\n").ok());
  std::filesystem::create_directory(directory.File("logs"));
  EXPECT_TRUE(sink->Write("kept\n").ok());
  EXPECT_EQ(directory.Read("logs/audit.log"), "kept\n");
}

// Makes writes beyond a size fail, as a full disk does, as long as it lives.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FullDisk() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(FileSink, AHalfWrittenBatchIsCutOffAndCanBeWrittenAgain) {
  TemporaryDirectory directory;
  auto sink = Opened({.path = directory.File("audit.log")});
  EXPECT_TRUE(sink->Write("first\n").ok());
  std::string partial;
  {
    const FullDisk full(10);
    EXPECT_FALSE(sink->Write("second line\n").ok());
    partial = directory.Read("audit.log");
  }
  EXPECT_EQ(partial, "first\n");
  EXPECT_TRUE(sink->Write("second line\n").ok());
  EXPECT_EQ(directory.Read("audit.log"), "first\nsecond line\n");
}

}  // namespace
}  // namespace portcullis::audit
