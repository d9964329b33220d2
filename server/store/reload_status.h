// What is served, what was read last, since when they differ; and how to ask for a reload.
#ifndef PORTCULLIS_SERVER_STORE_RELOAD_STATUS_H_
#define PORTCULLIS_SERVER_STORE_RELOAD_STATUS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/definitions.h"

namespace portcullis::store {

// `serving` and `latest` differ exactly while a bad change is on disk.
struct ReloadStatus {
  std::string serving_digest;  // Of the published snapshot; empty: nothing yet.
  absl::Time serving_since = absl::InfinitePast();
  std::string latest_digest;   // Of the newest contents read, good or bad.
  absl::Status latest_result;  // OK iff latest_digest is what is being served.
  // All diagnostics of the latest reading, warnings included; at most kDiagnosticsMax.
  std::vector<SourceDiagnostic> diagnostics;
  size_t diagnostics_total = 0;
  absl::Time failing_since = absl::InfiniteFuture();  // Infinite while latest_result is OK.
  absl::Time last_reading = absl::InfinitePast();
  uint64_t readings = 0;  // How often the source was read since start.
};
inline constexpr size_t kDiagnosticsMax = 1000;

// Implemented by source::Reloader, so that nobody else needs that module. Thread-safe.
class ReloadControl {
 public:
  virtual ~ReloadControl() = default;

  virtual ReloadStatus Status() const = 0;

  // Reads now, waits for the outcome at most until `deadline`, and returns the status after it.
  // DEADLINE_EXCEEDED if it takes longer; the reload goes on.
  virtual absl::StatusOr<ReloadStatus> ReloadNow(absl::Time deadline) = 0;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_RELOAD_STATUS_H_
