#include "server/source/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"

#include "server/base/str_cat.h"

namespace portcullis::source {
namespace {

absl::Status Failed(const char* what, const std::string& path) {
  return absl::ErrnoToStatus(errno, base::StrCat(what, " ", path));
}

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  if (S_ISLNK(mode)) return FileKind::kSymbolicLink;
  return FileKind::kOther;
}

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class SystemFileSystem : public FileSystem {
 public:
  absl::StatusOr<FileInfo> Stat(const std::string& path, Links links) override {
    struct stat result {};
    const int flags = links == Links::kFollow ? 0 : AT_SYMLINK_NOFOLLOW;
    if (fstatat(AT_FDCWD, path.c_str(), &result, flags) != 0) return Failed("cannot stat", path);
    FileInfo info;
    info.kind = KindOf(result.st_mode);
    info.device = result.st_dev;
    info.inode = result.st_ino;
    info.size_bytes = static_cast<uint64_t>(result.st_size);
    info.modified_nanoseconds = Nanoseconds(result.st_mtim);
    info.changed_nanoseconds = Nanoseconds(result.st_ctim);
    return info;
  }

  absl::StatusOr<std::string> ReadLink(const std::string& path) override {
    std::string target(PATH_MAX, '\0');
    const ssize_t size = readlink(path.c_str(), target.data(), target.size());
    if (size < 0) return Failed("cannot read link", path);
    target.resize(static_cast<size_t>(size));
    return target;
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override {
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) return Failed("cannot open directory", path);
    const absl::Cleanup close = [directory] { closedir(directory); };
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(directory);
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) return Failed("cannot read directory", path);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) override {
    // Not blocking, in case the name became a pipe since it was looked at.
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return Failed("cannot open", path);
    const absl::Cleanup close_file = [file] { close(file); };
    struct stat info {};
    if (fstat(file, &info) != 0) return Failed("cannot stat", path);
    if (!S_ISREG(info.st_mode)) {
      return absl::InvalidArgumentError(base::StrCat(path, " is not a regular file"));
    }
    std::string content;
    const auto size = static_cast<size_t>(info.st_size);
    if (size <= bytes_max) content.resize(size + 1);  // One more, to meet the end at once.
    size_t used = 0;
    while (used <= bytes_max) {
      if (used == content.size()) content.resize(std::min(bytes_max, used * 2 + 4096) + 1);
      const ssize_t count = read(file, content.data() + used, content.size() - used);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Failed("cannot read", path);
      if (count == 0) break;
      used += static_cast<size_t>(count);
    }
    if (used > bytes_max || size > bytes_max) {
      return absl::ResourceExhaustedError(base::StrCat(
          path, " has ", std::max(used, size), " bytes, more than the limit of ", bytes_max));
    }
    content.resize(used);
    return content;
  }
};

}  // namespace

FileSystem& FileSystem::System() {
  static FileSystem& system = *new SystemFileSystem();
  return system;
}

}  // namespace portcullis::source
