#include "tests/oracle/generator.h"

#include "tests/oracle/generator_conditions.h"
#include "tests/oracle/generator_random.h"

namespace portcullis::oracle {
namespace {

constexpr char kHome[] = "111111111111";
constexpr char kForeign[] = "222222222222";
constexpr char kProvider[] = "oidc-provider/id.example.com";

std::string Iam(const std::string& account, const std::string& rest) {
  return "arn:aws:iam::" + account + ":" + rest;
}

std::string Sts(const std::string& account, const std::string& rest) {
  return "arn:aws:sts::" + account + ":" + rest;
}

// Which kind of document is written; it decides which elements and forms are legal (part 2.8).
enum class Form { kIdentity, kCap, kScp, kRcp, kResource, kTrust };

// Writes the documents of one question.
class Writer {
 public:
  Writer(Random& random, const Question& question, const GeneratorOptions& options)
      : random_(random), question_(question), options_(options) {}

  PolicyText Document(const std::string& id, Form form, size_t deny_percent);

 private:
  std::string Statement(Form form, size_t deny_percent, size_t index);
  std::string Actions(Form form, bool negated);
  std::string Resources(Form form);
  std::string PrincipalMember(Form form, bool deny);
  std::string NotPrincipal();
  std::vector<std::string> CallerChain() const;
  std::string AwsPrincipal(bool allow_everyone);
  std::string Member(const std::string& name, const std::string& json) {
    return QuoteJson(name) + ":" + json;
  }

