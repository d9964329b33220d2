// GetAccountAuthorizationDetails, GetAccountSummary, ListAccountAliases.
#include <algorithm>
#include <iterator>

#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/inventory/shapes.h"
#include "server/policy/policy_type.h"
#include "server/store/snapshot_builder.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using store::ManagedPolicy;

constexpr ParameterRule kFilterRule = ListOf(OptionalOneOf("Filter", kEntityTypes));
constexpr ParameterRule kDetails[] = {kFilterRule, kMaxItemsRule, kMarkerRule};

// ---- GetAccountAuthorizationDetails ----

// Fills the lists of one page, which goes through the four of them.
class DetailsPage {
 public:
  DetailsPage(const Scope& scope, const Parameters& parameters, Page page)
      : scope_(scope), filter_(parameters.GetList("Filter")), page_(std::move(page)) {}

  absl::StatusOr<Shape> Fill() {
    const store::Snapshot& snapshot = scope_.snapshot;
    const store::Account& account = scope_.account;
    ASSIGN_OR_RETURN(Shape users,
                     List("User", "1", snapshot.UsersOf(account), [&](const store::User& user) {
                       return absl::StatusOr<Shape>(UserDetailShape(scope_, user));
                     }));
    ASSIGN_OR_RETURN(Shape groups,
                     List("Group", "2", snapshot.GroupsOf(account), [&](const store::Group& group) {
                       return absl::StatusOr<Shape>(GroupDetailShape(scope_, group));
                     }));
    ASSIGN_OR_RETURN(Shape roles,
                     List("Role", "3", snapshot.RolesOf(account),
                          [&](const store::Role& role) { return RoleDetailShape(scope_, role); }));
    ASSIGN_OR_RETURN(Shape policies, ListPolicies());
    Shape result = Shape::Structure();
    result.Add("UserDetailList", std::move(users));
    result.Add("GroupDetailList", std::move(groups));
    result.Add("RoleDetailList", std::move(roles));
    result.Add("Policies", std::move(policies));
    page_.Finish(&result);
    return result;
  }

 private:
  bool Wants(std::string_view type) const {
    return filter_.empty() || std::find(filter_.begin(), filter_.end(), type) != filter_.end();
  }

  // The elements of one type, whose keys begin with `kind`.
  template <typename T, typename ShapeOf>
  absl::StatusOr<Shape> List(std::string_view type, std::string_view kind,
                             absl::Span<const T* const> sorted, ShapeOf shape_of) {
    Shape list = Shape::List();
    if (!Wants(type)) return list;
    for (const T* element : page_.From(sorted, kind)) {
      if (!page_.Take(base::Concat({kind, element->name}))) break;
      ASSIGN_OR_RETURN(Shape shape, shape_of(*element));
      list.Append(std::move(shape));
    }
    return list;
  }

  // The account's, and those of the platform's that the account uses.
  absl::StatusOr<Shape> ListPolicies() {
    const auto shape_of = [&](const ManagedPolicy& policy) {
      return absl::StatusOr<Shape>(ManagedPolicyDetailShape(scope_, policy));
    };
    std::vector<const ManagedPolicy*> used;
    for (const ManagedPolicy* policy : scope_.snapshot.PlatformManagedPolicies()) {
      const auto uses = scope_.snapshot.AttachmentsOf(*policy, scope_.account);
      if (uses.attachment_count() + uses.boundary_usage_count() > 0) used.push_back(policy);
    }
    ASSIGN_OR_RETURN(Shape local,
                     List("LocalManagedPolicy", "4",
                          scope_.snapshot.ManagedPoliciesOf(scope_.account), shape_of));
    ASSIGN_OR_RETURN(const Shape platform,
                     List("AWSManagedPolicy", "5", absl::MakeConstSpan(used), shape_of));
    for (const Shape::Member& member : platform.members()) local.Append(member.value);
    return local;
  }

  const Scope& scope_;
  const std::vector<std::string>& filter_;
  Page page_;
};

absl::StatusOr<Shape> GetDetails(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(Page page, Page::Create("GetAccountAuthorizationDetails", parameters));
  return DetailsPage(scope, parameters, std::move(page)).Fill();
}

// ---- GetAccountSummary ----

constexpr store::Quotas kQuotas;
// Where an account may have any number, IAM's own quota at its highest (section 1.10).
constexpr int64_t kUsersQuota = 5000;
constexpr int64_t kGroupsQuota = 500;
constexpr int64_t kRolesQuota = 5000;
constexpr int64_t kPoliciesQuota = 5000;
constexpr int64_t kPolicyVersionsInUseQuota = 10000;
constexpr int64_t kInstanceProfilesQuota = 5000;
constexpr int64_t kVersionsPerPolicyQuota = 5;
constexpr int64_t kServerCertificatesQuota = 20;
constexpr int64_t kSigningCertificatesPerUserQuota = 2;
constexpr int64_t kGlobalEndpointTokenVersion = 1;

