#include "tests/oracle/oracle.h"

#include <algorithm>

#include "tests/oracle/oracle_parts.h"

namespace portcullis::oracle {
namespace {

std::string KindName(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kIdentity:
      return "identity";
    case PolicyKind::kBoundary:
      return "boundary";
    case PolicyKind::kSession:
      return "session";
    case PolicyKind::kResource:
      return "resource";
    case PolicyKind::kScp:
      return "scp";
    case PolicyKind::kRcp:
      return "rcp";
  }
  return "";
}

// What one policy set says. `grant` is the class of the strongest Allow that applies; for sets
// without principals it is kDirect as soon as one applies.
struct SetVerdict {
  Grant grant = Grant::kNone;
  std::set<StatementName> allows;
  std::set<StatementName> denies;

  bool Allows() const { return grant != Grant::kNone; }
};

void AddStatement(const Node& statement, const StatementName& name, const Scope& scope,
                  SetVerdict& verdict) {
  const bool has_principals = scope.kind == PolicyKind::kResource || scope.kind == PolicyKind::kRcp;
  const Grant grant = has_principals ? PrincipalPart(statement, *scope.question) : Grant::kDirect;
  if (grant == Grant::kNone || !ActionPartMatches(statement, scope.question->action) ||
      !ResourcePartMatches(statement, scope)) {
    return;
  }
  const ConditionResult condition = ConditionPart(statement, scope);
  const bool deny = statement.Find("Effect")->text == "Deny";
  if (deny && condition != ConditionResult::kFalse) {
    verdict.denies.insert(name);
  }
  if (!deny && condition == ConditionResult::kTrue) {
    verdict.allows.insert(name);
    verdict.grant = std::max(verdict.grant, grant);
  }
}

void AddPolicy(const PolicyText& policy, PolicyKind kind, const Question& question,
               SetVerdict& verdict) {
  const std::string name = KindName(kind) + ":" + policy.id;
  if (kind == PolicyKind::kRcp && policy.id == kRcpFullAccessId) {
    verdict.grant = Grant::kDirect;
    verdict.allows.insert({name, 0});
    return;
  }
  const Node document = ParseJson(policy.json);
  const Node* version = document.Find("Version");
  const Scope scope{&question, kind, version != nullptr && version->text == "2012-10-17"};
  const Node& statements = *document.Find("Statement");
  if (statements.type == Node::Type::kObject) {
    AddStatement(statements, {name, 0}, scope, verdict);
    return;
  }
  for (size_t i = 0; i < statements.items.size(); ++i) {
    AddStatement(statements.items[i], {name, i}, scope, verdict);
  }
}

SetVerdict Evaluate(const PolicySet& policies, PolicyKind kind, const Question& question) {
  SetVerdict verdict;
  for (const PolicyText& policy : policies) {
    AddPolicy(policy, kind, question, verdict);
  }
  return verdict;
}

// callers without an account side.
bool IsOutsideAccounts(CallerKind kind) {
  return kind == CallerKind::kService || kind == CallerKind::kAnonymous ||
         kind == CallerKind::kWebIdentity;
}

std::vector<SetVerdict> EvaluateLevels(const std::vector<PolicySet>& levels, PolicyKind kind,
                                       const Question& question) {
  std::vector<SetVerdict> verdicts;
  verdicts.reserve(levels.size());
  for (const PolicySet& level : levels) {
    verdicts.push_back(Evaluate(level, kind, question));
  }
  return verdicts;
}

bool EveryLevelAllows(const std::vector<SetVerdict>& levels) {
  return std::all_of(levels.begin(), levels.end(),
                     [](const SetVerdict& level) { return level.Allows(); });
}

// The verdicts of all sets consulted for this caller.
struct Collected {
  SetVerdict identity, resource;
  std::optional<SetVerdict> boundary, session;
  std::vector<SetVerdict> scp, rcp;

