#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/case_json.h"
#include "tests/conformance/evaluators.h"
#include "tests/oracle/oracle.h"

namespace portcullis::conformance {
namespace {

oracle::CallerKind KindOf(CallerKind kind) {
  switch (kind) {
    case CallerKind::kAnonymous:
      return oracle::CallerKind::kAnonymous;
    case CallerKind::kRoot:
      return oracle::CallerKind::kRoot;
    case CallerKind::kUser:
      return oracle::CallerKind::kUser;
    case CallerKind::kRoleSession:
      return oracle::CallerKind::kRoleSession;
    case CallerKind::kFederatedUser:
      return oracle::CallerKind::kFederatedUser;
    case CallerKind::kService:
      return oracle::CallerKind::kService;
    case CallerKind::kWebIdentity:
      return oracle::CallerKind::kWebIdentity;
  }
  throw std::runtime_error("unknown caller kind");
}

Want WantOf(oracle::Effect effect) {
  switch (effect) {
    case oracle::Effect::kAllow:
      return Want::kAllow;
    case oracle::Effect::kExplicitDeny:
      return Want::kExplicitDeny;
    case oracle::Effect::kImplicitDeny:
      return Want::kImplicitDeny;
  }
  throw std::runtime_error("unknown effect");
}

using SidsByName = std::map<std::string, std::vector<std::string>>;

oracle::PolicyText Text(const Document& document, const std::string& kind, SidsByName* sids) {
  (*sids)[kind + ":" + document.id] = SidsOf(document.json);
  return {.id = document.id, .json = document.json};
}

oracle::PolicySet Texts(const std::vector<Document>& documents, const std::string& kind,
                        SidsByName* sids) {
  oracle::PolicySet set;
  for (const Document& document : documents) set.push_back(Text(document, kind, sids));
  return set;
}

// The name of a key in the other case: a second spelling of the same key.
std::string OtherCase(std::string name) {
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

// The multivalued keys of sections 3.2 to 3.6: the oracle takes a key to be what its context says.
bool IsMultivalued(const std::string& name) {
  static const auto* const kNames = new std::set<std::string>{
      "AWS:PRINCIPALORGPATHS",
      "AWS:PRINCIPALSERVICENAMESLIST",
      "AWS:VPCEORGPATHS",
      "AWS:TAGKEYS",
      "AWS:RESOURCEORGPATHS",
      "AWS:CALLEDVIA",
      "AWS:SOURCEORGPATHS",
      "STS:TRANSITIVETAGKEYS",
      "STS:REQUESTCONTEXTPROVIDERS",
      "STS:IDENTITYTOKENAUDIENCE",
      "SAML:CN",
      "SAML:EDUPERSONAFFILIATION",
      "SAML:EDUPERSONPRINCIPALNAME",
      "SAML:GROUPS",
      "ACCOUNTS.GOOGLE.COM:AMR",
      "COGNITO-IDENTITY.AMAZONAWS.COM:AMR",
  };
  return kNames->contains(OtherCase(name));
}

oracle::Context ContextOf(const Question& question) {
  oracle::Context context;
  for (const ContextEntry& entry : question.context) {
    context[entry.name] = {.values = entry.values,
                           .multivalued = entry.list || IsMultivalued(entry.name)};
  }
  for (const std::string& key : question.ambiguous) {
    context[OtherCase(key)] = {.values = {"another value"}, .multivalued = false};
  }
  return context;
}

oracle::Question Translate(const Question& question, SidsByName* sids) {
  oracle::Question made;
  made.caller = {.kind = KindOf(question.caller.kind),
                 .arn = question.caller.arn,
                 .account = question.caller.account,
                 .role_arn = question.caller.role_arn,
                 .creator_arn = question.caller.creator_arn,
                 .unique_id = question.caller.unique_id,
                 .federated_provider = question.caller.federated_provider};
  made.action = question.action;
  made.resource = question.resource;
  made.resource_account = question.resource_owner;
  made.context = ContextOf(question);
  made.identity = Texts(question.identity, "identity", sids);
  made.identity_is_all = question.identity_is_all;
  if (question.boundary) {
    made.boundary = oracle::PolicySet{Text(*question.boundary, "boundary", sids)};
  }
  if (question.session) made.session = Texts(*question.session, "session", sids);
  if (question.resource_policy) {
    made.resource_policy = Text(*question.resource_policy, "resource", sids);
  }
  made.requires_resource_policy = question.requires_resource_policy;
  for (const auto& level : question.scp) made.scp_levels.push_back(Texts(level, "scp", sids));
  for (const auto& level : question.rcp) {
    made.rcp_levels.push_back(Texts(level, "rcp", sids));
    made.rcp_levels.back().push_back({.id = oracle::kRcpFullAccessId, .json = "{}"});
  }
  return made;
}

}  // namespace

Answer AskOracle(const Question& question) {
  SidsByName sids;
  const oracle::Verdict verdict = oracle::Decide(Translate(question, &sids));
  Answer answer;
  answer.effect = WantOf(verdict.effect);
  for (const auto& [policy, statement] : verdict.determining) {
    // An answer to allow names the grants, not the policies that only let them pass.
    const bool grant = policy.starts_with("identity:") || policy.starts_with("resource:");
    if (answer.effect == Want::kAllow && !grant) continue;
    answer.by.push_back(sids.at(policy).at(statement));
  }
  std::sort(answer.by.begin(), answer.by.end());
  return answer;
}

}  // namespace portcullis::conformance
