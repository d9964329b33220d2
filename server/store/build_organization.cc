#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/store/build_internal.h"
#include "server/store/built_in_policies.h"

namespace portcullis::store {
namespace {

using PolicySets = std::vector<const policy::CompiledPolicySet*>;

bool IsIdPart(std::string_view text, size_t length_min, size_t length_max) {
  return text.size() >= length_min && text.size() <= length_max &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); });
}

// The forms AWS Organizations uses: o-..., r-..., ou-ROOT-UNIT.
bool IsOrganizationId(std::string_view text) {
  return text.starts_with("o-") && IsIdPart(text.substr(2), 10, 32);
}
bool IsRootId(std::string_view text) {
  return text.starts_with("r-") && IsIdPart(text.substr(2), 4, 32);
}
bool IsUnitId(std::string_view text) {
  if (!text.starts_with("ou-")) return false;
  text.remove_prefix(3);
  const size_t hyphen = text.find('-');
  return hyphen != std::string_view::npos && IsIdPart(text.substr(0, hyphen), 4, 32) &&
         IsIdPart(text.substr(hyphen + 1), 8, 32);
}

// A level of the tree with everything it inherits.
struct Level {
  std::string path;  // o-x/r-x/ou-x/.
  PolicySets service_control;
  PolicySets resource_control;
};

// One of the two kinds of organization policy.
struct ControlKind {
  std::string_view noun;
  std::string_view built_in_name;
  policy::SharedPolicy built_in;
  std::string_view built_in_document;
  uint32_t quota;
  std::string_view quota_name;
  absl::flat_hash_map<std::string_view, policy::NamedPolicy> by_name;
};

class OrganizationPass {
 public:
  OrganizationPass(BuildContext& context, const FileDefinitions& file,
                   const OrganizationDefinition& definition)
      : context_(context), file_(file), definition_(definition) {
    service_control_ = {"service control policy",
                        kFullAwsAccess,
                        FullAwsAccessPolicy(),
                        kFullAwsAccessDocument,
                        context.quotas.service_control_policies_per_target,
                        "ServiceControlPoliciesPerTarget",
                        {}};
    resource_control_ = {"resource control policy",
                         kRcpFullAwsAccess,
                         RcpFullAwsAccessPolicy(),
                         kRcpFullAwsAccessDocument,
                         context.quotas.resource_control_policies_per_target,
                         "ResourceControlPoliciesPerTarget",
                         {}};
  }

  void Run() {
    if (!IsOrganizationId(definition_.id.text)) {
      context_.Error(file_, definition_.id.position,
                     base::StrCat("organization id ", base::Quoted(definition_.id.text),
                                  " must be `o-` and 10 to 32 lower-case letters and digits"));
    }
    DefinePolicies(definition_.service_control_policies, &service_control_);
    DefinePolicies(definition_.resource_control_policies, &resource_control_);
    CheckAttachments();
    for (const OrganizationalUnitDefinition& unit : definition_.units) BuildUnit(unit);
    CheckManagementAccount();
  }

 private:
  void DefinePolicies(const std::vector<PolicyDefinition>& policies, ControlKind* kind) {
    PolicyDefinition built_in;
    built_in.policy = kind->built_in->WithDocument(kind->built_in_document);
    kind->by_name.emplace(kind->built_in_name,
                          NamePolicy(context_, built_in, std::string(kind->built_in_name)));
    for (const PolicyDefinition& definition : policies) {
      if (!IsEntityName(definition.name.text, 128)) {
        context_.Error(file_, definition.name.position,
                       base::StrCat("policy name ", base::Quoted(definition.name.text),
                                    " must be 1 to 128 letters, digits and `_+=,.@-`"));
      } else if (kind->by_name.contains(definition.name.text)) {
        context_.Error(file_, definition.name.position,
                       base::StrCat(kind->noun, " ", base::Quoted(definition.name.text),
                                    " is defined already"));
      } else if (definition.policy != nullptr) {
        kind->by_name.emplace(definition.name.text,
                              NamePolicy(context_, definition, definition.name.text));
      }
    }
  }

  // The set of one level. `names` empty: a set that allows nothing.
  const policy::CompiledPolicySet* BuildSet(const std::vector<Located>& names,
                                            const ControlKind& kind, bool with_built_in) {
    std::vector<policy::NamedPolicy> policies;
    absl::flat_hash_set<std::string_view> seen;
    if (with_built_in) {
      seen.insert(kind.built_in_name);
      policies.push_back(kind.by_name.at(kind.built_in_name));
    }
    for (const Located& name : names) {
      const auto found = kind.by_name.find(name.text);
      if (found == kind.by_name.end()) {
        std::vector<std::string_view> known;
        for (const auto& [policy_name, policy] : kind.by_name) known.push_back(policy_name);
        std::sort(known.begin(), known.end());
        context_.Error(file_, name.position,
                       base::StrCat(kind.noun, " ", base::Quoted(name.text), " does not exist"),
                       context_.Suggest(name.text, known));
      } else if (seen.insert(name.text).second) {
        policies.push_back(found->second);
      }
    }
    if (!names.empty()) {
      context_.CheckQuota(policies.size(), kind.quota, kind.quota_name, file_,
                          names.back().position);
    }
    auto& owned = context_.tables->organization_policies;
    owned.push_back(policy::CompiledPolicySet::Make(policies));
    return owned.back().get();
  }

