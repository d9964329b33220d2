// Explains what is served, simulates, reloads. Every call is authorized by policy.
#ifndef PORTCULLIS_SERVER_ENGINE_ADMINISTRATION_H_
#define PORTCULLIS_SERVER_ENGINE_ADMINISTRATION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/policy/simulation.h"
#include "server/store/policy_store.h"
#include "server/store/reload_status.h"

namespace portcullis::engine {

struct AdministrationStatus {
  store::ReloadStatus reload;
  std::vector<std::pair<std::string, uint64_t>> object_counts;  // "users", "roles", ...
};

// Thread-safe. Calls may take long (a simulation, a reload): not for a completion queue's thread.
class Administration {
 public:
  // All outlive the object. Not owned.
  Administration(const store::PolicyStore& store, const base::Clock& clock, Authorizer& authorizer,
                 store::ReloadControl& reload, Recorder& recorder);

  // Each returns PERMISSION_DENIED "AccessDenied" with the denial's text unless the caller's
  // policies allow the action, and UNAUTHENTICATED for a bad proof. portcullis:GetStatus. While
  // nothing is loaded a peer that may assert principals may ask too, so that a server that cannot
  // load can be asked why.
  absl::StatusOr<AdministrationStatus> GetStatus(const CallerProof& caller, const Peer& peer);
  // portcullis:ReloadPolicies.
  absl::StatusOr<AdministrationStatus> Reload(const CallerProof& caller, const Peer& peer,
                                              absl::Time deadline);
  // iam:SimulateCustomPolicy. Statuses carry the codes of.
  absl::StatusOr<std::vector<policy::SimulationResult>> SimulateCustomPolicy(
      const CallerProof& caller, const Peer& peer, const policy::SimulationRequest& request);
  // iam:SimulatePrincipalPolicy on `policy_source_arn`.
  absl::StatusOr<std::vector<policy::SimulationResult>> SimulatePrincipalPolicy(
      const CallerProof& caller, const Peer& peer, std::string_view policy_source_arn,
      const policy::SimulationRequest& request);

 private:
  AdministrationStatus DescribeStatus(store::ReloadStatus reload) const;

  const store::PolicyStore& store_;
  const base::Clock& clock_;
  Authorizer& authorizer_;
  store::ReloadControl& reload_;
  Recorder& recorder_;
};

}  // namespace portcullis::engine

#endif  // PORTCULLIS_SERVER_ENGINE_ADMINISTRATION_H_
