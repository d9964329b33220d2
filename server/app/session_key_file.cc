#include "server/app/session_key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/session/key_ring.h"

namespace portcullis::app {
namespace {

constexpr char kFirstKeyName[] = "key-1.key";

absl::StatusOr<bool> HoldsKey(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  while (!error && files != std::filesystem::directory_iterator()) {
    if (files->path().extension() == ".key") return true;
    files.increment(error);
  }
  if (error) return absl::FailedPreconditionError(absl::StrCat(directory, ": ", error.message()));
  return false;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int problem = written && fsync(file) == 0 ? 0 : errno;
  close(file);
  return problem == 0 ? absl::OkStatus() : absl::ErrnoToStatus(problem, path);
}

}  // namespace

absl::StatusOr<std::string> CreateSessionKeyIfNone(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, directory);
  }
  ASSIGN_OR_RETURN(const bool holds_key, HoldsKey(directory));
  if (holds_key) return std::string();

  const std::string path = absl::StrCat(directory, "/", kFirstKeyName);
  const std::string unfinished = absl::StrCat(directory, "/.", kFirstKeyName, ".", getpid());
  const auto remove = absl::MakeCleanup([&unfinished] { unlink(unfinished.c_str()); });
  RETURN_IF_ERROR(WriteFile(unfinished, session::KeyRing::GenerateKeyFile()));
  // A link, unlike a rename, does not replace the key of another process that was quicker.
  if (link(unfinished.c_str(), path.c_str()) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, path);
  }
  return path;
}

}  // namespace portcullis::app
