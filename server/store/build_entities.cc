#include <optional>

#include "absl/container/flat_hash_set.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/policy/arn.h"
#include "server/store/build_internal.h"

namespace portcullis::store {
namespace {

constexpr size_t kPolicyNameLengthMax = 128;
constexpr size_t kDescriptionLengthMax = 1000;
constexpr int64_t kSessionDurationSecondsMin = 3600;
constexpr int64_t kSessionDurationSecondsMax = 43200;
constexpr std::string_view kServiceLinkedPath = "/aws-service-role/";
constexpr std::string_view kServiceLinkedName = "AWSServiceRoleFor";
constexpr std::string_view kReservedPath = "/aws-reserved/";

bool CheckNames(BuildContext& context, const FileDefinitions& file,
                const NamedDefinition& definition, const EntityTraits& traits) {
  bool good = true;
  if (!IsEntityName(definition.name.text, traits.name_length_max)) {
    context.Error(
        file, definition.name.position,
        base::StrCat(traits.noun, " name ", base::Quoted(definition.name.text), " must be 1 to ",
                     traits.name_length_max, " letters, digits and `_+=,.@-`"));
    good = false;
  }
  if (!definition.path.text.empty() && !IsEntityPath(definition.path.text)) {
    context.Error(file, definition.path.position,
                  base::StrCat("path ", base::Quoted(definition.path.text),
                               " must be `/`, or begin and end with `/`, without blanks and "
                               "wildcards"));
    good = false;
  }
  if (!definition.id.text.empty() && !IsUniqueId(definition.id.text, traits.id_prefix)) {
    context.Error(file, definition.id.position,
                  base::StrCat("id ", base::Quoted(definition.id.text), " of the ", traits.noun,
                               " must begin with `", traits.id_prefix,
                               "` and have 16 to 128 letters and digits"));
    good = false;
  }
  return good;
}

// What an entity is called.
struct Names {
  std::string_view path;
  std::string_view name;
  std::string arn;  // Ends in path and name.
  std::string id;
};

template <typename T>
void KeepNames(BuildContext&, const Names& names, T* entity) {
  entity->arn = names.arn;
  entity->id = names.id;
  entity->path = names.path;
  entity->name = names.name;
}

// In the snapshot's memory, directly behind the user.
void KeepNames(BuildContext& context, const Names& names, User* user) {
  user->arn = context.tables->memory.Keep(names.arn);
  user->id = context.tables->memory.Keep(names.id);
  user->name = user->arn.substr(names.arn.size() - names.name.size());
  user->path =
      user->arn.substr(names.arn.size() - names.name.size() - names.path.size(), names.path.size());
}

// Names, path, ARN, id and origin. False, and errors, if the entity cannot be entered at all.
template <typename T>
bool FillNames(BuildContext& context, const FileDefinitions& file,
               const NamedDefinition& definition, const EntityTraits& traits, T* entity) {
  entity->account = OwningAccount(context, file, definition.account);
  if (!CheckNames(context, file, definition, traits) || entity->account == nullptr) return false;
  Names names;
  names.name = definition.name.text;
  names.path = definition.path.text.empty() ? "/" : std::string_view(definition.path.text);
  names.arn = base::StrCat("arn:", context.partition, ":iam::", entity->account->id, ":",
                           traits.resource_type, names.path, names.name);
  names.id = !definition.id.text.empty()
                 ? definition.id.text
                 : DeriveUniqueId({traits.id_prefix, context.partition, entity->account->id,
                                   names.name, definition.create_date});
  KeepNames(context, names, entity);
  entity->create_date = definition.create_date;
  entity->origin = OriginOf(file, definition.name);
  return true;
}

// Enters the entity under its name; false, and an error, if the name is taken.
template <typename T>
bool Enter(BuildContext& context, const FileDefinitions& file, const Located& name,
           const EntityTraits& traits, const T* entity, EntityIndex<T>* index, ArnSet<T>* by_arn) {
  if (const T* other = index->Insert(entity->account->id, entity)) {
    context.Error(file, name.position,
                  base::StrCat(traits.noun, " ", base::Quoted(name.text), " is already defined as ",
                               base::Quoted(other->name), " at ", FormatOrigin(other->origin),
                               "; names are unique without regard to case and path"));
    return false;
  }
  by_arn->insert(entity);
  return true;
}

void AttachInline(BuildContext& context, const FileDefinitions& file,
                  const EntityDefinition& definition, const EntityTraits& traits,
                  std::vector<policy::NamedPolicy>* policies) {
  absl::flat_hash_set<std::string_view> names;
  size_t size = 0;
  for (const PolicyDefinition& inline_policy : definition.inline_policies) {
    const Located& name = inline_policy.name;
    if (!IsEntityName(name.text, kPolicyNameLengthMax)) {
      context.Error(file, name.position,
                    base::StrCat("policy name ", base::Quoted(name.text),
                                 " must be 1 to 128 letters, digits and `_+=,.@-`"));
    } else if (!names.insert(name.text).second) {
      context.Error(file, name.position,
                    base::StrCat("policy name ", base::Quoted(name.text),
                                 " is given twice for one ", traits.noun));
    }
    if (inline_policy.policy == nullptr) continue;
    size += inline_policy.size;
    policies->push_back(
        NamePolicy(context, inline_policy,
                   InlinePolicyId(traits.resource_type, definition.name.text, name.text)));
  }
  context.CheckQuota(size, context.quotas.*traits.inline_policy_size,
                     base::StrCat("the total size of inline policies of a ", traits.noun), file,
                     definition.name.position);
}

// Own policies of an entity: inline and attached. Never nullptr.
std::unique_ptr<const policy::CompiledPolicySet> BuildPolicies(BuildContext& context,
                                                               const FileDefinitions& file,
                                                               const EntityDefinition& definition,
                                                               const EntityTraits& traits,
                                                               const Account& account) {
  std::vector<policy::NamedPolicy> policies;
  AttachInline(context, file, definition, traits, &policies);
  absl::flat_hash_set<const ManagedPolicy*> attached;
  for (const Located& arn : definition.managed_policy_arns) {
    const ManagedPolicy* managed = FindAttachable(context, file, arn, account);
    if (managed == nullptr) continue;
    if (attached.insert(managed).second) {
      policies.push_back(managed->policy);
    } else {
      context.Warning(
          file, arn.position,
          base::StrCat("managed policy ", base::Quoted(arn.text), " is attached twice"));
    }
  }
  context.CheckQuota(attached.size(), context.quotas.managed_policies_attached,
                     "AttachedPoliciesPerEntity", file, definition.name.position);
  return policy::CompiledPolicySet::Make(policies, policy::CompiledPolicySet::Indexing::kAuto,
                                         context.tables->memory.resource());
}

const ManagedPolicy* BuildBoundary(BuildContext& context, const FileDefinitions& file,
                                   const EntityDefinition& definition, const Account& account) {
  const Located& boundary = definition.permissions_boundary;
  return boundary.text.empty() ? nullptr : FindAttachable(context, file, boundary, account);
}

void JoinGroups(BuildContext& context, const FileDefinitions& file,
                const UserDefinition& definition, User* user) {
  absl::flat_hash_set<const Group*> joined;
  for (const Located& name : definition.groups) {
    const Group* group = context.groups.Find(user->account->id, name.text);
    if (group == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& known : context.tables->groups) {
        if (known->account == user->account) names.push_back(known->name);
      }
      context.Error(file, name.position,
                    base::StrCat("group ", base::Quoted(name.text), " does not exist in account `",
                                 user->account->id, "`"),
                    context.Suggest(name.text, names));
    } else if (!joined.insert(group).second) {
      context.Warning(file, name.position,
                      base::StrCat("group ", base::Quoted(name.text), " is listed twice"));
    } else {
      user->groups.push_back(group);
    }
  }
  context.CheckQuota(joined.size(), context.quotas.groups_per_user, "GroupsPerUser", file,
                     definition.name.position);
}

// The last use may be told with the password or, as it outlasts the password, with the user.
void FillLoginProfile(BuildContext& context, const FileDefinitions& file,
                      const UserDefinition& definition, User* user) {
  user->password_last_used = definition.password_last_used;
  if (!definition.login_profile.has_value()) return;
  const LoginProfileDefinition& profile = *definition.login_profile;
  user->login_profile = LoginProfile{profile.create_date, profile.password_reset_required};
  if (!profile.password_last_used.has_value()) return;
  if (definition.password_last_used.has_value()) {
    context.Error(file, profile.position,
                  "`PasswordLastUsed` is given twice, in the login profile and of the user");
  }
  user->password_last_used = profile.password_last_used;
}

void BuildUser(BuildContext& context, const FileDefinitions& file,
               const UserDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  std::unique_ptr<User> user(new (tables.memory.Allocate(sizeof(User), alignof(User))) User());
  if (!FillNames(context, file, definition, kUserTraits, user.get())) return;
  if (!Enter(context, file, definition.name, kUserTraits, user.get(), &context.users,
             &tables.users_by_arn)) {
    return;
  }
  EnterId(context, file, definition, user.get(), &tables.users_by_id);
  const Account& account = *user->account;
  user->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseInsensitive);
  user->own_policies = BuildPolicies(context, file, definition, kUserTraits, account);
  JoinGroups(context, file, definition, user.get());
  if (!user->own_policies->policies().empty()) user->identity.push_back(user->own_policies.get());
  for (const Group* group : user->groups) {
    if (!group->policies->policies().empty()) user->identity.push_back(group->policies.get());
  }
  user->boundary = BuildBoundary(context, file, definition, account);
  user->access_keys = AddAccessKeys(context, file, definition.access_keys, account, user.get());
  user->mfa_devices = AddMfaDevices(context, file, definition.mfa_devices, account, user.get());
  user->disabled = definition.disabled;
  FillLoginProfile(context, file, definition, user.get());
  tables.users.push_back(std::move(user));
}