  std::vector<SetVerdict> All() const {
    std::vector<SetVerdict> all = {identity, resource};
    if (boundary.has_value()) {
      all.push_back(*boundary);
    }
    if (session.has_value()) {
      all.push_back(*session);
    }
    all.insert(all.end(), scp.begin(), scp.end());
    all.insert(all.end(), rcp.begin(), rcp.end());
    return all;
  }
};

Collected Collect(const Question& question) {
  Collected sets;
  if (question.resource_policy.has_value()) {
    sets.resource = Evaluate({*question.resource_policy}, PolicyKind::kResource, question);
  }
  sets.rcp = EvaluateLevels(question.rcp_levels, PolicyKind::kRcp, question);
  if (IsOutsideAccounts(question.caller.kind)) {
    return sets;
  }
  sets.scp = EvaluateLevels(question.scp_levels, PolicyKind::kScp, question);
  sets.identity = Evaluate(question.identity, PolicyKind::kIdentity, question);
  if (question.boundary.has_value()) {
    sets.boundary = Evaluate(*question.boundary, PolicyKind::kBoundary, question);
  }
  if (question.session.has_value()) {
    sets.session = Evaluate(*question.session, PolicyKind::kSession, question);
  } else if (question.caller.kind == CallerKind::kFederatedUser &&
             question.federation_requires_session) {
    sets.session = SetVerdict{};
  }
  return sets;
}

// The reference procedure after the explicit denies.
bool IsAllowed(const Question& question, const Collected& sets) {
  if (!EveryLevelAllows(sets.rcp) || !EveryLevelAllows(sets.scp)) {
    return false;
  }
  const Grant grant = sets.resource.grant;
  if (IsOutsideAccounts(question.caller.kind)) {
    return grant != Grant::kNone;
  }
  const bool same_account =
      question.resource_account.empty() || question.resource_account == question.caller.account;
  const bool identity_ok = sets.identity.Allows() || question.identity_is_all ||
                           question.caller.kind == CallerKind::kRoot;
  const bool caps_ok = (!sets.boundary.has_value() || sets.boundary->Allows()) &&
                       (!sets.session.has_value() || sets.session->Allows());
  if (!same_account) {
    return grant != Grant::kNone && identity_ok && caps_ok;
  }
  if (grant == Grant::kDirect) {
    return true;
  }
  if (grant == Grant::kLimited) {
    return caps_ok;
  }
  if (question.requires_resource_policy) {
    return grant == Grant::kAccount && identity_ok && caps_ok;
  }
  return identity_ok && caps_ok;
}

std::string PrincipalTypeName(CallerKind kind) {
  switch (kind) {
    case CallerKind::kUser:
      return "User";
    case CallerKind::kRoleSession:
      return "AssumedRole";
    case CallerKind::kFederatedUser:
      return "FederatedUser";
    case CallerKind::kRoot:
      return "Account";
    case CallerKind::kService:
      return "AWSService";
    case CallerKind::kAnonymous:
      return "Anonymous";
    case CallerKind::kUnnamed:
    case CallerKind::kWebIdentity:
      return "";
  }
  return "";
}

void AddKey(Context& context, const std::string& key, const std::string& value) {
  for (const auto& [name, values] : context) {
    if (LowerCase(name) == LowerCase(key)) {
      return;
    }
  }
  if (!value.empty()) {
    context[key] = Values{{value}, false};
  }
}

}  // namespace

Verdict Decide(const Question& question) {
  const Collected sets = Collect(question);
  Verdict verdict;
  for (const SetVerdict& set : sets.All()) {
    verdict.determining.insert(set.denies.begin(), set.denies.end());
  }
  if (!verdict.determining.empty()) {
    verdict.effect = Effect::kExplicitDeny;
    return verdict;
  }
  if (!IsAllowed(question, sets)) {
    return verdict;
  }
  verdict.effect = Effect::kAllow;
  for (const SetVerdict& set : sets.All()) {
    verdict.determining.insert(set.allows.begin(), set.allows.end());
  }
  return verdict;
}

void AddCallerKeys(Question& question) {
  const Caller& caller = question.caller;
  Context& context = question.context;
  AddKey(context, "aws:PrincipalType", PrincipalTypeName(caller.kind));
  const std::string last_name = caller.arn.substr(caller.arn.rfind('/') + 1);
  switch (caller.kind) {
    case CallerKind::kUser:
      AddKey(context, "aws:PrincipalArn", caller.arn);
      AddKey(context, "aws:username", last_name);
      AddKey(context, "aws:userid", caller.unique_id);
      break;
    case CallerKind::kRoleSession:
      AddKey(context, "aws:PrincipalArn", caller.role_arn);
      if (!caller.unique_id.empty()) {
        AddKey(context, "aws:userid", caller.unique_id + ":" + last_name);
      }
      break;
    case CallerKind::kFederatedUser:
      AddKey(context, "aws:PrincipalArn", caller.arn);
      AddKey(context, "aws:userid", caller.account + ":" + last_name);
      break;
    case CallerKind::kRoot:
      AddKey(context, "aws:PrincipalArn", caller.arn);
      AddKey(context, "aws:userid", caller.account);
      break;
    case CallerKind::kAnonymous:
      AddKey(context, "aws:PrincipalAccount", "anonymous");
      AddKey(context, "aws:userid", "anonymous");
      break;
    case CallerKind::kUnnamed:
    case CallerKind::kService:
    case CallerKind::kWebIdentity:
      break;
  }
  AddKey(context, "aws:PrincipalAccount", caller.account);
}

std::string EffectName(Effect effect) {
  switch (effect) {
    case Effect::kAllow:
      return "allowed";
    case Effect::kExplicitDeny:
      return "explicitDeny";
    case Effect::kImplicitDeny:
      return "implicitDeny";
  }
  return "";
}

}  // namespace portcullis::oracle
