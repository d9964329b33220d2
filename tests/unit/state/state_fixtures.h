// Directories, databases and processes that the tests of this directory share.
#ifndef PORTCULLIS_TESTS_UNIT_STATE_STATE_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_STATE_STATE_FIXTURES_H_

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "server/state/database.h"

namespace portcullis::state {

// Removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "portcullis-XXXXXX").string();
    path_ = mkdtemp(name.data()) == nullptr ? "" : name;
    EXPECT_NE(path_, "");
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string File(std::string_view name) const { return path_ + "/" + std::string(name); }
  std::string Read(std::string_view name) const {
    std::ifstream in(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void Write(std::string_view name, std::string_view bytes) const {
    std::ofstream(File(name), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::string path_;
};

inline std::unique_ptr<Database> OpenedDatabase(DatabaseOptions options) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(std::move(options));
  EXPECT_TRUE(database.ok()) << database.status();
  return database.ok() ? *std::move(database) : nullptr;
}

// While it lives, no file of this process can grow: writing fails as on a full disk.
class FullDisk {
 public:
  FullDisk() : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FullDisk() {
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

// Runs `body` in a child process and kills it with SIGKILL once `body` has returned true, before
// anything can be flushed, closed or destroyed. False if `body` did not get that far.
inline bool RunInProcessAndKill(absl::FunctionRef<bool()> body) {
  int ready[2];
  if (pipe(ready) != 0) return false;
  const pid_t child = fork();
  if (child == 0) {
    const char verdict = body() ? 'y' : 'n';
    if (write(ready[1], &verdict, 1) == 1) pause();
    _exit(1);
  }
  close(ready[1]);
  char verdict = 'n';
  const bool heard = child > 0 && read(ready[0], &verdict, 1) == 1 && verdict == 'y';
  close(ready[0]);
  if (child > 0) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  return heard;
}

inline absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(seconds);
}

// 2026-11-22 00:00:00 UTC.
inline constexpr int64_t kNow = 1'795'305'600;

}  // namespace portcullis::state

#endif  // PORTCULLIS_TESTS_UNIT_STATE_STATE_FIXTURES_H_
