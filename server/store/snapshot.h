// One immutable generation of everything a decision depends on.
#ifndef PORTCULLIS_SERVER_STORE_SNAPSHOT_H_
#define PORTCULLIS_SERVER_STORE_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/route/table.h"
#include "server/session/key_ring.h"
#include "server/store/entities.h"

namespace portcullis::store {

struct SnapshotTables;  // In snapshot_internal.h.

// An inline policy of a user, group or role.
struct InlinePolicy {
  std::string_view name;                       // PolicyName.
  const policy::HeldPolicy* policy = nullptr;  // Never nullptr.
};

// The own policies of a user, group or role, told apart. Both sorted by name; of
// managed policies with the same name, by ARN.
struct EntityPolicies {
  std::vector<InlinePolicy> inline_policies;
  std::vector<const ManagedPolicy*> managed;
};

// Who of one account uses a managed policy. Each list is sorted by name.
struct PolicyAttachments {
  // To whom it is attached.
  absl::Span<const User* const> users;
  absl::Span<const Group* const> groups;
  absl::Span<const Role* const> roles;
  // Whose permissions boundary it is.
  absl::Span<const User* const> boundary_users;
  absl::Span<const Role* const> boundary_roles;

  // AttachmentCount and PermissionsBoundaryUsageCount of the IAM API.
  size_t attachment_count() const { return users.size() + groups.size() + roles.size(); }
  size_t boundary_usage_count() const { return boundary_users.size() + boundary_roles.size(); }
};

// Principals, groups, roles, compiled policies, resources and the key ring, with lookups by name.
//
// Invariants
//   1. Immutable: nothing reachable from a Snapshot changes after SnapshotBuilder::Build().
//   2. Closed: every entity, policy and account that something names exists in the same Snapshot.
//   3. Two Snapshots with equal digest() give the same decision for every request.
//
// Threads: any number may read one Snapshot at once, without synchronization.
// Lifetime: pointers returned live as long as the Snapshot. Hold the shared_ptr of
// PolicyStore::Current() for a whole request; never keep a pointer past it.
class Snapshot {
 public:
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // SHA-256 of the sources it was built from, hex: the policy revision. Equal on all replicas.
  const std::string& digest() const;

  // Lookups: nullptr if there is no such thing. Names compare exactly.
  const Account* FindAccount(std::string_view id) const;
  const Account* FindAccountByAlias(std::string_view alias) const;
  const User* FindUser(std::string_view arn) const;
  const User* FindUserById(std::string_view id) const;
  const Group* FindGroup(std::string_view arn) const;
  const Role* FindRole(std::string_view arn) const;
  const Role* FindRoleById(std::string_view id) const;
  // By account and name, which is unique whatever the path. FindRoleByName is
  // O(1); the others search a listing (below), O(log of its length). None allocates.
  const User* FindUserByName(std::string_view account_id, std::string_view name) const;
  const Group* FindGroupByName(std::string_view account_id, std::string_view name) const;
  const Role* FindRoleByName(std::string_view account_id, std::string_view name) const;
  const InstanceProfile* FindInstanceProfile(std::string_view arn) const;
  const InstanceProfile* FindInstanceProfileByName(std::string_view account_id,
                                                   std::string_view name) const;
  const ManagedPolicy* FindManagedPolicy(std::string_view arn) const;
  const AccessKey* FindAccessKey(std::string_view id) const;
  const MfaDevice* FindMfaDevice(std::string_view serial_number) const;
  const OidcProvider* FindOidcProvider(std::string_view arn) const;
  // By account and issuer URL, compared exactly.
  const OidcProvider* FindOidcProviderByUrl(std::string_view account_id,
                                            std::string_view url) const;
  // The provider whose identities are the workloads of a SPIFFE trust domain.
  const OidcProvider* FindOidcProviderByTrustDomain(std::string_view account_id,
                                                    std::string_view trust_domain) const;
  const SamlProvider* FindSamlProvider(std::string_view arn) const;