  bool CheckUnit(const OrganizationalUnitDefinition& unit) {
    const bool is_root = unit.parent.text.empty();
    if (is_root ? !IsRootId(unit.id.text) : !IsUnitId(unit.id.text)) {
      context_.Error(file_, unit.id.position,
                     base::StrCat("id ", base::Quoted(unit.id.text),
                                  is_root ? " of the root must be like `r-a1b2`"
                                          : " of an organizational unit must be like "
                                            "`ou-a1b2-f6g7h8i9`"));
      return false;
    }
    if (levels_.contains(unit.id.text)) {
      context_.Error(file_, unit.id.position,
                     base::StrCat("id ", base::Quoted(unit.id.text), " is given twice"));
      return false;
    }
    if (is_root && !levels_.empty()) {
      context_.Error(file_, unit.id.position, "an organization has one root");
      return false;
    }
    if (!is_root && !levels_.contains(unit.parent.text)) {
      // The parent is wrong itself, and has been reported, unless it does not exist.
      context_.Error(file_, unit.parent.position,
                     base::StrCat("parent ", base::Quoted(unit.parent.text),
                                  " is not an organizational unit above this one"));
      return false;
    }
    return true;
  }

  void BuildUnit(const OrganizationalUnitDefinition& unit) {
    if (!CheckUnit(unit)) return;
    Level level;
    if (unit.parent.text.empty()) {
      level.path = base::StrCat(definition_.id.text, "/");
    } else {
      level = levels_.at(unit.parent.text);
    }
    level.path += base::StrCat(unit.id.text, "/");
    WarnIfClosed(unit);
    level.service_control.push_back(
        BuildSet(unit.service_control_policies, service_control_, /*with_built_in=*/false));
    level.resource_control.push_back(
        BuildSet(unit.resource_control_policies, resource_control_, /*with_built_in=*/true));
    for (const Located& account : unit.accounts) PlaceAccount(account, level);
    levels_.emplace(unit.id.text, std::move(level));
  }

  void WarnIfClosed(const OrganizationalUnitDefinition& unit) {
    if (unit.service_control_policies.empty()) {
      context_.Warning(
          file_, unit.id.position,
          base::StrCat("no service control policy is attached to ", base::Quoted(unit.id.text),
                       ": everything is denied to the accounts below it"));
    }
  }

  void PlaceAccount(const Located& located, const Level& level) {
    // Accounts are owned by the tables, which are still being filled; only readers see them const.
    const Account* account = OwningAccount(context_, file_, located);
    if (account == nullptr) return;
    if (account->organization.has_value()) {
      context_.Error(file_, located.position,
                     base::StrCat("account ", base::Quoted(located.text),
                                  " has a place in an organization already"));
      return;
    }
    OrganizationPlace place;
    place.organization_id = definition_.id.text;
    place.path = level.path;
    place.management = located.text == definition_.management_account.text;
    management_placed_ |= place.management;
    place.service_control = level.service_control;
    place.resource_control = level.resource_control;
    AttachToAccount(located.text, &place);
    Mutable(account)->organization = std::move(place);
  }

  void AttachToAccount(std::string_view account, OrganizationPlace* place) {
    for (const AccountAttachmentDefinition& attachment : definition_.account_attachments) {
      if (attachment.account.text != account) continue;
      place->service_control.push_back(
          BuildSet(attachment.service_control_policies, service_control_, false));
      place->resource_control.push_back(
          BuildSet(attachment.resource_control_policies, resource_control_, true));
    }
  }

  void CheckAttachments() {
    absl::flat_hash_set<std::string_view> placed;
    for (const auto& unit : definition_.units) {
      for (const Located& account : unit.accounts) placed.insert(account.text);
    }
    absl::flat_hash_set<std::string_view> seen;
    for (const AccountAttachmentDefinition& attachment : definition_.account_attachments) {
      const Located& account = attachment.account;
      if (!placed.contains(account.text)) {
        context_.Error(
            file_, account.position,
            base::StrCat("account ", base::Quoted(account.text), " is in no organizational unit"));
      } else if (!seen.insert(account.text).second) {
        context_.Error(
            file_, account.position,
            base::StrCat("policies of account ", base::Quoted(account.text), " are given twice"));
      }
    }
  }

  void CheckManagementAccount() {
    if (management_placed_) return;
    context_.Error(
        file_, definition_.management_account.position,
        base::StrCat("management account ", base::Quoted(definition_.management_account.text),
                     " is in no organizational unit"));
  }

  Account* Mutable(const Account* account) {
    for (const auto& owned : context_.tables->accounts) {
      if (owned.get() == account) return owned.get();
    }
    return nullptr;
  }

  BuildContext& context_;
  const FileDefinitions& file_;
  const OrganizationDefinition& definition_;
  ControlKind service_control_;
  ControlKind resource_control_;
  absl::flat_hash_map<std::string_view, Level> levels_;
  bool management_placed_ = false;
};

}  // namespace

void BuildOrganizations(BuildContext& context) {
  absl::flat_hash_map<std::string_view, Origin> seen;
  for (const auto& file : context.files) {
    for (const OrganizationDefinition& definition : file->organizations) {
      const auto [other, added] = seen.emplace(definition.id.text, OriginOf(*file, definition.id));
      if (added) {
        OrganizationPass(context, *file, definition).Run();
      } else {
        context.Error(*file, definition.id.position,
                      base::StrCat("organization ", base::Quoted(definition.id.text),
                                   " is already defined at ", FormatOrigin(other->second)));
      }
    }
  }
}

}  // namespace portcullis::store
