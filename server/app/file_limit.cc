#include "server/app/file_limit.h"

#include <sys/resource.h>

#include <cerrno>

namespace portcullis::app {

absl::StatusOr<uint64_t> RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "getrlimit");
  if (limit.rlim_cur == limit.rlim_max) return limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::ErrnoToStatus(errno, "setrlimit");
  return limit.rlim_cur;
}

}  // namespace portcullis::app
