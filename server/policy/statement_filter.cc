#include "server/policy/statement_filter.h"

namespace portcullis::policy {

StatementFilter::StatementFilter(const CompiledStatement& statement) {
  SetActions(statement);
  SetResource(statement);
}

void StatementFilter::SetActions(const CompiledStatement& statement) {
  constexpr uint64_t kEvery = ~uint64_t{0};
  if (statement.not_action) {
    action_bits_ = kEvery;
    return;
  }
  for (const CompiledAction& action : statement.actions) {
    const std::string_view prefix = action.pattern.literal_prefix();
    const size_t colon = prefix.find(':');
    if (colon == std::string_view::npos) {  // The service is not fixed.
      action_bits_ = kEvery;
    } else if (action.pattern.is_exact()) {
      action_bits_ |= ActionBit(prefix);
    } else {
      action_bits_ |= ServiceBit(prefix.substr(0, colon));
    }
  }
}

void StatementFilter::SetResource(const CompiledStatement& statement) {
  if (statement.not_resource || statement.resource_implied || statement.resources.size() != 1) {
    return;
  }
  const std::string_view prefix = statement.resources.front().literal_prefix();
  if (prefix.size() < sizeof(part_) || prefix.size() >= kAnyResource) return;
  part_begin_ = static_cast<uint16_t>(prefix.size() - sizeof(part_));
  std::memcpy(&part_, prefix.data() + part_begin_, sizeof(part_));
}

}  // namespace portcullis::policy
