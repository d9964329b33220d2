#include "server/query/simulation_actions.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/inventory/parameters.h"
#include "server/inventory/rules.h"
#include "server/policy/simulation.h"
#include "server/query/inventory_actions.h"
#include "server/query/page.h"

namespace portcullis::query {
namespace {

using base::Shape;
using inventory::kMarkerRule;
using inventory::kMaxItemsRule;
using inventory::kPolicyDocumentText;
using inventory::ParameterRule;
using inventory::Parameters;

// ---- Parameters (spec 6, R-9.1 to) -------------------------------------------------------

bool IsAnything(char32_t) {
  return true;
}

constexpr base::TextConstraint kActionText = {3, 128, IsAnything, ""};
constexpr base::TextConstraint kResourceText = {1, 2048, IsAnything, ""};
constexpr base::TextConstraint kSourceArnText = {20, 2048, IsAnything, ""};
constexpr base::TextConstraint kOptionText = {1, 64, IsAnything, ""};
constexpr base::TextConstraint kKeyNameText = {5, 256, IsAnything, ""};
constexpr std::string_view kKeyTypes[] = {"string",  "stringList",  "numeric", "numericList",
                                          "boolean", "booleanList", "ip",      "ipList",
                                          "binary",  "binaryList",  "date",    "dateList"};

// What both operations take.
const ParameterRule kBoundariesRule = {
    .name = "PermissionsBoundaryPolicyInputList", .list = true, .text = &kPolicyDocumentText};
const ParameterRule kActionsRule = {
    .name = "ActionNames", .required = true, .list = true, .text = &kActionText};
const ParameterRule kResourcesRule = {.name = "ResourceArns", .list = true, .text = &kResourceText};
const ParameterRule kResourcePolicyRule = {.name = "ResourcePolicy", .text = &kPolicyDocumentText};
const ParameterRule kResourceOwnerRule = {.name = "ResourceOwner", .text = &kResourceText};
const ParameterRule kCallerRule = {.name = "CallerArn", .text = &kResourceText};
const ParameterRule kHandlingRule = {.name = "ResourceHandlingOption", .text = &kOptionText};

struct Simulation {
  std::string source_arn;  // SimulatePrincipalPolicy.
  policy::SimulationRequest request;
  Parameters parameters;  // For the page.
};

std::vector<policy::SimulationContextEntry> ReadContext(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      {.name = "ContextKeyName", .text = &kKeyNameText},
      {.name = "ContextKeyType", .type = ParameterRule::Type::kOneOf, .values = kKeyTypes}};
  std::vector<policy::SimulationContextEntry> entries;
  for (const FormView& element : reader->Structures("ContextEntries")) {
    ParameterReader entry(element);
    const Parameters parameters = ReadValidParameters(kRules, &entry);
    entries.push_back({parameters.Get("ContextKeyName"), parameters.Get("ContextKeyType"),
                       entry.Texts("ContextKeyValues")});
    reader->Fail(entry.status());
  }
  return entries;
}

Simulation ReadSimulation(absl::Span<const ParameterRule> rules, ParameterReader* reader) {
  Simulation simulation;
  simulation.parameters = ReadValidParameters(rules, reader);
  const Parameters& parameters = simulation.parameters;
  simulation.source_arn = parameters.Get("PolicySourceArn");
  policy::SimulationRequest& request = simulation.request;
  request.policy_input_list = parameters.GetList("PolicyInputList");
  request.permissions_boundary_policy_input_list =
      parameters.GetList("PermissionsBoundaryPolicyInputList");
  request.action_names = parameters.GetList("ActionNames");
  request.resource_arns = parameters.GetList("ResourceArns");
  request.resource_policy = parameters.Get("ResourcePolicy");
  request.resource_owner = parameters.Get("ResourceOwner");
  request.caller_arn = parameters.Get("CallerArn");
  request.resource_handling_option = parameters.Get("ResourceHandlingOption");
  request.context_entries = ReadContext(reader);
  return simulation;
}

Simulation ReadCustom(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      {.name = "PolicyInputList", .required = true, .list = true, .text = &kPolicyDocumentText},
      kBoundariesRule,
      kActionsRule,
      kResourcesRule,
      kResourcePolicyRule,
      kResourceOwnerRule,
      kCallerRule,
      kHandlingRule,
      kMarkerRule,
      kMaxItemsRule};
  return ReadSimulation(kRules, reader);
}

Simulation ReadPrincipal(ParameterReader* reader) {
  static const ParameterRule kRules[] = {
      {.name = "PolicySourceArn", .required = true, .text = &kSourceArnText},
      {.name = "PolicyInputList", .list = true, .text = &kPolicyDocumentText},
      kBoundariesRule,
      kActionsRule,
      kResourcesRule,
      kResourcePolicyRule,
      kResourceOwnerRule,
      kCallerRule,
      kHandlingRule,
      kMarkerRule,
      kMaxItemsRule};
  return ReadSimulation(kRules, reader);
}

// ---- The engine ---------------------------------------------------------------------------------

struct PagedResults {
  std::vector<policy::SimulationResult> results;
  bool by_resource = false;  // ResourceArns were given.
  Page page;
};

absl::StatusOr<PagedResults> Paged(const Simulation& simulation,
                                   absl::StatusOr<std::vector<policy::SimulationResult>> results) {
  RETURN_IF_ERROR(results.status());
  ASSIGN_OR_RETURN(const Page page, ReadPage(simulation.parameters));
  return PagedResults{*std::move(results), !simulation.request.resource_arns.empty(), page};
}

