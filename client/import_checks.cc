#include "client/import_checks.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "server/base/json_reader.h"
#include "server/base/node.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/built_in_policies.h"

namespace portcullis::client {
namespace {

using base::Node;

constexpr std::string_view kReservedPath = "/aws-reserved/";
constexpr size_t kOtherVersionsMax = 4;

// ---- Tags ----

void CheckTags(AwsNamed& named, ImportReport* report) {
  const bool reserved = named.path.text.starts_with(kReservedPath);
  std::erase_if(named.tags, [&](const AwsTag& tag) {
    const bool of_aws = absl::StartsWithIgnoreCase(tag.key.text, "aws:");
    if (reserved || of_aws) {
      report->NotCarried(tag.key.place,
                         base::StrCat("tag ", base::Quoted(tag.key.text), ": ",
                                      of_aws ? "keys that begin with `aws:` are AWS's own"
                                             : "reserved roles have no tags here"));
    }
    return reserved || of_aws;
  });
}

// ---- Ids ----

// Imitations of AWS give ids of another form; then one is derived, as for what has none.
void CheckId(AwsNamed& named, std::string_view prefix, ImportReport* report) {
  constexpr size_t kLengthMin = 16;
  constexpr size_t kLengthMax = 128;
  const std::string& id = named.id.text;
  const bool good =
      id.starts_with(prefix) && id.size() >= kLengthMin && id.size() <= kLengthMax &&
      std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  if (good || id.empty()) return;
  report->NotCarried(named.id.place,
                     base::StrCat("id ", base::Quoted(id), ": ids of this kind begin with `",
                                  prefix, "` and have 16 to 128 letters and digits"));
  named.id = {};
}

// ---- Built-in policies ----

// The only element of a list of one; the node itself otherwise. `["*"]` says the same as `"*"`.
const Node& Unwrapped(const Node& node) {
  return node.is_sequence() && node.child_count == 1 ? *node.first_child : node;
}

// Whether two documents say the same, whatever the order of their members.
bool SaysTheSame(const Node& a_node, const Node& b_node) {
  const Node& a = Unwrapped(a_node);
  const Node& b = Unwrapped(b_node);
  if (a.kind != b.kind || a.text != b.text || a.child_count != b.child_count) return false;
  if (a.is_mapping()) {
    return std::all_of(a.begin_child(), a.end_child(), [&](const Node& child) {
      const Node* other = b.Find(child.key);
      return other != nullptr && SaysTheSame(child, *other);
    });
  }
  return std::equal(a.begin_child(), a.end_child(), b.begin_child(), SaysTheSame);
}

const store::PlatformPolicy* FindBuiltIn(std::string_view name) {
  for (const store::PlatformPolicy& platform : store::PlatformPolicies()) {
    if (platform.name == name) return &platform;
  }
  return nullptr;
}

bool HasText(const AwsManagedPolicy& policy, std::string_view json) {
  base::NodeTree tree;
  std::vector<base::TextError> errors;
  if (!base::ReadJson(json, {}, &tree, &errors)) return false;
  return std::any_of(policy.versions.begin(), policy.versions.end(), [&](const auto& version) {
    return version.is_default && version.document.root != nullptr &&
           SaysTheSame(*version.document.root, tree.root());
  });
}

// Whether the policy is left out because it is there anyway.
bool IsBuiltIn(const AwsManagedPolicy& policy, ImportReport* report) {
  const store::PlatformPolicy* built_in = FindBuiltIn(policy.name.text);
  if (built_in == nullptr) return false;
  if (!HasText(policy, built_in->document)) {
    report->Error(policy.place, base::StrCat("policy ", base::Quoted(policy.arn.text),
                                             " is built into Portcullis with another text"));
    return false;
  }
  report->NotCarried(policy.place, base::StrCat("policy ", base::Quoted(policy.arn.text),
                                                ": it is built in, with an id of its own and "
                                                "without dates"));
  return true;
}

// ---- Managed policies ----

using Arns = absl::flat_hash_set<std::string>;

template <typename T>
void AddUsed(const std::vector<T>& entities, Arns* used) {
  for (const AwsEntity& entity : entities) {
    for (const Placed& arn : entity.attached) used->insert(arn.text);
    if (!entity.boundary.text.empty()) used->insert(entity.boundary.text);
  }
}

void DropPlatformPolicies(ImportReport* report, AwsAccount* account) {
  Arns used;
  AddUsed(account->users, &used);
  AddUsed(account->groups, &used);
  AddUsed(account->roles, &used);
  std::erase_if(account->policies, [&](const AwsManagedPolicy& policy) {
    if (!policy.platform) return false;
    if (used.contains(policy.arn.text)) return IsBuiltIn(policy, report);
    report->NotCarried(policy.place, base::StrCat("policy ", base::Quoted(policy.arn.text),
                                                  ": it is AWS's, and nothing uses it"));
    return true;
  });
}

// "v12" after "v9".
bool IsNewer(const AwsPolicyVersion& a, const AwsPolicyVersion& b) {
  if (a.id.text.size() != b.id.text.size()) return a.id.text.size() > b.id.text.size();
  return a.id.text > b.id.text;
}

// The version in force first, then the others, newest first, as many as there may be.
void CheckVersions(AwsManagedPolicy& policy, ImportReport* report) {
  auto& versions = policy.versions;
  std::stable_sort(versions.begin(), versions.end(), [](const auto& a, const auto& b) {
    return a.is_default != b.is_default ? a.is_default : IsNewer(a, b);
  });
  while (versions.size() > kOtherVersionsMax + 1) {
    report->NotCarried(versions.back().place,
                       base::StrCat("version ", base::Quoted(versions.back().id.text),
                                    ": a policy has at most five, and newer ones are kept"));
    versions.pop_back();
  }
  if (versions.empty()) return;
  const AwsPolicyVersion& in_force = versions.front();
  const auto updated = policy.update_date.has_value() ? policy.update_date : policy.create_date;
  if (in_force.create_date.has_value() && updated.has_value() && in_force.create_date != updated) {
    report->NotCarried(in_force.place,
                       base::StrCat("when version ", base::Quoted(in_force.id.text),
                                    " was made: of the version in force only `UpdateDate` of the "
                                    "policy is kept"));
  }
}

void CheckAttached(const AwsEntity& entity, const Arns& known, ImportReport* report) {
  const auto check = [&](const Placed& arn, std::string_view use) {
    if (arn.text.empty() || known.contains(arn.text)) return;
    report->Error(arn.place,
                  base::StrCat("managed policy ", base::Quoted(arn.text), " is ", use,
                               ", but its text is not among `Policies`: get the details without "
                               "`--filter`"));
  };
  for (const Placed& arn : entity.attached) check(arn, "attached");
  check(entity.boundary, "a permissions boundary");
}

}  // namespace

void CheckAccount(ImportReport* report, AwsAccount* account) {
  Arns known;
  for (const AwsManagedPolicy& policy : account->policies) known.insert(policy.arn.text);
  for (const store::PlatformPolicy& platform : store::PlatformPolicies()) {
    known.insert(base::StrCat("arn:aws:iam::aws:policy/", platform.name));
  }
  const auto check = [&](auto& entities, std::string_view prefix) {
    for (auto& entity : entities) {
      CheckId(entity, prefix, report);
      CheckTags(entity, report);
      CheckAttached(entity, known, report);
    }
  };
  check(account->users, "AIDA");
  check(account->groups, "AGPA");
  check(account->roles, "AROA");
  for (AwsInstanceProfile& profile : account->instance_profiles) {
    CheckId(profile, "AIPA", report);
    CheckTags(profile, report);
  }
  DropPlatformPolicies(report, account);
  for (AwsManagedPolicy& policy : account->policies) {
    CheckId(policy, "ANPA", report);
    CheckTags(policy, report);
    CheckVersions(policy, report);
  }
}

}  // namespace portcullis::client
