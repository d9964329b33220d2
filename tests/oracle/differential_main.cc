// Puts generated questions to the product and to the oracle and compares what they say.
//
//   oracle_differential [--cases N] [--seed S] [--laws-every K]
//
// Every question is decided by the oracle once and by the product three times: with the index over
// statements forced on, forced off, and left to the product. Effects must be equal and so must the
// statements that determined them; of an allowed question those of identity-based and
// resource-based policies. Every K-th question, 16 by default, has the laws put to the product as
// well; 0: none. On a disagreement prints the whole question as JSON and ends with exit code 1.

#include <charconv>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/policy/evaluate.h"
#include "tests/oracle/generator.h"
#include "tests/oracle/laws.h"
#include "tests/oracle/oracle.h"

namespace portcullis::oracle {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  uint64_t cases = 50000;
  uint64_t seed = 1;
  uint64_t laws_every = 16;
};

std::string CallerKindName(CallerKind kind) {
  switch (kind) {
    case CallerKind::kAnonymous:
      return "anonymous";
    case CallerKind::kUnnamed:
      return "unnamed";
    case CallerKind::kUser:
      return "user";
    case CallerKind::kRoleSession:
      return "role session";
    case CallerKind::kFederatedUser:
      return "federated user";
    case CallerKind::kRoot:
      return "root";
    case CallerKind::kService:
      return "service";
    case CallerKind::kWebIdentity:
      return "web identity";
  }
  return "";
}

Json ToJson(const Caller& caller) {
  Json json;
  json["kind"] = CallerKindName(caller.kind);
  json["arn"] = caller.arn;
  json["account"] = caller.account;
  json["role_arn"] = caller.role_arn;
  json["creator_arn"] = caller.creator_arn;
  json["unique_id"] = caller.unique_id;
  json["federated_provider"] = caller.federated_provider;
  return json;
}

Json ToJson(const PolicySet& set) {
  Json json = Json::object();
  for (const PolicyText& policy : set) json[policy.id] = Json::parse(policy.json);
  return json;
}

Json ToJson(const std::vector<PolicySet>& levels) {
  Json json = Json::array();
  for (const PolicySet& level : levels) json.push_back(ToJson(level));
  return json;
}

Json ToJson(const Question& question) {
  Json json;
  json["caller"] = ToJson(question.caller);
  json["action"] = question.action;
  json["resource"] = question.resource;
  json["resource_account"] = question.resource_account;
  json["requires_resource_policy"] = question.requires_resource_policy;
  json["identity_is_all"] = question.identity_is_all;
  json["federation_requires_session"] = question.federation_requires_session;
  json["context"] = Json::object();
  for (const auto& [key, values] : question.context) {
    json["context"][key] = {{"values", values.values}, {"multivalued", values.multivalued}};
  }
  json["identity"] = ToJson(question.identity);
  if (question.boundary.has_value()) json["boundary"] = ToJson(*question.boundary);
  if (question.session.has_value()) json["session"] = ToJson(*question.session);
  if (question.resource_policy.has_value()) {
    json["resource_policy"] = ToJson(PolicySet{*question.resource_policy});
  }
  json["scp_levels"] = ToJson(question.scp_levels);
  json["rcp_levels"] = ToJson(question.rcp_levels);
  return json;
}

Json ToJson(const Verdict& verdict) {
  Json json;
  json["effect"] = EffectName(verdict.effect);
  json["determining"] = Json::array();
  for (const auto& [policy, statement] : verdict.determining) {
    json["determining"].push_back(policy + "#" + std::to_string(statement));
  }
  return json;
}

// The oracle names every Allow statement that applied, the product those that can grant (R-9.17).
Verdict Comparable(Verdict verdict) {
  if (verdict.effect != Effect::kAllow) return verdict;
  std::erase_if(verdict.determining, [](const StatementName& name) {
    return !name.first.starts_with("identity:") && !name.first.starts_with("resource:");
  });
  return verdict;
}

