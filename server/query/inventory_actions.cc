#include "server/query/inventory_actions.h"

#include <optional>
#include <string>
#include <vector>

#include "server/inventory/operation.h"
#include "server/inventory/write_operations.h"

namespace portcullis::query {
namespace {

absl::StatusOr<base::Shape> AnswerRead(const ActionCall& call) {
  const inventory::Operation& operation = *inventory::FindOperation(call.action.name);
  ParameterReader reader(call.form);
  const inventory::Parameters parameters = ReadParameters(operation.parameters, &reader);
  if (absl::Status status = reader.status(); !status.ok()) return call.Refuse(status);
  return call.engine.directory.Read(call.caller, call.peer, operation, parameters);
}

absl::StatusOr<base::Shape> AnswerWrite(const ActionCall& call) {
  const inventory::WriteOperation& operation = *inventory::FindWriteOperation(call.action.name);
  ParameterReader reader(call.form);
  const inventory::Parameters parameters = ReadParameters(operation.rules(), &reader);
  if (absl::Status status = reader.status(); !status.ok()) return call.Refuse(status);
  return call.engine.directory.RefuseWrite(call.caller, call.peer, operation, parameters);
}

std::vector<Action> MakeActions() {
  std::vector<Action> actions;
  for (const inventory::Operation& operation : inventory::Operations()) {
    actions.push_back(
        {operation.name, Service::kIam, true, metrics::QueryAction::kIamRead, AnswerRead});
  }
  for (const inventory::WriteOperation& operation : inventory::WriteOperations()) {
    actions.push_back(
        {operation.name, Service::kIam, true, metrics::QueryAction::kIamWrite, AnswerWrite});
  }
  return actions;
}

}  // namespace

absl::Span<const Action> InventoryActions() {
  static const auto& actions = *new std::vector<Action>(MakeActions());
  return actions;
}

inventory::Parameters ReadParameters(absl::Span<const inventory::ParameterRule> rules,
                                     ParameterReader* reader) {
  inventory::Parameters parameters;
  for (const inventory::ParameterRule& rule : rules) {
    if (rule.list) {
      for (const std::string& text : reader->Texts(rule.name)) parameters.Append(rule.name, text);
    } else if (const std::optional<std::string> text = reader->OptionalText(rule.name)) {
      parameters.Set(rule.name, *text);
    }
  }
  return parameters;
}

inventory::Parameters ReadValidParameters(absl::Span<const inventory::ParameterRule> rules,
                                          ParameterReader* reader) {
  inventory::Parameters parameters = ReadParameters(rules, reader);
  reader->Fail(inventory::Validate(parameters, rules));
  return parameters;
}

}  // namespace portcullis::query
