// The oracle is itself code: these are the decisions the rules state in so many words, and the
// laws over questions nobody chose.

#include "tests/oracle/oracle.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/oracle/generator.h"
#include "tests/oracle/laws.h"

namespace portcullis::oracle {
namespace {

constexpr char kHome[] = "111111111111";
constexpr char kForeign[] = "222222222222";
constexpr char kItem[] = "arn:aws:s3:::b/x";

Caller User() {
  return {CallerKind::kUser, "arn:aws:iam::111111111111:user/alice", kHome, "", "", "AIDA1", ""};
}

Caller Session() {
  return {CallerKind::kRoleSession,
          "arn:aws:sts::111111111111:assumed-role/Deploy/s1",
          kHome,
          "arn:aws:iam::111111111111:role/eng/Deploy",
          "",
          "AROA1",
          ""};
}

Caller Federated() {
  return {CallerKind::kFederatedUser,
          "arn:aws:sts::111111111111:federated-user/guest",
          kHome,
          "",
          "arn:aws:iam::111111111111:user/bob",
          "",
          ""};
}

Caller Root() {
  return {CallerKind::kRoot, "arn:aws:iam::111111111111:root", kHome, "", "", "", ""};
}

// A policy of one statement, from its members. Apostrophes stand for quotation marks.
PolicyText Policy(const std::string& members, const std::string& version = "2012-10-17") {
  std::string json = "{'Version':'" + version + "','Statement':{" + members + "}}";
  for (char& c : json) {
    c = c == '\'' ? '"' : c;
  }
  return {"p", json};
}

PolicyText Allow(const std::string& action, const std::string& more = "") {
  return Policy("'Effect':'Allow','Action':'" + action + "','Resource':'*'" + more);
}

PolicyText Grant(const std::string& principal) {
  return Policy("'Effect':'Allow','Action':'*','Resource':'*','Principal':" + principal);
}

Question Ask(const Caller& caller) {
  Question question;
  question.caller = caller;
  question.action = "s3:Get";
  question.resource = kItem;
  question.resource_account = kHome;
  AddCallerKeys(question);
  return question;
}

struct GrantRow {
  const char* name;
  Caller caller;
  const char* principal;
  // With identity policies silent: the answer without a cap, and under silent caps.
  bool allowed_alone;
  bool allowed_under_caps;
};

// ..4.21, each twice: with nothing else, and with silent boundary and session policies.
TEST(OracleTest, ResourceGrantsOfOneAccount) {
  const std::vector<GrantRow> rows = {
      {"R-4.13", User(), "{'AWS':'arn:aws:iam::111111111111:user/alice'}", true, true},
      {"R-4.13 star", User(), "'*'", true, true},
      {"R-4.14", User(), "{'AWS':'111111111111'}", false, false},
      {"R-4.15", Session(), "{'AWS':'arn:aws:sts::111111111111:assumed-role/Deploy/s1'}", true,
       true},
      {"R-4.16", Session(), "{'AWS':'arn:aws:iam::111111111111:role/eng/Deploy'}", true, false},
      {"R-4.17", Session(), "{'AWS':'*'}", true, true},
      {"R-4.18", Session(), "{'AWS':'arn:aws:iam::111111111111:root'}", false, false},
      {"A-10", Session(), "{'AWS':'arn:aws:sts::111111111111:assumed-role/eng/Deploy/s1'}", false,
       false},
      {"A-12", Session(), "{'AWS':'arn:aws:iam::111111111111:role/Deploy'}", false, false},
      {"R-4.19", Federated(), "{'AWS':'arn:aws:sts::111111111111:federated-user/guest'}", true,
       true},
      // Without a session policy nothing but direct grants work.
      {"R-4.20", Federated(), "{'AWS':'arn:aws:iam::111111111111:user/bob'}", false, false},
      {"A-68", Federated(), "{'AWS':'arn:aws:iam::111111111111:user/guest'}", false, false},
      {"R-4.22",
       {CallerKind::kService, "x.amazonaws.com", "", "", "", "", ""},
       "{'Service':'x.amazonaws.com'}",
       true,
       true},
      {"R-4.23", Caller{}, "'*'", true, true},
      {"A-104", Session(), "{'Service':'x.amazonaws.com'}", false, false},
  };
  for (const GrantRow& row : rows) {
    SCOPED_TRACE(row.name);
    Question question = Ask(row.caller);
    question.resource_policy = Grant(row.principal);
    EXPECT_EQ(Decide(question).effect == Effect::kAllow, row.allowed_alone);
    question.boundary = PolicySet{Allow("a:b")};
    question.session = PolicySet{Allow("a:b")};
    EXPECT_EQ(Decide(question).effect == Effect::kAllow, row.allowed_under_caps);
    question.resource_account = kForeign;
    const bool outside = row.caller.account.empty();
    EXPECT_EQ(Decide(question).effect == Effect::kAllow, outside && row.allowed_alone);
  }
}

// ..4.31.
TEST(OracleTest, CapsIntersectWithIdentity) {
  for (const bool identity : {false, true}) {
    for (const bool boundary : {false, true}) {
      for (const bool session : {false, true}) {
        Question question = Ask(Session());
        question.identity = {Allow(identity ? "*" : "a:b")};
        question.boundary = PolicySet{Allow(boundary ? "*" : "a:b")};
        question.session = PolicySet{Allow(session ? "*" : "a:b")};
        EXPECT_EQ(Decide(question).effect == Effect::kAllow, identity && boundary && session);
      }
    }
  }
}

// what a federated user's creator or account is granted.
TEST(OracleTest, FederatedUserThroughItsCreator) {
  Question question = Ask(Federated());
  question.session = PolicySet{Allow("*")};
  question.resource_policy = Grant("{'AWS':'arn:aws:iam::111111111111:user/bob'}");
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.boundary = PolicySet{Allow("a:b")};
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
  question.boundary.reset();
  question.resource_policy = Grant("{'AWS':'111111111111'}");
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
  question.identity = {Allow("*")};
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.session.reset();
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
}

//
TEST(OracleTest, Root) {
  Question question = Ask(Root());
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.requires_resource_policy = true;
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
  question.resource_policy = Grant("{'AWS':'111111111111'}");
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.resource_account = kForeign;
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.resource_policy.reset();
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
}

//
TEST(OracleTest, EveryLevelOfTheOrganizationMustAllow) {
  Question question = Ask(User());
  question.identity = {Allow("*")};
  question.scp_levels = {{Allow("*")}, {Allow("a:b"), Allow("s3:G*")}};
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.scp_levels[1].pop_back();
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
  question.scp_levels.clear();
  question.rcp_levels = {{{kRcpFullAccessId, ""}}};
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.rcp_levels.emplace_back();
  EXPECT_EQ(Decide(question).effect, Effect::kImplicitDeny);
}

//
TEST(OracleTest, DenyWithNotPrincipal) {
  Question question = Ask(Session());
  question.identity = {Allow("*")};
  const std::string deny = "'Effect':'Deny','Action':'*','Resource':'*','NotPrincipal':{'AWS':[";
  const std::string role = "'arn:aws:iam::111111111111:role/eng/Deploy'";
  const std::string chain =
      role + ",'arn:aws:sts::111111111111:assumed-role/Deploy/s1','111111111111'";
  question.resource_policy = Policy(deny + role + "]}");
  EXPECT_EQ(Decide(question).effect, Effect::kExplicitDeny);
  question.resource_policy = Policy(deny + chain + "]}");
  EXPECT_EQ(Decide(question).effect, Effect::kAllow);
  question.boundary = PolicySet{Allow("*")};
  EXPECT_EQ(Decide(question).effect, Effect::kExplicitDeny);
}

struct ConditionRow {
  const char* name;
  const char* condition;
  bool holds;
};

// The context: one = "a", empty = "", n = "10.0", bad = "abc", ip = 203.0.113.99,
// ip6 = 2001:db8::1, when = 2024-06-01T00:00:00Z, tags = [a, b], blank = [""], none = [],
// source = an ARN, and aws:username = alice.
TEST(OracleTest, Conditions) {
  const std::vector<ConditionRow> rows = {
      {"A-19", "'StringNotEquals':{'absent':'x'}", true},
      {"A-20", "'StringNotEqualsIfExists':{'absent':'x'}", true},
      {"R-2.60", "'StringEquals':{'absent':'x'}", false},
      {"A-21", "'ForAllValues:StringEquals':{'absent':'x'}", true},
      {"A-22", "'ForAnyValue:StringNotEquals':{'tags':['a']}", true},
      {"A-23", "'ForAnyValue:StringNotEquals':{'absent':'x'}", false},
      {"R-2.60 any", "'ForAnyValue:StringEqualsIfExists':{'absent':'x'}", true},
      {"A-24", "'StringLike':{'tags':'*'}", false},
      {"A-25", "'StringNotEquals':{'tags':'x'}", false},
      {"R-2.59", "'StringNotEquals':{'none':'x'}", true},
      {"A-26", "'StringNotEquals':{'one':['a','b']}", false},
      {"A-27", "'StringEquals':{'one':'a','empty':'x'}", false},
      {"A-28", "'Null':{'absent':true}", true},
      {"A-28 empty", "'Null':{'empty':'false'}", true},
      {"R-2.66", "'ForAllValues:Null':{'one':'true'}", true},
      {"R-2.66 any", "'ForAnyValue:Null':{'one':'false'}", false},
      {"R-2.63", "'ForAllValues:StringEquals':{'blank':'x'}", true},
      {"R-2.63 all", "'ForAllValues:StringEquals':{'tags':['a','c']}", false},
      {"R-2.62", "'StringNotEquals':{'one':[]}", true},
      {"R-2.62 all", "'ForAllValues:StringNotEquals':{'one':[]}", false},
      {"R-2.62 exists", "'StringNotEqualsIfExists':{'one':[]}", false},
      {"A-29", "'NotIpAddress':{'ip6':'10.0.0.0/8'}", true},
      {"A-30", "'IpAddress':{'ip':'203.0.113.7/24'}", true},
      {"R-2.82", "'NotIpAddress':{'ip':'nowhere'}", false},
      {"A-33", "'DateGreaterThan':{'when':'2024'}", true},
      {"R-2.79", "'DateEquals':{'when':'2024-06-01T02:00+02:00'}", true},
      {"A-34", "'NumericEquals':{'n':10}", true},
      {"A-35", "'NumericNotEquals':{'bad':5}", false},
      {"A-36", "'StringEquals':{'one':'*'}", false},
      {"A-37", "'ArnEquals':{'source':'arn:aws:sns:*:111111111111:*'}", true},
      {"A-38", "'ArnLike':{'source':'arn:aws:sns:*:t'}", false},
      {"R-2.84", "'ArnNotEquals':{'one':'arn:aws:sns:eu:111111111111:t'}", false},
      {"A-51", "'StringNotEquals':{'one':'${absent}'}", true},
      {"A-52", "'StringEquals':{'one':'${absent, \\u0027a\\u0027}'}", true},
      {"A-53", "'StringEquals':{'one':'${tags}'}", false},
      {"A-54", "'StringEquals':{'AWS:UserName':'alice'}", true},
      {"R-2.52", "'StringLike':{'one':'${*}'}", false},
      {"R-3.72", "'Bool':{'flag':true}", true},
  };
  Question question = Ask(User());
  question.context["one"] = {{"a"}, false};
  question.context["empty"] = {{""}, false};
  question.context["n"] = {{"10.0"}, false};
  question.context["bad"] = {{"abc"}, false};
  question.context["ip"] = {{"203.0.113.99"}, false};
  question.context["ip6"] = {{"2001:db8::1"}, false};
  question.context["when"] = {{"2024-06-01T00:00:00Z"}, false};
  question.context["tags"] = {{"a", "b"}, true};
  question.context["blank"] = {{""}, true};
  question.context["none"] = {{}, true};
  question.context["source"] = {{"arn:aws:sns:eu:111111111111:t"}, false};
  question.context["flag"] = {{"TRUE"}, false};
  for (const ConditionRow& row : rows) {
    SCOPED_TRACE(row.name);
    question.identity = {Allow("*", ",'Condition':{" + std::string(row.condition) + "}")};
    EXPECT_EQ(Decide(question).effect == Effect::kAllow, row.holds);
  }
}

struct ResourceRow {
  const char* name;
  const char* version;
  const char* element;
  const char* pattern;
  const char* request;
  bool applies;
};

TEST(OracleTest, Resources) {
  const std::vector<ResourceRow> rows = {
      {"A-39", "2012-10-17", "Resource", "arn:aws:s3:::b/*/x", "arn:aws:s3:::b/1/2/x", true},
      {"A-39 not", "2012-10-17", "Resource", "arn:aws:s3:::b/*/x", "arn:aws:s3:::b/x", false},
      {"A-40", "2012-10-17", "Resource", "arn:aws:s3:::b", "arn:aws:s3:::b/x", false},
      {"A-41", "2012-10-17", "Resource", "arn:aws:s3:::[ab]", "arn:aws:s3:::a", false},
      {"A-43", "2012-10-17", "Resource", "arn:aws:iam::*:*", "*", false},
      {"A-44", "2012-10-17", "NotResource", "arn:aws:iam::*:*", "*", true},
      {"R-2.34", "2012-10-17", "Resource", "arn:aws:s3:*:b", "arn:aws:s3:eu:1:b", false},
      {"R-2.35", "2012-10-17", "Resource", "arn:aws:s3:*", "arn:aws:s3:eu:1:b", true},
      {"R-2.36", "2012-10-17", "Resource", "arn:aws:s3", "arn:aws:s3:eu:1:b", true},
      {"R-2.51", "2012-10-17", "Resource", "arn:aws:s3:::${star}", "arn:aws:s3:::b", false},
      {"R-2.46", "2012-10-17", "Resource", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/x",
       true},
      {"A-48", "2008-10-17", "Resource", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::alice/x",
       false},
      {"A-49", "2012-10-17", "Resource", "arn:aws:s3:::${absent}", "arn:aws:s3:::b", false},
      {"R-2.49", "2012-10-17", "NotResource", "arn:aws:s3:::${absent}", "arn:aws:s3:::b", true},
      {"R-2.40", "2012-10-17", "Resource", "arn:aws:s3:::b?", "arn:aws:s3:::b\xC3\xA9", true},
  };
  for (const ResourceRow& row : rows) {
    SCOPED_TRACE(row.name);
    Question question = Ask(User());
    question.context["star"] = {{"*"}, false};
    question.resource = row.request;
    question.identity = {Policy(
        "'Effect':'Allow','Action':'s3:*','" + std::string(row.element) + "':'" + row.pattern + "'",
        row.version)};
    EXPECT_EQ(Decide(question).effect == Effect::kAllow, row.applies);
  }
}

//
TEST(OracleTest, NamesTheDeterminingStatements) {
  Question question = Ask(User());
  question.identity = {Allow("s3:Get"), Allow("a:b")};
  question.identity[1].id = "q";
  question.resource_policy = Grant("{'AWS':'111111111111'}");
  const std::set<StatementName> allows = {{"identity:p", 0}, {"resource:p", 0}};
  EXPECT_EQ(Decide(question).determining, allows);
  question.boundary = PolicySet{Policy("'Effect':'Deny','NotAction':'a:b','Resource':'*'")};
  const std::set<StatementName> denies = {{"boundary:p", 0}};
  EXPECT_EQ(Decide(question).determining, denies);
}

TEST(OracleTest, KeepsTheLaws) {
  const auto decide = [](const Question& question) { return Decide(question).effect; };
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const Question question = Generate(seed);
    const PolicyText cap = GenerateCap(~seed, question);
    EXPECT_EQ(BrokenLaws(question, cap, decide), std::vector<std::string>{}) << "seed " << seed;
  }
}

// A law that cannot fail says nothing: each must catch an evaluator broken in its way.
TEST(LawsTest, CatchBrokenEvaluators) {
  const auto deny_loses = [](const Question& question) {
    const Effect effect = Decide(question).effect;
    return effect == Effect::kExplicitDeny ? Effect::kAllow : effect;
  };
  const auto no_caps = [](Question question) {
    question.boundary.reset();
    question.session.reset();
    question.federation_requires_session = false;
    return Decide(question).effect;
  };
  const auto no_borders = [](Question question) {
    question.resource_account.clear();
    return Decide(question).effect;
  };
  const auto last_policy_only = [](Question question) {
    if (question.identity.size() > 1) {
      question.identity.erase(question.identity.begin(), question.identity.end() - 1);
    }
    return Decide(question).effect;
  };
  const std::vector<Decider> broken = {deny_loses, no_caps, no_borders, last_policy_only};
  for (size_t i = 0; i < broken.size(); ++i) {
    size_t caught = 0;
    for (uint64_t seed = 0; seed < 300; ++seed) {
      const Question question = Generate(seed);
      caught += BrokenLaws(question, GenerateCap(~seed, question), broken[i]).empty() ? 0 : 1;
    }
    EXPECT_GT(caught, 0u) << "evaluator " << i;
  }
}

TEST(GeneratorTest, OneSeedIsOneQuestion) {
  const Question first = Generate(4711);
  const Question second = Generate(4711);
  EXPECT_EQ(first.caller.arn, second.caller.arn);
  EXPECT_EQ(first.resource, second.resource);
  ASSERT_EQ(first.identity.size(), second.identity.size());
  for (size_t i = 0; i < first.identity.size(); ++i) {
    EXPECT_EQ(first.identity[i].json, second.identity[i].json);
  }
  EXPECT_EQ(Decide(first).determining, Decide(second).determining);
}

// Agreement on a question everybody denies proves little.
TEST(GeneratorTest, EveryAnswerIsFrequent) {
  std::vector<size_t> counts(3);
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    ++counts[static_cast<size_t>(Decide(Generate(seed)).effect)];
  }
  for (const size_t count : counts) {
    EXPECT_GT(count, 600u);
  }
}

}  // namespace
}  // namespace portcullis::oracle
