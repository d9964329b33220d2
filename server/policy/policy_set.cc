#include "server/policy/policy_set.h"

#include <utility>

namespace portcullis::policy {

CompiledPolicySet::CompiledPolicySet(std::vector<NamedPolicy> policies, Indexing indexing)
    : policies_(std::move(policies)) {
  size_t count = 0;
  for (const NamedPolicy& policy : policies_) count += policy.policy->statements().size();
  statements_.reserve(count);
  for (uint32_t number = 0; number < policies_.size(); ++number) {
    for (const CompiledStatement& statement : policies_[number].policy->statements()) {
      statements_.push_back({number, &statement});
    }
  }
  const bool worthwhile = indexing == Indexing::kAuto && count > kScanStatementsMax;
  if (worthwhile || indexing == Indexing::kAlways) {
    index_ = std::make_unique<const StatementIndex>(statements_);
  }
}

CompiledPolicySet::~CompiledPolicySet() = default;

}  // namespace portcullis::policy
