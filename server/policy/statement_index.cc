#include "server/policy/statement_index.h"

#include <algorithm>
#include <map>
#include <utility>

#include "server/base/text.h"

namespace portcullis::policy {
namespace {

// One statement below one resource prefix.
struct Entry {
  std::string_view prefix;
  uint32_t statement;
  friend auto operator<=>(const Entry&, const Entry&) = default;
};
using Bucket = std::vector<Entry>;

// In how many places one statement may stand before it moves to a wider bucket, and up to how many
// statements a bucket is a plain list.
constexpr size_t kPlacesMax = 256;
constexpr size_t kExactActionsMax = 16;
constexpr size_t kPlainListMax = 3;

// The texts one of which begins every resource that the statement can match, none beginning with
// another. {""}: any resource. {}: no resource.
std::vector<std::string_view> PrefixesOf(const CompiledStatement& statement) {
  if (statement.not_resource || statement.resource_implied) return {""};
  std::vector<std::string_view> prefixes;
  for (const ArnPattern& pattern : statement.resources) {
    if (!pattern.matches_nothing()) prefixes.push_back(pattern.literal_prefix());
  }
  std::sort(prefixes.begin(), prefixes.end());
  // What begins with an earlier text follows it directly, but for others that do so too.
  size_t kept = 0;
  for (const std::string_view prefix : prefixes) {
    if (kept > 0 && prefix.starts_with(prefixes[kept - 1])) continue;
    prefixes[kept++] = prefix;
  }
  prefixes.resize(kept);
  return prefixes;
}

// The service of an action pattern if it is fixed, else empty.
std::string_view ServiceOf(const Pattern& action) {
  const std::string_view prefix = action.literal_prefix();
  const size_t colon = prefix.find(':');
  return colon == std::string_view::npos ? std::string_view() : prefix.substr(0, colon);
}

// Where a statement belongs by its actions.
struct ActionPlaces {
  bool everywhere = false;
  std::vector<std::string_view> services;
  std::vector<std::string_view> actions;  // None of one of `services`.
};

void SortUnique(std::vector<std::string_view>* texts) {
  std::sort(texts->begin(), texts->end());
  texts->erase(std::unique(texts->begin(), texts->end()), texts->end());
}

ActionPlaces PlacesOf(const CompiledStatement& statement, size_t prefix_count) {
  ActionPlaces places;
  if (statement.not_action) return {.everywhere = true, .services = {}, .actions = {}};
  for (const CompiledAction& action : statement.actions) {
    const std::string_view service = ServiceOf(action.pattern);
    if (service.empty()) return {.everywhere = true, .services = {}, .actions = {}};
    if (action.pattern.is_exact()) {
      places.actions.push_back(action.pattern.literal_prefix());
    } else {
      places.services.push_back(service);
    }
  }
  SortUnique(&places.actions);
  const bool too_many =
      places.actions.size() > kExactActionsMax || places.actions.size() * prefix_count > kPlacesMax;
  if (too_many) {
    for (const std::string_view action : places.actions) {
      places.services.push_back(action.substr(0, action.find(':')));
    }
  }
  SortUnique(&places.services);
  std::erase_if(places.actions, [&](std::string_view action) {
    return std::binary_search(places.services.begin(), places.services.end(),
                              action.substr(0, action.find(':')));
  });
  return places;
}

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return static_cast<size_t>(std::mismatch(a.begin(), a.begin() + size, b.begin()).first -
                             a.begin());
}

}  // namespace

class StatementIndexBuilder {
 public:
  explicit StatementIndexBuilder(StatementIndex* index) : index_(*index) {}

  void Add(uint32_t number, const CompiledStatement& statement) {
    const std::vector<std::string_view> prefixes = PrefixesOf(statement);
    const ActionPlaces places = PlacesOf(statement, prefixes.size());
    for (const std::string_view prefix : prefixes) {
      if (places.everywhere) global_.push_back({prefix, number});
      for (const std::string_view service : places.services) {
        services_[service].push_back({prefix, number});
      }
      for (const std::string_view action : places.actions) {
        actions_[action].push_back({prefix, number});
      }
    }
  }

