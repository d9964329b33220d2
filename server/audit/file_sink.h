// Audit records in a file that grows, is rotated and survives.
#ifndef PORTCULLIS_SERVER_AUDIT_FILE_SINK_H_
#define PORTCULLIS_SERVER_AUDIT_FILE_SINK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "server/audit/sink.h"

namespace portcullis::audit {

// When written records are forced to disk.
enum class SyncPolicy : uint8_t {
  kEveryWrite,  // Nothing counts as written before it is on disk.
  kOnFlush,     // At the queue's flush interval.
  kNever,       // When the system sees fit.
};

struct FileSinkOptions {
  std::string path;
  SyncPolicy sync = SyncPolicy::kOnFlush;
  // A file that would grow beyond this is renamed to `path.1`, that one's predecessor to `path.2`,
  // and so on; 0: rotation is left to others, who call Reopen().
  uint64_t file_bytes_max = 0;
  int rotated_files_max = 10;  // The oldest beyond these is deleted. At least 1.
};

// Appends to `path`, made with mode 0640 if it does not exist. A write that stops half-way is cut
// off again, so the file holds whole lines only and the same lines can be offered again.
class FileSink : public Sink {
 public:
  // The error of the system, with the path, if the file cannot be opened.
  static absl::StatusOr<std::unique_ptr<FileSink>> Open(FileSinkOptions options);
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  absl::Status Write(std::string_view lines) override;
  absl::Status Flush() override;
  // After a rename by somebody else: the next write goes to a new file at `path`. Thread-safe.
  void Reopen() override { reopen_asked_.store(true); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kFile; }

 private:
  explicit FileSink(FileSinkOptions options);

  absl::Status OpenFile();
  void CloseFile();
  absl::Status ReopenIfAsked();
  absl::Status Rotate();
  absl::Status Sync();
  void CutBack();

  const FileSinkOptions options_;
  std::atomic<bool> reopen_asked_{false};
  int fd_ = -1;             // -1: could not be opened; tried again at the next write.
  uint64_t size_ = 0;       // Up to the end of the last whole batch.
  bool dirty_ = false;      // Something is not synced.
  bool needs_cut_ = false;  // Bytes beyond size_ could not be cut off yet.
};

}  // namespace portcullis::audit

#endif  // PORTCULLIS_SERVER_AUDIT_FILE_SINK_H_
