// Notices changes below directories as soon as the kernel tells.
#ifndef PORTCULLIS_SERVER_SOURCE_FILE_WATCHER_H_
#define PORTCULLIS_SERVER_SOURCE_FILE_WATCHER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace portcullis::source {

// Watches directories by inotify, never files: a file that is replaced takes its watch with it. The
// kernel tells nothing on network and some overlay file systems, so a watcher makes reloads fast
// and polling makes them certain; whoever uses one does both.
//
// Used by one thread.
class FileWatcher {
 public:
  // An error if the system gives no inotify instance; then polling must do.
  static absl::StatusOr<std::unique_ptr<FileWatcher>> Create();
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Watches exactly these directories from now on. Directories that cannot be watched are left to
  // polling; returns how many there are.
  int Watch(const std::vector<std::string>& directories);

  // For poll(2): readable when there is something for Drain().
  int file_descriptor() const { return inotify_; }

  // Takes everything the kernel has told, without waiting; whether any of it is a change.
  bool Drain();

 private:
  explicit FileWatcher(int inotify) : inotify_(inotify) {}

  const int inotify_;
  absl::flat_hash_map<std::string, int> watches_;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_FILE_WATCHER_H_
