// When a call that failed is made again.
#ifndef PORTCULLIS_CLIENT_RETRY_H_
#define PORTCULLIS_CLIENT_RETRY_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace portcullis::client {

// How often, and how far apart. The pauses double from `first_pause` to `pause_max`; of each one a
// random part of up to a half is left out, so that clients that failed together do not come back
// together.
struct RetryPolicy {
  int attempts_max = 3;  // The first one included; 1: nothing is repeated.
  // At its shortest it is as long as gRPC waits before it connects anew.
  absl::Duration first_pause = absl::Milliseconds(200);
  absl::Duration pause_max = absl::Seconds(2);
};

// Whether a call that ended like this may be made again: UNAVAILABLE only. Everything else is an
// answer, or may have had an effect that a repetition would have twice.
inline bool IsRetried(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable;
}

// How long to wait after `failures` failures in a row, 1 or more. `random` is in [0, 1) and decides
// how much of the pause is left out. Pure.
absl::Duration PauseAfter(int failures, const RetryPolicy& policy, double random);

// A random number in [0, 1): spreads clients, and is no secret. Thread-safe.
double RandomFraction();

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_RETRY_H_
