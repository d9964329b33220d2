#include "client/line_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr size_t kOneLineBytesMax = 4096;
constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kBatchesPerThreadMax = 8;

// Appends what is there to `text`. False at the end of the input.
absl::StatusOr<bool> ReadMore(int fd, std::string* text) {
  const size_t before = text->size();
  text->resize(before + kReadBytes);
  ssize_t count = 0;
  do {
    count = read(fd, text->data() + before, kReadBytes);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  text->resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0) return absl::ErrnoToStatus(error, "cannot read the input");
  return count > 0;
}

// Whole lines, and their answers once `done`.
struct Batch {
  std::string lines;
  std::string answers;
  bool done = false;
};

void AnswerBatch(const LineHandler& handler, Batch* batch) {
  std::string_view rest = batch->lines;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    handler(rest.substr(0, end), &batch->answers);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

// Batches on their way from the reader through the workers to the output. Thread-safe.
class BatchQueue {
 public:
  BatchQueue(size_t batches_max, const std::function<bool(std::string_view)>& write)
      : batches_max_(batches_max), write_(write) {}

  // Waits for room. False if the output failed: then there is no use in going on.
  bool Put(std::string lines) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &BatchQueue::HasRoom));
    if (write_failed_) return false;
    in_order_.push_back(std::make_unique<Batch>());
    in_order_.back()->lines = std::move(lines);
    waiting_.push_back(in_order_.back().get());
    return true;
  }

  // No more Put().
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  // Works until the end of the input.
  void Work(const LineHandler& handler) {
    absl::MutexLock lock(&mutex_);
    while (true) {
      mutex_.Await(absl::Condition(this, &BatchQueue::HasWorkOrEnded));
      if (waiting_.empty()) return;
      Batch* const batch = waiting_.front();
      waiting_.pop_front();
      mutex_.Unlock();
      AnswerBatch(handler, batch);
      mutex_.Lock();
      batch->done = true;
      WriteFinished();
    }
  }

  bool write_failed() const {
    absl::MutexLock lock(&mutex_);
    return write_failed_;
  }

 private:
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_order_.size() < batches_max_ || write_failed_;
  }
  bool HasWorkOrEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || ended_;
  }

  // Writes what is finished at the front. While one thread writes, it writes for the others too.
  void WriteFinished() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_) return;
    writing_ = true;
    while (!in_order_.empty() && in_order_.front()->done) {
      const std::unique_ptr<Batch> batch = std::move(in_order_.front());
      in_order_.pop_front();
      if (write_failed_) continue;
      mutex_.Unlock();
      const bool written = write_(batch->answers);
      mutex_.Lock();
      write_failed_ = !written;
    }
    writing_ = false;
  }

  // Constant after construction.
  const size_t batches_max_;
  const std::function<bool(std::string_view)>& write_;

  // Guarded by mutex_, which is held neither while answering nor while writing.
  mutable absl::Mutex mutex_;
  std::deque<std::unique_ptr<Batch>> in_order_ ABSL_GUARDED_BY(mutex_);  // Not yet written.
  std::deque<Batch*> waiting_ ABSL_GUARDED_BY(mutex_);                   // Not yet begun.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool write_failed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Cuts the input into batches of whole lines.
absl::Status ReadBatches(const LinePipelineOptions& options, BatchQueue* queue) {
  uint64_t line_count = 0;
  std::string text;  // The beginning of a line; no line ends in it.
  while (true) {
    const size_t begin = text.size();
    ASSIGN_OR_RETURN(const bool more, ReadMore(options.input_fd, &text));
    if (!more) break;
    const size_t last_end = text.rfind('\n');
    std::string rest;
    if (last_end != std::string::npos && last_end >= begin) {
      rest = text.substr(last_end + 1);
      text.resize(last_end + 1);
      line_count += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
      if (!queue->Put(std::move(text))) return absl::OkStatus();
      text = std::move(rest);
    }
    if (text.size() > options.line_bytes_max) {
      return absl::ResourceExhaustedError(absl::StrCat("line ", line_count + 1, " has more than ",
                                                       options.line_bytes_max, " bytes"));
    }
  }
  if (!text.empty()) queue->Put(std::move(text));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadOneLine(int fd) {
  std::string line;
  while (line.size() < kOneLineBytesMax) {
    char byte = 0;
    const ssize_t count = read(fd, &byte, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "cannot read the input");
    if (count == 0 && line.empty()) return absl::InvalidArgumentError("the input has ended");
    if (count == 0 || byte == '\n') return line;
    line.push_back(byte);
  }
  return absl::InvalidArgumentError("the line is too long");
}

absl::Status AnswerLines(const LinePipelineOptions& options,
                         const std::function<LineHandler()>& make_handler,
                         const std::function<bool(std::string_view answers)>& write) {
  const size_t thread_count = std::max<size_t>(options.thread_count, 1);
  BatchQueue queue(thread_count * kBatchesPerThreadMax, write);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < thread_count; ++i) {
    workers.emplace_back([&queue, handler = make_handler()] { queue.Work(handler); });
  }
  const absl::Status status = ReadBatches(options, &queue);
  queue.End();
  for (std::thread& worker : workers) worker.join();
  if (queue.write_failed()) return absl::DataLossError("cannot write the answers");
  return status;
}

}  // namespace portcullis::client