  Random& random_;
  const Question& question_;
  const GeneratorOptions& options_;
};

PolicyText Writer::Document(const std::string& id, Form form, size_t deny_percent) {
  // Managed policies, and so boundaries, SCPs and RCPs, must be of 2012 (R-2.7).
  const bool free_version = form != Form::kCap && form != Form::kScp && form != Form::kRcp;
  std::string version = Member("Version", "\"2012-10-17\"");
  if (free_version && random_.Percent(20)) {
    version = random_.Percent(50) ? Member("Version", "\"2008-10-17\"") : "";
  }
  const size_t count = random_.Percent(50) ? 1 : random_.Between(2, 3);
  std::string statements;
  for (size_t i = 0; i < count; ++i) {
    statements += (i == 0 ? "" : ",") + Statement(form, deny_percent, i);
  }
  if (count > 1 || random_.Percent(50)) {
    statements = "[" + statements + "]";
  }
  const std::string body = Member("Statement", statements);
  if (version.empty()) {
    return {id, "{" + body + "}"};
  }
  const bool version_first = random_.Percent(80);
  return {id, version_first ? "{" + version + "," + body + "}" : "{" + body + "," + version + "}"};
}

std::string Writer::Statement(Form form, size_t deny_percent, size_t index) {
  const bool deny = form == Form::kRcp || random_.Percent(deny_percent);
  std::string json = "{" + Member("Effect", deny ? "\"Deny\"" : "\"Allow\"");
  if (random_.Percent(20)) {
    json += "," + Member("Sid", QuoteJson("s" + std::to_string(index)));
  }
  if (form == Form::kRcp || form == Form::kResource || form == Form::kTrust) {
    json += "," + PrincipalMember(form, deny);
  }
  const bool not_action = form != Form::kRcp && form != Form::kTrust && random_.Percent(12);
  json += "," + Member(not_action ? "NotAction" : "Action", Actions(form, not_action));
  if (form != Form::kTrust) {
    const bool not_resource = random_.Percent(12);
    json += "," + Member(not_resource ? "NotResource" : "Resource", Resources(form));
  }
  // A Deny without conditions would decide too much.
  if (random_.Percent(deny ? 70 : 35)) {
    json += "," + Member("Condition", GenerateConditionBlock(random_, options_));
  }
  return json + "}";
}

std::string Writer::Actions(Form form, bool negated) {
  static const std::vector<std::string> trust = {
      "sts:AssumeRole", "sts:*", "sts:Assume*", "sts:AssumeRole*", "sts:AssumeRoleWithWebIdentity",
      "sts:TagSession"};
  static const std::vector<std::string> plain = {"box:Get", "box:Put", "box:List", "box:*",
                                                 "BOX:?ET", "box:*t*", "mail:*",   "box:L*s?"};
  std::vector<std::string> entries;
  for (size_t count = random_.Percent(60) ? 1 : 2; count > 0; --count) {
    if (form == Form::kTrust) {
      entries.push_back(random_.Pick(trust));
    } else if (!negated && random_.Percent(65)) {
      entries.push_back(form != Form::kRcp && random_.Percent(60) ? "*" : question_.action);
    } else if (options_.odd_documents && random_.Percent(3)) {
      entries.emplace_back("box: Get");
    } else if (form != Form::kRcp && random_.Percent(3)) {
      entries.emplace_back("*:*");
    } else {
      entries.push_back(random_.Pick(plain));
    }
  }
  return ListJson(entries, random_);
}

std::string Writer::Resources(Form form) {
  static const std::vector<std::string> patterns = {
      "*",
      "arn:aws:box:eu:111111111111:item/a",
      "arn:aws:box:eu:111111111111:item/b/x",
      "arn:aws:box:eu:111111111111:item/*",
      "arn:aws:box:*:*:item/?",
      "arn:aws:box:e?:1*1:i*m/*a*",
      "arn:aws:box:*:*:ITEM/a",
      "arn:aws:box:::item/*",
      "arn:aws:box:*:222222222222:*",
      "arn:aws:box:*:*:item/${aws:username}",
      "arn:aws:box:*:*:item/${aws:PrincipalTag/team}",
      "arn:aws:box:eu:*:item/${app:color, 'a'}*",
      "arn:aws:box:*:*:item/${app:many}",
      "arn:aws:box:*:*:item/${*}",
      "arn:aws:box:*:*:${AWS:principaltype}/*",
      "arn:aws:iam::*:role/*",
  };
  static const std::vector<std::string> shortened = {"arn:aws:box:*", "arn:aws:box:e?:1*",
                                                     "arn:aws:box:eu:*"};
  std::vector<std::string> entries;
  for (size_t count = random_.Percent(60) ? 1 : 2; count > 0; --count) {
    if (random_.Percent(45)) {
      entries.push_back(random_.Percent(60) ? "*" : question_.resource);
    } else if (form != Form::kRcp && options_.odd_documents && random_.Percent(6)) {
      const bool no_wildcard = form != Form::kScp && random_.Percent(30);
      entries.push_back(no_wildcard ? "arn:aws:box" : random_.Pick(shortened));
    } else {
      entries.push_back(random_.Pick(patterns));
    }
  }
  return ListJson(entries, random_);
}

// The members of the caller's identity chain (R-2.25) that can stand under `AWS`.
std::vector<std::string> Writer::CallerChain() const {
  const Caller& caller = question_.caller;
  std::vector<std::string> chain;
  if (caller.account.empty()) {
    return chain;
  }
  chain.push_back(Iam(caller.account, "root"));
  if (caller.kind != CallerKind::kRoot) {
    chain.push_back(caller.arn);
  }
  if (!caller.role_arn.empty()) {
    chain.push_back(caller.role_arn);
  }
  return chain;
}

std::string Writer::AwsPrincipal(bool allow_everyone) {
  const Caller& caller = question_.caller;
  if (allow_everyone && random_.Percent(15)) {
    return "*";
  }
  if (random_.Percent(75) && !caller.account.empty()) {
    std::vector<std::string> near = CallerChain();
    near.push_back(caller.account);
    if (!caller.creator_arn.empty()) {
      near.push_back(caller.creator_arn);
    }
    if (!caller.unique_id.empty() && options_.unique_id_principals && random_.Percent(20)) {
      near.push_back(caller.unique_id);
    }
    return random_.Pick(near);
  }
  std::string account = random_.Percent(70) ? kHome : kForeign;
  switch (random_.Below(6)) {
    case 0:
      return account;
    case 1:
      return Iam(account, random_.Percent(50) ? "user/alice" : "user/eng/bob");
    case 2:
      return Iam(account, random_.Percent(50) ? "role/eng/Deploy" : "role/Ops");
    case 3:
      return Sts(account, random_.Percent(50) ? "assumed-role/Deploy/s1" : "assumed-role/Ops/s1");
    case 4:
      return Sts(account, random_.Percent(50) ? "federated-user/alice" : "federated-user/guest");
    default:
      return Iam(account, "root");
  }
}

// Half of the time the whole chain of the caller, else what comes.
std::string Writer::NotPrincipal() {
  if (question_.caller.kind == CallerKind::kService && random_.Percent(70)) {
    return "{\"Service\":" + ListJson({question_.caller.arn}, random_) + "}";
  }
  std::vector<std::string> entries;
  if (random_.Percent(50)) {
    entries = CallerChain();
    if (!entries.empty() && random_.Percent(20)) {
      entries[0] = question_.caller.account;
    }
  }
  for (size_t count = entries.empty() ? 2 : random_.Below(2); count > 0; --count) {
    entries.push_back(AwsPrincipal(false));
  }
  return "{\"AWS\":" + ListJson(entries, random_) + "}";
}

std::string Writer::PrincipalMember(Form form, bool deny) {
  if (form == Form::kRcp) {
    return Member("Principal", "\"*\"");
  }
  if (form == Form::kResource && deny && random_.Percent(20)) {
    return Member("NotPrincipal", NotPrincipal());
  }
  const bool nameless = question_.caller.kind == CallerKind::kAnonymous;
  if (form == Form::kResource && random_.Percent(nameless ? 60 : 12)) {
    return Member("Principal", "\"*\"");
  }
  const CallerKind kind = question_.caller.kind;
  if (random_.Percent(kind == CallerKind::kService ? 75 : 5)) {
    const bool docs = random_.Percent(70);
    return Member("Principal", docs ? "{\"Service\":\"docs.amazonaws.com\"}"
                                    : "{\"Service\":[\"mail.amazonaws.com\"]}");
  }
  if (form == Form::kTrust && random_.Percent(kind == CallerKind::kWebIdentity ? 70 : 5)) {
    const std::string account = random_.Percent(80) ? kHome : kForeign;
    return Member("Principal", "{\"Federated\":" + QuoteJson(Iam(account, kProvider)) + "}");
  }
  std::vector<std::string> entries;
  const bool everyone = form == Form::kResource || deny;  // R-2.96
  for (size_t count = random_.Percent(60) ? 1 : 2; count > 0; --count) {
    entries.push_back(AwsPrincipal(everyone));
  }
  std::string principal = "{\"AWS\":" + ListJson(entries, random_);
  if (random_.Percent(5)) {
    principal += ",\"Service\":\"docs.amazonaws.com\"";
  }
  return Member("Principal", principal + "}");
}

Caller GenerateUser(const std::string& account, Random& random) {
  Caller caller;
  caller.kind = CallerKind::kUser;
  caller.arn = Iam(account, random.Percent(60) ? "user/alice" : "user/eng/bob");
  caller.account = account;
  caller.unique_id = UniqueId(caller.arn);
  return caller;
}

Caller GenerateRoleSession(const std::string& account, Random& random) {
  Caller caller;
  caller.kind = CallerKind::kRoleSession;
  const bool deploy = random.Percent(60);
  const std::string session = random.Percent(60) ? "/s1" : "/alice";
  caller.arn = Sts(account, (deploy ? "assumed-role/Deploy" : "assumed-role/Ops") + session);
  caller.role_arn = Iam(account, deploy ? "role/eng/Deploy" : "role/Ops");
  caller.account = account;
  caller.unique_id = UniqueId(caller.role_arn);
  return caller;
}

Caller GenerateFederatedUser(const std::string& account, Random& random) {
  Caller caller;
  caller.kind = CallerKind::kFederatedUser;
  caller.arn = Sts(account, random.Percent(50) ? "federated-user/alice" : "federated-user/guest");
  caller.account = account;
  caller.creator_arn =
      random.Percent(10) ? Iam(account, "root") : GenerateUser(account, random).arn;
  return caller;
}

Caller GenerateCaller(bool trust, Random& random) {
  const std::string account = random.Percent(85) ? kHome : kForeign;
  Caller caller;
  const size_t roll = random.Below(100);
  if (trust && roll < 20) {
    caller.kind = CallerKind::kWebIdentity;
    caller.federated_provider = Iam(kHome, kProvider);
  } else if (roll < 45) {
    caller = GenerateUser(account, random);
  } else if (roll < 75 || (trust && roll >= 92)) {
    caller = GenerateRoleSession(account, random);
  } else if (roll < 88) {
    // Federated users and root cannot assume roles (R-5.6, R-1.5).
    caller = trust ? GenerateUser(account, random) : GenerateFederatedUser(account, random);
  } else if (roll < 92) {
    caller.kind = CallerKind::kService;
    caller.arn = random.Percent(80) ? "docs.amazonaws.com" : "mail.amazonaws.com";
  } else if (roll < 97) {
    caller.kind = CallerKind::kRoot;
    caller.arn = Iam(account, "root");
    caller.account = account;
  }
  return caller;  // the rest is anonymous
}

void GenerateTarget(bool trust, Question& question, Random& random) {
  if (trust) {
    const bool web_identity = question.caller.kind == CallerKind::kWebIdentity;
    question.action = web_identity ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole";
    question.resource = Iam(kHome, random.Percent(50) ? "role/eng/Deploy" : "role/Ops");
    question.resource_account = kHome;
    question.requires_resource_policy = true;
    return;
  }
  question.action = random.Pick({"box:Get", "box:Put", "box:List"});
  // Without an account side there is no caller's account to own `*`.
  if (!question.caller.account.empty() && random.Percent(8)) {
    question.resource = "*";
    return;
  }
  static const std::vector<std::string> names = {"item/a", "item/b/x", "item/alice",
                                                 "item/\xC3\xA9"};
  question.resource_account = random.Percent(90) ? kHome : kForeign;
  const std::string place =
      random.Percent(20) ? ":" : (random.Percent(90) ? "eu:" : "us:") + question.resource_account;
  question.resource = "arn:aws:box:" + place + ":" + random.Pick(names);
  question.requires_resource_policy = random.Percent(10);
}

PolicySet GenerateSet(const std::string& prefix, size_t count, Form form, size_t deny_percent,
                      Writer& writer) {
  PolicySet set;
  for (size_t i = 0; i < count; ++i) {
    set.push_back(writer.Document(prefix + std::to_string(i), form, deny_percent));
  }
  return set;
}

const PolicyText kFullAccess = {
    "FullAWSAccess",
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"};

void GenerateOrganization(Question& question, Writer& writer, Random& random) {
  if (!question.caller.account.empty() && random.Percent(30)) {
    for (size_t level = 0, count = random.Between(1, 2); level < count; ++level) {
      const std::string prefix = "scp" + std::to_string(level);
      PolicySet set = GenerateSet(prefix, random.Between(1, 2), Form::kScp, 30, writer);
      if (random.Percent(75)) {
        set[0] = kFullAccess;
      }
      question.scp_levels.push_back(set);
    }
  }
  if (random.Percent(20)) {
    for (size_t level = 0, count = random.Between(1, 2); level < count; ++level) {
      const std::string prefix = "rcp" + std::to_string(level);
      PolicySet set = GenerateSet(prefix, random.Below(2), Form::kRcp, 100, writer);
      set.push_back({kRcpFullAccessId,
                     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
                     R"("Action":"*","Resource":"*"}]})"});
      question.rcp_levels.push_back(set);
    }
  }
}

void GenerateCaps(Question& question, Writer& writer, Random& random) {
  const CallerKind kind = question.caller.kind;
  const bool federated = kind == CallerKind::kFederatedUser;
  const bool has_identity =
      federated || kind == CallerKind::kUser || kind == CallerKind::kRoleSession;
  if (has_identity && !question.identity_is_all && random.Percent(30)) {
    question.boundary = GenerateSet("boundary", 1, Form::kCap, 10, writer);
  }
  if (random.Percent(federated ? 85 : kind == CallerKind::kRoleSession ? 30 : 0)) {
    question.session = GenerateSet("session", random.Between(1, 2), Form::kIdentity, 10, writer);
  }
}

}  // namespace

std::string UniqueId(const std::string& entity_arn) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  uint64_t seed = 0;
  for (const char c : entity_arn) {
    seed = seed * 131 + static_cast<unsigned char>(c);
  }
  Random random(seed);
  std::string id = entity_arn.find(":role/") == std::string::npos ? "AIDA" : "AROA";
  while (id.size() < 21) {
    id += kAlphabet[random.Below(32)];
  }
  return id;
}

Question Generate(uint64_t seed, const GeneratorOptions& options) {
  Random random(seed);
  Question question;
  const bool trust = random.Percent(12);
  question.caller = GenerateCaller(trust, random);
  const Caller& caller = question.caller;
  GenerateTarget(trust, question, random);
  question.context = GenerateContext(random);
  AddCallerKeys(question);
  const bool made_by_root = caller.kind == CallerKind::kFederatedUser &&
                            caller.creator_arn == Iam(caller.account, "root");
  question.identity_is_all = caller.kind == CallerKind::kRoot || made_by_root;
  Writer writer(random, question, options);
  if (!caller.account.empty() && !question.identity_is_all) {
    question.identity = GenerateSet("identity", random.Between(random.Percent(15) ? 0 : 1, 3),
                                    Form::kIdentity, 18, writer);
  }
  GenerateCaps(question, writer, random);
  if (trust) {
    question.resource_policy = writer.Document("trust", Form::kTrust, 15);
  } else if (random.Percent(caller.account.empty() ? 95 : 50)) {
    question.resource_policy = writer.Document("policy", Form::kResource, 25);
  }
  GenerateOrganization(question, writer, random);
  return question;
}

PolicyText GenerateCap(uint64_t seed, const Question& question, const GeneratorOptions& options) {
  Random random(seed);
  return Writer(random, question, options).Document("cap", Form::kScp, 10);
}

}  // namespace portcullis::oracle