void BuildGroup(BuildContext& context, const FileDefinitions& file,
                const GroupDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  auto group = std::make_unique<Group>();
  if (!definition.tags.empty()) {
    context.Error(file, definition.tags.front().key.position, "groups cannot be tagged");
  }
  if (!definition.permissions_boundary.text.empty()) {
    context.Error(file, definition.permissions_boundary.position,
                  "groups cannot have a permissions boundary");
  }
  if (!FillNames(context, file, definition, kGroupTraits, group.get())) return;
  if (!Enter(context, file, definition.name, kGroupTraits, group.get(), &context.groups,
             &tables.groups_by_arn)) {
    return;
  }
  EnterId(context, file, definition, group.get(), &context.groups_by_id);
  group->policies = BuildPolicies(context, file, definition, kGroupTraits, *group->account);
  tables.groups.push_back(std::move(group));
}

// Nobody but the service may assume a service-linked role.
void CheckServiceTrust(BuildContext& context, const FileDefinitions& file,
                       const RoleDefinition& definition, std::string_view service) {
  if (!definition.trust_policy.has_value() || definition.trust_policy->policy == nullptr) return;
  for (const auto& statement : definition.trust_policy->policy->statements()) {
    for (const policy::CompiledPrincipal& principal : statement.principals) {
      if (statement.effect == policy::StatementEffect::kAllow &&
          (principal.kind != policy::CompiledPrincipal::Kind::kService ||
           principal.value != service)) {
        context.Error(file, principal.position,
                      base::StrCat("a service-linked role under this path can be assumed by ",
                                   base::Quoted(service), " only"));
      }
    }
  }
}

