#include "tests/oracle/laws.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace portcullis::oracle {
namespace {

using Json = nlohmann::ordered_json;

PolicyText Everything(const std::string& effect, bool principal) {
  const std::string head = R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect + "\",";
  const std::string everyone = principal ? R"("Principal":{"AWS":"*"},)" : "";
  return {"law", head + everyone + R"("Action":"*","Resource":"*"}})"};
}

// Legal, and silent about every request of the generator.
PolicyText Silent() {
  return {"silent", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)"
                    R"("Action":"nothing:Nothing","Resource":"*"}})"};
}

bool HasIdentity(const Caller& caller) {
  return caller.kind == CallerKind::kUser || caller.kind == CallerKind::kRoleSession ||
         caller.kind == CallerKind::kFederatedUser;
}

bool HasAccount(const Caller& caller) {
  return HasIdentity(caller) || caller.kind == CallerKind::kRoot;
}

bool CrossAccount(const Question& question) {
  return HasAccount(question.caller) && !question.resource_account.empty() &&
         question.resource_account != question.caller.account;
}

// Statements backwards, the first of them twice.
void Shuffle(PolicyText& policy) {
  Json document = Json::parse(policy.json);
  Json statements = document["Statement"];
  if (!statements.is_array()) {
    statements = Json::array({statements});
  }
  Json twin = statements[0];
  twin.erase("Sid");  // unique within a document
  std::reverse(statements.begin(), statements.end());
  statements.insert(statements.begin(), twin);
  document["Statement"] = statements;
  policy.json = document.dump();
}

// Policies backwards, the first of them twice under another name.
void Shuffle(PolicySet& set) {
  for (PolicyText& policy : set) {
    if (policy.id != kRcpFullAccessId) {
      Shuffle(policy);
    }
  }
  std::reverse(set.begin(), set.end());
  if (!set.empty() && set[0].id != kRcpFullAccessId) {
    set.push_back({set[0].id + "-twin", set[0].json});
  }
}

void Shuffle(std::vector<PolicySet>& levels) {
  for (PolicySet& level : levels) {
    Shuffle(level);
  }
  std::reverse(levels.begin(), levels.end());
}

bool NotWider(Effect before, Effect after) {
  if (before == Effect::kExplicitDeny) {
    return after == Effect::kExplicitDeny;
  }
  return before == Effect::kAllow || after != Effect::kAllow;
}

}  // namespace

bool DenyWins(const Question& question, const Decider& decide) {
  const auto denies = [&](const auto& change) {
    Question changed = question;
    change(changed);
    return decide(changed) == Effect::kExplicitDeny;
  };
  const PolicyText deny = Everything("Deny", false);
  const PolicyText deny_all = Everything("Deny", true);
  const bool has_identity = HasIdentity(question.caller) && !question.identity_is_all;
  return (question.requires_resource_policy ||
          denies([&](Question& q) { q.resource_policy = deny_all; })) &&
         (!has_identity || denies([&](Question& q) { q.identity.push_back(deny); })) &&
         (!has_identity || denies([&](Question& q) { q.boundary = PolicySet{deny}; })) &&
         (!question.session.has_value() ||
          denies([&](Question& q) { q.session->push_back(deny); })) &&
         (!HasAccount(question.caller) ||
          denies([&](Question& q) { q.scp_levels.push_back({deny}); }));
}

bool NothingWithoutAllow(const Question& question, const Decider& decide) {
  Question changed = question;
  changed.identity.clear();
  changed.resource_policy.reset();
  const bool root_side = question.identity_is_all || question.caller.kind == CallerKind::kRoot;
  const bool may_allow = root_side && !CrossAccount(question) && !question.requires_resource_policy;
  return may_allow || decide(changed) != Effect::kAllow;
}

