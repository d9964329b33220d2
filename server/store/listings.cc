#include "server/store/listings.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "server/store/names.h"
#include "server/store/snapshot_internal.h"

namespace portcullis::store {
namespace {

template <typename T>
const std::string& SortKeyOf(const T& entity) {
  return entity.name;
}
const std::string& SortKeyOf(const OidcProvider& provider) {
  return provider.url;
}

// All of `entities`, sorted. A million of them are sorted by the heads of their names as far as
// those differ: following each pointer for each comparison would cost many times more.
template <typename T>
std::vector<const T*> Sorted(absl::Span<const std::unique_ptr<T>> entities) {
  struct Row {
    std::array<char, 16> head{};  // Filled up with NUL, which no name contains.
    const T* entity = nullptr;
  };
  std::vector<Row> rows(entities.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string& key = SortKeyOf(*entities[i]);
    std::memcpy(rows[i].head.data(), key.data(), std::min(key.size(), rows[i].head.size()));
    rows[i].entity = entities[i].get();
  }
  // Stable, so that names that occur in several accounts leave nothing to chance.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    const int order = std::memcmp(a.head.data(), b.head.data(), a.head.size());
    return order != 0 ? order < 0 : SortKeyOf(*a.entity) < SortKeyOf(*b.entity);
  });
  std::vector<const T*> sorted;
  sorted.reserve(rows.size());
  for (const Row& row : rows) sorted.push_back(row.entity);
  return sorted;
}

template <typename T>
Listings::ByAccount<T> GroupByAccount(absl::Span<const T* const> sorted) {
  return {sorted, [](const T& entity, auto add) { add(entity.account); }};
}

// The managed policies that something attaches, told by the ids that they share with their
// attachments.
class Attachments {
 public:
  explicit Attachments(const SnapshotTables& tables) {
    for (const auto& policy : tables.managed_policies) {
      by_id_.emplace(policy->policy.id.get(), policy.get());
    }
  }

  template <typename Add>
  void ForEach(const policy::CompiledPolicySet& policies, Add add) const {
    for (const policy::NamedPolicy& policy : policies.policies()) {
      const auto found = by_id_.find(policy.id.get());
      if (found != by_id_.end()) add(found->second);
    }
  }

 private:
  absl::flat_hash_map<const std::string*, const ManagedPolicy*> by_id_;
};

const policy::CompiledPolicySet& OwnPolicies(const User& user) {
  return *user.own_policies;
}
const policy::CompiledPolicySet& OwnPolicies(const Group& group) {
  return *group.policies;
}
const policy::CompiledPolicySet& OwnPolicies(const Role& role) {
  return *role.policies;
}

template <typename T>
Listings::ByPolicy<T> GroupByAttached(const Attachments& attachments,
                                      absl::Span<const T* const> sorted) {
  return {sorted, [&](const T& entity, auto add) {
            attachments.ForEach(OwnPolicies(entity), [&](const ManagedPolicy* policy) {
              add(std::pair(policy, entity.account));
            });
          }};
}

template <typename T>
Listings::ByPolicy<T> GroupByBoundary(absl::Span<const T* const> sorted) {
  return {sorted, [](const T& entity, auto add) {
            if (entity.boundary != nullptr) add(std::pair(entity.boundary, entity.account));
          }};
}

}  // namespace

Listings MakeListings(const SnapshotTables& tables) {
  const auto users = Sorted<User>(tables.users);
  const auto groups = Sorted<Group>(tables.groups);
  const auto roles = Sorted<Role>(tables.roles);
  const auto profiles = Sorted<InstanceProfile>(tables.instance_profiles);
  const Attachments attachments(tables);
  Listings listings;
  listings.users = GroupByAccount<User>(users);
  listings.groups = GroupByAccount<Group>(groups);
  listings.roles = GroupByAccount<Role>(roles);
  listings.managed_policies =
      GroupByAccount<ManagedPolicy>(Sorted<ManagedPolicy>(tables.managed_policies));
  listings.instance_profiles = GroupByAccount<InstanceProfile>(profiles);
  listings.oidc_providers =
      GroupByAccount<OidcProvider>(Sorted<OidcProvider>(tables.oidc_providers));
  listings.saml_providers =
      GroupByAccount<SamlProvider>(Sorted<SamlProvider>(tables.saml_providers));
  listings.members = {absl::MakeConstSpan(users), [](const User& user, auto add) {
                        for (const Group* group : user.groups) add(group);
                      }};
  listings.profiles_of_role = {absl::MakeConstSpan(profiles),
                               [](const InstanceProfile& profile, auto add) {
                                 if (profile.role != nullptr) add(profile.role);
                               }};
  listings.attached_users = GroupByAttached<User>(attachments, users);
  listings.attached_groups = GroupByAttached<Group>(attachments, groups);
  listings.attached_roles = GroupByAttached<Role>(attachments, roles);
  listings.bounded_users = GroupByBoundary<User>(users);
  listings.bounded_roles = GroupByBoundary<Role>(roles);
  return listings;
}

}  // namespace portcullis::store
