#include "server/policy/lazy_keys.h"

#include "server/policy/request_context.h"

namespace portcullis::policy {

LazyKeyTable::LazyKeyTable(absl::Span<const std::string_view> names) {
  names_.reserve(names.size());
  for (const std::string_view name : names) {
    by_hash_[ConditionKeyName(name).hash() >> kHashShift] |= uint64_t{1} << names_.size();
    names_.emplace_back(name);
  }
}

LazyKeyTable::~LazyKeyTable() = default;

const ConditionKeyName& LazyKeyTable::name(size_t number) const {
  return names_[number];
}

uint64_t LazyKeyTable::Compare(uint64_t hash, std::string_view folded, uint64_t candidates) const {
  while (candidates != 0) {
    const ConditionKeyName& name = names_[static_cast<size_t>(std::countr_zero(candidates))];
    if (name.hash() == hash && name.folded() == folded) return candidates & (~candidates + 1);
    candidates &= candidates - 1;
  }
  return 0;
}

}  // namespace portcullis::policy
