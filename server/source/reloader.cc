#include "server/source/reloader.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"

#include "server/base/str_cat.h"
#include "server/base/thread_priority.h"

namespace portcullis::source {
namespace {

// How often it is looked whether a retired snapshot is free.
constexpr absl::Duration kRetiredInterval = absl::Seconds(1);

// How often a reading is begun anew because files changed while it was understood.
constexpr int kAttemptsMax = 8;

size_t CountErrors(const std::vector<store::SourceDiagnostic>& diagnostics) {
  return static_cast<size_t>(std::count_if(
      diagnostics.begin(), diagnostics.end(),
      [](const auto& item) { return item.diagnostic.severity == policy::Severity::kError; }));
}

void SetDiagnostics(const std::vector<store::SourceDiagnostic>& diagnostics,
                    store::ReloadStatus* status) {
  status->diagnostics_total = diagnostics.size();
  const size_t shown = std::min(diagnostics.size(), store::kDiagnosticsMax);
  status->diagnostics.assign(diagnostics.begin(),
                             diagnostics.begin() + static_cast<ptrdiff_t>(shown));
}

int ToMilliseconds(absl::Duration duration) {
  constexpr int64_t kMax = 3'600'000;
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1)));
  return static_cast<int>(std::clamp<int64_t>(milliseconds, 0, kMax));
}

}  // namespace

Reloader::Reloader(const ReloaderOptions& options, PolicySource* source, store::PolicyStore* store,
                   ReloadObserver* observer)
    : options_(options),
      source_(source),
      store_(store),
      observer_(observer),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      loader_(options.loader) {
  if (!options_.watch) return;
  auto watcher = FileWatcher::Create();
  if (watcher.ok()) watcher_ = *std::move(watcher);
}

Reloader::~Reloader() {
  Stop();
  close(wakeup_);
}

absl::Status Reloader::LoadInitial() {
  ReadOnce();
  // The texts that were read, a third of what the policies need, are free by now. The allocator
  // would keep them, because what was made of them lies behind. Reloads leave much less, and
  // the next one uses it again.
  malloc_trim(0);
  return Status().latest_result;
}

void Reloader::Start() {
  {
    absl::MutexLock lock(&mutex_);
    started_ = true;
  }
  thread_ = std::thread([this] { Run(); });
}

void Reloader::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
    started_ = false;
  }
  RequestReload();
  if (thread_.joinable()) thread_.join();
}

void Reloader::RequestReload() {
  const uint64_t one = 1;
  // Fails only if more requests are waiting than a counter can hold.
  [[maybe_unused]] const ssize_t written = write(wakeup_, &one, sizeof one);
}

store::ReloadStatus Reloader::Status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

absl::StatusOr<store::ReloadStatus> Reloader::ReloadNow(absl::Time deadline) {
  uint64_t ticket = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!started_) return absl::FailedPreconditionError("the reload thread is not running");
    ticket = ++requested_;
  }
  RequestReload();
  absl::MutexLock lock(&mutex_);
  const auto done = [this, ticket]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return answered_ >= ticket || stop_;
  };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&done), deadline)) {
    return absl::DeadlineExceededError("the reload takes longer; it goes on");
  }
  if (answered_ < ticket) return absl::CancelledError("the server is stopping");
  return status_;
}

bool Reloader::stopping() const {
  absl::MutexLock lock(&mutex_);
  return stop_;
}

void Reloader::Run() {
  base::GiveWayToOtherThreads();
  while (!stopping()) {
    WaitForReason();
    if (stopping()) return;
    ReadOnce();
  }
}

void Reloader::WaitForReason() {
  const absl::Time next_poll = absl::Now() + options_.poll_interval;
  for (;;) {
    DestroyRetired();
    absl::Duration wait = next_poll - absl::Now();
    if (wait <= absl::ZeroDuration()) return;
    if (!retired_.empty()) wait = std::min(wait, kRetiredInterval);
    std::array<pollfd, 2> waiting = {
        pollfd{wakeup_, POLLIN, 0}, pollfd{watcher_ ? watcher_->file_descriptor() : -1, POLLIN, 0}};
    poll(waiting.data(), waiting.size(), ToMilliseconds(wait));
    if (TakeWakeups()) return;
    if (watcher_ != nullptr && watcher_->Drain()) return WaitUntilQuiet();
  }
}

