#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/policy/compiled_policy.h"
#include "server/policy/condition_keys.h"
#include "server/policy/diagnostic.h"
#include "server/policy/evaluate.h"
#include "server/policy/limits.h"
#include "server/policy/policy_set.h"
#include "server/policy/request.h"
#include "server/policy/request_context.h"
#include "tests/conformance/case_json.h"
#include "tests/conformance/evaluators.h"

namespace portcullis::conformance {
namespace {

policy::PolicyType TypeOf(DocumentType type) {
  switch (type) {
    case DocumentType::kInline:
      return policy::PolicyType::kInlineIdentity;
    case DocumentType::kManaged:
    case DocumentType::kBoundary:
      return policy::PolicyType::kManaged;
    case DocumentType::kSession:
      return policy::PolicyType::kSession;
    case DocumentType::kResource:
      return policy::PolicyType::kResource;
    case DocumentType::kTrust:
      return policy::PolicyType::kTrust;
    case DocumentType::kScp:
      return policy::PolicyType::kServiceControl;
    case DocumentType::kRcp:
      return policy::PolicyType::kResourceControl;
  }
  throw std::runtime_error("unknown document type");
}

policy::PrincipalKind KindOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kAnonymous:
      return policy::PrincipalKind::kAnonymous;
    case CallerKind::kRoot:
      return policy::PrincipalKind::kRoot;
    case CallerKind::kUser:
      return policy::PrincipalKind::kUser;
    case CallerKind::kRoleSession:
      return policy::PrincipalKind::kRoleSession;
    case CallerKind::kFederatedUser:
      return policy::PrincipalKind::kFederatedUser;
    case CallerKind::kService:
      return policy::PrincipalKind::kService;
    case CallerKind::kWebIdentity:
      return policy::PrincipalKind::kWebIdentity;
  }
  throw std::runtime_error("unknown caller kind");
}

Want WantOf(policy::Effect effect) {
  switch (effect) {
    case policy::Effect::kAllow:
      return Want::kAllow;
    case policy::Effect::kExplicitDeny:
      return Want::kExplicitDeny;
    case policy::Effect::kImplicitDeny:
      return Want::kImplicitDeny;
  }
  throw std::runtime_error("unknown effect");
}

std::string LimitOf(policy::PolicyKind kind) {
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
  throw std::runtime_error("unknown policy kind");
}

policy::SharedPolicy Compile(const std::string& json, policy::PolicyType type) {
  std::vector<policy::Diagnostic> diagnostics;
  auto compiled = policy::CompilePolicyJson(json, type, policy::PolicyLimits{}, &diagnostics);
  if (compiled == nullptr) {
    std::string what = "the product does not load " + json;
    for (const policy::Diagnostic& diagnostic : diagnostics) {
      what += "\n" + policy::FormatDiagnostic(diagnostic);
    }
    throw std::runtime_error(what);
  }
  return compiled;
}

policy::NamedPolicy Named(std::string id, policy::SharedPolicy compiled) {
  return {.policy = std::move(compiled), .id = std::move(id), .source_file = nullptr};
}

// Denies many things to everybody, none of which occurs in a case: an index has work to do.
policy::SharedPolicy Filler() {
  static const auto* const kFiller = [] {
    std::vector<std::string> statements;
    for (int i = 0; i < 20; ++i) {
      const std::string n = std::to_string(i);
      statements.push_back(R"({"Effect":"Deny","Principal":"*","Action":["filler:Do)" + n +
                           R"(","filler:Get)" + n + R"(*"],"Resource":"arn:aws:filler:::r)" + n +
                           R"(/*"})");
    }
    return new auto(Compile(DocumentJson("2012-10-17", statements), policy::PolicyType::kResource));
  }();
  return *kFiller;
}

// AWS's own RCP, attached to every level (R-4.7).
policy::SharedPolicy RcpFullAccess() {
  return Compile(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*",)"
      R"("Resource":"*"}]})",
      policy::PolicyType::kResource);
}

