#include "server/engine/recorder.h"

namespace portcullis::engine {

Recorder::Recorder(audit::Queue* audit, metrics::Registry* metrics)
    : audit_(audit), metrics_(metrics) {}

absl::Status Recorder::RecordDecisions(const Query&, const Caller&, const Answer&, absl::Time,
                                       const RecorderTimer&) {
  return absl::OkStatus();
}

void Recorder::RecordRefusal(const Query&, const absl::Status&, absl::Time) {}

absl::Status Recorder::RecordOperation(const Operation&, const absl::Status& outcome, absl::Time,
                                       const RecorderTimer&) {
  return outcome;
}

}  // namespace portcullis::engine
