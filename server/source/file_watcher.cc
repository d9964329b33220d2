#include "server/source/file_watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"

namespace portcullis::source {
namespace {

// Everything that changes what a directory holds; not one kind only, because the swap of a
// ConfigMap is told differently by different systems.
constexpr uint32_t kChanges = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;
// Sent without being asked for.
constexpr uint32_t kLost = IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT;

}  // namespace

absl::StatusOr<std::unique_ptr<FileWatcher>> FileWatcher::Create() {
  const int inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (inotify < 0) return absl::ErrnoToStatus(errno, "cannot create an inotify instance");
  return std::unique_ptr<FileWatcher>(new FileWatcher(inotify));
}

FileWatcher::~FileWatcher() {
  close(inotify_);
}

int FileWatcher::Watch(const std::vector<std::string>& directories) {
  absl::flat_hash_map<std::string, int> watches;
  absl::flat_hash_set<int> kept;
  int failed = 0;
  for (const std::string& directory : directories) {
    // Adding again what is watched gives the same number, or a new one if the directory is another.
    const int watch = inotify_add_watch(inotify_, directory.c_str(), kChanges | IN_ONLYDIR);
    if (watch < 0) {
      ++failed;
      continue;
    }
    watches.emplace(directory, watch);
    kept.insert(watch);
  }
  for (const auto& [directory, watch] : watches_) {
    if (!kept.contains(watch)) inotify_rm_watch(inotify_, watch);
  }
  watches_ = std::move(watches);
  return failed;
}

bool FileWatcher::Drain() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t size = read(inotify_, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return changed;
    for (size_t offset = 0; offset < static_cast<size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + offset, sizeof event);
      changed |= (event.mask & (kChanges | kLost)) != 0;
      offset += sizeof event + event.len;
    }
  }
}

}  // namespace portcullis::source