// What makes such a role exempt from SCPs is checked strictly, so that the path alone does
// not lift restrictions from a role of another purpose.
void CheckServiceLinked(BuildContext& context, const FileDefinitions& file,
                        const RoleDefinition& definition) {
  // The path ends with `/`: it was checked before.
  std::string_view service = definition.path.text;
  service.remove_prefix(kServiceLinkedPath.size());
  if (!service.empty()) service.remove_suffix(1);
  if (policy::IsServicePrincipalName(service)) {
    CheckServiceTrust(context, file, definition, service);
  } else {
    context.Error(
        file, definition.path.position,
        base::StrCat("path of a service-linked role must be `", kServiceLinkedPath,
                     "SERVICE/`, where ", base::Quoted(service), " is not the name of a service"));
  }
  // A suffix of at most 64 characters is implied: the whole name has no more.
  if (!definition.name.text.starts_with(kServiceLinkedName) ||
      definition.name.text.size() == kServiceLinkedName.size()) {
    context.Error(file, definition.name.position,
                  base::StrCat("a role under path `", kServiceLinkedPath,
                               "` is service-linked and its name must begin with `",
                               kServiceLinkedName, "`, followed by that of the service"));
  }
  if (!definition.permissions_boundary.text.empty()) {
    context.Error(file, definition.permissions_boundary.position,
                  "service-linked roles cannot have a permissions boundary");
  }
}

