#include "server/audit/stdout_sink.h"

#include <cstddef>

#include "server/audit/fd_writer_internal.h"
#include "server/base/status_macros.h"

namespace portcullis::audit {

absl::Status StdoutSink::Write(std::string_view lines) {
  size_t written = 0;
  if (line_is_open_) {
    RETURN_IF_ERROR(WriteAll(fd_, "\n", &written));
    line_is_open_ = false;
  }
  absl::Status result = WriteAll(fd_, lines, &written);
  // What went out cannot be taken back; the next attempt starts on a line of its own.
  if (!result.ok()) line_is_open_ = written > 0 && lines[written - 1] != '\n';
  return result;
}

}  // namespace portcullis::audit
