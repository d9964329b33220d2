// MFA codes and what is remembered about them.
#ifndef PORTCULLIS_SERVER_ENGINE_MFA_H_
#define PORTCULLIS_SERVER_ENGINE_MFA_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "server/state/mfa_steps.h"
#include "server/store/entities.h"

namespace portcullis::engine {

// Verifies TOTP codes, each time step once, with a lock-out after
// kFailuresMax failures within kFailureWindow. Thread-safe.
//
// Used steps are remembered by this process and, if it has a state file, across its restarts.
// Replicas do not tell each other, so a code can be used once per replica within its window of 90
// seconds. Memory is bounded by the number of devices.
class Mfa {
 public:
  // `steps` outlives the object; nullptr: what was used is forgotten at the end of the process.
  explicit Mfa(state::MfaSteps* steps = nullptr) : steps_(steps) {}

  static constexpr int kFailuresMax = 9;
  static constexpr absl::Duration kFailureWindow = absl::Minutes(3);

  // OK if `code` is good for `device` now. PERMISSION_DENIED "AccessDenied" with the texts of
  // otherwise; UNAVAILABLE "STATE_UNAVAILABLE" if it cannot be written down that the code
  // was used. `device` may be nullptr: not the caller's, or unknown.
  absl::Status Verify(const store::MfaDevice* device, std::string_view code, absl::Time now);

 private:
  struct State {
    std::optional<uint64_t> last_accepted_step;
    std::deque<absl::Time> failures;
  };
  // The last accepted step, here or in the state file.
  std::optional<uint64_t> LastStep(const std::string& name, const State& state) const;
  // Writes down that the step was used.
  absl::Status Keep(const std::string& name, uint64_t step);

  state::MfaSteps* const steps_;
  absl::Mutex mutex_;
  // By account and serial number, so that memory outlives a reload.
  absl::flat_hash_map<std::string, State> devices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_MFA_H_
