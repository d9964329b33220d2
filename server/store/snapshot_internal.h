// What a Snapshot consists of: filled by SnapshotBuilder, const ever after.
#ifndef PORTCULLIS_SERVER_STORE_SNAPSHOT_INTERNAL_H_
#define PORTCULLIS_SERVER_STORE_SNAPSHOT_INTERNAL_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "server/policy/policy_set.h"
#include "server/route/table.h"
#include "server/session/key_ring.h"
#include "server/store/entities.h"
#include "server/store/listings.h"
#include "server/store/resource_index.h"
#include "server/store/snapshot_memory.h"

namespace portcullis::store {

// Keys are views into the entities, which never move.
template <typename T>
using NameMap = absl::flat_hash_map<std::string_view, const T*>;
// Entities by ARN. A slot is a pointer and no more, so that the table of a million fits into caches
// that views of their names would not leave room in.
struct HashArn {
  using is_transparent = void;
  size_t operator()(std::string_view arn) const { return absl::Hash<std::string_view>()(arn); }
  template <typename T>
  size_t operator()(const T* entity) const {
    return (*this)(std::string_view(entity->arn));
  }
};
struct SameArn {
  using is_transparent = void;
  template <typename T>
  bool operator()(const T* a, const T* b) const {
    return a->arn == b->arn;
  }
  template <typename T>
  bool operator()(const T* entity, std::string_view arn) const {
    return entity->arn == arn;
  }
};
template <typename T>
using ArnSet = absl::flat_hash_set<const T*, HashArn, SameArn>;
template <typename T>
using PairMap = absl::flat_hash_map<std::pair<std::string_view, std::string_view>, const T*>;

struct SnapshotTables {
  SnapshotTables() = default;
  ~SnapshotTables();  // Wipes secrets.
  SnapshotTables(const SnapshotTables&) = delete;
  SnapshotTables& operator=(const SnapshotTables&) = delete;

  SnapshotMemory memory;  // Outlives everything below: first in, last out.

  std::string digest;
  std::shared_ptr<const session::KeyRing> key_ring;
  size_t statement_count = 0;

  // Owners, in source order.
  std::vector<std::unique_ptr<Account>> accounts;
  std::vector<std::unique_ptr<ManagedPolicy>> managed_policies;
  std::vector<std::unique_ptr<Group>> groups;
  std::vector<std::unique_ptr<User>> users;
  std::vector<std::unique_ptr<Role>> roles;
  std::vector<std::unique_ptr<InstanceProfile>> instance_profiles;
  std::vector<std::unique_ptr<AccessKey>> access_keys;
  std::vector<std::unique_ptr<MfaDevice>> mfa_devices;
  std::vector<std::unique_ptr<Resource>> resources;
  std::vector<std::unique_ptr<OidcProvider>> oidc_providers;
  std::vector<std::unique_ptr<SamlProvider>> saml_providers;
  std::vector<std::unique_ptr<Revocation>> revocations;
  std::vector<std::unique_ptr<Proxy>> proxies;
  std::unique_ptr<const route::Table> routes = std::make_unique<route::Table>();  // Never nullptr.
  // One per level of an organization.
  std::vector<std::unique_ptr<const policy::CompiledPolicySet>> organization_policies;

  NameMap<Account> accounts_by_id;
  NameMap<Account> accounts_by_alias;
  NameMap<ManagedPolicy> managed_policies_by_arn;
  ArnSet<Group> groups_by_arn;
  ArnSet<User> users_by_arn;
  NameMap<User> users_by_id;
  ArnSet<Role> roles_by_arn;
  NameMap<Role> roles_by_id;
  PairMap<Role> roles_by_name;  // By account and name: a session ARN has no path.
  ArnSet<InstanceProfile> instance_profiles_by_arn;
  NameMap<InstanceProfile> instance_profiles_by_id;
  NameMap<AccessKey> access_keys_by_id;
  NameMap<MfaDevice> mfa_devices_by_serial_number;
  NameMap<OidcProvider> oidc_providers_by_arn;
  PairMap<OidcProvider> oidc_providers_by_url;           // By account and URL.
  PairMap<OidcProvider> oidc_providers_by_trust_domain;  // By account and trust domain.
  NameMap<SamlProvider> saml_providers_by_arn;
  // By subject; of several the one with the latest time.
  NameMap<Revocation> role_revocations;
  NameMap<Revocation> user_revocations;
  NameMap<Revocation> access_key_revocations;
  NameMap<Revocation> session_revocations;
  ResourceIndex resource_index;
  Listings listings;
};

template <typename T>
const T* FindIn(const NameMap<T>& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : found->second;
}
template <typename T>
const T* FindIn(const ArnSet<T>& set, std::string_view arn) {
  const auto found = set.find(arn);
  return found == set.end() ? nullptr : *found;
}
template <typename T>
const T* FindIn(const PairMap<T>& map, std::string_view first, std::string_view second) {
  const auto found = map.find(std::pair(first, second));
  return found == map.end() ? nullptr : found->second;
}

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_SNAPSHOT_INTERNAL_H_