//
void CheckReserved(BuildContext& context, const FileDefinitions& file,
                   const RoleDefinition& definition) {
  if (definition.tags.empty()) return;
  context.Error(file, definition.tags.front().key.position,
                base::StrCat("roles under path `", kReservedPath, "` cannot be tagged"));
}

// What looks like a role of another kind than it is.
void CheckKind(BuildContext& context, const FileDefinitions& file, const RoleDefinition& definition,
               Role* role) {
  role->service_linked = role->path.starts_with(kServiceLinkedPath);
  role->reserved = role->path.starts_with(kReservedPath);
  if (role->service_linked) {
    CheckServiceLinked(context, file, definition);
  } else if (role->name.starts_with(kServiceLinkedName)) {
    context.Warning(file, definition.name.position,
                    base::StrCat("role ", base::Quoted(role->name),
                                 " has the name of a service-linked role, but is none without the "
                                 "path `",
                                 kServiceLinkedPath, "SERVICE/`"));
  }
  if (role->reserved) CheckReserved(context, file, definition);
}

void CheckRole(BuildContext& context, const FileDefinitions& file,
               const RoleDefinition& definition) {
  if (!definition.trust_policy.has_value()) {
    context.Error(file, definition.name.position,
                  base::StrCat("role ", base::Quoted(definition.name.text),
                               " has no trust policy (`AssumeRolePolicyDocument`)"));
  }
  if (definition.max_session_duration_seconds < kSessionDurationSecondsMin ||
      definition.max_session_duration_seconds > kSessionDurationSecondsMax) {
    context.Error(
        file, definition.name.position,
        base::StrCat("maximum session duration of role ", base::Quoted(definition.name.text),
                     " must be ", kSessionDurationSecondsMin, " to ", kSessionDurationSecondsMax,
                     " seconds"));
  }
  if (base::CodePointCount(definition.description.text) > kDescriptionLengthMax) {
    context.Error(
        file, definition.description.position,
        base::StrCat("description is longer than ", kDescriptionLengthMax, " characters"));
  }
}

