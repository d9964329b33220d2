// Reads of what an account holds, each authorized by policy like any other action.
#ifndef PORTCULLIS_SERVER_ENGINE_DIRECTORY_H_
#define PORTCULLIS_SERVER_ENGINE_DIRECTORY_H_

#include "absl/status/statusor.h"

#include "server/base/clock.h"
#include "server/base/shape.h"
#include "server/engine/authorizer.h"
#include "server/engine/identity_providers.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/inventory/operation.h"
#include "server/inventory/write_operations.h"
#include "server/state/activity.h"
#include "server/state/revocation_log.h"
#include "server/store/policy_store.h"

namespace portcullis::engine {

// Not owned; outlive the Directory.
struct DirectoryParts {
  Authorizer& authorizer;
  Recorder& recorder;
  state::ActivityTracker& activity;
  const state::RevocationLog* revocations = nullptr;
  IdentityProviders* providers = nullptr;  // nullptr: metadata is shown without its end.
};

// Thread-safe. Looks at whole accounts: not for a completion queue's thread. Every operation is
// recorded, refused ones too.
//
// Only the caller's own account is visible. Callers that may not call IAM at all, and those
// whose proof is bad, hear of that before anything else; then whoever sent bad parameters; then
// whoever may not. Statuses carry AWS's codes as those of Accounts do.
class Directory {
 public:
  Directory(const store::PolicyStore& store, const base::Clock& clock, const DirectoryParts& parts);

  // Pins a snapshot, identifies the caller, validates `parameters`, authorizes `iam:<operation>` on
  // the operation's resource, reads, records.
  absl::StatusOr<base::Shape> Read(const CallerProof& caller, const Peer& peer,
                                   const inventory::Operation& operation,
                                   const inventory::Parameters& parameters);

  // The same for an operation that would change the account. Never OK: whoever may do it gets
  // PERMISSION_DENIED "AccessDenied" too, with the file to edit instead.
  absl::Status RefuseWrite(const CallerProof& caller, const Peer& peer,
                           const inventory::WriteOperation& operation,
                           const inventory::Parameters& parameters);

 private:
  const store::PolicyStore& store_;
  const base::Clock& clock_;
  const DirectoryParts parts_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_DIRECTORY_H_
