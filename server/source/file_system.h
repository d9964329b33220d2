// The file operations that sources use, as an interface, so that tests can make any of them fail.
#ifndef PORTCULLIS_SERVER_SOURCE_FILE_SYSTEM_H_
#define PORTCULLIS_SERVER_SOURCE_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::source {

enum class FileKind : uint8_t { kOther, kRegular, kDirectory, kSymbolicLink };

// What tells one state of a file from another without reading it.
struct FileInfo {
  FileKind kind = FileKind::kOther;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size_bytes = 0;
  int64_t modified_nanoseconds = 0;
  int64_t changed_nanoseconds = 0;

  friend bool operator==(const FileInfo&, const FileInfo&) = default;
};

// Errors: NOT_FOUND if the name does not exist, otherwise as absl::ErrnoToStatus says. Messages
// name the path. Implementations are thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  enum class Links : uint8_t { kFollow, kReport };
  virtual absl::StatusOr<FileInfo> Stat(const std::string& path, Links links) = 0;

  // The target of a symbolic link, as written in it. INVALID_ARGUMENT if `path` is none.
  virtual absl::StatusOr<std::string> ReadLink(const std::string& path) = 0;

  // The names in a directory, sorted, without `.` and `..`.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& path) = 0;

  // The contents of a regular file. RESOURCE_EXHAUSTED if it has more than `bytes_max`.
  virtual absl::StatusOr<std::string> Read(const std::string& path, size_t bytes_max) = 0;

  // The real one; lives for the whole process.
  static FileSystem& System();
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_FILE_SYSTEM_H_
