#include "server/engine/sts_question.h"

#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/denial.h"

namespace portcullis::engine {
namespace {

using policy::PrincipalKind;

// A trust policy that admits the account of `caller` and no more: it leaves the decision to the
// caller's own policies (R-4.49). Used to ask what the caller's side alone would say.
std::unique_ptr<const policy::CompiledPolicySet> TrustCallersAccount(const Caller& caller) {
  const std::string principal =
      caller.principal.kind == PrincipalKind::kService
          ? base::Concat({R"({"Service":")", caller.principal.arn, R"("})"})
          : base::Concat({R"({"AWS":")", caller.principal.account, R"("})"});
  const std::string document = base::Concat(
      {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":)", principal,
       R"(,"Action":["sts:AssumeRole","sts:TagSession",)", R"("sts:SetSourceIdentity"]}})"});
  std::vector<policy::Diagnostic> diagnostics;
  policy::NamedPolicy named;
  named.policy = policy::CompilePolicyJson(document, policy::PolicyType::kTrust,
                                           policy::PolicyLimits{}, &diagnostics);
  named.id = "account-trust";
  if (named.policy == nullptr) return policy::CompiledPolicySet::Make({});
  return policy::CompiledPolicySet::Make({named});
}

}  // namespace

StsAsker::StsAsker(const StsQuestion& question, const store::Snapshot& snapshot)
    : question_(question),
      snapshot_(snapshot),
      resource_(SelectResource(question.resource, "sts:", *question.caller, snapshot)),
      tags_(question.tags.begin(), question.tags.end()),
      source_identity_(question.source_identity) {
  for (const session::SessionTag& tag : TransitiveTags(*question.caller)) {
    tags_.push_back({tag.key, tag.value});
  }
  if (source_identity_.empty()) source_identity_ = InheritedSourceIdentity(*question.caller);
  // A role that does not exist, or whose account is suspended, has a policy that admits nobody.
  if (question.resource_is_role && question.role == nullptr) {
    resource_.policy = nullptr;
    resource_.requires_resource_policy = true;
    resource_.is_role_trust = true;
  }
}

bool StsAsker::HasCallersSide() const {
  const PrincipalKind kind = question_.caller->principal.kind;
  return kind != PrincipalKind::kWebIdentity && kind != PrincipalKind::kSaml;
}

void StsAsker::AddOne(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  const std::string_view values[] = {value};
  context_.AddOwned(name, values, /*multivalued=*/false);
}

void StsAsker::AddRequestKeys() {
  std::vector<std::string_view> keys;
  for (const session::TagParameter& tag : tags_) {
    // A tag may be empty and is there all the same.
    const std::string_view values[] = {tag.value};
    context_.AddOwned(base::Concat({"aws:RequestTag/", tag.key}), values, false);
    keys.push_back(tag.key);
  }
  if (!keys.empty()) context_.AddOwned("aws:TagKeys", keys, /*multivalued=*/true);
  const std::vector<std::string_view> transitive(question_.transitive_tag_keys.begin(),
                                                 question_.transitive_tag_keys.end());
  if (!transitive.empty()) {
    context_.AddOwned("sts:TransitiveTagKeys", transitive, /*multivalued=*/true);
  }
  AddOne("sts:ExternalId", question_.external_id);
  AddOne("sts:RoleSessionName", question_.role_session_name);
  AddOne("sts:SourceIdentity", source_identity_);
}

void StsAsker::AddFederatedKeys() {
  for (const session::FederatedKey& key : question_.federated_keys) {
    const std::vector<std::string_view> values(key.values.begin(), key.values.end());
    context_.AddOwned(key.name, values, key.multivalued);
  }
  if (question_.caller->principal.kind == PrincipalKind::kWebIdentity) {
    AddOne("aws:FederatedProvider", question_.caller->principal.federated_provider);
  }
}

// R-4.59: an inherited tag also stands for the same key of the role.
void StsAsker::AddInheritedResourceTags() {
  for (const session::SessionTag& tag : TransitiveTags(*question_.caller)) {
    const std::string_view values[] = {tag.value};
    context_.AddOwned(base::Concat({"aws:ResourceTag/", tag.key}), values, false);
    context_.AddOwned(base::Concat({"iam:ResourceTag/", tag.key}), values, false);
  }
}

// A trusted client knows the tags of requests and resources of its own; those of STS are known
// here.
absl::Status StsAsker::CheckSupplied() const {
  constexpr std::string_view kFilledHere[] = {"aws:requesttag/", "aws:tagkeys", "aws:resourcetag/",
                                              "iam:resourcetag/"};
  for (const ContextInput& input : question_.context) {
    const std::string folded = base::FoldCase(input.key);
    for (const std::string_view filled : kFilledHere) {
      if (folded.compare(0, filled.size(), filled) != 0) continue;
      return base::ErrorWithReason(
          absl::StatusCode::kInvalidArgument, "INVALID_CONTEXT",
          base::Concat(
              {"context: key ", base::Quoted(input.key),
               " is filled by Portcullis from the request itself and cannot be supplied"}));
    }
  }
  return absl::OkStatus();
}

absl::Status StsAsker::BuildContext() {
  RETURN_IF_ERROR(CheckSupplied());
  ContextFacts facts;
  facts.caller = question_.caller;
  facts.peer = question_.peer;
  facts.resource = &resource_.facts;
  facts.now = question_.now;
  facts.mfa.verified = question_.mfa_verified;
  // The first value of a key stays, so what the request itself says goes first.
  AddInheritedResourceTags();
  AddRequestKeys();
  AddFederatedKeys();
  return engine::BuildContext(facts, question_.context, &scratch_, &context_);
}

void StsAsker::Prepare(std::string_view action) {
  policy::PrepareRequest(question_.caller->principal, action, question_.resource,
                         resource_.facts.account_id, &context_, &request_);
}

absl::Status StsAsker::Ask(std::string_view action) {
  Prepare(action);
  SelectPolicies(*question_.caller, resource_, snapshot_, &policies_);
  const policy::Decision decision = policy::Evaluate(policies_, request_);
  if (decision.effect != policy::Effect::kAllow) return Denied(decision);
  return absl::OkStatus();
}

absl::Status StsAsker::AskCallersSide(std::string_view action) {
  Prepare(action);
  const policy::Decision decision = DecideCallersSide();
  if (decision.effect != policy::Effect::kAllow) return Denied(decision);
  return absl::OkStatus();
}

policy::Decision StsAsker::DecideCallersSide() {
  if (account_trust_ == nullptr) account_trust_ = TrustCallersAccount(*question_.caller);
  SelectedResource open = resource_;
  open.policy = account_trust_.get();
  SelectPolicies(*question_.caller, open, snapshot_, &policies_);
  return policy::Evaluate(policies_, request_);
}

// The text must not tell a role that does not exist from one that may not be assumed (R-4.79). So
// where the role's side is what failed, what the caller's side alone says comes first.
absl::Status StsAsker::Denied(const policy::Decision& decision) {
  policy::DenialStyle style;
  style.resource_policy_is_trust_policy = question_.resource_is_role;
  std::string message;
  const bool roles_side =
      question_.resource_is_role && (decision.limited_by == policy::PolicyKind::kResource ||
                                     decision.limited_by == policy::PolicyKind::kResourceControl);
  if (roles_side && HasCallersSide()) {
    const policy::Decision own = DecideCallersSide();
    if (own.effect != policy::Effect::kAllow) {
      message = policy::DenialMessage(own, request_, style);
    }
  }
  if (message.empty()) message = policy::DenialMessage(decision, request_, style);
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", message);
}

std::vector<session::SessionTag> TransitiveTags(const Caller& caller) {
  std::vector<session::SessionTag> tags;
  if (caller.session == nullptr) return tags;
  for (const session::SessionTag& tag : caller.session->claims.tags) {
    if (tag.transitive) tags.push_back(tag);
  }
  return tags;
}

std::string InheritedSourceIdentity(const Caller& caller) {
  return caller.session == nullptr ? std::string() : caller.session->claims.source_identity;
}

}  // namespace portcullis::engine
