#include "server/engine/call_internal.h"

#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace portcullis::engine {

Call::Call(const CallParts& parts, Operation::Kind kind, const Peer& peer)
    : parts_(parts), peer_(peer), now_(parts.clock.Now()), snapshot_(parts.store.Current()) {
  operation_.kind = kind;
  operation_.peer = &peer;
  if (snapshot_ != nullptr) operation_.policy_revision = snapshot_->digest();
}

absl::Status Call::CheckLoaded() const {
  return snapshot_ != nullptr ? absl::OkStatus() : NotLoaded();
}

absl::Status Call::Identify(const CallerProof& proof) {
  ASSIGN_OR_RETURN(Caller caller,
                   IdentifyCaller(proof, peer_, *snapshot_, parts_.revocations, now_));
  caller_ = std::move(caller);
  operation_.caller = &*caller_;
  return absl::OkStatus();
}

absl::Status Call::IdentifyWithAccount(const CallerProof& proof) {
  RETURN_IF_ERROR(Identify(proof));
  if (caller_->account != nullptr) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied",
                               "This is about the caller's account, and the caller has none.");
}

absl::Status Call::Require(const CallerProof& proof, std::string_view action,
                           std::string_view resource) {
  resource_ = std::string(resource);
  if (resource != "*") operation_.resource = resource_;
  return parts_.authorizer.RequirePermission(proof, peer_, action, resource_);
}

absl::Status Call::Record(const absl::Status& outcome) {
  return parts_.recorder.RecordOperation(operation_, outcome, now_, timer_);
}

absl::Status WithoutState(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDataLoss:
      if (base::ReasonOf(status).empty()) return absl::InternalError(status.message());
      return status;
    default:
      return status;
  }
}

}  // namespace portcullis::engine