absl::StatusOr<PagedResults> AskCustom(const ActionCall& call, const Simulation& simulation) {
  return Paged(simulation, call.engine.administration.SimulateCustomPolicy(call.caller, call.peer,
                                                                           simulation.request));
}

absl::StatusOr<PagedResults> AskPrincipal(const ActionCall& call, const Simulation& simulation) {
  return Paged(simulation, call.engine.administration.SimulatePrincipalPolicy(
                               call.caller, call.peer, simulation.source_arn, simulation.request));
}

// ---- Answers ------------------------------------------------------------------------------------

std::string_view DecisionName(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::kAllow:
      return "allowed";
    case policy::Effect::kExplicitDeny:
      return "explicitDeny";
    case policy::Effect::kImplicitDeny:
      break;
  }
  return "implicitDeny";
}

Shape PositionShape(const base::Position& position) {
  Shape shape = Shape::Structure();
  shape.Add("Line", Shape::Integer(position.line));
  shape.Add("Column", Shape::Integer(position.column));
  return shape;
}

Shape StatementsShape(const policy::SimulationResult& result) {
  Shape list = Shape::List();
  for (const policy::SimulatedStatement& statement : result.matched_statements) {
    Shape shape = Shape::Structure();
    shape.Add("SourcePolicyId", statement.source_policy_id);
    shape.Add("SourcePolicyType", statement.source_policy_type);
    shape.Add("StartPosition", PositionShape(statement.start));
    shape.Add("EndPosition", PositionShape(statement.end));
    list.Append(std::move(shape));
  }
  return list;
}

Shape MissingKeysShape(const policy::SimulationResult& result) {
  Shape list = Shape::List();
  for (const std::string& key : result.missing_context_values) list.Append(Shape::String(key));
  return list;
}

// absent where the simulation ended before, and for the resource "*".
void AddDecisionDetails(const policy::SimulationResult& result, Shape* shape) {
  if (result.resource_name == "*" || !result.allowed_by_organizations.value_or(true)) return;
  Shape details = Shape::Map();
  if (result.identity_decision.has_value()) {
    details.Add("IAM Policy", DecisionName(*result.identity_decision));
  }
  if (result.resource_decision.has_value()) {
    details.Add("Resource Policy", DecisionName(*result.resource_decision));
  }
  shape->Add("EvalDecisionDetails", std::move(details));
}

void AddBoundaryDetail(const policy::SimulationResult& result, Shape* shape) {
  if (!result.allowed_by_permissions_boundary.has_value()) return;
  Shape detail = Shape::Structure();
  detail.Add("AllowedByPermissionsBoundary",
             Shape::Boolean(*result.allowed_by_permissions_boundary));
  shape->Add("PermissionsBoundaryDecisionDetail", std::move(detail));
}

//
Shape SpecificShape(const policy::SimulationResult& result) {
  Shape shape = Shape::Structure();
  shape.Add("EvalResourceName", result.resource_name);
  shape.Add("EvalResourceDecision", DecisionName(result.effect));
  shape.Add("MatchedStatements", StatementsShape(result));
  shape.Add("MissingContextValues", MissingKeysShape(result));
  AddDecisionDetails(result, &shape);
  AddBoundaryDetail(result, &shape);
  Shape list = Shape::List();
  list.Append(std::move(shape));
  return list;
}

Shape ResultShape(const policy::SimulationResult& result, bool by_resource) {
  Shape shape = Shape::Structure();
  shape.Add("EvalActionName", result.action_name);
  shape.Add("EvalResourceName", result.resource_name);
  shape.Add("EvalDecision", DecisionName(result.effect));
  shape.Add("MatchedStatements", StatementsShape(result));
  shape.Add("MissingContextValues", MissingKeysShape(result));
  if (result.allowed_by_organizations.has_value()) {
    Shape detail = Shape::Structure();
    detail.Add("AllowedByOrganizations", Shape::Boolean(*result.allowed_by_organizations));
    shape.Add("OrganizationsDecisionDetail", std::move(detail));
  }
  AddBoundaryDetail(result, &shape);
  AddDecisionDetails(result, &shape);
  if (by_resource) shape.Add("ResourceSpecificResults", SpecificShape(result));
  return shape;
}

absl::StatusOr<Shape> WriteResults(const PagedResults& paged) {
  Shape result = Shape::Structure();
  const auto shape = [&paged](const policy::SimulationResult& one) {
    return ResultShape(one, paged.by_resource);
  };
  ASSIGN_OR_RETURN(const size_t end,
                   AddPage("EvaluationResults", paged.results, paged.page, shape, &result));
  AddPageEnd(end, paged.results.size(), &result);
  return result;
}

constexpr Action kActions[] = {
    {"SimulateCustomPolicy", Service::kIam, true, metrics::QueryAction::kIamSimulation,
     Answer<ReadCustom, AskCustom, WriteResults>},
    {"SimulatePrincipalPolicy", Service::kIam, true, metrics::QueryAction::kIamSimulation,
     Answer<ReadPrincipal, AskPrincipal, WriteResults>},
};

}  // namespace

absl::Span<const Action> SimulationActions() {
  return kActions;
}

}  // namespace portcullis::query
