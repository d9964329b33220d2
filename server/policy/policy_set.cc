#include "server/policy/policy_set.h"

namespace portcullis::policy {

std::unique_ptr<const CompiledPolicySet> CompiledPolicySet::Make(
    absl::Span<const NamedPolicy> policies, Indexing indexing, std::pmr::memory_resource* memory) {
  size_t statement_count = 0;
  size_t id_bytes = 0;
  for (const NamedPolicy& policy : policies) {
    statement_count += policy.policy->statements().size();
    id_bytes += policy.id.size();
  }
  const size_t bytes = sizeof(CompiledPolicySet) + statement_count * sizeof(Entry) +
                       policies.size() * sizeof(HeldPolicy) + id_bytes;
  void* const place = memory != nullptr ? memory->allocate(bytes, alignof(CompiledPolicySet))
                                        : ::operator new(bytes);
  auto* const set = new (place) CompiledPolicySet(policies, statement_count, indexing);
  set->owns_memory_ = memory == nullptr;
  return std::unique_ptr<const CompiledPolicySet>(set);
}

void CompiledPolicySet::operator delete(CompiledPolicySet* set, std::destroying_delete_t) {
  const bool owns_memory = set->owns_memory_;
  set->~CompiledPolicySet();
  if (owns_memory) ::operator delete(set);
}

CompiledPolicySet::CompiledPolicySet(absl::Span<const NamedPolicy> policies, size_t statement_count,
                                     Indexing indexing)
    : policy_count_(static_cast<uint32_t>(policies.size())),
      statement_count_(static_cast<uint32_t>(statement_count)) {
  WriteEntries(policies);
  WritePolicies(policies);
  const bool worthwhile = indexing == Indexing::kAuto && statement_count > kScanStatementsMax;
  if (!worthwhile && indexing != Indexing::kAlways) return;
  std::vector<const CompiledStatement*> statements;
  statements.reserve(statement_count);
  for (const Entry& entry : entries()) statements.push_back(HandleOf(entry).statement);
  index_ = std::make_unique<const StatementIndex>(statements);
}

void CompiledPolicySet::WriteEntries(absl::Span<const NamedPolicy> policies) {
  auto* entry = reinterpret_cast<Entry*>(this + 1);
  for (uint32_t policy = 0; policy < policies.size(); ++policy) {
    for (const CompiledStatement& statement : policies[policy].policy->statements()) {
      new (entry++) Entry{StatementFilter(statement), policy, statement.index};
    }
  }
}

void CompiledPolicySet::WritePolicies(absl::Span<const NamedPolicy> policies) {
  auto* held = const_cast<HeldPolicy*>(this->policies().data());
  auto* id = reinterpret_cast<char*>(held + policies.size());
  for (const NamedPolicy& policy : policies) {
    new (held) HeldPolicy(policy.policy, KeepFile(policy.source_file));
    policy.id.copy(id, policy.id.size());
    held->id_.PointTo({id, policy.id.size()});
    id += policy.id.size();
    ++held;
  }
}

const std::string* CompiledPolicySet::KeepFile(const std::shared_ptr<const std::string>& file) {
  if (file == nullptr) return nullptr;
  for (const auto& known : source_files_) {
    if (known == file) return known.get();
  }
  return source_files_.emplace_back(file).get();
}

CompiledPolicySet::~CompiledPolicySet() {
  for (const HeldPolicy& held : policies()) held.~HeldPolicy();
}

}  // namespace portcullis::policy