  void Finish() {
    index_.global_ = BuildTree(&global_);
    index_.services_.reserve(services_.size());
    for (auto& [service, bucket] : services_) {
      index_.services_[base::AbslView(service)] = BuildTree(&bucket);
      index_.services_bits_ |= ServiceBit(service);
    }
    index_.actions_.reserve(actions_.size());
    for (auto& [action, bucket] : actions_) {
      index_.actions_[{action, ActionHash(action)}] = BuildTree(&bucket);
      index_.actions_bits_ |= ActionBit(action);
    }
    index_.nodes_.shrink_to_fit();
    index_.first_bytes_.shrink_to_fit();
    index_.statements_.shrink_to_fit();
  }

 private:
  // A node whose children are not made yet: entries [begin, end) begin with its text of `size`
  // bytes.
  struct Pending {
    uint32_t node;
    size_t begin;
    size_t end;
    size_t size;
  };

  uint32_t NewNode(std::string_view label) {
    StatementIndex::Node node;
    node.label = label.data();
    node.label_size = static_cast<uint32_t>(label.size());
    index_.nodes_.push_back(node);
    index_.first_bytes_.push_back(label.empty() ? '\0' : label[0]);
    return static_cast<uint32_t>(index_.nodes_.size() - 1);
  }

  uint32_t BuildTree(Bucket* bucket) {
    std::sort(bucket->begin(), bucket->end());
    bucket->erase(std::unique(bucket->begin(), bucket->end()), bucket->end());
    if (bucket->size() <= kPlainListMax) FlattenToList(bucket);
    const uint32_t root = NewNode("");
    std::vector<Pending> pending = {{root, 0, bucket->size(), 0}};
    for (size_t i = 0; i < pending.size(); ++i) {
      const Pending current = pending[i];  // A copy: the vector grows.
      AddChildren(*bucket, current, &pending);
    }
    return root;
  }

  static void FlattenToList(Bucket* bucket) {
    for (Entry& entry : *bucket) entry.prefix = "";
    std::sort(bucket->begin(), bucket->end());
    bucket->erase(std::unique(bucket->begin(), bucket->end()), bucket->end());
  }

  // Gives a node its statements and its children.
  void AddChildren(const Bucket& bucket, const Pending& parent, std::vector<Pending>* pending) {
    size_t begin = parent.begin;
    index_.nodes_[parent.node].statements = static_cast<uint32_t>(index_.statements_.size());
    for (; begin < parent.end && bucket[begin].prefix.size() == parent.size; ++begin) {
      index_.statements_.push_back(bucket[begin].statement);
      ++index_.nodes_[parent.node].statement_count;
    }
    index_.nodes_[parent.node].children = static_cast<uint32_t>(index_.nodes_.size());
    while (begin < parent.end) {
      const char first = bucket[begin].prefix[parent.size];
      size_t end = begin + 1;
      while (end < parent.end && bucket[end].prefix[parent.size] == first) ++end;
      // The texts are sorted: what the first and the last have in common, all have.
      const size_t size = CommonPrefix(bucket[begin].prefix, bucket[end - 1].prefix);
      const uint32_t child = NewNode(bucket[begin].prefix.substr(parent.size, size - parent.size));
      ++index_.nodes_[parent.node].child_count;
      pending->push_back({child, begin, end, size});
      begin = end;
    }
  }

  StatementIndex& index_;
  Bucket global_;
  std::map<std::string_view, Bucket> services_;
  std::map<std::string_view, Bucket> actions_;
};

StatementIndex::StatementIndex(absl::Span<const CompiledStatement* const> statements) {
  StatementIndexBuilder builder(this);
  for (uint32_t number = 0; number < statements.size(); ++number) {
    builder.Add(number, *statements[number]);
  }
  builder.Finish();
}

}  // namespace portcullis::policy
