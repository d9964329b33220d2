// The condition keys of one request and their values (section 3).
#ifndef PORTCULLIS_SERVER_POLICY_REQUEST_CONTEXT_H_
#define PORTCULLIS_SERVER_POLICY_REQUEST_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "server/policy/block.h"
#include "server/policy/lazy_keys.h"

namespace portcullis::policy {

// The name of a condition key as lookups take it: folded and hashed once, so that they compare
// numbers first. A view of a name that is kept elsewhere.
class ConditionKeyView {
 public:
  ConditionKeyView(std::string_view folded, uint64_t hash) : folded_(folded), hash_(hash) {}

  std::string_view folded() const { return folded_; }
  uint64_t hash() const { return hash_; }

 private:
  std::string_view folded_;
  uint64_t hash_;
};

// A name on its own. Names compare without case, the tag key after `/` included.
class ConditionKeyName {
 public:
  ConditionKeyName() = default;
  explicit ConditionKeyName(std::string_view name);

  std::string_view folded() const { return folded_; }
  uint64_t hash() const { return hash_; }
  operator ConditionKeyView() const {  // NOLINT(google-explicit-constructor): a view
    return {folded_, hash_};
  }

  // The hash of a name that is folded already.
  static uint64_t HashFolded(std::string_view folded);

 private:
  std::string folded_;
  uint64_t hash_ = 0;
};

// A name in a block.
class CompiledKeyName {
 public:
  static void Write(std::string_view name, BlockPlace<CompiledKeyName> place, BlockWriter* writer);

  std::string_view folded() const { return folded_; }
  uint64_t hash() const { return hash_; }
  operator ConditionKeyView() const {  // NOLINT(google-explicit-constructor): a view
    return {folded_, hash_};
  }

 private:
  uint64_t hash_ = 0;
  BlockText folded_;
};

// What a lookup finds. No values: the key is absent.
struct ContextValues {
  absl::Span<const std::string_view> values;
  bool multivalued = false;  // By definition of the key, however many values there are.
  bool ambiguous = false;    // Two spellings of one case-sensitive tag key.
  bool present() const { return !values.empty(); }
};

// Condition keys with their values. Built once per request by one thread, then const; may be
// cleared and used again, and then keeps its memory, so that a decision allocates nothing after
// warm-up.
//
// Values are views: what Add* is given must outlive the context, except for AddOwned*, which
// copies. A key added twice keeps its first value: whoever assembles a context adds authenticated
// facts first, and nothing later can replace them.
//
// Most decisions look at few of the many keys that a server knows. Those can be left to AddLater():
// everybody sees them as if they had been added then, but their values are made when they are first
// looked up, by the thread that does so.
class RequestContext {
 public:
  RequestContext() = default;
  RequestContext(const RequestContext&) = delete;
  RequestContext& operator=(const RequestContext&) = delete;

  // Adds a key with one value. `name` outlives the context.
  void Add(const ConditionKeyName& name, std::string_view value);
  // Adds a key with any number of values; none means absent. The span outlives the context.
  void AddList(const ConditionKeyName& name, absl::Span<const std::string_view> values);
  // Folds a name and keeps it as long as the keys, for AddKept().
  ConditionKeyView KeepName(std::string_view name);
  // As AddList by a kept name. `multivalued` as in ContextValues. Returns whether the key was not
  // there already.
  bool AddKept(ConditionKeyView name, absl::Span<const std::string_view> values, bool multivalued);
  // Adds a key, copying name and values.
  void AddOwned(std::string_view name, absl::Span<const std::string_view> values, bool multivalued);
  // Marks a key as ambiguous. Copies the name.
  void AddAmbiguous(std::string_view name);

  // Adds the keys of `table` whose bits are set in `numbers`. Of one context all tables and sources
  // are the same; they outlive it, or its next Clear().
  void AddLater(const LazyKeyTable& table, uint64_t numbers, LazyKeySource* source);

  ContextValues Find(ConditionKeyView name) const;
  bool Contains(ConditionKeyView name) const { return Find(name).present(); }

  // How many keys there are.
  size_t size() const {
    MakeAll();
    return hashes_.size();
  }
  // Forgets all keys, keeps memory.
  void Clear();

  // For explanations: calls `visit(folded_name, ContextValues)` for every key.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    MakeAll();
    for (const Entry& entry : entries_) visit(entry.name, ValuesOf(entry));
  }

 private:
  struct Entry {
    std::string_view name;    // Folded.
    std::string_view single;  // The value, if list_data is nullptr and list_size 1.
    const std::string_view* list_data = nullptr;
    uint32_t list_size = 0;
    bool multivalued = false;
    bool ambiguous = false;
  };

  static ContextValues ValuesOf(const Entry& entry);
  const Entry* FindEntry(uint64_t hash, std::string_view folded) const;
  // Makes what was left for later: one key, or all.
  void Make(uint64_t bit) const;
  void MakeAll() const;
  void Insert(uint64_t hash, const Entry& entry);
  void Reserve();
  void InsertNew(uint64_t hash, const Entry& entry);  // REQUIRES: the key is not there.

  // One of 64 bits for every hash: a key whose bit is not in seen_ is not there, which spares most
  // lookups of absent keys the scan.
  static uint64_t SeenBit(uint64_t hash) { return uint64_t{1} << (hash >> 58); }
  uint64_t seen_ = 0;

  // What was left for later. To look a key up is to read, so whoever may read may make its value.
  const LazyKeyTable* later_table_ = nullptr;
  LazyKeySource* later_source_ = nullptr;
  mutable uint64_t later_ = 0;  // The bits of the keys.
  mutable uint32_t later_count_ = 0;

  // Parallel arrays: a lookup scans the hashes, which are contiguous.
  std::vector<uint64_t> hashes_;
  std::vector<Entry> entries_;
  size_t room_ = 0;  // For so many of both.

  // Backing of KeepName and AddOwned*. Deques and their strings are reused after Clear().
  std::deque<std::string> owned_text_;
  size_t owned_text_used_ = 0;
  std::deque<std::vector<std::string_view>> owned_lists_;
  size_t owned_lists_used_ = 0;
};

}  // namespace portcullis::policy

#endif  // PORTCULLIS_SERVER_POLICY_REQUEST_CONTEXT_H_
