#include "server/store/snapshot.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <openssl/crypto.h>

#include "server/store/names.h"
#include "server/store/snapshot_internal.h"

namespace portcullis::store {

SnapshotTables::~SnapshotTables() {
  for (const auto& key : access_keys) OPENSSL_cleanse(key->secret.data(), key->secret.size());
  for (const auto& device : mfa_devices) OPENSSL_cleanse(device->seed.data(), device->seed.size());
}

Snapshot::Snapshot(std::unique_ptr<const SnapshotTables> tables) : tables_(std::move(tables)) {}
Snapshot::~Snapshot() = default;

const std::string& Snapshot::digest() const {
  return tables_->digest;
}

const Account* Snapshot::FindAccount(std::string_view id) const {
  return FindIn(tables_->accounts_by_id, id);
}

const Account* Snapshot::FindAccountByAlias(std::string_view alias) const {
  return FindIn(tables_->accounts_by_alias, alias);
}

namespace {

// Whoever finds a user or a role asks its policies next, but has more to do before.
const User* Prefetched(const User* user) {
  if (user != nullptr) user->Prefetch();
  return user;
}

const Role* Prefetched(const Role* role) {
  if (role != nullptr) role->policies->Prefetch();
  return role;
}

}  // namespace

const User* Snapshot::FindUser(std::string_view arn) const {
  return Prefetched(FindIn(tables_->users_by_arn, arn));
}

const User* Snapshot::FindUserById(std::string_view id) const {
  return Prefetched(FindIn(tables_->users_by_id, id));
}

const Group* Snapshot::FindGroup(std::string_view arn) const {
  return FindIn(tables_->groups_by_arn, arn);
}

const Role* Snapshot::FindRole(std::string_view arn) const {
  return Prefetched(FindIn(tables_->roles_by_arn, arn));
}

const Role* Snapshot::FindRoleById(std::string_view id) const {
  return Prefetched(FindIn(tables_->roles_by_id, id));
}

namespace {

// In a time that depends on the sizes alone.
bool HasSameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Binary search in a listing, which is sorted by name.
template <typename T>
const T* FindByName(absl::Span<const T* const> listing, std::string_view name) {
  const auto found = std::lower_bound(
      listing.begin(), listing.end(), name,
      [](const T* entity, std::string_view sought) { return entity->name < sought; });
  return found == listing.end() || (*found)->name != name ? nullptr : *found;
}

// Inline policies and managed ones, each sorted by name.
EntityPolicies TellApart(const SnapshotTables& tables, const policy::CompiledPolicySet& set) {
  EntityPolicies told;
  for (const policy::HeldPolicy& policy : set.policies()) {
    if (IsInlinePolicyId(policy.id())) {
      told.inline_policies.push_back({InlinePolicyName(policy.id()), &policy});
    } else if (const auto* managed = FindIn(tables.managed_policies_by_arn, policy.id())) {
      told.managed.push_back(managed);
    }
  }
  std::sort(told.inline_policies.begin(), told.inline_policies.end(),
            [](const InlinePolicy& a, const InlinePolicy& b) { return a.name < b.name; });
  std::sort(told.managed.begin(), told.managed.end(), [](const auto* a, const auto* b) {
    return std::tie(a->name, a->arn) < std::tie(b->name, b->arn);
  });
  return told;
}

}  // namespace

const User* Snapshot::FindUserByName(std::string_view account_id, std::string_view name) const {
  const Account* account = FindAccount(account_id);
  return account == nullptr ? nullptr : FindByName(UsersOf(*account), name);
}

const Group* Snapshot::FindGroupByName(std::string_view account_id, std::string_view name) const {
  const Account* account = FindAccount(account_id);
  return account == nullptr ? nullptr : FindByName(GroupsOf(*account), name);
}

const InstanceProfile* Snapshot::FindInstanceProfile(std::string_view arn) const {
  return FindIn(tables_->instance_profiles_by_arn, arn);
}

const InstanceProfile* Snapshot::FindInstanceProfileByName(std::string_view account_id,
                                                           std::string_view name) const {
  const Account* account = FindAccount(account_id);
  return account == nullptr ? nullptr : FindByName(InstanceProfilesOf(*account), name);
}

const Role* Snapshot::FindRoleByName(std::string_view account_id, std::string_view name) const {
  return Prefetched(FindIn(tables_->roles_by_name, account_id, name));
}

const ManagedPolicy* Snapshot::FindManagedPolicy(std::string_view arn) const {
  return FindIn(tables_->managed_policies_by_arn, arn);
}

const AccessKey* Snapshot::FindAccessKey(std::string_view id) const {
  return FindIn(tables_->access_keys_by_id, id);
}

const MfaDevice* Snapshot::FindMfaDevice(std::string_view serial_number) const {
  return FindIn(tables_->mfa_devices_by_serial_number, serial_number);
}

const OidcProvider* Snapshot::FindOidcProvider(std::string_view arn) const {
  return FindIn(tables_->oidc_providers_by_arn, arn);
}

const OidcProvider* Snapshot::FindOidcProviderByUrl(std::string_view account_id,
                                                    std::string_view url) const {
  return FindIn(tables_->oidc_providers_by_url, account_id, url);
}

const OidcProvider* Snapshot::FindOidcProviderByTrustDomain(std::string_view account_id,
                                                            std::string_view trust_domain) const {
  return FindIn(tables_->oidc_providers_by_trust_domain, account_id, trust_domain);
}

const SamlProvider* Snapshot::FindSamlProvider(std::string_view arn) const {
  return FindIn(tables_->saml_providers_by_arn, arn);
}

const Revocation* Snapshot::FindRoleRevocation(std::string_view role_id) const {
  return FindIn(tables_->role_revocations, role_id);
}

const Revocation* Snapshot::FindUserRevocation(std::string_view user_id) const {
  return FindIn(tables_->user_revocations, user_id);
}

const Revocation* Snapshot::FindAccessKeyRevocation(std::string_view access_key_id) const {
  return FindIn(tables_->access_key_revocations, access_key_id);
}

const Revocation* Snapshot::FindSessionRevocation(std::string_view session_access_key_id) const {
  return FindIn(tables_->session_revocations, session_access_key_id);
}

const Resource* Snapshot::FindResource(std::string_view arn) const {
  return tables_->resource_index.Find(arn);
}

absl::Span<const User* const> Snapshot::UsersOf(const Account& account) const {
  return tables_->listings.users.Of(&account);
}

absl::Span<const Group* const> Snapshot::GroupsOf(const Account& account) const {
  return tables_->listings.groups.Of(&account);
}

absl::Span<const Role* const> Snapshot::RolesOf(const Account& account) const {
  return tables_->listings.roles.Of(&account);
}

absl::Span<const ManagedPolicy* const> Snapshot::ManagedPoliciesOf(const Account& account) const {
  return tables_->listings.managed_policies.Of(&account);
}

absl::Span<const ManagedPolicy* const> Snapshot::PlatformManagedPolicies() const {
  return tables_->listings.managed_policies.Of(nullptr);
}

absl::Span<const InstanceProfile* const> Snapshot::InstanceProfilesOf(
    const Account& account) const {
  return tables_->listings.instance_profiles.Of(&account);
}

absl::Span<const OidcProvider* const> Snapshot::OidcProvidersOf(const Account& account) const {
  return tables_->listings.oidc_providers.Of(&account);
}

absl::Span<const SamlProvider* const> Snapshot::SamlProvidersOf(const Account& account) const {
  return tables_->listings.saml_providers.Of(&account);
}

absl::Span<const User* const> Snapshot::MembersOf(const Group& group) const {
  return tables_->listings.members.Of(&group);
}

absl::Span<const InstanceProfile* const> Snapshot::InstanceProfilesOf(const Role& role) const {
  return tables_->listings.profiles_of_role.Of(&role);
}

PolicyAttachments Snapshot::AttachmentsOf(const ManagedPolicy& policy,
                                          const Account& account) const {
  const Listings& listings = tables_->listings;
  const std::pair key(&policy, &account);
  return {listings.attached_users.Of(key), listings.attached_groups.Of(key),
          listings.attached_roles.Of(key), listings.bounded_users.Of(key),
          listings.bounded_roles.Of(key)};
}

EntityPolicies Snapshot::PoliciesOf(const User& user) const {
  return TellApart(*tables_, *user.own_policies);
}

EntityPolicies Snapshot::PoliciesOf(const Group& group) const {
  return TellApart(*tables_, *group.policies);
}

EntityPolicies Snapshot::PoliciesOf(const Role& role) const {
  return TellApart(*tables_, *role.policies);
}

const std::shared_ptr<const session::KeyRing>& Snapshot::key_ring() const {
  return tables_->key_ring;
}

absl::Span<const std::unique_ptr<Account>> Snapshot::accounts() const {
  return tables_->accounts;
}
absl::Span<const std::unique_ptr<User>> Snapshot::users() const {
  return tables_->users;
}
absl::Span<const std::unique_ptr<Group>> Snapshot::groups() const {
  return tables_->groups;
}
absl::Span<const std::unique_ptr<Role>> Snapshot::roles() const {
  return tables_->roles;
}

absl::Span<const std::unique_ptr<InstanceProfile>> Snapshot::instance_profiles() const {
  return tables_->instance_profiles;
}

absl::Span<const std::unique_ptr<ManagedPolicy>> Snapshot::managed_policies() const {
  return tables_->managed_policies;
}

absl::Span<const std::unique_ptr<Resource>> Snapshot::resources() const {
  return tables_->resources;
}

absl::Span<const std::unique_ptr<OidcProvider>> Snapshot::oidc_providers() const {
  return tables_->oidc_providers;
}

absl::Span<const std::unique_ptr<SamlProvider>> Snapshot::saml_providers() const {
  return tables_->saml_providers;
}

const route::Table& Snapshot::routes() const {
  return *tables_->routes;
}

const Proxy* Snapshot::FindProxy(std::string_view name) const {
  for (const auto& proxy : tables_->proxies) {
    if (proxy->name == name) return proxy.get();
  }
  return nullptr;
}

const Proxy* Snapshot::FindProxyByIdentity(std::string_view identity) const {
  for (const auto& proxy : tables_->proxies) {
    if (proxy->HasIdentity(identity)) return proxy.get();
  }
  return nullptr;
}

const Proxy* Snapshot::FindProxyBySecret(std::string_view secret) const {
  const Proxy* found = nullptr;
  for (const auto& proxy : tables_->proxies) {
    // All are compared, so that the time tells nothing about which.
    if (!proxy->secret.empty() && HasSameBytes(proxy->secret, secret)) found = proxy.get();
  }
  return found;
}

absl::Span<const std::unique_ptr<Proxy>> Snapshot::proxies() const {
  return tables_->proxies;
}

absl::Span<const std::unique_ptr<Revocation>> Snapshot::revocations() const {
  return tables_->revocations;
}

absl::Span<const std::unique_ptr<AccessKey>> Snapshot::access_keys() const {
  return tables_->access_keys;
}

absl::Span<const std::unique_ptr<MfaDevice>> Snapshot::mfa_devices() const {
  return tables_->mfa_devices;
}

size_t Snapshot::statement_count() const {
  return tables_->statement_count;
}

}  // namespace portcullis::store
