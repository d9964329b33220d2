#include "server/query/actions.h"

#include <algorithm>
#include <vector>

#include "server/base/text.h"
#include "server/query/inventory_actions.h"
#include "server/query/report_actions.h"
#include "server/query/simulation_actions.h"
#include "server/query/sts_actions.h"

namespace portcullis::query {
namespace {

bool IsBefore(const Action& a, const Action& b) {
  return a.name < b.name;
}

std::vector<Action> MakeActions() {
  std::vector<Action> actions;
  for (const absl::Span<const Action> rows :
       {StsActions(), InventoryActions(), ReportActions(), SimulationActions()}) {
    actions.insert(actions.end(), rows.begin(), rows.end());
  }
  std::sort(actions.begin(), actions.end(), IsBefore);
  return actions;
}

}  // namespace

absl::Status ActionCall::Refuse(const absl::Status& problem) const {
  const std::string permission = base::Concat({TraitsOf(action.service).name, ":", action.name});
  if (!action.is_signed) return engine.authorizer.RefuseUnsigned(peer, permission, problem);
  return engine.authorizer.Refuse(caller, peer, permission, problem);
}

absl::Span<const Action> Actions() {
  static const auto& actions = *new std::vector<Action>(MakeActions());
  return actions;
}

const Action* FindAction(std::string_view name, std::string_view version) {
  const absl::Span<const Action> actions = Actions();
  Action wanted;
  wanted.name = name;
  const auto found = std::lower_bound(actions.begin(), actions.end(), wanted, IsBefore);
  if (found == actions.end() || found->name != name) return nullptr;
  return TraitsOf(found->service).version == version ? &*found : nullptr;
}

}  // namespace portcullis::query
