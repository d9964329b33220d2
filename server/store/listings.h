// What listings of an account, and questions about who refers to what, are answered from.
#ifndef PORTCULLIS_SERVER_STORE_LISTINGS_H_
#define PORTCULLIS_SERVER_STORE_LISTINGS_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

#include "server/store/entities.h"

namespace portcullis::store {

struct SnapshotTables;  // In snapshot_internal.h.

// Items by key, in one array: eight bytes for an item, and one entry of a table for a key that has
// any. An item may be under several keys, or under none. Within a key, items are in the order in
// which they were given.
template <typename Key, typename Item>
class Grouped {
 public:
  using Entry = std::pair<Key, const Item*>;

  Grouped() = default;
  explicit Grouped(absl::Span<const Entry> entries) : items_(entries.size()) {
    for (const auto& [key, item] : entries) ++ranges_[key].end;
    uint32_t total = 0;
    for (auto& [key, range] : ranges_) {
      range.begin = total;
      total += range.end;
      range.end = range.begin;  // Grows to its count below.
    }
    for (const auto& [key, item] : entries) items_[ranges_[key].end++] = item;
  }

  // Empty if there are none. O(1).
  absl::Span<const Item* const> Of(const Key& key) const {
    const auto found = ranges_.find(key);
    if (found == ranges_.end()) return {};
    const Range range = found->second;
    return absl::MakeConstSpan(items_).subspan(range.begin, range.end - range.begin);
  }

 private:
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  absl::flat_hash_map<Key, Range> ranges_;
  std::vector<const Item*> items_;
};

// Made once per snapshot. Everything is sorted by name in byte order.
struct Listings {
  template <typename T>
  using ByAccount = Grouped<const Account*, T>;
  // By policy and by the account of who uses it: a platform-managed policy is used in several.
  template <typename T>
  using ByPolicy = Grouped<std::pair<const ManagedPolicy*, const Account*>, T>;

  ByAccount<User> users;
  ByAccount<Group> groups;
  ByAccount<Role> roles;
  ByAccount<ManagedPolicy> managed_policies;  // The platform's: nullptr.
  ByAccount<InstanceProfile> instance_profiles;
  ByAccount<OidcProvider> oidc_providers;  // Sorted by URL.
  ByAccount<SamlProvider> saml_providers;

  Grouped<const Group*, User> members;
  Grouped<const Role*, InstanceProfile> profiles_of_role;

  ByPolicy<User> attached_users;
  ByPolicy<Group> attached_groups;
  ByPolicy<Role> attached_roles;
  ByPolicy<User> bounded_users;
  ByPolicy<Role> bounded_roles;
};

Listings MakeListings(const SnapshotTables& tables);

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_LISTINGS_H_
