#include "server/audit/file_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"

#include "server/audit/fd_writer_internal.h"
#include "server/base/status_macros.h"

namespace portcullis::audit {
namespace {

constexpr mode_t kFileMode = 0640;

absl::Status SystemError(int error, const char* what, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " audit file `", path, "`"));
}

std::string RotatedPath(const std::string& path, int number) {
  return absl::StrCat(path, ".", number);
}

}  // namespace

FileSink::FileSink(FileSinkOptions options) : options_(std::move(options)) {}

FileSink::~FileSink() {
  CloseFile();
}

absl::StatusOr<std::unique_ptr<FileSink>> FileSink::Open(FileSinkOptions options) {
  options.rotated_files_max = std::max(options.rotated_files_max, 1);
  std::unique_ptr<FileSink> sink(new FileSink(std::move(options)));
  RETURN_IF_ERROR(sink->OpenFile());
  return sink;
}

absl::Status FileSink::OpenFile() {
  fd_ = open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kFileMode);
  if (fd_ < 0) return SystemError(errno, "cannot open", options_.path);
  struct stat info {};
  if (fstat(fd_, &info) != 0) {
    const absl::Status error = SystemError(errno, "cannot examine", options_.path);
    CloseFile();
    return error;
  }
  size_ = static_cast<uint64_t>(info.st_size);
  needs_cut_ = false;
  return absl::OkStatus();
}

void FileSink::CloseFile() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

absl::Status FileSink::ReopenIfAsked() {
  if (reopen_asked_.exchange(false) && fd_ >= 0) {
    const absl::Status synced = Sync();
    CloseFile();
    RETURN_IF_ERROR(OpenFile());
    return synced;
  }
  return fd_ >= 0 ? absl::OkStatus() : OpenFile();
}

absl::Status FileSink::Rotate() {
  RETURN_IF_ERROR(Sync());
  for (int number = options_.rotated_files_max - 1; number >= 0; --number) {
    const std::string from = number == 0 ? options_.path : RotatedPath(options_.path, number);
    if (std::rename(from.c_str(), RotatedPath(options_.path, number + 1).c_str()) != 0 &&
        errno != ENOENT) {
      return SystemError(errno, "cannot rotate", from);
    }
  }
  CloseFile();
  return OpenFile();
}

absl::Status FileSink::Sync() {
  if (!dirty_ || options_.sync == SyncPolicy::kNever) return absl::OkStatus();
  if (fdatasync(fd_) != 0 && errno != EINVAL && errno != EROFS) {  // Pipes cannot be synced.
    return SystemError(errno, "cannot sync", options_.path);
  }
  dirty_ = false;
  return absl::OkStatus();
}

void FileSink::CutBack() {
  needs_cut_ = ftruncate(fd_, static_cast<off_t>(size_)) != 0;
}

absl::Status FileSink::Write(std::string_view lines) {
  RETURN_IF_ERROR(ReopenIfAsked());
  if (needs_cut_) {
    CutBack();
    if (needs_cut_) return SystemError(EIO, "cannot mend", options_.path);
  }
  const bool full =
      options_.file_bytes_max > 0 && size_ > 0 && size_ + lines.size() > options_.file_bytes_max;
  if (full) RETURN_IF_ERROR(Rotate());
  size_t written = 0;
  absl::Status result = WriteAll(fd_, lines, &written);
  if (result.ok()) {
    dirty_ = true;
    if (options_.sync == SyncPolicy::kEveryWrite) result = Sync();
  }
  if (!result.ok()) {
    if (written > 0) CutBack();
    return result;
  }
  size_ += lines.size();
  return absl::OkStatus();
}

absl::Status FileSink::Flush() {
  RETURN_IF_ERROR(ReopenIfAsked());
  return Sync();
}

}  // namespace portcullis::audit
