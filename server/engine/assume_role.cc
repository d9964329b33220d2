#include "server/engine/assume_role.h"

#include <memory>
#include <string_view>
#include <utility>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/engine/context_builder.h"
#include "server/engine/select.h"
#include "server/policy/arn.h"
#include "server/policy/denial.h"
#include "server/policy/evaluate.h"
#include "server/policy/request.h"

namespace portcullis::engine {
namespace {

using policy::ConditionKeyName;
using policy::PrincipalKind;

constexpr std::string_view kAssumeRole = "sts:AssumeRole";
constexpr std::string_view kTagSession = "sts:TagSession";
constexpr std::string_view kSetSourceIdentity = "sts:SetSourceIdentity";

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
  named.id = std::make_shared<const std::string>("account-trust");
  named.source_file = std::make_shared<const std::string>();
  std::vector<policy::NamedPolicy> policies;
  if (named.policy != nullptr) policies.push_back(std::move(named));
  return std::make_unique<const policy::CompiledPolicySet>(std::move(policies));
}

// The request's own keys: R-3.31, R-3.37 to R-3.40. Owns the texts that the context refers to.
class RequestKeys {
 public:
  explicit RequestKeys(const AssumeRoleQuestion& question) {
    const session::AssumeRoleParameters& parameters = *question.parameters;
    for (const session::TagParameter& tag : parameters.tags) {
      tags_.emplace_back(tag.key, tag.value);
    }
    for (const session::SessionTag& tag : TransitiveTags(*question.caller)) {
      tags_.emplace_back(tag.key, tag.value);
    }
    for (const auto& [key, value] : tags_) tag_keys_.push_back(key);
    for (const std::string& key : parameters.transitive_tag_keys) transitive_keys_.push_back(key);
    source_identity_ = parameters.source_identity.value_or(std::string());
    if (source_identity_.empty()) source_identity_ = InheritedSourceIdentity(*question.caller);
    external_id_ = parameters.external_id.value_or(std::string());
    role_session_name_ = parameters.role_session_name;
  }

  bool has_tags() const { return !tags_.empty(); }
  bool has_source_identity() const { return !source_identity_.empty(); }

  // The inherited and passed tags override the role's own ones of the same key (R-4.59), so they
  // are added first.
  void AddTo(policy::RequestContext* context) const {
    for (const auto& [key, value] : tags_) {
      AddOne(base::Concat({"aws:RequestTag/", key}), value, context);
    }
    if (!tag_keys_.empty()) context->AddOwned("aws:TagKeys", tag_keys_, /*multivalued=*/true);
    if (!transitive_keys_.empty()) {
      context->AddOwned("sts:TransitiveTagKeys", transitive_keys_, /*multivalued=*/true);
    }
    if (!external_id_.empty()) AddOne("sts:ExternalId", external_id_, context);
    AddOne("sts:RoleSessionName", role_session_name_, context);
    if (!source_identity_.empty()) AddOne("sts:SourceIdentity", source_identity_, context);
  }

 private:
  static void AddOne(std::string_view name, std::string_view value,
                     policy::RequestContext* context) {
    const std::string_view values[] = {value};
    context->AddOwned(name, values, /*multivalued=*/false);
  }

  std::vector<std::pair<std::string, std::string>> tags_;
  std::vector<std::string_view> tag_keys_;
  std::vector<std::string_view> transitive_keys_;
  std::string source_identity_;
  std::string external_id_;
  std::string role_session_name_;
};

// Asks the same question about several actions.
class Asker {
 public:
  Asker(const AssumeRoleQuestion& question, const store::Snapshot& snapshot)
      : question_(question),
        snapshot_(snapshot),
        resource_(
            SelectResource(question.parameters->role_arn, "sts:", *question.caller, snapshot)),
        keys_(question) {
    // A role that does not exist, or whose account is suspended, has a policy that admits nobody.
    if (question.role == nullptr) {
      resource_.policy = nullptr;
      resource_.requires_resource_policy = true;
      resource_.is_role_trust = true;
    }
  }

