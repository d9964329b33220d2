#include <algorithm>

#include "absl/container/flat_hash_set.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/build_internal.h"
#include "server/store/built_in_policies.h"

namespace portcullis::store {
namespace {

// The owner of platform-managed policies, in the account field of their ARNs (section 1.6).
constexpr std::string_view kPlatform = "aws";
constexpr std::string_view kIdPrefix = "ANPA";
constexpr size_t kPolicyNameLengthMax = 128;
constexpr size_t kDescriptionLengthMax = 1000;
constexpr size_t kOtherVersionsMax = 4;

// Enters a finished policy under its name; nullptr if that is taken.
const ManagedPolicy* Register(BuildContext& context, std::string_view account,
                              policy::NamedPolicy named, std::unique_ptr<ManagedPolicy> managed) {
  if (context.managed_policies.Insert(account, managed.get()) != nullptr) return nullptr;
  managed->set = policy::CompiledPolicySet::Make({named});
  managed->policy = std::move(named);
  context.tables->managed_policies_by_arn.emplace(managed->arn, managed.get());
  return context.tables->managed_policies.emplace_back(std::move(managed)).get();
}

void AddPlatformPolicies(BuildContext& context) {
  for (const PlatformPolicy& platform : PlatformPolicies()) {
    std::vector<policy::Diagnostic> diagnostics;
    PolicyDefinition definition;
    definition.policy = policy::CompilePolicyJson(platform.document, policy::PolicyType::kManaged,
                                                  policy::PolicyLimits(), &diagnostics);
    for (policy::Diagnostic& diagnostic : diagnostics) {
      context.Report(platform.name, std::move(diagnostic));
    }
    if (definition.policy == nullptr) continue;
    definition.policy = definition.policy->WithDocument(platform.document);
    auto managed = std::make_unique<ManagedPolicy>();
    managed->name = platform.name;
    managed->path = "/";
    managed->arn = base::StrCat("arn:", context.partition, ":iam::aws:policy/", platform.name);
    managed->id =
        DeriveUniqueId({kIdPrefix, context.partition, kPlatform, platform.name, std::nullopt});
    managed->description = platform.description;
    managed->create_date = absl::FromCivil(platform.create_date, absl::UTCTimeZone());
    managed->update_date = managed->create_date;
    policy::NamedPolicy named = NamePolicy(context, definition, managed->arn);
    const ManagedPolicy* entered =
        Register(context, kPlatform, std::move(named), std::move(managed));
    if (entered != nullptr) context.managed_policies_by_id.emplace(entered->id, entered);
  }
}

// `v` and a number from 1 on.
bool IsVersionId(std::string_view text) {
  constexpr size_t kLengthMax = 10;
  return text.size() >= 2 && text.size() <= kLengthMax && text[0] == 'v' && text[1] != '0' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// REQUIRES: both are version ids.
bool IsNewer(std::string_view id, std::string_view other) {
  return id.size() != other.size() ? id.size() > other.size() : id > other;
}

void CheckVersionId(BuildContext& context, const FileDefinitions& file, const Located& id) {
  if (IsVersionId(id.text)) return;
  context.Error(file, id.position,
                base::StrCat("version id ", base::Quoted(id.text),
                             " must be `v` and a number from 1 on, such as `v2`"));
}

//
void FillVersions(BuildContext& context, const FileDefinitions& file,
                  const ManagedPolicyDefinition& definition, ManagedPolicy* managed) {
  const Located& in_force = definition.default_version_id;
  if (!in_force.text.empty()) {
    CheckVersionId(context, file, in_force);
    managed->default_version_id = in_force.text;
  }
  absl::flat_hash_set<std::string_view> ids;
  // Not as an initializer: the set would make a std::string of it first, and refer to that.
  ids.insert(std::string_view(managed->default_version_id));
  for (const PolicyVersionDefinition& version : definition.other_versions) {
    CheckVersionId(context, file, version.id);
    if (!ids.insert(version.id.text).second) {
      context.Error(
          file, version.id.position,
          base::StrCat("version ", base::Quoted(version.id.text), " of policy ",
                       base::Quoted(definition.name.text), " is given twice; that in force is `",
                       managed->default_version_id, "`"));
    }
    managed->other_versions.push_back({version.id.text, version.document, version.create_date});
  }
  if (definition.other_versions.size() > kOtherVersionsMax) {
    context.Error(file, definition.other_versions.back().id.position,
                  base::StrCat("a managed policy has at most ", kOtherVersionsMax,
                               " versions besides that in force"));
  }
  std::sort(managed->other_versions.begin(), managed->other_versions.end(),
            [](const auto& a, const auto& b) { return IsNewer(a.id, b.id); });
}

bool CheckNames(BuildContext& context, const FileDefinitions& file,
                const ManagedPolicyDefinition& definition) {
  bool good = true;
  if (!IsEntityName(definition.name.text, kPolicyNameLengthMax)) {
    context.Error(file, definition.name.position,
                  base::StrCat("managed policy name ", base::Quoted(definition.name.text),
                               " must be 1 to 128 letters, digits and `_+=,.@-`"));
    good = false;
  }
  if (!definition.path.text.empty() && !IsPolicyPath(definition.path.text)) {
    context.Error(file, definition.path.position,
                  base::StrCat("path ", base::Quoted(definition.path.text),
                               " must be `/`, or begin and end with `/` and hold letters, digits "
                               "and `/_+=,.@-` only"));
    good = false;
  }
  if (!definition.id.text.empty() && !IsUniqueId(definition.id.text, kIdPrefix)) {
    context.Error(file, definition.id.position,
                  base::StrCat("id ", base::Quoted(definition.id.text), " must begin with `",
                               kIdPrefix, "` and have 16 to 128 letters and digits"));
    good = false;
  }
  if (base::CodePointCount(definition.description.text) > kDescriptionLengthMax) {
    context.Error(
        file, definition.description.position,
        base::StrCat("description is longer than ", kDescriptionLengthMax, " characters"));
  }
  return good;
}

void BuildManagedPolicy(BuildContext& context, const FileDefinitions& file,
                        const ManagedPolicyDefinition& definition) {
  std::string_view account = definition.account.text;
  const Account* owner =
      account == kPlatform ? nullptr : OwningAccount(context, file, definition.account);
  if (account != kPlatform && owner == nullptr) return;
  if (!CheckNames(context, file, definition) || definition.document.policy == nullptr) return;

  auto managed = std::make_unique<ManagedPolicy>();
  managed->name = definition.name.text;
  managed->account = owner;
  managed->path = definition.path.text.empty() ? "/" : definition.path.text;
  managed->arn = base::StrCat("arn:", context.partition, ":iam::", account, ":policy",
                              managed->path, managed->name);
  managed->id = !definition.id.text.empty()
                    ? definition.id.text
                    : DeriveUniqueId({kIdPrefix, context.partition, account, managed->name,
                                      definition.create_date});
  managed->description = definition.description.text;
  managed->tags = BuildTags(context, file, definition.tags, TagKeys::kCaseSensitive);
  managed->create_date = definition.create_date;
  managed->update_date = definition.update_date;
  FillVersions(context, file, definition, managed.get());
  managed->origin = OriginOf(file, definition.name);
  const Located name = definition.name;
  policy::NamedPolicy named = NamePolicy(context, definition.document, managed->arn);
  const ManagedPolicy* entered = Register(context, account, std::move(named), std::move(managed));
  if (entered == nullptr) {
    return context.Error(
        file, name.position,
        base::StrCat("managed policy ", base::Quoted(name.text), " exists already in `", account,
                     "`; names are unique without regard to case and path"));
  }
  EnterId(context, file, definition, entered, &context.managed_policies_by_id);
}

}  // namespace

void BuildManagedPolicies(BuildContext& context) {
  AddPlatformPolicies(context);
  absl::flat_hash_map<std::string_view, size_t> counts;
  for (const auto& file : context.files) {
    for (const ManagedPolicyDefinition& definition : file->managed_policies) {
      BuildManagedPolicy(context, *file, definition);
      context.CheckQuota(++counts[definition.account.text],
                         context.quotas.managed_policies_per_account, "PoliciesPerAccount", *file,
                         definition.name.position);
    }
  }
}

}  // namespace portcullis::store
