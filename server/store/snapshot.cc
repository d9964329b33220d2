#include "server/store/snapshot.h"

#include <utility>

#include <openssl/crypto.h>

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

const User* Snapshot::FindUser(std::string_view arn) const {
  return FindIn(tables_->users_by_arn, arn);
}

const User* Snapshot::FindUserById(std::string_view id) const {
  return FindIn(tables_->users_by_id, id);
}

const Group* Snapshot::FindGroup(std::string_view arn) const {
  return FindIn(tables_->groups_by_arn, arn);
}

const Role* Snapshot::FindRole(std::string_view arn) const {
  return FindIn(tables_->roles_by_arn, arn);
}

const Role* Snapshot::FindRoleById(std::string_view id) const {
  return FindIn(tables_->roles_by_id, id);
}

const Role* Snapshot::FindRoleByName(std::string_view account_id, std::string_view name) const {
  return FindIn(tables_->roles_by_name, account_id, name);
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
