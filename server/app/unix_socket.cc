#include "server/app/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace portcullis::app {
namespace {

bool SomebodyListens(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return true;  // Not known: nothing must be removed.
  const int result = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int problem = errno;
  close(probe);
  return result == 0 || problem != ECONNREFUSED;
}

}  // namespace

absl::Status RemoveStaleSocket(const std::string& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : absl::ErrnoToStatus(errno, path);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": exists and is no socket"));
  }
  if (SomebodyListens(path)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": another process listens there"));
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

OwnerOnlyFiles::OwnerOnlyFiles() : earlier_(umask(0177)) {}

OwnerOnlyFiles::~OwnerOnlyFiles() {
  umask(earlier_);
}

absl::Status SetSocketMode(const std::string& path, uint32_t mode) {
  if (chmod(path.c_str(), mode) != 0) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace portcullis::app
