#include "server/state/mfa_steps.h"

#include <limits>

#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::state {
namespace {

// What the file can hold; as a time it is hundreds of millions of years away.
constexpr auto kStepMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

constexpr std::string_view kUpsert =
    "INSERT INTO mfa_step (device, step) VALUES (?, ?)"
    " ON CONFLICT (device) DO UPDATE SET step = excluded.step WHERE step < excluded.step";

}  // namespace

absl::StatusOr<std::unique_ptr<MfaSteps>> MfaSteps::Open(Database* database) {
  std::unique_ptr<MfaSteps> steps(new MfaSteps(database));
  RETURN_IF_ERROR(steps->Load());
  return steps;
}

absl::Status MfaSteps::Load() {
  const absl::MutexLock lock(&mutex_);
  return database_->Read([this](Connection& connection) -> absl::Status {
    mutex_.AssertHeld();
    ASSIGN_OR_RETURN(Statement select, connection.Prepare("SELECT device, step FROM mfa_step"));
    while (true) {
      ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) return absl::OkStatus();
      steps_[select.Text(0)] = static_cast<uint64_t>(select.Integer(1));
    }
  });
}

std::optional<uint64_t> MfaSteps::LastStep(std::string_view name) const {
  const absl::MutexLock lock(&mutex_);
  const auto found = steps_.find(base::AbslView(name));
  if (found == steps_.end()) return std::nullopt;
  return found->second;
}

absl::Status MfaSteps::Accept(std::string_view name, uint64_t step) {
  if (name.empty() || name.size() > kNameBytesMax) {
    return absl::InvalidArgumentError(base::StrCat("name of an MFA device has ", name.size(),
                                                   " bytes, 1 to ", uint64_t{kNameBytesMax},
                                                   " are allowed"));
  }
  if (step > kStepMax) return absl::InvalidArgumentError("time step is beyond any time");

  const absl::MutexLock accepting(&accept_mutex_);
  const std::optional<uint64_t> last = LastStep(name);
  if (last.has_value() && step <= *last) {
    return absl::AlreadyExistsError("the code of this time step, or a later one, was used");
  }
  RETURN_IF_ERROR(
      database_->Write(Durability::kProcessCrash, [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(Statement upsert, connection.Prepare(kUpsert));
        return upsert.Bind(name).Bind(static_cast<int64_t>(step)).Run();
      }));
  const absl::MutexLock lock(&mutex_);
  steps_[std::string(name)] = step;
  return absl::OkStatus();
}

}  // namespace portcullis::state
