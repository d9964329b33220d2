#include "server/policy/request_context.h"

#include <algorithm>
#include <bit>
#include <functional>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// The next free element of a deque whose elements keep their memory.
template <typename T>
T& NextOf(std::deque<T>* elements, size_t* used) {
  if (*used == elements->size()) elements->emplace_back();
  return (*elements)[(*used)++];
}

}  // namespace

ConditionKeyName::ConditionKeyName(std::string_view name)
    : folded_(base::FoldCase(name)), hash_(HashFolded(folded_)) {}

uint64_t ConditionKeyName::HashFolded(std::string_view folded) {
  return std::hash<std::string_view>()(folded);
}

void CompiledKeyName::Write(std::string_view name, BlockPlace<CompiledKeyName> place,
                            BlockWriter* writer) {
  const std::string folded = base::FoldCase(name);
  writer->At(place).hash_ = ConditionKeyName::HashFolded(folded);
  writer->SetText(place, &CompiledKeyName::folded_, folded);
}

ContextValues RequestContext::ValuesOf(const Entry& entry) {
  ContextValues found;
  found.multivalued = entry.multivalued;
  found.ambiguous = entry.ambiguous;
  found.values = entry.list_data != nullptr ? absl::MakeConstSpan(entry.list_data, entry.list_size)
                                            : absl::MakeConstSpan(&entry.single, entry.list_size);
  return found;
}

const RequestContext::Entry* RequestContext::FindEntry(uint64_t hash,
                                                       std::string_view folded) const {
  if (later_ != 0) {
    if (const uint64_t bit = later_table_->Find(hash, folded, later_); bit != 0) Make(bit);
  }
  if ((seen_ & SeenBit(hash)) == 0) return nullptr;
  for (size_t i = 0; i < hashes_.size(); ++i) {
    if (hashes_[i] == hash && entries_[i].name == folded) return &entries_[i];
  }
  return nullptr;
}

// The context is const for those who read it and for nobody else: it is never a const object.
void RequestContext::Make(uint64_t bit) const {
  later_ &= ~bit;
  --later_count_;
  later_source_->AddKey(static_cast<size_t>(std::countr_zero(bit)),
                        const_cast<RequestContext*>(this));
}

void RequestContext::MakeAll() const {
  while (later_ != 0) Make(later_ & (~later_ + 1));
}

void RequestContext::AddLater(const LazyKeyTable& table, uint64_t numbers, LazyKeySource* source) {
  later_table_ = &table;
  later_source_ = source;
  later_ |= numbers;
  later_count_ = static_cast<uint32_t>(std::popcount(later_));
  Reserve();
}

void RequestContext::Insert(uint64_t hash, const Entry& entry) {
  if (FindEntry(hash, entry.name) == nullptr) InsertNew(hash, entry);
}

// What a lookup has found stays where it is while other values are made: there is always room for
// those that may still be.
void RequestContext::Reserve() {
  const size_t needed = hashes_.size() + 1 + later_count_;
  if (needed <= room_) return;
  room_ = 2 * needed;
  entries_.reserve(room_);
  hashes_.reserve(room_);
}

void RequestContext::InsertNew(uint64_t hash, const Entry& entry) {
  Reserve();
  seen_ |= SeenBit(hash);
  hashes_.push_back(hash);
  entries_.push_back(entry);
}

void RequestContext::Add(const ConditionKeyName& name, std::string_view value) {
  Entry entry;
  entry.name = name.folded();
  entry.single = value;
  entry.list_size = 1;
  Insert(name.hash(), entry);
}

void RequestContext::AddList(const ConditionKeyName& name,
                             absl::Span<const std::string_view> values) {
  Entry entry;
  entry.name = name.folded();
  entry.list_data = values.data();
  entry.list_size = static_cast<uint32_t>(values.size());
  entry.multivalued = true;
  Insert(name.hash(), entry);
}

ConditionKeyView RequestContext::KeepName(std::string_view name) {
  std::string& folded = NextOf(&owned_text_, &owned_text_used_);
  base::FoldCaseInto(name, &folded);
  return {folded, ConditionKeyName::HashFolded(folded)};
}

bool RequestContext::AddKept(ConditionKeyView name, absl::Span<const std::string_view> values,
                             bool multivalued) {
  if (FindEntry(name.hash(), name.folded()) != nullptr) return false;
  Entry entry;
  entry.name = name.folded();
  entry.multivalued = multivalued;
  entry.list_data = values.data();
  entry.list_size = static_cast<uint32_t>(values.size());
  InsertNew(name.hash(), entry);
  return true;
}

void RequestContext::AddOwned(std::string_view name, absl::Span<const std::string_view> values,
                              bool multivalued) {
  const ConditionKeyView kept = KeepName(name);
  if (FindEntry(kept.hash(), kept.folded()) != nullptr) return;
  std::vector<std::string_view>& list = NextOf(&owned_lists_, &owned_lists_used_);
  list.clear();
  for (const std::string_view value : values) {
    std::string& copy = NextOf(&owned_text_, &owned_text_used_);
    copy.assign(value);
    list.push_back(copy);
  }
  AddKept(kept, list, multivalued);
}

void RequestContext::AddAmbiguous(std::string_view name) {
  const ConditionKeyView kept = KeepName(name);
  if (const Entry* entry = FindEntry(kept.hash(), kept.folded()); entry != nullptr) {
    entries_[static_cast<size_t>(entry - entries_.data())].ambiguous = true;
    return;
  }
  Entry entry;
  entry.name = kept.folded();
  entry.ambiguous = true;
  Insert(kept.hash(), entry);
}

ContextValues RequestContext::Find(ConditionKeyView name) const {
  const Entry* entry = FindEntry(name.hash(), name.folded());
  return entry == nullptr ? ContextValues{} : ValuesOf(*entry);
}

void RequestContext::Clear() {
  seen_ = 0;
  later_ = 0;
  later_count_ = 0;
  hashes_.clear();
  entries_.clear();
  owned_text_used_ = 0;
  owned_lists_used_ = 0;
}

}  // namespace portcullis::policy
