// Condition keys whose values are made only when somebody asks for them.
#ifndef PORTCULLIS_SERVER_POLICY_LAZY_KEYS_H_
#define PORTCULLIS_SERVER_POLICY_LAZY_KEYS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace portcullis::policy {

class ConditionKeyName;
class RequestContext;

// The keys that something can supply, by number. Made once, then immutable; any number of threads
// may read.
class LazyKeyTable {
 public:
  static constexpr size_t kKeysMax = 64;  // One bit each.

  // REQUIRES: at most kKeysMax names, no two equal when folded. They are static.
  explicit LazyKeyTable(absl::Span<const std::string_view> names);
  ~LazyKeyTable();
  LazyKeyTable(const LazyKeyTable&) = delete;
  LazyKeyTable& operator=(const LazyKeyTable&) = delete;

  const ConditionKeyName& name(size_t number) const;

  // The bit of the key with this name among `wanted`, by its hash; 0 if there is none.
  uint64_t Find(uint64_t hash, std::string_view folded, uint64_t wanted) const {
    const uint64_t candidates = by_hash_[hash >> kHashShift] & wanted;
    return candidates == 0 ? 0 : Compare(hash, folded, candidates);
  }

 private:
  static constexpr int kHashShift = 58;  // The upper six bits.

  uint64_t Compare(uint64_t hash, std::string_view folded, uint64_t candidates) const;

  std::vector<ConditionKeyName> names_;
  std::array<uint64_t, 64> by_hash_ = {};
};

// Who makes the values: for one context at a time, on the thread that reads it.
class LazyKeySource {
 public:
  // Adds the value of the key with this number to `context`, by Add or AddList, or nothing if the
  // key is absent. Asked at most once for each.
  virtual void AddKey(size_t number, RequestContext* context) = 0;

 protected:
  ~LazyKeySource() = default;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_LAZY_KEYS_H_