bool OrderDoesNotMatter(const Question& question, const Decider& decide) {
  Question changed = question;
  Shuffle(changed.identity);
  if (changed.session.has_value()) {
    Shuffle(*changed.session);
  }
  if (changed.boundary.has_value()) {
    Shuffle((*changed.boundary)[0]);
  }
  if (changed.resource_policy.has_value()) {
    Shuffle(*changed.resource_policy);
  }
  Shuffle(changed.scp_levels);
  Shuffle(changed.rcp_levels);
  return decide(changed) == decide(question);
}

bool CapsNeverWiden(const Question& question, const PolicyText& cap, const Decider& decide) {
  const Effect before = decide(question);
  const auto not_wider = [&](const auto& change) {
    Question changed = question;
    change(changed);
    return NotWider(before, decide(changed));
  };
  const bool has_identity = HasIdentity(question.caller) && !question.identity_is_all;
  // A federated user without session policy has nothing (R-4.4): giving one there does widen.
  const bool takes_session =
      question.caller.kind == CallerKind::kRoleSession && !question.session.has_value();
  return (!has_identity || question.boundary.has_value() ||
          not_wider([&](Question& q) { q.boundary = PolicySet{cap}; })) &&
         (!takes_session || not_wider([&](Question& q) { q.session = PolicySet{cap}; })) &&
         (!HasAccount(question.caller) ||
          not_wider([&](Question& q) { q.scp_levels.push_back({cap}); }));
}

bool SilentCapsLeaveDirectGrants(const Question& question, const Decider& decide) {
  const auto only_direct_left = [&](const auto& change) {
    Question changed = question;
    change(changed);
    if (decide(changed) != Effect::kAllow) {
      return true;
    }
    changed.identity.clear();
    return !CrossAccount(question) && question.resource_policy.has_value() &&
           decide(changed) == Effect::kAllow;
  };
  const bool has_identity = HasIdentity(question.caller) && !question.identity_is_all;
  return (!has_identity ||
          only_direct_left([](Question& q) { q.boundary = PolicySet{Silent()}; })) &&
         (!question.session.has_value() ||
          only_direct_left([](Question& q) { q.session = PolicySet{Silent()}; }));
}

bool AllowNeverNarrows(const Question& question, const Decider& decide) {
  if (!HasIdentity(question.caller) || question.identity_is_all) {
    return true;
  }
  const Effect before = decide(question);
  Question changed = question;
  changed.identity.push_back(Everything("Allow", false));
  const Effect after = decide(changed);
  return before == Effect::kImplicitDeny ? after != Effect::kExplicitDeny : after == before;
}

bool BothSidesAcrossAccounts(const Question& question, const Decider& decide) {
  if (!CrossAccount(question) || decide(question) != Effect::kAllow) {
    return true;
  }
  Question no_resource_policy = question;
  no_resource_policy.resource_policy.reset();
  Question no_identity = question;
  no_identity.identity.clear();
  const bool root_side = question.identity_is_all || question.caller.kind == CallerKind::kRoot;
  return decide(no_resource_policy) != Effect::kAllow &&
         (root_side || decide(no_identity) != Effect::kAllow);
}

std::vector<std::string> BrokenLaws(const Question& question, const PolicyText& cap,
                                    const Decider& decide) {
  std::vector<std::string> broken;
  const auto check = [&](const std::string& name, bool holds) {
    if (!holds) {
      broken.push_back(name);
    }
  };
  check("DenyWins", DenyWins(question, decide));
  check("NothingWithoutAllow", NothingWithoutAllow(question, decide));
  check("OrderDoesNotMatter", OrderDoesNotMatter(question, decide));
  check("CapsNeverWiden", CapsNeverWiden(question, cap, decide));
  check("SilentCapsLeaveDirectGrants", SilentCapsLeaveDirectGrants(question, decide));
  check("AllowNeverNarrows", AllowNeverNarrows(question, decide));
  check("BothSidesAcrossAccounts", BothSidesAcrossAccounts(question, decide));
  return broken;
}

}  // namespace portcullis::oracle
