// Reads lines from a file descriptor, and answers them on several threads.
#ifndef PORTCULLIS_CLIENT_LINE_INPUT_H_
#define PORTCULLIS_CLIENT_LINE_INPUT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::client {

// One line, without its end, read byte by byte so that nothing behind it is taken.
// INVALID_ARGUMENT if the input ends before anything was read, or after 4096 bytes without an end.
absl::StatusOr<std::string> ReadOneLine(int fd);

struct LinePipelineOptions {
  int input_fd = 0;
  size_t thread_count = 1;
  size_t line_bytes_max = 64 << 20;
};

// Appends the answer to one line, a line end included. Called by one thread at a time.
using LineHandler = std::function<void(std::string_view line, std::string* answer)>;

// Reads lines until the end of the input and writes their answers in the same order.
//
// What one read returns is one piece of work, so that a busy producer gets large pieces and one who
// waits for each answer gets it at once. `make_handler` is called once per thread. `write` gets
// whole answers, from one thread at a time, and returns false if they cannot be written any more.
// At most eight pieces per thread are held in memory. A last line without an end is answered too.
//
// RESOURCE_EXHAUSTED, naming the line, if a line is too long: the lines before it are answered.
// DATA_LOSS if `write` failed, other codes if reading did.
absl::Status AnswerLines(const LinePipelineOptions& options,
                         const std::function<LineHandler()>& make_handler,
                         const std::function<bool(std::string_view answers)>& write);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_LINE_INPUT_H_