bool Agree(const Verdict& a, const Verdict& b) {
  return a.effect == b.effect && a.determining == b.determining;
}

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
    return {std::move(compiled), text.id, nullptr};
  }

  static std::unique_ptr<const policy::CompiledPolicySet> Compile(const PolicySet& set,
                                                                  policy::PolicyType type,
                                                                  Indexing indexing) {
    std::vector<policy::NamedPolicy> named;
    for (const PolicyText& text : set) named.push_back(CompileOne(text, type));
    return policy::CompiledPolicySet::Make(named, indexing);
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
          {KindName(ref.kind) + ":" + std::string(ref.policy->id()), ref.statement->index});
    }
    return verdict;
  }

  policy::RequestContext context_;
};

class Differential {
 public:
  explicit Differential(const Options& options) : options_(options) {}

  // Whether all questions were answered alike.
  bool Run() {
    for (uint64_t i = 0; i < options_.cases; ++i) {
      const uint64_t seed = options_.seed + i;
      const Question question = Generate(seed);
      try {
        if (!CheckAnswers(question) || !CheckLaws(question, i)) return Report(seed, question);
      } catch (const std::exception& error) {
        std::cout << error.what() << "\n";
        return Report(seed, question);
      }
    }
    std::cout << options_.cases << " cases agree: " << allowed_ << " allowed, " << denied_
              << " denied explicitly, " << options_.cases - allowed_ - denied_
              << " denied implicitly; laws put to " << laws_ << "\n";
    return true;
  }

 private:
  bool CheckAnswers(const Question& question) {
    const Verdict expected = Comparable(Decide(question));
    allowed_ += expected.effect == Effect::kAllow;
    denied_ += expected.effect == Effect::kExplicitDeny;
    const std::pair<Product::Indexing, const char*> modes[] = {
        {Product::Indexing::kAuto, "product"},
        {Product::Indexing::kAlways, "product with an index"},
        {Product::Indexing::kNever, "product without an index"},
    };
    bool agree = true;
    for (const auto& [indexing, name] : modes) {
      const Verdict verdict = product_.Decide(question, indexing);
      if (Agree(verdict, expected)) continue;
      std::cout << name << ": " << ToJson(verdict) << "\n";
      agree = false;
    }
    if (!agree) std::cout << "oracle: " << ToJson(expected) << "\n";
    return agree;
  }

  bool CheckLaws(const Question& question, uint64_t number) {
    if (options_.laws_every == 0 || number % options_.laws_every != 0) return true;
    ++laws_;
    const PolicyText cap = GenerateCap(options_.seed + number, question);
    const std::vector<std::string> broken = BrokenLaws(
        question, cap, [this](const Question& changed) { return product_.Decide(changed).effect; });
    for (const std::string& law : broken) std::cout << "the product breaks the law " << law << "\n";
    return broken.empty();
  }

  static bool Report(uint64_t seed, const Question& question) {
    std::cout << "seed " << seed << ":\n" << ToJson(question).dump(2) << "\n";
    return false;
  }

  const Options options_;
  Product product_;
  uint64_t allowed_ = 0;
  uint64_t denied_ = 0;
  uint64_t laws_ = 0;
};

bool ReadNumber(std::string_view text, uint64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// Takes `--name=value` and `--name value`.
bool ReadOptions(const std::vector<std::string_view>& arguments, Options* options) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    std::string_view value;
    if (const size_t equals = name.find('='); equals != std::string_view::npos) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    }
    uint64_t* const target = name == "--cases"        ? &options->cases
                             : name == "--seed"       ? &options->seed
                             : name == "--laws-every" ? &options->laws_every
                                                      : nullptr;
    if (target == nullptr || !ReadNumber(value, target)) return false;
  }
  return true;
}

int Main(const std::vector<std::string_view>& arguments) {
  Options options;
  if (!ReadOptions(arguments, &options)) {
    std::cerr << "usage: oracle_differential [--cases N] [--seed S] [--laws-every K]\n";
    return 2;
  }
  return Differential(options).Run() ? 0 : 1;
}

}  // namespace
}  // namespace portcullis::oracle

int main(int argc, char** argv) {
  return portcullis::oracle::Main(std::vector<std::string_view>(argv + 1, argv + argc));
}
