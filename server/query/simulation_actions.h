// The actions of IAM that try policies out.
#ifndef PORTCULLIS_SERVER_QUERY_SIMULATION_ACTIONS_H_
#define PORTCULLIS_SERVER_QUERY_SIMULATION_ACTIONS_H_

#include "absl/types/span.h"

#include "server/query/actions.h"

namespace portcullis::query {

// SimulateCustomPolicy and SimulatePrincipalPolicy (section 9).
absl::Span<const Action> SimulationActions();

}  // namespace portcullis::query

#endif  // PORTCULLIS_SERVER_QUERY_SIMULATION_ACTIONS_H_
