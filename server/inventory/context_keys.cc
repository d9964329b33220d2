// GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy.
#include "server/base/text.h"
#include "server/inventory/listings_internal.h"
#include "server/inventory/lookups_internal.h"
#include "server/inventory/rules.h"
#include "server/policy/context_keys_used.h"

namespace portcullis::inventory {
namespace {

using base::Shape;
using policy::ContextKeysUsed;

constexpr ParameterRule kPolicyInputRule = OptionalText("PolicyInputList", &kPolicyDocumentText);
constexpr ParameterRule kForCustom[] = {
    ListOf(RequiredText("PolicyInputList", &kPolicyDocumentText))};
constexpr ParameterRule kForPrincipal[] = {RequiredText("PolicySourceArn", &kArnText),
                                           ListOf(kPolicyInputRule)};

absl::Status AddInputs(const Parameters& parameters, ContextKeysUsed* keys) {
  for (const std::string& document : parameters.GetList("PolicyInputList")) {
    RETURN_IF_ERROR(keys->Add(document));
  }
  return absl::OkStatus();
}

Shape KeysResult(const ContextKeysUsed& keys) {
  Shape list = Shape::List();
  for (const std::string& name : keys.names()) list.Append(Shape::String(name));
  return ResultOf("ContextKeyNames", std::move(list));
}

absl::StatusOr<Shape> GetForCustom(const Scope&, const Parameters& parameters) {
  ContextKeysUsed keys;
  RETURN_IF_ERROR(AddInputs(parameters, &keys));
  return KeysResult(keys);
}

absl::Status AddPolicies(const policy::CompiledPolicySet* policies, ContextKeysUsed* keys) {
  for (const policy::HeldPolicy& held : policies->policies()) {
    RETURN_IF_ERROR(keys->Add(held.policy().document()));
  }
  return absl::OkStatus();
}

// The identity policies of a user with its groups, a group or a role of the account.
absl::StatusOr<std::vector<const policy::CompiledPolicySet*>> PoliciesOfSource(
    const Scope& scope, std::string_view arn) {
  using Policies = std::vector<const policy::CompiledPolicySet*>;
  const store::Snapshot& snapshot = scope.snapshot;
  if (const store::User* user = snapshot.FindUser(arn); user && user->account == &scope.account) {
    return Policies(user->identity.begin(), user->identity.end());
  }
  if (const store::Group* group = snapshot.FindGroup(arn);
      group != nullptr && group->account == &scope.account) {
    return Policies{group->policies.get()};
  }
  if (const store::Role* role = snapshot.FindRole(arn);
      role != nullptr && role->account == &scope.account) {
    return Policies{role->policies.get()};
  }
  return NoSuchEntity(base::Concat({"The entity with ARN ", arn, " cannot be found."}));
}

absl::StatusOr<Shape> GetForPrincipal(const Scope& scope, const Parameters& parameters) {
  ASSIGN_OR_RETURN(const std::vector<const policy::CompiledPolicySet*> sets,
                   PoliciesOfSource(scope, parameters.Get("PolicySourceArn")));
  ContextKeysUsed keys;
  for (const policy::CompiledPolicySet* set : sets) RETURN_IF_ERROR(AddPolicies(set, &keys));
  RETURN_IF_ERROR(AddInputs(parameters, &keys));
  return KeysResult(keys);
}

absl::StatusOr<std::string> SourceArn(const Scope&, const Parameters& parameters) {
  return ArnParameter(parameters, "PolicySourceArn");
}

constexpr Operation kOperations[] = {
    {"GetContextKeysForCustomPolicy", kForCustom, Everything, GetForCustom},
    {"GetContextKeysForPrincipalPolicy", kForPrincipal, SourceArn, GetForPrincipal},
};

}  // namespace

absl::Span<const Operation> ContextKeyOperations() {
  return kOperations;
}

}  // namespace portcullis::inventory
