#include "server/engine/select.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/policy/arn.h"
#include "server/policy/compiled_policy.h"

namespace portcullis::engine {
namespace {

using policy::EffectivePolicies;
using policy::PrincipalKind;

constexpr std::string_view kSts = "sts:";
constexpr std::string_view kPlatform = "aws";  // The account field of platform-managed policies.

const store::Account* OwnerNamed(const policy::ArnView& arn, const Caller& caller,
                                 const store::Snapshot& snapshot) {
  const bool own = caller.account != nullptr && caller.account->id == arn.account;
  return own ? caller.account : snapshot.FindAccount(arn.account);
}

void UseRole(const store::Role& role, std::string_view action_folded, SelectedResource* resource) {
  resource->facts.account = role.account;
  resource->facts.account_id = role.account->id;
  resource->facts.tags = &role.tags;
  resource->facts.iam_entity = true;
  if (action_folded.substr(0, kSts.size()) != kSts) return;
  resource->policy = role.trust_policy.get();
  resource->requires_resource_policy = true;
  resource->is_role_trust = true;
}

void UseUser(const store::User& user, SelectedResource* resource) {
  resource->facts.account = user.account;
  resource->facts.account_id = user.account->id;
  resource->facts.tags = &user.tags;
  resource->facts.iam_entity = true;
}

void UseRegistered(const store::Resource& registered, SelectedResource* resource) {
  resource->facts.account = registered.account;
  resource->facts.account_id = registered.account->id;
  resource->facts.tags = &registered.tags;
  resource->policy = registered.policy.get();
  resource->requires_resource_policy = registered.requires_resource_policy;
}

// The tags of what else IAM keeps (R-1.38, R-3.32); nullptr if there is no such thing. Groups have
// none.
const std::vector<store::Tag>* TagsOfIamObject(std::string_view arn,
                                               const store::Snapshot& snapshot) {
  if (const auto* managed = snapshot.FindManagedPolicy(arn)) return &managed->tags;
  if (const auto* profile = snapshot.FindInstanceProfile(arn)) return &profile->tags;
  if (const auto* provider = snapshot.FindOidcProvider(arn)) return &provider->tags;
  if (const auto* provider = snapshot.FindSamlProvider(arn)) return &provider->tags;
  if (const auto* device = snapshot.FindMfaDevice(arn)) return &device->tags;
  return nullptr;
}

// What a revoked session has besides its own policies: R-6.7's policy, whose Deny wins over
// everything. Whether it applies has been decided, so it has no condition.
const policy::CompiledPolicySet& RevokedSessionPolicies() {
  static const auto* const set = [] {
    std::vector<policy::Diagnostic> diagnostics;
    policy::NamedPolicy named;
    named.policy = policy::CompilePolicyJson(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
        policy::PolicyType::kInlineIdentity, policy::PolicyLimits{}, &diagnostics);
    named.id = "AWSRevokeOlderSessions";
    return policy::CompiledPolicySet::Make({named}).release();
  }();
  return *set;
}

void SelectIdentity(const Caller& caller, EffectivePolicies* policies) {
  if (caller.role != nullptr) {
    // The policies of whoever assumed the role are not consulted (R-4.3).
    policies->identity.push_back(caller.role->policies.get());
    if (caller.role->boundary != nullptr) policies->boundary = caller.role->boundary->set.get();
    return;
  }
  if (caller.user != nullptr) {
    policies->identity.assign(caller.user->identity.begin(), caller.user->identity.end());
    if (caller.user->boundary != nullptr) policies->boundary = caller.user->boundary->set.get();
    return;
  }
  // Root, or a federated user that root made (R-4.4). A federated user whose creator is not known
  // was asserted without a token and has no identity side.
  const bool federated = caller.principal.kind == PrincipalKind::kFederatedUser;
  policies->identity_is_all = caller.principal.kind == PrincipalKind::kRoot ||
                              (federated && !caller.principal.issuer_arn.empty());
}

void SelectSession(const Caller& caller, const store::Snapshot& snapshot,
                   EffectivePolicies* policies) {
  // R-4.4: without a session policy a federated user has nothing on the identity side.
  policies->session_limited = caller.principal.kind == PrincipalKind::kFederatedUser;
  if (caller.session == nullptr) return;
  const session::SessionClaims& claims = caller.session->claims;
  policies->session_limited |= claims.limited;
  if (caller.session->inline_policy != nullptr) {
    policies->session.push_back(caller.session->inline_policy.get());
  }
  for (const std::string& arn : claims.policy_arns) {
    // One that is gone allows nothing (R-5.37).
    const store::ManagedPolicy* managed = snapshot.FindManagedPolicy(arn);
    if (managed != nullptr) policies->session.push_back(managed->set.get());
  }
}

// R-4.7, R-4.8: the management account and service-linked roles are exempt.
void SelectOrganization(const Caller& caller, const SelectedResource& resource,
                        EffectivePolicies* policies) {
  const bool service_linked = caller.role != nullptr && caller.role->service_linked;
  if (service_linked) return;
  if (caller.account != nullptr && caller.account->organization.has_value() &&
      !caller.account->organization->management) {
    const auto& levels = caller.account->organization->service_control;
    policies->service_control.assign(levels.begin(), levels.end());
  }
  const store::Account* owner = resource.facts.account;
  if (owner != nullptr && owner->organization.has_value() && !owner->organization->management) {
    const auto& levels = owner->organization->resource_control;
    policies->resource_control.assign(levels.begin(), levels.end());
  }
}

}  // namespace

SelectedResource SelectResource(std::string_view name, std::string_view action_folded,
                                const Caller& caller, const store::Snapshot& snapshot) {
  return SelectResource(name, policy::ArnView::Parse(name), action_folded, caller, snapshot);
}

SelectedResource SelectResource(std::string_view name, const std::optional<policy::ArnView>& arn,
                                std::string_view action_folded, const Caller& caller,
                                const store::Snapshot& snapshot) {
  SelectedResource resource;
  resource.facts.name = name;
  resource.facts.account = caller.account;
  resource.facts.account_id = caller.principal.account;
  if (!arn.has_value()) return resource;
  resource.facts.region = arn->region;
  const bool is_iam = arn->service == "iam";
  if (is_iam && arn->account == kPlatform) {
    // Everybody's own to read (R-1.41), though no account's: there is no other side whose policy
    // could allow it.
    resource.facts.platform = true;
    resource.facts.account = nullptr;
    return resource;
  }
  if (!arn->account.empty()) {
    resource.facts.account_id = arn->account;
    resource.facts.account = OwnerNamed(*arn, caller, snapshot);
  }
  // Most resources are none of IAM's, and a search in vain costs as much as any.
  const store::Role* const role = is_iam ? snapshot.FindRole(name) : nullptr;
  const store::User* const user = is_iam && role == nullptr ? snapshot.FindUser(name) : nullptr;
  if (role != nullptr) {
    UseRole(*role, action_folded, &resource);
  } else if (user != nullptr) {
    UseUser(*user, &resource);
  } else if (const store::Resource* registered = snapshot.FindResource(name)) {
    UseRegistered(*registered, &resource);
  } else if (is_iam) {
    resource.facts.tags = TagsOfIamObject(name, snapshot);
    resource.facts.iam_entity = resource.facts.tags != nullptr;
  }
  return resource;
}

void SelectPolicies(const Caller& caller, const SelectedResource& resource,
                    const store::Snapshot& snapshot, EffectivePolicies* policies) {
  policies->Clear();
  SelectIdentity(caller, policies);
  if (caller.revoked) policies->identity.push_back(&RevokedSessionPolicies());
  SelectSession(caller, snapshot, policies);
  policies->resource = resource.policy;
  policies->requires_resource_policy = resource.requires_resource_policy;
  SelectOrganization(caller, resource, policies);
}

}  // namespace portcullis::engine
