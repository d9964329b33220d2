#include "client/staged_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

namespace fs = std::filesystem;

absl::Status SystemError(int error, const char* what, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", base::Quoted(path)));
}

absl::Status CheckTarget(const std::string& target) {
  if (target.empty()) return absl::InvalidArgumentError("the directory has no name");
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found) return absl::OkStatus();
  if (error) return SystemError(error.value(), "look at", target);
  if (status.type() != fs::file_type::directory) {
    return absl::AlreadyExistsError(absl::StrCat(base::Quoted(target), " is not a directory"));
  }
  const bool empty = fs::is_empty(target, error);
  if (error) return SystemError(error.value(), "list", target);
  if (empty) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(base::Quoted(target),
                   " is not empty: name a new directory, so that nothing of "
                   "yours is overwritten"));
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

absl::Status WriteAll(int file, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno, "write", path);
    content.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(file) == 0 ? absl::OkStatus() : SystemError(errno, "write", path);
}

// What a directory made by mkdir() would have.
mode_t DirectoryMode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0777 & ~mask;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StagedDirectory>> StagedDirectory::Create(
    const std::string& target_name) {
  const std::string target = WithoutSlashes(target_name);
  RETURN_IF_ERROR(CheckTarget(target));
  const fs::path path(target);
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::string staged = (parent / absl::StrCat(".", path.filename().string(), ".XXXXXX")).string();
  if (mkdtemp(staged.data()) == nullptr) {
    return SystemError(errno, "make a directory in", parent.string());
  }
  if (chmod(staged.c_str(), DirectoryMode()) != 0) {
    const int error = errno;
    rmdir(staged.c_str());
    return SystemError(error, "change", staged);
  }
  return std::unique_ptr<StagedDirectory>(new StagedDirectory(target, std::move(staged)));
}

StagedDirectory::StagedDirectory(std::string target, std::string path)
    : target_(std::move(target)), path_(std::move(path)) {}

StagedDirectory::~StagedDirectory() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

absl::Status StagedDirectory::Write(const std::string& name, std::string_view content) {
  const fs::path path = fs::path(path_) / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return SystemError(error.value(), "make", path.parent_path().string());
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (file < 0) return SystemError(errno, "write", path.string());
  const absl::Cleanup close_file = [file] { close(file); };
  return WriteAll(file, content, path.string());
}

absl::Status StagedDirectory::Commit() {
  // An empty directory is replaced; one that has filled up meanwhile is not.
  if (std::rename(path_.c_str(), target_.c_str()) != 0) {
    return SystemError(errno, "make", target_);
  }
  path_.clear();
  return absl::OkStatus();
}

}  // namespace portcullis::client
