// What the passes of SnapshotBuilder share. Each pass adds one kind of thing to the tables and
// reports what is wrong with it; it goes on after a mistake, so that all mistakes are reported at
// once.
#ifndef PORTCULLIS_SERVER_STORE_BUILD_INTERNAL_H_
#define PORTCULLIS_SERVER_STORE_BUILD_INTERNAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/definitions.h"
#include "server/store/names.h"
#include "server/store/snapshot_builder.h"
#include "server/store/snapshot_internal.h"

namespace portcullis::store {

// Entities of one kind by account and name; names are unique without case.
template <typename T>
class EntityIndex {
 public:
  // The entity that has the name already, or nullptr if `entity` was added.
  const T* Insert(std::string_view account, const T* entity) {
    const auto [found, added] = by_name_.emplace(KeyOf(account, entity->name), entity);
    return added ? nullptr : found->second;
  }

  // Compares exactly; nullptr if there is none.
  const T* Find(std::string_view account, std::string_view name) const {
    const auto found = by_name_.find(KeyOf(account, name));
    return found == by_name_.end() || found->second->name != name ? nullptr : found->second;
  }

 private:
  static std::string KeyOf(std::string_view account, std::string_view name) {
    return base::StrCat(account, "/", FoldName(name));
  }

  absl::flat_hash_map<std::string, const T*> by_name_;
};

// How the kinds of entity differ.
struct EntityTraits {
  std::string_view noun;           // "user": in messages.
  std::string_view resource_type;  // "user": in ARNs and in the ids of inline policies.
  std::string_view id_prefix;
  size_t name_length_max;
  uint32_t Quotas::*inline_policy_size;  // nullptr: it has no policies.
};
inline constexpr EntityTraits kUserTraits = {"user", "user", "AIDA", 64,
                                             &Quotas::inline_policy_size_user};
inline constexpr EntityTraits kGroupTraits = {"group", "group", "AGPA", 128,
                                              &Quotas::inline_policy_size_group};
inline constexpr EntityTraits kRoleTraits = {"role", "role", "AROA", 64,
                                             &Quotas::inline_policy_size_role};
inline constexpr EntityTraits kInstanceProfileTraits = {"instance profile", "instance-profile",
                                                        "AIPA", 128, nullptr};

// One build. The passes are functions of it.
struct BuildContext {
  Quotas quotas;
  std::string partition;
  std::vector<std::shared_ptr<const FileDefinitions>> files;  // Sorted by name.
  SnapshotTables* tables = nullptr;
  std::vector<SourceDiagnostic>* diagnostics = nullptr;
  int suggestions_left = 200;  // Searching for similar names is slow, and a page of them is enough.

  EntityIndex<ManagedPolicy> managed_policies;
  EntityIndex<Group> groups;
  EntityIndex<User> users;
  EntityIndex<Role> roles;
  EntityIndex<InstanceProfile> instance_profiles;
  EntityIndex<SamlProvider> saml_providers;
  // Nobody looks these up by id, but ids are unique all the same.
  NameMap<Group> groups_by_id;
  NameMap<ManagedPolicy> managed_policies_by_id;

  void Error(const FileDefinitions& file, base::Position position, std::string message,
             std::string suggestion = {});
  void Warning(const FileDefinitions& file, base::Position position, std::string message);
  void Report(std::string_view file, policy::Diagnostic diagnostic);

  // What the author may have meant by `word`, or "".
  std::string Suggest(std::string_view word, absl::Span<const std::string_view> candidates);

  // Whether one more is over the quota (zero: none). Reports it once per kind of thing and place.
  bool CheckQuota(size_t count, uint32_t quota, std::string_view what, const FileDefinitions& file,
                  base::Position position);
};

Origin OriginOf(const FileDefinitions& file, const Located& located);

// The account that a definition belongs to; nullptr, and an error, if it is not declared or
// external.
const Account* OwningAccount(BuildContext& context, const FileDefinitions& file,
                             const Located& account);

// Enters the entity under its unique id, explicit or derived; an error if another one has it
// . `T` has `id`, `arn` and `origin`.
template <typename T>
void EnterId(BuildContext& context, const FileDefinitions& file, const NamedDefinition& definition,
             const T* entity, NameMap<T>* by_id) {
  const auto [found, added] = by_id->emplace(entity->id, entity);
  if (added) return;
  const Located& place = definition.id.text.empty() ? definition.name : definition.id;
  context.Error(
      file, place.position,
      base::StrCat("id ", base::Quoted(entity->id), " belongs already to ",
                   base::Quoted(found->second->arn), " at ", FormatOrigin(found->second->origin)));
}

// Checked tags.
enum class TagKeys : uint8_t { kCaseSensitive, kCaseInsensitive };
std::vector<Tag> BuildTags(BuildContext& context, const FileDefinitions& file,
                           const std::vector<TagDefinition>& tags, TagKeys keys);

// The managed policy that an entity of `account` attaches; nullptr and an error if there is none.
const ManagedPolicy* FindAttachable(BuildContext& context, const FileDefinitions& file,
                                    const Located& arn, const Account& account);

// A resource-based policy, trust policy or organization policy as a set of one.
std::unique_ptr<const policy::CompiledPolicySet> SinglePolicySet(BuildContext& context,
                                                                 const PolicyDefinition& definition,
                                                                 std::string id);
policy::NamedPolicy NamePolicy(BuildContext& context, const PolicyDefinition& definition,
                               std::string id);

// Access keys and devices of a user, or of root if `user` is nullptr.
std::vector<const AccessKey*> AddAccessKeys(BuildContext& context, const FileDefinitions& file,
                                            const std::vector<AccessKeyDefinition>& keys,
                                            const Account& account, const User* user);
std::vector<const MfaDevice*> AddMfaDevices(BuildContext& context, const FileDefinitions& file,
                                            const std::vector<MfaDeviceDefinition>& devices,
                                            const Account& account, const User* user);

// The passes, in the order in which they run.
void BuildAccounts(BuildContext& context);          // build_accounts.cc
void BuildManagedPolicies(BuildContext& context);   // build_policies.cc
void BuildGroups(BuildContext& context);            // build_entities.cc
void BuildUsers(BuildContext& context);             // build_entities.cc
void BuildRoles(BuildContext& context);             // build_entities.cc
void BuildInstanceProfiles(BuildContext& context);  // build_entities.cc
void BuildProviders(BuildContext& context);         // build_providers.cc
void BuildResources(BuildContext& context);         // build_resources.cc
void BuildOrganizations(BuildContext& context);     // build_organization.cc
void BuildRevocations(BuildContext& context);       // build_revocations.cc
void BuildGateways(BuildContext& context);          // build_gateways.cc
void CheckPrincipals(BuildContext& context);        // check_principals.cc

}  // namespace portcullis::store

#endif  // PORTCULLIS_SERVER_STORE_BUILD_INTERNAL_H_
