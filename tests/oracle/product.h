// The product asked the oracle's questions.
//
// Header only: the oracle's library must not link the product.
#ifndef PORTCULLIS_TESTS_ORACLE_PRODUCT_H_
#define PORTCULLIS_TESTS_ORACLE_PRODUCT_H_

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/policy/compiled_policy.h"
#include "server/policy/condition_keys.h"
#include "server/policy/diagnostic.h"
#include "server/policy/evaluate.h"
#include "server/policy/policy_set.h"
#include "server/policy/request.h"
#include "tests/oracle/oracle.h"

namespace portcullis::oracle {

// Answers questions with server/policy. Keeps its request context from question to question, as a
// server does. Throws std::runtime_error for a document that the product refuses to compile.
class Product {
 public:
  using Indexing = policy::CompiledPolicySet::Indexing;

  // One question, compiled. Refers to the question, which must outlive it.
  struct Prepared {
    std::vector<std::unique_ptr<const policy::CompiledPolicySet>> sets;
    policy::EffectivePolicies policies;
    policy::AuthorizationRequest request;
  };

  Verdict Decide(const Question& question, Indexing indexing = Indexing::kAuto) {
    Prepared prepared;
    Prepare(question, indexing, &prepared);
    return ToVerdict(policy::Evaluate(prepared.policies, prepared.request));
  }

  // Fills `prepared`, which is valid until the next call.
  void Prepare(const Question& question, Indexing indexing, Prepared* prepared) {
    policy::EffectivePolicies& policies = prepared->policies;
    const auto add = [&](const PolicySet& set, policy::PolicyType type) {
      prepared->sets.push_back(Compile(set, type, indexing));
      return prepared->sets.back().get();
    };
    policies.identity.push_back(add(question.identity, policy::PolicyType::kInlineIdentity));
    policies.identity_is_all = question.identity_is_all;
    if (question.boundary.has_value()) {
      policies.boundary = add(*question.boundary, policy::PolicyType::kInlineIdentity);
    }
    policies.session_limited =
        question.session.has_value() || (question.caller.kind == CallerKind::kFederatedUser &&
                                         question.federation_requires_session);
    if (question.session.has_value()) {
      policies.session.push_back(add(*question.session, policy::PolicyType::kSession));
    }
    if (question.resource_policy.has_value()) {
      const bool role = question.resource.find(":role/") != std::string::npos;
      policies.resource = add({*question.resource_policy},
                              role ? policy::PolicyType::kTrust : policy::PolicyType::kResource);
    }
    policies.requires_resource_policy = question.requires_resource_policy;
    for (const PolicySet& level : question.scp_levels) {
      policies.service_control.push_back(add(level, policy::PolicyType::kServiceControl));
    }
    for (const PolicySet& level : question.rcp_levels) {
      policies.resource_control.push_back(add(level, policy::PolicyType::kResourceControl));
    }
    FillContext(question);
    const std::string& owner =
        question.resource_account.empty() ? question.caller.account : question.resource_account;
    policy::PrepareRequest(ToPrincipal(question.caller), question.action, question.resource, owner,
                           &context_, &prepared->request);
  }

 private:
  static policy::PrincipalKind ToKind(CallerKind kind) {
    switch (kind) {
      case CallerKind::kAnonymous:
        return policy::PrincipalKind::kAnonymous;
      case CallerKind::kUnnamed:  // A user of whom nothing is known.
      case CallerKind::kUser:
        return policy::PrincipalKind::kUser;
      case CallerKind::kRoleSession:
        return policy::PrincipalKind::kRoleSession;
      case CallerKind::kFederatedUser:
        return policy::PrincipalKind::kFederatedUser;
      case CallerKind::kRoot:
        return policy::PrincipalKind::kRoot;
      case CallerKind::kService:
        return policy::PrincipalKind::kService;
      case CallerKind::kWebIdentity:
        return policy::PrincipalKind::kWebIdentity;
    }
    return policy::PrincipalKind::kAnonymous;
  }