void BuildRole(BuildContext& context, const FileDefinitions& file,
               const RoleDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  auto role = std::make_unique<Role>();
  CheckRole(context, file, definition);
  if (!FillNames(context, file, definition, kRoleTraits, role.get())) return;
  if (!Enter(context, file, definition.name, kRoleTraits, role.get(), &context.roles,
             &tables.roles_by_arn)) {
    return;
  }
  EnterId(context, file, definition, role.get(), &tables.roles_by_id);
  const Account& account = *role->account;
  const auto name = std::pair(std::string_view(account.id), std::string_view(role->name));
  tables.roles_by_name.emplace(name, role.get());
  CheckKind(context, file, definition, role.get());
  role->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseInsensitive);
  role->policies = BuildPolicies(context, file, definition, kRoleTraits, account);
  if (definition.trust_policy.has_value() && definition.trust_policy->policy != nullptr) {
    role->trust_policy = SinglePolicySet(context, *definition.trust_policy, role->arn);
  }
  role->boundary = BuildBoundary(context, file, definition, account);
  role->description = definition.description.text;
  role->max_session_duration_seconds = definition.max_session_duration_seconds;
  tables.roles.push_back(std::move(role));
}

// The role that a profile holds; nullptr: none, or one that does not exist.
const Role* RoleOfProfile(BuildContext& context, const FileDefinitions& file,
                          const InstanceProfileDefinition& definition, const Account& account) {
  if (definition.roles.empty()) return nullptr;
  if (definition.roles.size() > 1) {
    context.Error(file, definition.roles[1].position,
                  "an instance profile holds at most one role; make a second profile for this one");
  }
  const Located& name = definition.roles.front();
  const Role* role = context.roles.Find(account.id, name.text);
  if (role == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& known : context.tables->roles) {
      if (known->account == &account) names.push_back(known->name);
    }
    context.Error(file, name.position,
                  base::StrCat("role ", base::Quoted(name.text), " does not exist in account `",
                               account.id, "`"),
                  context.Suggest(name.text, names));
  }
  return role;
}

void BuildInstanceProfile(BuildContext& context, const FileDefinitions& file,
                          const InstanceProfileDefinition& definition) {
  SnapshotTables& tables = *context.tables;
  auto profile = std::make_unique<InstanceProfile>();
  if (!FillNames(context, file, definition, kInstanceProfileTraits, profile.get())) return;
  if (!Enter(context, file, definition.name, kInstanceProfileTraits, profile.get(),
             &context.instance_profiles, &tables.instance_profiles_by_arn)) {
    return;
  }
  EnterId(context, file, definition, profile.get(), &tables.instance_profiles_by_id);
  profile->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
  profile->role = RoleOfProfile(context, file, definition, *profile->account);
  tables.instance_profiles.push_back(std::move(profile));
}

// Runs `build` for every definition and counts them by account.
template <typename T>
void ForEach(BuildContext& context, std::vector<T> FileDefinitions::*member, uint32_t quota,
             std::string_view quota_name,
             void (*build)(BuildContext&, const FileDefinitions&, const T&)) {
  absl::flat_hash_map<std::string_view, size_t> counts;
  for (const auto& file : context.files) {
    for (const T& definition : (*file).*member) {
      build(context, *file, definition);
      context.CheckQuota(++counts[definition.account.text], quota, quota_name, *file,
                         definition.name.position);
    }
  }
}

}  // namespace

void BuildGroups(BuildContext& context) {
  ForEach(context, &FileDefinitions::groups, context.quotas.groups_per_account, "GroupsPerAccount",
          &BuildGroup);
}

void BuildUsers(BuildContext& context) {
  size_t count = 0;
  for (const auto& file : context.files) count += file->users.size();
  context.tables->users.reserve(count);
  context.tables->users_by_arn.reserve(count);
  ForEach(context, &FileDefinitions::users, context.quotas.users_per_account, "UsersPerAccount",
          &BuildUser);
}

void BuildRoles(BuildContext& context) {
  ForEach(context, &FileDefinitions::roles, context.quotas.roles_per_account, "RolesPerAccount",
          &BuildRole);
}

void BuildInstanceProfiles(BuildContext& context) {
  ForEach(context, &FileDefinitions::instance_profiles,
          context.quotas.instance_profiles_per_account, "InstanceProfilesPerAccount",
          &BuildInstanceProfile);
}

}  // namespace portcullis::store
