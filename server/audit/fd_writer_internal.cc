#include "server/audit/fd_writer_internal.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace portcullis::audit {
namespace {

constexpr int kWaitMillisecondsMax = 1000;

// Whether the descriptor takes bytes again before the wait is over.
bool WaitUntilWritable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  return poll(&waiting, 1, kWaitMillisecondsMax) == 1;
}

}  // namespace

absl::Status WriteAll(int fd, std::string_view bytes, size_t* written) {
  *written = 0;
  while (*written < bytes.size()) {
    const ssize_t count = write(fd, bytes.data() + *written, bytes.size() - *written);
    if (count > 0) {
      *written += static_cast<size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    const bool would_block = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (would_block && WaitUntilWritable(fd)) continue;
    return absl::ErrnoToStatus(count < 0 ? errno : EIO, "cannot write audit records");
  }
  return absl::OkStatus();
}

}  // namespace portcullis::audit
