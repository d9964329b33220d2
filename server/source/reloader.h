// The thread that keeps the published snapshot equal to what is on disk.
#ifndef PORTCULLIS_SERVER_SOURCE_RELOADER_H_
#define PORTCULLIS_SERVER_SOURCE_RELOADER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/source/file_watcher.h"
#include "server/source/policy_source.h"
#include "server/source/snapshot_loader.h"
#include "server/store/policy_store.h"
#include "server/store/reload_status.h"

namespace portcullis::source {

enum class ReloadOutcome : uint8_t {
  kFailed,     // Nothing was published; what was served before still is.
  kUnchanged,  // The same contents as the reading before: its result stands, good or bad.
  kPublished,
};

// What one reading led to.
struct ReloadEvent {
  ReloadOutcome outcome = ReloadOutcome::kFailed;
  absl::Duration duration;     // Reading, parsing, building and publishing.
  store::ReloadStatus status;  // As it is after the reading.
  // kPublished: the snapshots before (nullptr: there was none) and now.
  std::shared_ptr<const store::Snapshot> previous;
  std::shared_ptr<const store::Snapshot> current;
};

// Told about every reading, on the reload thread (or that of LoadInitial()). It should be quick.
class ReloadObserver {
 public:
  virtual ~ReloadObserver() = default;
  virtual void OnReload(const ReloadEvent& event) = 0;
};

struct ReloaderOptions {
  SnapshotLoaderOptions loader;
  absl::Duration poll_interval = absl::Seconds(10);
  bool watch = true;  // Use inotify, if there is any, beside polling.
  // After a notification: wait until there was none for `debounce`, but no longer than
  // `debounce_max`.
  absl::Duration debounce = absl::Milliseconds(50);
  absl::Duration debounce_max = absl::Seconds(2);
};

// Reads the source whenever something may have changed, builds a snapshot and publishes it; or
// keeps the old one, if anything at all is wrong with the new contents, and says so in its status
// until they are mended. Contents equal to those read last keep their result. Snapshots that were
// replaced are destroyed here, when no request holds them any more, never on a request's thread.
//
// The thread, and those that parse for it, give way to threads that answer requests. LoadInitial()
// does not: nobody is answered yet.
//
// Thread-safe after Start().
class Reloader : public store::ReloadControl {
 public:
  // Everything given must outlive this; `observer` may be nullptr.
  Reloader(const ReloaderOptions& options, PolicySource* source, store::PolicyStore* store,
           ReloadObserver* observer);
  ~Reloader() override;
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // One reading on the calling thread, before Start(). The status says why nothing was published;
  // FormatSourceDiagnostic() of Status().diagnostics gives the details.
  absl::Status LoadInitial();

  void Start();
  // Returns when the thread has ended. Nothing is published afterwards.
  void Stop();

  // Asks for a reading, soon, and returns at once. Safe in a signal handler.
  void RequestReload();

  store::ReloadStatus Status() const override;
  // FAILED_PRECONDITION unless started.
  absl::StatusOr<store::ReloadStatus> ReloadNow(absl::Time deadline) override;

 private:
  void Run();
  // Waits until there is a reason to read; false: stop. Sets `notified` if a change was noticed.
  void WaitForReason();
  void WaitUntilQuiet();
  bool TakeWakeups();
  void ReadOnce();
  ReloadOutcome ReadAndPublish(ReloadEvent* event);
  // OK, with the outcome, or why the reading could not be understood: UNAVAILABLE if files changed
  // after they were read.
  absl::Status TryToPublish(ReloadEvent* event, ReloadOutcome* outcome);
  ReloadOutcome RecordFailure(const std::string& digest, absl::Status result,
                              const std::vector<store::SourceDiagnostic>& diagnostics);
  ReloadOutcome RecordSuccess(const std::string& digest,
                              const std::vector<store::SourceDiagnostic>& diagnostics);
  void DestroyRetired();
  bool stopping() const;

  const ReloaderOptions options_;
  PolicySource* const source_;
  store::PolicyStore* const store_;
  ReloadObserver* const observer_;
  const int wakeup_;  // An eventfd.

  // Used by the reload thread only, and before it by LoadInitial().
  SnapshotLoader loader_;
  std::unique_ptr<FileWatcher> watcher_;
  std::vector<std::shared_ptr<const store::Snapshot>> retired_;
  std::vector<store::SourceDiagnostic> serving_diagnostics_;  // Warnings of what is served.

  std::thread thread_;

  mutable absl::Mutex mutex_;
  store::ReloadStatus status_ ABSL_GUARDED_BY(mutex_);
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  // Tickets of ReloadNow(): asked for, and answered by a reading that began after they were.
  uint64_t requested_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t answered_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace portcullis::source

#endif  // PORTCULLIS_SERVER_SOURCE_RELOADER_H_