  static policy::Principal ToPrincipal(const Caller& caller) {
    policy::Principal principal;
    principal.kind = ToKind(caller.kind);
    principal.arn = caller.arn;
    principal.account = caller.account;
    principal.issuer_arn =
        caller.kind == CallerKind::kFederatedUser ? caller.creator_arn : caller.role_arn;
    principal.unique_id = caller.unique_id;
    principal.federated_provider = caller.federated_provider;
    return principal;
  }

  static policy::NamedPolicy CompileOne(const PolicyText& text, policy::PolicyType type) {
    const bool everything =
        type == policy::PolicyType::kResourceControl && text.id == kRcpFullAccessId;
    // No customer may write this RCP (R-2.89); as a resource-based policy it says the same.
    static constexpr std::string_view kEverything =
        R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})";
    std::vector<policy::Diagnostic> diagnostics;
    auto compiled = policy::CompilePolicyJson(everything ? kEverything : text.json,
                                              everything ? policy::PolicyType::kResource : type,
                                              policy::PolicyLimits(), &diagnostics);
    if (compiled == nullptr) {
      std::string message = "the product refuses policy " + text.id + ":";
      for (const policy::Diagnostic& diagnostic : diagnostics) {
        message += "\n  " + policy::FormatDiagnostic(diagnostic);
      }
      throw std::runtime_error(message + "\n" + text.json);
    }
    return {std::move(compiled), std::make_shared<const std::string>(text.id), nullptr};
  }

  static std::unique_ptr<const policy::CompiledPolicySet> Compile(const PolicySet& set,
                                                                  policy::PolicyType type,
                                                                  Indexing indexing) {
    std::vector<policy::NamedPolicy> named;
    for (const PolicyText& text : set) named.push_back(CompileOne(text, type));
    return std::make_unique<const policy::CompiledPolicySet>(std::move(named), indexing);
  }

  // The oracle calls a key ambiguous that is there under two spellings (R-2.57).
  void FillContext(const Question& question) {
    context_.Clear();
    for (const auto& [name, values] : question.context) {
      if (values.values.empty()) continue;
      if (context_.Contains(policy::ConditionKeyName(name))) {
        context_.AddAmbiguous(name);
        continue;
      }
      const std::vector<std::string_view> views(values.values.begin(), values.values.end());
      context_.AddOwned(name, views, values.multivalued);
    }
  }

  static std::string KindName(policy::PolicyKind kind) {
    switch (kind) {
      case policy::PolicyKind::kNone:
        return "none";
      case policy::PolicyKind::kResourceControl:
        return "rcp";
      case policy::PolicyKind::kServiceControl:
        return "scp";
      case policy::PolicyKind::kResource:
        return "resource";
      case policy::PolicyKind::kIdentity:
        return "identity";
      case policy::PolicyKind::kBoundary:
        return "boundary";
      case policy::PolicyKind::kSession:
        return "session";
    }
    return "none";
  }

  static Effect ToEffect(policy::Effect effect) {
    switch (effect) {
      case policy::Effect::kImplicitDeny:
        return Effect::kImplicitDeny;
      case policy::Effect::kExplicitDeny:
        return Effect::kExplicitDeny;
      case policy::Effect::kAllow:
        return Effect::kAllow;
    }
    return Effect::kImplicitDeny;
  }

  static Verdict ToVerdict(const policy::Decision& decision) {
    Verdict verdict;
    verdict.effect = ToEffect(decision.effect);
    for (const policy::StatementRef& ref : decision.determining) {
      verdict.determining.insert(
          {KindName(ref.kind) + ":" + *ref.policy->id, ref.statement->index});
    }
    return verdict;
  }

  policy::RequestContext context_;
};

}  // namespace portcullis::oracle

#endif  // PORTCULLIS_TESTS_ORACLE_PRODUCT_H_
