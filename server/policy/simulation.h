// The policy simulator on the one evaluator (section 9).
#ifndef PORTCULLIS_SERVER_POLICY_SIMULATION_H_
#define PORTCULLIS_SERVER_POLICY_SIMULATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/json_writer.h"
#include "server/base/position.h"
#include "server/policy/decision.h"
#include "server/policy/evaluate.h"

namespace portcullis::policy {

// One ContextEntries member.
struct SimulationContextEntry {
  std::string name;
  std::string type;  // string, stringList, numeric, ... as lists.
  std::vector<std::string> values;
};

// The parameters of SimulateCustomPolicy, and of SimulatePrincipalPolicy, where
// the engine adds the principal's own policies. MaxItems and Marker belong to the transport.
struct SimulationRequest {
  std::vector<std::string> policy_input_list;
  std::vector<std::string> permissions_boundary_policy_input_list;
  std::vector<std::string> action_names;
  std::vector<std::string> resource_arns;  // Empty: "*".
  std::string resource_policy;
  std::string resource_owner;
  std::string caller_arn;
  std::vector<SimulationContextEntry> context_entries;
  std::string resource_handling_option;
};

// What SimulatePrincipalPolicy knows beside the request. Not owned.
struct SimulatedEntity {
  const EffectivePolicies* policies = nullptr;  // Identity, boundary, organization.
  const Principal* principal = nullptr;         // nullptr: from caller_arn alone.
};

struct SimulatedStatement {
  std::string source_policy_id;
  std::string source_policy_type;
  base::Position start;
  base::Position end;
};

struct SimulationResult {
  std::string action_name;
  std::string resource_name;
  Effect effect = Effect::kImplicitDeny;
  std::vector<SimulatedStatement> matched_statements;
  std::vector<std::string> missing_context_values;      // spelled as first written.
  std::optional<bool> allowed_by_permissions_boundary;
  std::optional<bool> allowed_by_organizations;

  // Requests across accounts: what either side says by itself. Unset otherwise, and when
  // organization policies end the matter before.
  std::optional<Effect> identity_decision;
  std::optional<Effect> resource_decision;
};

struct SimulationError {
  std::string code;  // InvalidInput, NoSuchEntity, ...; empty: no error.
  std::string message;
};

// Runs the simulation: every action times every resource, in that order. On error `results` is
// empty.
SimulationError Simulate(const SimulationRequest& request, const SimulatedEntity& entity,
                         std::vector<SimulationResult>* results);

// One line of `portcullis simulate-custom-policy`: parses a SimulateCustomPolicy request in AWS's
// JSON shape with an optional Id, runs it, and writes one JSON object without a line end:
// {"Id":...,"EvaluationResults":[...]} or {"Id":...,"Error":{"Code":...,"Message":...}}. Unknown
// members are errors. Clears `writer` first. Never fails otherwise. Thread-safe for distinct
// writers.
void SimulateJsonLine(std::string_view line, base::JsonWriter* writer);

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_SIMULATION_H_