size_t PolicyVersionsOf(const Scope& scope) {
  size_t count = 0;
  for (const ManagedPolicy* policy : scope.snapshot.ManagedPoliciesOf(scope.account)) {
    count += 1 + policy->other_versions.size();
  }
  return count;
}

size_t MfaDevicesOf(const Scope& scope) {
  const auto& devices = scope.snapshot.mfa_devices();
  return static_cast<size_t>(std::count_if(devices.begin(), devices.end(), [&](const auto& device) {
    return device->account == &scope.account;
  }));
}

// The keys of the service's model. There are no certificates here, and no root password.
absl::StatusOr<Shape> GetSummary(const Scope& scope, const Parameters&) {
  const store::Snapshot& snapshot = scope.snapshot;
  const store::Account& account = scope.account;
  const auto size_max = [](policy::PolicyType type) { return policy::TraitsOf(type).size_max; };
  const auto count = [](size_t size) { return static_cast<int64_t>(size); };
  const int64_t devices = count(MfaDevicesOf(scope));
  const int64_t providers =
      count(snapshot.OidcProvidersOf(account).size() + snapshot.SamlProvidersOf(account).size());
  const std::pair<std::string_view, int64_t> values[] = {
      {"Users", count(snapshot.UsersOf(account).size())},
      {"UsersQuota", kUsersQuota},
      {"Groups", count(snapshot.GroupsOf(account).size())},
      {"GroupsQuota", kGroupsQuota},
      {"ServerCertificates", 0},
      {"ServerCertificatesQuota", kServerCertificatesQuota},
      {"UserPolicySizeQuota", kQuotas.inline_policy_size_user},
      {"GroupPolicySizeQuota", kQuotas.inline_policy_size_group},
      {"GroupsPerUserQuota", kQuotas.groups_per_user},
      {"SigningCertificatesPerUserQuota", kSigningCertificatesPerUserQuota},
      {"AccessKeysPerUserQuota", kQuotas.access_keys_per_user},
      {"MFADevices", devices},
      {"MFADevicesInUse", devices},  // All belong to somebody.
      {"AccountMFAEnabled", account.root_mfa_devices.empty() ? 0 : 1},
      {"AccountAccessKeysPresent", account.root_access_keys.empty() ? 0 : 1},
      {"AccountPasswordPresent", 0},
      {"AccountSigningCertificatesPresent", 0},
      {"AttachedPoliciesPerGroupQuota", kQuotas.managed_policies_attached},
      {"AttachedPoliciesPerRoleQuota", kQuotas.managed_policies_attached},
      {"AttachedPoliciesPerUserQuota", kQuotas.managed_policies_attached},
      {"Policies", count(snapshot.ManagedPoliciesOf(account).size())},
      {"PoliciesQuota", kPoliciesQuota},
      {"PolicySizeQuota", size_max(policy::PolicyType::kManaged)},
      {"PolicyVersionsInUse", count(PolicyVersionsOf(scope))},
      {"PolicyVersionsInUseQuota", kPolicyVersionsInUseQuota},
      {"VersionsPerPolicyQuota", kVersionsPerPolicyQuota},
      {"GlobalEndpointTokenVersion", kGlobalEndpointTokenVersion},
      {"AssumeRolePolicySizeQuota", size_max(policy::PolicyType::kTrust)},
      {"InstanceProfiles", count(snapshot.InstanceProfilesOf(account).size())},
      {"InstanceProfilesQuota", kInstanceProfilesQuota},
      {"Providers", providers},
      {"RolePolicySizeQuota", kQuotas.inline_policy_size_role},
      {"Roles", count(snapshot.RolesOf(account).size())},
      {"RolesQuota", kRolesQuota},
  };
  Shape map = Shape::Map();
  for (const auto& [name, value] : values) map.Add(name, Shape::Integer(value));
  return ResultOf("SummaryMap", std::move(map));
}

// ---- ListAccountAliases ----

// An account has one alias at most.
absl::StatusOr<Shape> ListAliases(const Scope& scope, const Parameters& parameters) {
  std::vector<std::string> aliases;
  if (!scope.account.alias.empty()) aliases.push_back(scope.account.alias);
  return ListByKey(
      "ListAccountAliases", parameters, "AccountAliases", aliases,
      [](const std::string& alias) { return std::string_view(alias); },
      [](const std::string& alias) { return Shape::String(alias); });
}

constexpr Operation kOperations[] = {
    {"GetAccountAuthorizationDetails", kDetails, Everything, GetDetails},
    {"GetAccountSummary", {}, Everything, GetSummary},
    {"ListAccountAliases", kPageRules, Everything, ListAliases},
};

}  // namespace

absl::Span<const Operation> AccountOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