  // What revokes sessions of a role or user (by unique id), of a long-term key, or one session by
  // its access key id. If several do, the one with the latest `issued_before`. O(1), allocate
  // nothing: they are asked for every request that a session makes.
  const Revocation* FindRoleRevocation(std::string_view role_id) const;
  const Revocation* FindUserRevocation(std::string_view user_id) const;
  const Revocation* FindAccessKeyRevocation(std::string_view access_key_id) const;
  const Revocation* FindSessionRevocation(std::string_view session_access_key_id) const;

  // Gateways and their rules; empty if there are none.
  const route::Table& routes() const;
  // nullptr if there is no proxy of that name; no certificate's name that is this one; no proxy
  // with this secret, which is compared with each in constant time.
  const Proxy* FindProxy(std::string_view name) const;
  const Proxy* FindProxyByIdentity(std::string_view identity) const;
  const Proxy* FindProxyBySecret(std::string_view secret) const;

  // The registered resource that `arn` is or lies below (see Resource). Time: the ARN's length.
  const Resource* FindResource(std::string_view arn) const;

  // Listings of one account, sorted by name in byte order: what a page of a listing begins after
  // is found by binary search. They are made once per snapshot, as arrays of pointers (see
  // listings.h), so that a call is O(1) and allocates nothing. REQUIRES, here and below: what is
  // passed belongs to this Snapshot.
  absl::Span<const User* const> UsersOf(const Account& account) const;
  absl::Span<const Group* const> GroupsOf(const Account& account) const;
  absl::Span<const Role* const> RolesOf(const Account& account) const;
  absl::Span<const ManagedPolicy* const> ManagedPoliciesOf(const Account& account) const;
  absl::Span<const InstanceProfile* const> InstanceProfilesOf(const Account& account) const;
  absl::Span<const OidcProvider* const> OidcProvidersOf(const Account& account) const;  // By URL.
  absl::Span<const SamlProvider* const> SamlProvidersOf(const Account& account) const;
  // The platform-managed policies, which every account can attach.
  absl::Span<const ManagedPolicy* const> PlatformManagedPolicies() const;

  // What refers to an entity, sorted by name. O(1), allocate nothing.
  absl::Span<const User* const> MembersOf(const Group& group) const;
  absl::Span<const InstanceProfile* const> InstanceProfilesOf(const Role& role) const;
  // Only entities of `account`, even if the policy is the platform's. O(1).
  PolicyAttachments AttachmentsOf(const ManagedPolicy& policy, const Account& account) const;

  // An entity's own policies; not those of a user's groups.
  EntityPolicies PoliciesOf(const User& user) const;
  EntityPolicies PoliciesOf(const Group& group) const;
  EntityPolicies PoliciesOf(const Role& role) const;

  // Never nullptr.
  const std::shared_ptr<const session::KeyRing>& key_ring() const;

  // Everything, in source order: for listings and counts, not for a request's path.
  absl::Span<const std::unique_ptr<Account>> accounts() const;
  absl::Span<const std::unique_ptr<User>> users() const;
  absl::Span<const std::unique_ptr<Group>> groups() const;
  absl::Span<const std::unique_ptr<Role>> roles() const;
  absl::Span<const std::unique_ptr<InstanceProfile>> instance_profiles() const;
  absl::Span<const std::unique_ptr<ManagedPolicy>> managed_policies() const;
  absl::Span<const std::unique_ptr<Resource>> resources() const;
  absl::Span<const std::unique_ptr<OidcProvider>> oidc_providers() const;
  absl::Span<const std::unique_ptr<SamlProvider>> saml_providers() const;
  absl::Span<const std::unique_ptr<Revocation>> revocations() const;
  absl::Span<const std::unique_ptr<Proxy>> proxies() const;
  absl::Span<const std::unique_ptr<AccessKey>> access_keys() const;
  absl::Span<const std::unique_ptr<MfaDevice>> mfa_devices() const;
  size_t statement_count() const;

 private:
  friend class SnapshotBuilder;
  explicit Snapshot(std::unique_ptr<const SnapshotTables> tables);
  std::unique_ptr<const SnapshotTables> tables_;
};

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_SNAPSHOT_H_