// Everything a question needs to stay alive while it is asked.
class ProductQuestion {
 public:
  ProductQuestion(const Question& question, Index index) : question_(question), index_(index) {
    AddPolicies();
    AddContext();
    const Caller& caller = question.caller;
    policy::Principal principal;
    principal.kind = KindOf(caller.kind);
    principal.arn = caller.arn;
    principal.account = caller.account;
    principal.issuer_arn =
        caller.kind == CallerKind::kFederatedUser ? caller.creator_arn : caller.role_arn;
    principal.unique_id = caller.unique_id;
    principal.federated_provider = caller.federated_provider;
    policy::PrepareRequest(principal, question.action, question.resource, question.resource_owner,
                           &context_, &request_);
  }

  Answer Ask() const {
    const policy::Decision decision = policy::Evaluate(policies_, request_);
    Answer answer;
    answer.effect = WantOf(decision.effect);
    answer.limited_by = LimitOf(decision.limited_by);
    for (const policy::StatementRef& reference : decision.determining) {
      answer.by.emplace_back(reference.statement->sid.view());
    }
    std::sort(answer.by.begin(), answer.by.end());
    return answer;
  }

 private:
  const policy::CompiledPolicySet* MakeSet(const std::vector<Document>& documents,
                                           bool rcp_level = false) {
    std::vector<policy::NamedPolicy> named;
    for (const Document& document : documents) {
      named.push_back(Named(document.id, Compile(document.json, TypeOf(document.type))));
    }
    if (rcp_level) named.push_back(Named("RCPFullAWSAccess", RcpFullAccess()));
    if (index_ == Index::kOn) named.push_back(Named("filler", Filler()));
    sets_.push_back(policy::CompiledPolicySet::Make(
        named, index_ == Index::kOn ? policy::CompiledPolicySet::Indexing::kAlways
                                    : policy::CompiledPolicySet::Indexing::kNever));
    return sets_.back().get();
  }

  void AddPolicies() {
    policies_.identity.push_back(MakeSet(question_.identity));
    policies_.identity_is_all = question_.identity_is_all;
    if (question_.boundary) policies_.boundary = MakeSet({*question_.boundary});
    if (question_.session) {
      policies_.session_limited = true;
      policies_.session.push_back(MakeSet(*question_.session));
    }
    if (question_.resource_policy) policies_.resource = MakeSet({*question_.resource_policy});
    policies_.requires_resource_policy = question_.requires_resource_policy;
    for (const auto& level : question_.scp) policies_.service_control.push_back(MakeSet(level));
    for (const auto& level : question_.rcp) {
      policies_.resource_control.push_back(MakeSet(level, /*rcp_level=*/true));
    }
  }

  void AddContext() {
    for (const ContextEntry& entry : question_.context) {
      const std::vector<std::string_view> values(entry.values.begin(), entry.values.end());
      context_.AddOwned(entry.name, values, entry.list);
    }
    for (const std::string& key : question_.ambiguous) context_.AddAmbiguous(key);
  }

  const Question& question_;
  const Index index_;
  std::vector<std::unique_ptr<const policy::CompiledPolicySet>> sets_;
  policy::EffectivePolicies policies_;
  policy::RequestContext context_;
  policy::AuthorizationRequest request_;
};

}  // namespace

Answer AskProduct(const Question& question, Index index) {
  return ProductQuestion(question, index).Ask();
}

std::string LoadInProduct(const Document& document) {
  std::vector<policy::Diagnostic> diagnostics;
  const auto compiled = policy::CompilePolicyJson(document.json, TypeOf(document.type),
                                                  policy::PolicyLimits{}, &diagnostics);
  if ((compiled == nullptr) != policy::HasErrors(diagnostics)) {
    throw std::runtime_error("a policy is made exactly if there is no error: " + document.json);
  }
  if (compiled != nullptr) return "";
  const auto first = std::find_if(diagnostics.begin(), diagnostics.end(),
                                  [](const policy::Diagnostic& diagnostic) {
                                    return diagnostic.severity == policy::Severity::kError;
                                  });
  return policy::FormatDiagnostic(*first) + "; IAM: " + policy::IamMessage(diagnostics);
}

bool MaySupplyInProduct(const std::string& key, bool trusted) {
  return policy::MaySupply(key, trusted);
}

}  // namespace portcullis::conformance
