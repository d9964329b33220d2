#include "server/service/translate_admin.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/service/translate.h"

namespace portcullis::service {
namespace {

constexpr int32_t kItemsDefault = 100;
constexpr int32_t kPageItemsMax = 1000;

absl::Status InvalidInput(std::string_view message) {
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "InvalidInput", message);
}

void ResultToProto(const policy::SimulationResult& result, v1::EvaluationResult* message) {
  message->set_eval_action_name(result.action_name);
  message->set_eval_resource_name(result.resource_name);
  message->set_eval_decision(ToProto(result.effect));
  for (const policy::SimulatedStatement& statement : result.matched_statements) {
    v1::MatchedStatement* matched = message->add_matched_statements();
    matched->set_source_policy_id(statement.source_policy_id);
    matched->set_source_policy_type(statement.source_policy_type);
    matched->set_start_line(statement.start.line);
    matched->set_start_column(statement.start.column);
    matched->set_end_line(statement.end.line);
    matched->set_end_column(statement.end.column);
  }
  for (const std::string& key : result.missing_context_values) {
    message->add_missing_context_values(key);
  }
  if (result.allowed_by_permissions_boundary) {
    message->set_allowed_by_permissions_boundary(*result.allowed_by_permissions_boundary);
  }
  if (result.allowed_by_organizations) {
    message->set_allowed_by_organizations(*result.allowed_by_organizations);
  }
}

template <typename Field>
std::vector<std::string> ToList(const Field& field) {
  return {field.begin(), field.end()};
}

}  // namespace

void ToProto(const engine::AdministrationStatus& status, v1::PolicyStatus* message) {
  const store::ReloadStatus& reload = status.reload;
  message->Clear();
  message->set_serving_revision(reload.serving_digest);
  SetTimestamp(reload.serving_since, [&] { return message->mutable_serving_since(); });
  message->set_latest_revision(reload.latest_digest);
  message->set_latest_ok(reload.latest_result.ok());
  const size_t sent = std::min(reload.diagnostics.size(), kDiagnosticsSentMax);
  for (size_t i = 0; i < sent; ++i) {
    message->add_diagnostics(store::FormatSourceDiagnostic(reload.diagnostics[i]));
  }
  // A reading can fail without a place to point at: a directory that is not there.
  if (sent == 0 && !reload.latest_result.ok()) {
    message->add_diagnostics(std::string(reload.latest_result.message()));
  }
  message->set_diagnostics_total(std::max<uint64_t>(
      reload.diagnostics_total, static_cast<uint64_t>(message->diagnostics_size())));
  SetTimestamp(reload.failing_since, [&] { return message->mutable_failing_since(); });
  SetTimestamp(reload.last_reading, [&] { return message->mutable_last_reading(); });
  for (const auto& [kind, count] : status.object_counts) {
    v1::ObjectCount* counted = message->add_object_counts();
    counted->set_kind(kind);
    counted->set_count(count);
  }
}

policy::SimulationRequest ToSimulation(const v1::SimulateCustomPolicyRequest& request) {
  policy::SimulationRequest simulation;
  simulation.policy_input_list = ToList(request.policy_input_list());
  simulation.permissions_boundary_policy_input_list =
      ToList(request.permissions_boundary_policy_input_list());
  simulation.action_names = ToList(request.action_names());
  simulation.resource_arns = ToList(request.resource_arns());
  simulation.resource_policy = request.resource_policy();
  simulation.resource_owner = request.resource_owner();
  simulation.caller_arn = request.caller_arn();
  simulation.resource_handling_option = request.resource_handling_option();
  for (const v1::SimulationContextEntry& entry : request.context_entries()) {
    simulation.context_entries.push_back(
        {entry.context_key_name(), entry.context_key_type(), ToList(entry.context_key_values())});
  }
  return simulation;
}

absl::StatusOr<SimulationPage> ToPage(const v1::SimulateCustomPolicyRequest& request) {
  SimulationPage page;
  const int32_t items_max = request.max_items() == 0 ? kItemsDefault : request.max_items();
  if (items_max < 1 || items_max > kPageItemsMax) {
    return InvalidInput(absl::StrCat("max_items: must be 1 to ", kPageItemsMax));
  }
  page.items_max = static_cast<size_t>(items_max);
  if (!request.marker().empty()) {
    const std::optional<uint64_t> begin =
        base::ParseUnsigned(request.marker(), std::numeric_limits<uint32_t>::max());
    if (!begin || *begin == 0) return InvalidInput("marker: is not of an earlier answer");
    page.begin = static_cast<size_t>(*begin);
  }
  return page;
}

absl::Status ToProto(const std::vector<policy::SimulationResult>& results,
                     const SimulationPage& page, v1::SimulatePolicyResponse* response) {
  response->Clear();
  if (page.begin > 0 && page.begin >= results.size()) {
    return InvalidInput("marker: is not of an earlier answer");
  }
  const size_t end = std::min(results.size(), page.begin + page.items_max);
  for (size_t i = page.begin; i < end; ++i) {
    ResultToProto(results[i], response->add_evaluation_results());
  }
  response->set_is_truncated(end < results.size());
  if (response->is_truncated()) response->set_marker(absl::StrCat(end));
  return absl::OkStatus();
}

}  // namespace portcullis::service