  absl::Status BuildContext() {
    ContextFacts facts;
    facts.caller = question_.caller;
    facts.peer = question_.peer;
    facts.resource = &resource_.facts;
    facts.now = question_.now;
    facts.mfa.verified = question_.mfa_verified;
    AddInheritedResourceTags();
    keys_.AddTo(&context_);
    return engine::BuildContext(facts, question_.context, &scratch_, &context_);
  }

  // OK if both sides allow `action`.
  absl::Status Ask(std::string_view action) {
    Prepare(action);
    SelectPolicies(*question_.caller, resource_, snapshot_, &policies_);
    const policy::Decision decision = policy::Evaluate(policies_, request_);
    if (decision.effect != policy::Effect::kAllow) return Denied(decision);
    return absl::OkStatus();
  }

  // OK if the caller's own policies allow `action`, whatever the trust policy grants directly.
  absl::Status AskCallersSide(std::string_view action) {
    Prepare(action);
    const policy::Decision decision = DecideCallersSide();
    if (decision.effect != policy::Effect::kAllow) return Denied(decision);
    return absl::OkStatus();
  }

  bool has_tags() const { return keys_.has_tags(); }
  bool has_source_identity() const { return keys_.has_source_identity(); }

 private:
  // R-4.59: an inherited tag also stands for the same key of the role.
  void AddInheritedResourceTags() {
    for (const session::SessionTag& tag : TransitiveTags(*question_.caller)) {
      const std::string_view values[] = {tag.value};
      context_.AddOwned(base::Concat({"aws:ResourceTag/", tag.key}), values, false);
      context_.AddOwned(base::Concat({"iam:ResourceTag/", tag.key}), values, false);
    }
  }

  void Prepare(std::string_view action) {
    policy::PrepareRequest(question_.caller->principal, action, question_.parameters->role_arn,
                           resource_.facts.account_id, &context_, &request_);
  }

  policy::Decision DecideCallersSide() {
    if (account_trust_ == nullptr) account_trust_ = TrustCallersAccount(*question_.caller);
    SelectedResource open = resource_;
    open.policy = account_trust_.get();
    SelectPolicies(*question_.caller, open, snapshot_, &policies_);
    return policy::Evaluate(policies_, request_);
  }

  // The text must not tell a role that does not exist from one that may not be assumed (R-4.79). So
  // where the role's side is what failed, what the caller's side alone says comes first.
  absl::Status Denied(const policy::Decision& decision) {
    policy::DenialStyle style;
    style.resource_policy_is_trust_policy = true;
    std::string message;
    const bool roles_side = decision.limited_by == policy::PolicyKind::kResource ||
                            decision.limited_by == policy::PolicyKind::kResourceControl;
    if (roles_side) {
      const policy::Decision own = DecideCallersSide();
      if (own.effect != policy::Effect::kAllow) {
        message = policy::DenialMessage(own, request_, style);
      }
    }
    if (message.empty()) message = policy::DenialMessage(decision, request_, style);
    return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied", message);
  }

  const AssumeRoleQuestion& question_;
  const store::Snapshot& snapshot_;
  SelectedResource resource_;
  RequestKeys keys_;
  ContextScratch scratch_;
  policy::RequestContext context_;
  policy::AuthorizationRequest request_;
  policy::EffectivePolicies policies_;
  std::unique_ptr<const policy::CompiledPolicySet> account_trust_;
};

}  // namespace

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

absl::Status AuthorizeAssumeRole(const AssumeRoleQuestion& question,
                                 const store::Snapshot& snapshot) {
  Asker asker(question, snapshot);
  RETURN_IF_ERROR(asker.BuildContext());
  RETURN_IF_ERROR(asker.Ask(kAssumeRole));
  // Chaining needs the caller's own permission for these even where the trust policy names the
  // calling role directly (R-4.58).
  const bool chaining = question.caller->principal.kind == PrincipalKind::kRoleSession;
  if (asker.has_tags()) {
    RETURN_IF_ERROR(asker.Ask(kTagSession));
    if (chaining) RETURN_IF_ERROR(asker.AskCallersSide(kTagSession));
  }
  if (asker.has_source_identity()) {
    RETURN_IF_ERROR(asker.Ask(kSetSourceIdentity));
    if (chaining) RETURN_IF_ERROR(asker.AskCallersSide(kSetSourceIdentity));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::engine
