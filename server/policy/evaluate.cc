#include "server/policy/evaluate.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace portcullis::policy {
namespace {

// Whether the caller belongs to an account, whose policies then bear on it. For services, anonymous
// and unsigned callers the resource's side alone decides.
bool HasAccountSide(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kRoot:
    case PrincipalKind::kUser:
    case PrincipalKind::kRoleSession:
    case PrincipalKind::kFederatedUser:
      return true;
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kService:
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kSaml:
      return false;
  }
  return false;
}

bool HasPrincipals(PolicyKind kind) {
  return kind == PolicyKind::kResource || kind == PolicyKind::kResourceControl;
}

// Whether a decision to allow names the statements of this kind.
bool Grants(PolicyKind kind) {
  return kind == PolicyKind::kIdentity || kind == PolicyKind::kResource;
}

// What each stage says, explicit denies aside.
struct Stages {
  bool resource_control = true;
  bool service_control = true;
  PrincipalMatch resource = PrincipalMatch::kNone;  // The class of the strongest Allow.
  bool identity = false;
  bool boundary = true;
  bool session = true;
};

// One evaluation: asks every set once, stage by stage in the order of.
class Evaluation {
 public:
  Evaluation(const EffectivePolicies& policies, const AuthorizationRequest& request,
             Decision* decision)
      : policies_(policies),
        request_(request),
        decision_(*decision),
        has_account_side_(HasAccountSide(request.principal.kind)) {}

  void Run() {
    const Stages stages = AskStages();
    if (denied_) {
      decision_.effect = Effect::kExplicitDeny;  // over everything else.
      return;
    }
    decision_.limited_by = FirstFailing(stages);
    if (decision_.limited_by == PolicyKind::kNone) {
      decision_.effect = Effect::kAllow;
    } else {
      decision_.determining.clear();
    }
  }

 private:
  Stages AskStages() {
    Stages stages;
    for (const CompiledPolicySet* level : policies_.resource_control) {
      stages.resource_control &= Allows(*level, PolicyKind::kResourceControl);
    }
    if (has_account_side_) {
      for (const CompiledPolicySet* level : policies_.service_control) {
        stages.service_control &= Allows(*level, PolicyKind::kServiceControl);
      }
    }
    if (policies_.resource != nullptr) {
      stages.resource = Ask(*policies_.resource, PolicyKind::kResource);
    }
    if (has_account_side_) AskCallersSide(&stages);
    return stages;
  }

  void AskCallersSide(Stages* stages) {
    stages->identity = policies_.identity_is_all || request_.principal.kind == PrincipalKind::kRoot;
    for (const CompiledPolicySet* set : policies_.identity) {
      stages->identity |= Allows(*set, PolicyKind::kIdentity);
    }
    if (policies_.boundary != nullptr) AskBoundary(stages);
    if (policies_.session_limited) {
      stages->session = false;
      for (const CompiledPolicySet* set : policies_.session) {
        stages->session |= Allows(*set, PolicyKind::kSession);
      }
    }
  }

  void AskBoundary(Stages* stages) {
    const size_t denies_before = denied_ ? decision_.determining.size() : 0;
    stages->boundary = Allows(*policies_.boundary, PolicyKind::kBoundary);
    const bool denies = denied_ && decision_.determining.size() > denies_before;
    decision_.boundary_present = true;
    decision_.boundary_allowed = stages->boundary && !denies;
  }

  bool Allows(const CompiledPolicySet& set, PolicyKind kind) {
    return Ask(set, kind) != PrincipalMatch::kNone;
  }

  // Collects the set's statements that apply. Returns how strongly its Allow statements name the
  // caller; kDirect for policies without principals.
  PrincipalMatch Ask(const CompiledPolicySet& set, PolicyKind kind) {
    PrincipalMatch strongest = PrincipalMatch::kNone;
    set.ForEachCandidate(request_, [&](const StatementHandle& handle) {
      const CompiledStatement& statement = *handle.statement;
      const bool allow = statement.effect == StatementEffect::kAllow;
      if (allow && !WantsAllow(kind, strongest)) return;
      const PrincipalMatch match = Applies(statement, kind);
      if (match == PrincipalMatch::kNone) return;
      const StatementRef ref = {kind, &set.policies()[handle.policy], &statement};
      if (!allow) {
        Deny(ref);
        return;
      }
      strongest = std::max(strongest, match);
      if (Grants(kind) && !denied_) decision_.determining.push_back(ref);
    });
    return strongest;
  }

  // Whether one more Allow could still change the outcome or what is reported of it.
  bool WantsAllow(PolicyKind kind, PrincipalMatch strongest) const {
    if (kind == PolicyKind::kBoundary) return strongest == PrincipalMatch::kNone;
    if (denied_) return false;
    return Grants(kind) || strongest == PrincipalMatch::kNone;
  }

