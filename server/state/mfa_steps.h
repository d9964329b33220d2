// The last one-time code that each MFA device was let in with.
#ifndef PORTCULLIS_SERVER_STATE_MFA_STEPS_H_
#define PORTCULLIS_SERVER_STATE_MFA_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "server/state/database.h"

namespace portcullis::state {

// Makes codes single-use, across restarts too. Thread-safe. Memory and file grow with the
// number of devices that were ever used, which are declared ones: Accept() is for codes that have
// been verified.
class MfaSteps {
 public:
  static constexpr size_t kNameBytesMax = 512;

  // `database` outlives it.
  static absl::StatusOr<std::unique_ptr<MfaSteps>> Open(Database* database);
  MfaSteps(const MfaSteps&) = delete;
  MfaSteps& operator=(const MfaSteps&) = delete;

  // The last accepted time step of the device, or nullopt if it was never used.
  std::optional<uint64_t> LastStep(std::string_view name) const;

  // Accepts `step` for the device if it is later than the last accepted one, and hands that to the
  // operating system (if there is a file): it outlives the process; a loss of power may take
  // the last few. Of several callers with one step one succeeds. Anything but OK means that the
  // code must be refused:
  //   ALREADY_EXISTS     the step, or a later one, was used;
  //   INVALID_ARGUMENT   the name is empty or too long, or the step beyond any time;
  //   others             it could not be written; the step still counts as unused.
  absl::Status Accept(std::string_view name, uint64_t step);

 private:
  explicit MfaSteps(Database* database) : database_(database) {}
  absl::Status Load();

  Database* const database_;

  // Held while writing: codes are accepted one after another.
  absl::Mutex accept_mutex_;

  // Taken after accept_mutex_, never held while writing.
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, uint64_t> steps_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace portcullis::state

#endif  // PORTCULLIS_SERVER_STATE_MFA_STEPS_H_
