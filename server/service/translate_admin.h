// Between the messages of PolicyAdminService and the engine's administration.
#ifndef PORTCULLIS_SERVER_SERVICE_TRANSLATE_ADMIN_H_
#define PORTCULLIS_SERVER_SERVICE_TRANSLATE_ADMIN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "portcullis/v1/policy_admin_service.pb.h"
#include "server/engine/administration.h"
#include "server/policy/simulation.h"

namespace portcullis::service {

// At most this many diagnostics are sent; `diagnostics_total` tells how many there are.
inline constexpr size_t kDiagnosticsSentMax = 100;

void ToProto(const engine::AdministrationStatus& status, v1::PolicyStatus* message);

policy::SimulationRequest ToSimulation(const v1::SimulateCustomPolicyRequest& request);

// The part of the results that one answer shows.
struct SimulationPage {
  size_t begin = 0;
  size_t items_max = 100;
};

// The page that the request asks for. INVALID_ARGUMENT "InvalidInput" for a max_items outside 1 to
// 1,000 (0: 100), or a marker that no answer has carried.
absl::StatusOr<SimulationPage> ToPage(const v1::SimulateCustomPolicyRequest& request);

// Writes the page of `results`. INVALID_ARGUMENT "InvalidInput" if it begins past their end.
absl::Status ToProto(const std::vector<policy::SimulationResult>& results,
                     const SimulationPage& page, v1::SimulatePolicyResponse* response);

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_TRANSLATE_ADMIN_H_