  // The cheapest and most selective parts first.
  PrincipalMatch Applies(const CompiledStatement& statement, PolicyKind kind) const {
    if (!MatchesAction(statement, request_)) return PrincipalMatch::kNone;
    if (!MatchesResource(statement, request_)) return PrincipalMatch::kNone;
    const PrincipalMatch match = HasPrincipals(kind) ? MatchPrincipal(statement, request_.principal,
                                                                      policies_.boundary != nullptr)
                                                     : PrincipalMatch::kDirect;
    if (match == PrincipalMatch::kNone) return match;
    return MatchesConditions(statement, *request_.context) ? match : PrincipalMatch::kNone;
  }

  void Deny(const StatementRef& ref) {
    if (!denied_) {
      denied_ = true;
      decision_.determining.clear();
      decision_.limited_by = ref.kind;
    }
    decision_.determining.push_back(ref);
  }

  // The reference procedure (section 4.9) without its explicit denies, told as the first stage that
  // fails where its consent is needed. kNone: nothing fails, the request is allowed.
  PolicyKind FirstFailing(const Stages& stages) const {
    if (!stages.resource_control) return PolicyKind::kResourceControl;
    if (!stages.service_control) return PolicyKind::kServiceControl;
    const bool granted = stages.resource != PrincipalMatch::kNone;
    if (!has_account_side_) return granted ? PolicyKind::kNone : PolicyKind::kResource;

    const bool same_account = request_.principal.account == request_.resource_account;
    if ((!same_account || policies_.requires_resource_policy) && !granted) {
      return PolicyKind::kResource;
    }
    // Only in the same account does a grant by name stand for the caller's own permissions: a
    // direct one for all of them, a limited one for those of identity policies.
    if (same_account && stages.resource == PrincipalMatch::kDirect) return PolicyKind::kNone;
    const bool identity_needed = !same_account || stages.resource != PrincipalMatch::kLimited;
    if (identity_needed && !stages.identity) return PolicyKind::kIdentity;
    if (!stages.boundary) return PolicyKind::kBoundary;
    if (!stages.session) return PolicyKind::kSession;
    return PolicyKind::kNone;
  }

  const EffectivePolicies& policies_;
  const AuthorizationRequest& request_;
  Decision& decision_;
  const bool has_account_side_;
  bool denied_ = false;
};

// ---- Missing context keys ----

// Whether the statement's resource part matches, or would if a variable had some value.
bool MayMatchResource(const CompiledStatement& statement, const AuthorizationRequest& request) {
  if (MatchesResource(statement, request)) return true;
  if (!request.resource_arn.has_value() || statement.not_resource) return false;
  return std::any_of(
      statement.resources.begin(), statement.resources.end(), [&](const ArnPattern& pattern) {
        return pattern.Matches(*request.resource_arn, *request.context) == Match::kUnresolved;
      });
}

// Collects the keys that relevant statements ask for in vain.
class MissingKeys {
 public:
  explicit MissingKeys(const AuthorizationRequest& request) : request_(request) {}

  void AddSet(const CompiledPolicySet& set) {
    set.ForEachCandidate(request_, [&](const StatementHandle& handle) {
      const CompiledStatement& statement = *handle.statement;
      if (!MatchesAction(statement, request_) || !MayMatchResource(statement, request_)) return;
      for (const ArnPattern& pattern : statement.resources) AddVariables(pattern);
      for (const CompiledCondition& condition : statement.conditions) AddCondition(condition);
    });
  }

  std::vector<std::string> Take() {
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return std::move(names_);
  }

 private:
  void AddKey(ConditionKeyView name) {
    if (!request_.context->Contains(name)) names_.emplace_back(name.folded());
  }

  template <typename PatternType>
  void AddVariables(const PatternType& pattern) {
    pattern.ForEachVariable([this](ConditionKeyView name) { AddKey(name); });
  }

  void AddCondition(const CompiledCondition& condition) {
    AddKey(condition.key);
    for (const ConditionValue& value : condition.values) {
      AddVariables(value.pattern());
    }
  }

  const AuthorizationRequest& request_;
  std::vector<std::string> names_;
};

}  // namespace

Decision Evaluate(const EffectivePolicies& policies, const AuthorizationRequest& request) {
  Decision decision;
  Evaluation(policies, request, &decision).Run();
  return decision;
}

std::vector<std::string> MissingContextKeys(const EffectivePolicies& policies,
                                            const AuthorizationRequest& request) {
  MissingKeys missing(request);
  for (const CompiledPolicySet* set : policies.resource_control) missing.AddSet(*set);
  if (policies.resource != nullptr) missing.AddSet(*policies.resource);
  if (HasAccountSide(request.principal.kind)) {
    for (const CompiledPolicySet* set : policies.service_control) missing.AddSet(*set);
    for (const CompiledPolicySet* set : policies.identity) missing.AddSet(*set);
    if (policies.boundary != nullptr) missing.AddSet(*policies.boundary);
    for (const CompiledPolicySet* set : policies.session) missing.AddSet(*set);
  }
  return missing.Take();
}

}  // namespace portcullis::policy
