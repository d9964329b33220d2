#include "server/store/listings.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/names.h"
#include "server/store/snapshot_internal.h"

namespace portcullis::store {
namespace {

template <typename T>
using Owned = std::vector<std::unique_ptr<T>>;

template <typename T>
std::string_view SortKeyOf(const T& entity) {
  return entity.name;
}
std::string_view SortKeyOf(const OidcProvider& provider) {
  return provider.url;
}

// How many characters all sort keys begin with in common.
template <typename T>
size_t CommonPrefixLength(const Owned<T>& entities) {
  std::string_view common = SortKeyOf(*entities.front());
  for (const auto& entity : entities) {
    const std::string_view key = SortKeyOf(*entity);
    const auto [end, ignored] = std::mismatch(common.begin(), common.end(), key.begin(), key.end());
    common = common.substr(0, static_cast<size_t>(end - common.begin()));
  }
  return common.size();
}

// All of `entities`, sorted. A million of them are sorted by the part of their names in which most
// differ: following two pointers for each comparison would cost many times more.
template <typename T>
std::vector<const T*> Sorted(const Owned<T>& entities) {
  std::vector<const T*> sorted;
  if (entities.empty()) return sorted;
  struct Row {
    std::array<char, 16> head{};  // Filled up with NUL, which no name contains.
    const T* entity = nullptr;
  };
  const size_t skipped = CommonPrefixLength(entities);
  std::vector<Row> rows(entities.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string_view rest = SortKeyOf(*entities[i]).substr(skipped);
    std::memcpy(rows[i].head.data(), rest.data(), std::min(rest.size(), rows[i].head.size()));
    rows[i].entity = entities[i].get();
  }
  // Stable, so that names that occur in several accounts leave nothing to chance.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const int order = std::memcmp(a.head.data(), b.head.data(), a.head.size());
    return order != 0 ? order < 0 : SortKeyOf(*a.entity) < SortKeyOf(*b.entity);
  });
  sorted.reserve(rows.size());
  for (const Row& row : rows) sorted.push_back(row.entity);
  return sorted;
}

// What is collected of one kind of entity, in one pass over all of them.
template <typename T>
struct Entries {
  std::vector<typename Listings::ByAccount<T>::Entry> by_account;
  std::vector<typename Listings::ByPolicy<T>::Entry> attached;
  std::vector<typename Listings::ByPolicy<T>::Entry> bounded;
};

// Tells managed policies by the ids of their attachments, which are ARNs.
class ManagedPolicies {
 public:
  explicit ManagedPolicies(const NameMap<ManagedPolicy>& by_arn) : by_arn_(by_arn) {}

  // Adds who attaches what.
  template <typename T>
  void Collect(const policy::CompiledPolicySet& own, const T& entity, Entries<T>* entries) const {
    for (const policy::HeldPolicy& policy : own.policies()) {
      if (IsInlinePolicyId(policy.id())) continue;
      const ManagedPolicy* managed = FindIn(by_arn_, policy.id());
      entries->attached.push_back({{managed, entity.account}, &entity});
    }
  }

 private:
  const NameMap<ManagedPolicy>& by_arn_;
};

template <typename T>
void CollectBoundary(const T& entity, Entries<T>* entries) {
  if (entity.boundary == nullptr) return;
  entries->bounded.push_back({{entity.boundary, entity.account}, &entity});
}

template <typename T>
Listings::ByAccount<T> SortedByAccount(const Owned<T>& entities) {
  Entries<T> entries;
  for (const T* entity : Sorted(entities)) entries.by_account.push_back({entity->account, entity});
  return Listings::ByAccount<T>(entries.by_account);
}

void ListUsers(const SnapshotTables& tables, const ManagedPolicies& policies, Listings* listings) {
  Entries<User> entries;
  std::vector<Grouped<const Group*, User>::Entry> members;
  for (const User* user : Sorted(tables.users)) {
    entries.by_account.emplace_back(user->account, user);
    for (const Group* group : user->groups) members.emplace_back(group, user);
    policies.Collect(*user->own_policies, *user, &entries);
    CollectBoundary(*user, &entries);
  }
  listings->users = Listings::ByAccount<User>(entries.by_account);
  listings->members = Grouped<const Group*, User>(members);
  listings->attached_users = Listings::ByPolicy<User>(entries.attached);
  listings->bounded_users = Listings::ByPolicy<User>(entries.bounded);
}

void ListGroups(const SnapshotTables& tables, const ManagedPolicies& policies, Listings* listings) {
  Entries<Group> entries;
  for (const Group* group : Sorted(tables.groups)) {
    entries.by_account.emplace_back(group->account, group);
    policies.Collect(*group->policies, *group, &entries);
  }
  listings->groups = Listings::ByAccount<Group>(entries.by_account);
  listings->attached_groups = Listings::ByPolicy<Group>(entries.attached);
}

void ListRoles(const SnapshotTables& tables, const ManagedPolicies& policies, Listings* listings) {
  Entries<Role> entries;
  for (const Role* role : Sorted(tables.roles)) {
    entries.by_account.emplace_back(role->account, role);
    policies.Collect(*role->policies, *role, &entries);
    CollectBoundary(*role, &entries);
  }
  listings->roles = Listings::ByAccount<Role>(entries.by_account);
  listings->attached_roles = Listings::ByPolicy<Role>(entries.attached);
  listings->bounded_roles = Listings::ByPolicy<Role>(entries.bounded);
}

void ListInstanceProfiles(const SnapshotTables& tables, Listings* listings) {
  Entries<InstanceProfile> entries;
  std::vector<Grouped<const Role*, InstanceProfile>::Entry> of_role;
  for (const InstanceProfile* profile : Sorted(tables.instance_profiles)) {
    entries.by_account.emplace_back(profile->account, profile);
    if (profile->role != nullptr) of_role.emplace_back(profile->role, profile);
  }
  listings->instance_profiles = Listings::ByAccount<InstanceProfile>(entries.by_account);
  listings->profiles_of_role = Grouped<const Role*, InstanceProfile>(of_role);
}

}  // namespace

Listings MakeListings(const SnapshotTables& tables) {
  const ManagedPolicies policies(tables.managed_policies_by_arn);
  Listings listings;
  ListUsers(tables, policies, &listings);
  ListGroups(tables, policies, &listings);
  ListRoles(tables, policies, &listings);
  ListInstanceProfiles(tables, &listings);
  listings.managed_policies = SortedByAccount(tables.managed_policies);
  listings.oidc_providers = SortedByAccount(tables.oidc_providers);
  listings.saml_providers = SortedByAccount(tables.saml_providers);
  return listings;
}

}  // namespace portcullis::store