// Editors and copies change many files, one after another: that is one change.
void Reloader::WaitUntilQuiet() {
  const absl::Time latest = absl::Now() + options_.debounce_max;
  for (;;) {
    const absl::Duration wait = std::min(options_.debounce, latest - absl::Now());
    if (wait <= absl::ZeroDuration()) return;
    std::array<pollfd, 2> waiting = {pollfd{wakeup_, POLLIN, 0},
                                     pollfd{watcher_->file_descriptor(), POLLIN, 0}};
    const int ready = poll(waiting.data(), waiting.size(), ToMilliseconds(wait));
    if (ready == 0 || TakeWakeups()) return;
    watcher_->Drain();
  }
}

bool Reloader::TakeWakeups() {
  uint64_t count = 0;
  return read(wakeup_, &count, sizeof count) > 0;
}

void Reloader::ReadOnce() {
  uint64_t ticket = 0;
  {
    absl::MutexLock lock(&mutex_);
    ticket = requested_;
  }
  const absl::Time begin = absl::Now();
  ReloadEvent event;
  event.outcome = ReadAndPublish(&event);
  event.duration = absl::Now() - begin;
  {
    absl::MutexLock lock(&mutex_);
    status_.last_reading = begin;
    ++status_.readings;
    event.status = status_;
  }
  // Whoever waits for this reading finds it counted and logged when it gets its answer.
  if (observer_ != nullptr) observer_->OnReload(event);
  absl::MutexLock lock(&mutex_);
  answered_ = ticket;
}

ReloadOutcome Reloader::ReadAndPublish(ReloadEvent* event) {
  ReloadOutcome outcome = ReloadOutcome::kFailed;
  absl::Status result;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    result = TryToPublish(event, &outcome);
    if (result.ok()) return outcome;
    if (!absl::IsUnavailable(result)) break;
  }
  return RecordFailure("", result, {});
}

absl::Status Reloader::TryToPublish(ReloadEvent* event, ReloadOutcome* outcome) {
  auto reading = source_->Load();
  if (!reading.ok()) {
    *outcome = RecordFailure("", reading.status(), {});  // It has tried often enough.
    return absl::OkStatus();
  }
  if (watcher_ != nullptr) watcher_->Watch(reading->directories);
  *outcome = ReloadOutcome::kUnchanged;
  {
    absl::MutexLock lock(&mutex_);
    if (reading->digest == status_.latest_digest) return absl::OkStatus();
  }
  if (const auto serving = store_->Current();
      serving != nullptr && serving->digest() == reading->digest) {
    // A bad change was taken back.
    RecordSuccess(reading->digest, serving_diagnostics_);
    return absl::OkStatus();
  }
  SnapshotLoader::Result loaded = loader_.Load(*reading, source_);
  if (!loaded.readable.ok()) return loaded.readable;
  if (loaded.snapshot == nullptr) {
    const size_t errors = CountErrors(loaded.diagnostics);
    *outcome = RecordFailure(reading->digest,
                             absl::InvalidArgumentError(base::StrCat(
                                 errors, errors == 1 ? " error" : " errors", " in the policies")),
                             loaded.diagnostics);
    return absl::OkStatus();
  }
  event->current = loaded.snapshot;
  event->previous = store_->Publish(std::move(loaded.snapshot));
  if (event->previous != nullptr) retired_.push_back(event->previous);
  serving_diagnostics_ = loaded.diagnostics;
  *outcome = RecordSuccess(reading->digest, loaded.diagnostics);
  return absl::OkStatus();
}

ReloadOutcome Reloader::RecordFailure(const std::string& digest, absl::Status result,
                                      const std::vector<store::SourceDiagnostic>& diagnostics) {
  absl::MutexLock lock(&mutex_);
  if (status_.failing_since == absl::InfiniteFuture()) status_.failing_since = absl::Now();
  status_.latest_digest = digest;
  status_.latest_result = std::move(result);
  SetDiagnostics(diagnostics, &status_);
  return ReloadOutcome::kFailed;
}

ReloadOutcome Reloader::RecordSuccess(const std::string& digest,
                                      const std::vector<store::SourceDiagnostic>& diagnostics) {
  absl::MutexLock lock(&mutex_);
  if (status_.serving_digest != digest) status_.serving_since = absl::Now();
  status_.serving_digest = digest;
  status_.latest_digest = digest;
  status_.latest_result = absl::OkStatus();
  status_.failing_since = absl::InfiniteFuture();
  SetDiagnostics(diagnostics, &status_);
  return ReloadOutcome::kPublished;
}

void Reloader::DestroyRetired() {
  // The store has let go of them, so nobody can begin to hold one whose only owner is this list.
  std::erase_if(retired_, [](const auto& snapshot) { return snapshot.use_count() == 1; });
}

}  // namespace portcullis::source
