#include "server/engine/issue.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::engine {
namespace {

using base::Concat;
using policy::Effect;
using session::AssumeRoleParameters;
using session::SessionTag;

class IssueTest : public StsTest {
 protected:
  // Three roles, each of which trusts the one before; ana begins.
  void AddChain() {
    world.Role(kAccount, "one", Trust(kAna, kAllStsActions), {Allow("sts:*", "*")});
    world.Role(kAccount, "two", Trust(RoleArn("one"), kAllStsActions), {Allow("sts:*", "*")});
    world.Role(kOther, "three", Trust(RoleArn("two"), kAllStsActions), {Allow("sts:*", "*")});
    for (store::RoleDefinition& role : world.definitions().roles) {
      role.max_session_duration_seconds = 43200;
    }
    world.Publish();
  }

  std::string Reason(const CallerProof& caller, const AssumeRoleParameters& parameters) {
    return base::ReasonOf(world.Assume(caller, parameters).status());
  }

  std::string Three() const { return RoleArn("three", kOther); }
};

// ---- Chains -------------------------------------------------------------------------------------

TEST_F(IssueTest, TagsThroughThreeHops) {  // R-5.45 to R-5.47
  AddChain();
  AssumeRoleParameters first = World::Parameters(RoleArn("one"));
  first.tags = {{"Project", "p"}, {"stops", "here"}};
  first.transitive_tag_keys = {"project"};  // Without regard to case.
  const std::string one = AssumedToken(AnaKey(), first);
  EXPECT_EQ(ClaimsOf(one).tags,
            (std::vector<SessionTag>{{"Project", "p", true}, {"stops", "here", false}}));

  AssumeRoleParameters second = World::Parameters(RoleArn("two"));
  second.tags = {{"Cost", "7"}, {"stops", "again"}};
  second.transitive_tag_keys = {"Cost"};
  const std::string two = AssumedToken(World::Token(one), second);
  EXPECT_EQ(ClaimsOf(two).tags,
            (std::vector<SessionTag>{
                {"Project", "p", true}, {"Cost", "7", true}, {"stops", "again", false}}));

  const std::string three = AssumedToken(World::Token(two), Three());
  EXPECT_EQ(ClaimsOf(three).tags,
            (std::vector<SessionTag>{{"Project", "p", true}, {"Cost", "7", true}}));
  // An inherited key cannot be passed again, at any hop, in any case, with any value.
  for (const SessionTag& inherited : {SessionTag{"project", "p"}, SessionTag{"COST", "8"}}) {
    AssumeRoleParameters again = World::Parameters(Three());
    again.tags = {{inherited.key, inherited.value}};
    EXPECT_EQ(Outcome(world.Assume(World::Token(two), again).status()),
              "INVALID_ARGUMENT InvalidParameterValue: One of the specified transitive tag keys "
              "can't be set because it conflicts with a transitive tag key from the calling "
              "session.");
  }
  // What was not transitive may be.
  AssumeRoleParameters free = World::Parameters(Three());
  free.tags = {{"stops", "x"}};
  EXPECT_EQ(Reason(World::Token(two), free), "");
}

TEST_F(IssueTest, FiftyPassedAndMoreInherited) {  // R-5.21, R-5.47
  AddChain();
  AssumeRoleParameters first = World::Parameters(RoleArn("one"));
  first.tags = {{"inherited", "x"}};
  first.transitive_tag_keys = {"inherited"};
  const std::string one = AssumedToken(AnaKey(), first);
  AssumeRoleParameters second = World::Parameters(RoleArn("two"));
  for (int i = 0; i < 50; ++i) second.tags.push_back({base::StrCat("k", i), "v"});
  EXPECT_EQ(ClaimsOf(AssumedToken(World::Token(one), second)).tags.size(), 51u);
  second.tags.push_back({"k50", "v"});
  EXPECT_EQ(Reason(World::Token(one), second), "ValidationError");
}

// Text that deflate makes little of: 8 bits a character come to about 6.
std::string Noise(size_t size, uint64_t state) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  while (text.size() < size) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text.push_back(kAlphabet[state >> 58]);
  }
  return text;
}

std::vector<session::TagParameter> NoisyTags(int count, int first) {
  std::vector<session::TagParameter> tags;
  for (int i = first; i < first + count; ++i) {
    tags.push_back({base::StrCat("k", i), Noise(256, static_cast<uint64_t>(i) + 1)});
  }
  return tags;
}

TEST_F(IssueTest, PackedSizeIncludesInheritedTags) {  // R-5.39, R-5.47
  AddChain();
  AssumeRoleParameters first = World::Parameters(RoleArn("one"));
  first.tags = NoisyTags(12, 0);  // 12 values of about 192 bytes: about 57% of 4096.
  for (const session::TagParameter& tag : first.tags) first.transitive_tag_keys.push_back(tag.key);
  const auto one = world.Assume(AnaKey(), first);
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_TRUE(one->packed_policy_size.has_value());
  EXPECT_GE(*one->packed_policy_size, 55);
  EXPECT_LE(*one->packed_policy_size, 75);
  const CallerProof chained = World::Token(one->credentials.session_token);
  // Nothing is passed, and the inherited ones are counted all the same.
  const auto two = world.Assume(chained, World::Parameters(RoleArn("two")));
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_EQ(two->packed_policy_size, one->packed_policy_size);
  // As many once more are too much with them, and not without.
  AssumeRoleParameters second = World::Parameters(RoleArn("two"));
  second.tags = NoisyTags(12, 100);
  const auto refused = world.Assume(chained, second);
  EXPECT_EQ(base::ReasonOf(refused.status()), "PackedPolicyTooLarge");
  const std::string_view message(refused.status().message().data(),
                                 refused.status().message().size());
  EXPECT_EQ(message.substr(0, 24), "Packed policy consumes 1");
  EXPECT_EQ(message.substr(message.find('%')), "% of allotted space, please use smaller policy.");
  second.role_arn = RoleArn("one");
  EXPECT_EQ(Reason(AnaKey(), second), "");
}

TEST_F(IssueTest, TransitiveMarksDoNotCount) {  // R-5.39
  AddChain();
  AssumeRoleParameters parameters = World::Parameters(RoleArn("one"));
  parameters.tags = {{"a", "b"}, {"c", "d"}};
  const auto plain = world.Assume(AnaKey(), parameters);
  parameters.transitive_tag_keys = {"a", "c"};
  const auto marked = world.Assume(AnaKey(), parameters);
  ASSERT_TRUE(plain.ok() && marked.ok());
  EXPECT_EQ(plain->packed_policy_size, marked->packed_policy_size);
  EXPECT_FALSE(
      world.Assume(AnaKey(), World::Parameters(RoleArn("one")))->packed_policy_size.has_value());
}

TEST_F(IssueTest, SourceIdentityThroughThreeHops) {  // R-5.52 to R-5.54, A-90
  AddChain();
  AssumeRoleParameters second = World::Parameters(RoleArn("two"));
  second.source_identity = "ana";  // A session without one may set it at any hop.
  const std::string one = AssumedToken(AnaKey(), RoleArn("one"));
  EXPECT_EQ(ClaimsOf(one).source_identity, "");
  const std::string two = AssumedToken(World::Token(one), second);
  EXPECT_EQ(ClaimsOf(two).source_identity, "ana");
  AssumeRoleParameters third = World::Parameters(Three());
  EXPECT_EQ(ClaimsOf(AssumedToken(World::Token(two), third)).source_identity, "ana");
  third.source_identity = "ana";
  EXPECT_EQ(ClaimsOf(AssumedToken(World::Token(two), third)).source_identity, "ana");
  for (const std::string_view other : {"bob", "Ana"}) {
    third.source_identity = std::string(other);
    EXPECT_EQ(Outcome(world.Assume(World::Token(two), third).status()),
              "INVALID_ARGUMENT ValidationError: The source identity is already set for this "
              "assume role session");
  }
}

TEST_F(IssueTest, WhoMadeTheSession) {  // R-6.1, R-6.5, R-6.14
  AddChain();
  AssumeRoleParameters parameters = World::Parameters(RoleArn("one"), "s1");
  const std::string one = AssumedToken(AnaKey(), parameters);
  const std::string two = AssumedToken(World::Token(one), World::Parameters(RoleArn("two"), "s2"));
  const std::string three = AssumedToken(World::Token(two), World::Parameters(Three(), "s3"));
  const session::SessionClaims claims = ClaimsOf(three);
  EXPECT_EQ(claims.chain_depth, 2u);
  EXPECT_EQ(claims.chain, (std::vector<std::string>{
                              std::string(kAna), "arn:aws:sts::111122223333:assumed-role/one/s1",
                              "arn:aws:sts::111122223333:assumed-role/two/s2"}));
  EXPECT_EQ(claims.account, kOther);  // R-6.6
  EXPECT_EQ(claims.issuer_access_key_id, kAnaKey);
  EXPECT_EQ(claims.session_name, "s3");
  EXPECT_EQ(ClaimsOf(one).chain_depth, 0u);
  EXPECT_EQ(ClaimsOf(two).chain_depth, 1u);
  // A key is what makes the link, not the user.
  EXPECT_EQ(ClaimsOf(AssumedToken(World::Arn(kAna), parameters)).issuer_access_key_id, "");
}

TEST_F(IssueTest, LongChainsForgetTheirBeginning) {  // R-6.5: depth is unlimited.
  world.Role(kAccount, "loop", Trust(kAna), {Allow("sts:*", "*")});
  RoleNamed("loop").trust_policy->policy = [&] {
    std::vector<policy::Diagnostic> diagnostics;
    return policy::CompilePolicyJson(
        Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":[")",
                kAna, R"(",")", RoleArn("loop"), R"("]},"Action":"sts:AssumeRole"}})"}),
        policy::PolicyType::kTrust, policy::PolicyLimits{}, &diagnostics);
  }();
  world.Publish();
  std::string token = AssumedToken(AnaKey(), World::Parameters(RoleArn("loop"), "s0"));
  for (int i = 1; i <= 12; ++i) {
    token =
        AssumedToken(World::Token(token), World::Parameters(RoleArn("loop"), base::StrCat("s", i)));
  }
  const session::SessionClaims claims = ClaimsOf(token);
  EXPECT_EQ(claims.chain_depth, 12u);
  ASSERT_EQ(claims.chain.size(), session::kChainMax);
  EXPECT_EQ(claims.chain.back(), "arn:aws:sts::111122223333:assumed-role/loop/s11");
  EXPECT_EQ(claims.issuer_access_key_id, kAnaKey);
}

struct ChainRow {
  std::string_view name;
  std::string_view trust_actions;   // Of the second role.
  std::string_view caller_actions;  // Of the first role, on the second.
  std::string_view refused;         // The action that is missing; empty: allowed.
};

// R-4.58: chaining with inherited tags needs both sides, though the trust policy names the role.
TEST_F(IssueTest, InheritedTagsNeedBothSides) {  // A-87
  const ChainRow rows[] = {
      {"both", R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")", "sts:*", ""},
      {"trust lacks tags", R"("sts:AssumeRole","sts:SetSourceIdentity")", "sts:*",
       "sts:TagSession"},
      {"trust lacks identity", R"("sts:AssumeRole","sts:TagSession")", "sts:*",
       "sts:SetSourceIdentity"},
      {"caller lacks tags", R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")",
       "sts:SetSourceIdentity", "sts:TagSession"},
      {"caller lacks identity", R"("sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity")",
       "sts:TagSession", "sts:SetSourceIdentity"},
  };
  for (const ChainRow& row : rows) {
    world.definitions().roles.clear();
    world.Role(kAccount, "one", Trust(kAna, kAllStsActions), {Allow(row.caller_actions, "*")});
    world.Role(kAccount, "two", Trust(RoleArn("one"), row.trust_actions));
    world.Publish();
    AssumeRoleParameters first = World::Parameters(RoleArn("one"));
    first.tags = {{"team", "red"}};
    first.transitive_tag_keys = {"team"};
    first.source_identity = "ana";
    const std::string one = AssumedToken(AnaKey(), first);
    const auto two = world.Assume(World::Token(one), World::Parameters(RoleArn("two")));
    ASSERT_EQ(two.ok(), row.refused.empty()) << row.name << two.status();
    if (two.ok()) continue;
    const std::string start =
        Concat({"PERMISSION_DENIED AccessDenied: User: "
                "arn:aws:sts::111122223333:assumed-role/one/session is not authorized to perform: ",
                row.refused, " on resource: ", RoleArn("two"), " because no "});
    EXPECT_EQ(Outcome(two.status()).substr(0, start.size()), start) << row.name;
  }
}

TEST_F(IssueTest, TagKeysLetPlainChainsThrough) {  // R-4.59
  world.Role(kAccount, "one", Trust(kAna, kAllStsActions), {Allow("sts:*", "*")});
  world
      .Role(kAccount, "two",
            Concat({R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)",
                    R"({"AWS":")", RoleArn("one"), R"("},"Action":"sts:AssumeRole"},)",
                    R"({"Effect":"Allow","Principal":{"AWS":")", RoleArn("one"),
                    R"("},"Action":"sts:TagSession","Condition":{"ForAllValues:StringEquals":)",
                    R"({"aws:TagKeys":["team"]},"StringEquals":{"aws:RequestTag/team":"red",)",
                    R"("aws:ResourceTag/team":"red"}}}]})"}))
      .tags.push_back({{"team", {1, 1}}, {"blue", {1, 1}}});
  world.Publish();
  AssumeRoleParameters first = World::Parameters(RoleArn("one"));
  first.tags = {{"team", "red"}};
  first.transitive_tag_keys = {"team"};
  const std::string token = AssumedToken(AnaKey(), first);
  const CallerProof one = World::Token(token);
  AssumeRoleParameters second = World::Parameters(RoleArn("two"));
  EXPECT_EQ(Reason(one, second), "");
  second.tags = {{"more", "x"}};
  EXPECT_EQ(Reason(one, second), "AccessDenied");
}

// ---- Session policies ---------------------------------------------------------------------------

struct PolicyRow {
  std::string_view name;
  std::optional<std::string> policy;
  std::vector<std::string> arns;
  Effect read;
  Effect write;
};

TEST_F(IssueTest, SessionPoliciesAreOneSet) {  // R-5.36
  world.Role(kAccount, "r", Trust(kAna), {Allow("app:Read", "*"), Allow("app:Write", "*")});
  world.ManagedPolicy(kAccount, "read", Allow("app:Read", "*"));
  world.ManagedPolicy(kAccount, "write", Allow("app:Write", "*"));
  world.ManagedPolicy(kAccount, "no-read", Deny("app:Read", "*"));
  world.Publish();
  const std::string prefix = "arn:aws:iam::111122223333:policy/";
  const PolicyRow rows[] = {
      {"none", std::nullopt, {}, Effect::kAllow, Effect::kAllow},
      {"inline", Allow("app:Read", "*"), {}, Effect::kAllow, Effect::kImplicitDeny},
      {"inline grants nothing",
       Allow("x:*", "*"),
       {},
       Effect::kImplicitDeny,
       Effect::kImplicitDeny},
      {"managed", std::nullopt, {prefix + "read"}, Effect::kAllow, Effect::kImplicitDeny},
      {"any of them", Allow("app:Write", "*"), {prefix + "read"}, Effect::kAllow, Effect::kAllow},
      {"two managed",
       std::nullopt,
       {prefix + "read", prefix + "write"},
       Effect::kAllow,
       Effect::kAllow},
      {"a deny wins", Allow("*", "*"), {prefix + "no-read"}, Effect::kExplicitDeny, Effect::kAllow},
      {"the platform's",
       std::nullopt,
       {"arn:aws:iam::aws:policy/AdministratorAccess"},
       Effect::kAllow,
       Effect::kAllow},
  };
  for (const PolicyRow& row : rows) {
    AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
    parameters.policy = row.policy;
    parameters.policy_arns = row.arns;
    const std::string token = AssumedToken(AnaKey(), parameters);
    EXPECT_EQ(DecideToken(token, "app:Read"), row.read) << row.name;
    EXPECT_EQ(DecideToken(token, "app:Write"), row.write) << row.name;
    EXPECT_EQ(DecideToken(token, "app:Other"), Effect::kImplicitDeny) << row.name;
  }
}

TEST_F(IssueTest, ManagedSessionPoliciesAreReadLiveInlineOnesAreFrozen) {  // R-5.37
  world.Role(kAccount, "r", Trust(kAna), {Allow("app:*", "*")});
  world.ManagedPolicy(kAccount, "p", Allow("app:Read", "*"));
  world.Publish();
  AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.policy_arns = {"arn:aws:iam::111122223333:policy/p"};
  parameters.policy = Allow("app:List", "*");
  const std::string token = AssumedToken(AnaKey(), parameters);
  EXPECT_EQ(DecideToken(token, "app:Read"), Effect::kAllow);
  world.definitions().managed_policies.clear();
  world.ManagedPolicy(kAccount, "p", Allow("app:Write", "*"));
  world.Publish();
  EXPECT_EQ(DecideToken(token, "app:Read"), Effect::kImplicitDeny);
  EXPECT_EQ(DecideToken(token, "app:Write"), Effect::kAllow);
  world.definitions().managed_policies.clear();
  world.Publish();
  EXPECT_EQ(DecideToken(token, "app:Write"), Effect::kImplicitDeny);
  EXPECT_EQ(DecideToken(token, "app:List"), Effect::kAllow);
}

struct CheckRow {
  std::string_view name;
  std::optional<std::string> policy;
  std::vector<std::string> arns;
  std::string_view reason;
};

TEST_F(IssueTest, SessionPoliciesThatAreNone) {  // R-5.38, R-5.19
  world.ManagedPolicy(kAccount, "own", Allow("*", "*"));
  world.ManagedPolicy(kOther, "foreign", Allow("*", "*"));
  world.Publish();
  const auto snapshot = world.store.Current();
  const CheckRow rows[] = {
      {"nothing", std::nullopt, {}, ""},
      {"own", std::nullopt, {"arn:aws:iam::111122223333:policy/own"}, ""},
      {"platform", std::nullopt, {"arn:aws:iam::aws:policy/AdministratorAccess"}, ""},
      {"another account's",
       std::nullopt,
       {"arn:aws:iam::444455556666:policy/foreign"},
       "ValidationError"},
      {"none", std::nullopt, {"arn:aws:iam::111122223333:policy/none"}, "ValidationError"},
      {"case", std::nullopt, {"arn:aws:iam::111122223333:policy/OWN"}, "ValidationError"},
      {"not a policy", std::nullopt, {std::string(kAna)}, "ValidationError"},
      {"not an ARN", std::nullopt, {"twenty-characters-long"}, "ValidationError"},
      {"not JSON", "{", {}, "MalformedPolicyDocument"},
      {"Principal",
       R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*",)"
       R"("Resource":"*"}})",
       {},
       "MalformedPolicyDocument"},
      {"no resource",
       R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*"}})",
       {},
       "MalformedPolicyDocument"},
      {"no statement", R"({"Version":"2012-10-17","Statement":[]})", {}, "MalformedPolicyDocument"},
      {"policy before ARNs",
       "{",
       {"arn:aws:iam::111122223333:policy/none"},
       "MalformedPolicyDocument"},
  };
  for (const CheckRow& row : rows) {
    const absl::Status status =
        CheckSessionPolicies(row.policy, row.arns, *snapshot->FindAccount(kAccount), *snapshot);
    EXPECT_EQ(base::ReasonOf(status), row.reason) << row.name << " " << status;
  }
}

TEST_F(IssueTest, SuspendedAccountsHaveNoAssumableRoles) {  // R-4.68
  world.Role(kOther, "r", Trust(kAna));
  world.Publish();
  EXPECT_NE(FindAssumableRole(RoleArn("r", kOther), *world.store.Current()), nullptr);
  world.definitions().accounts[1].suspended = true;
  world.Publish();
  EXPECT_EQ(FindAssumableRole(RoleArn("r", kOther), *world.store.Current()), nullptr);
}

TEST_F(IssueTest, CredentialsOfOneSecondDiffer) {  // R-1.35, R-5.35, R-5.80
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  const auto a = world.Assume(AnaKey(), World::Parameters(RoleArn("r")));
  const auto b = world.Assume(AnaKey(), World::Parameters(RoleArn("r")));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_NE(a->credentials.access_key_id, b->credentials.access_key_id);
  EXPECT_NE(a->credentials.secret_access_key, b->credentials.secret_access_key);
  EXPECT_EQ(a->credentials.secret_access_key.size(), 40u);
  EXPECT_EQ(a->credentials.expiration, b->credentials.expiration);
  EXPECT_EQ(session::AccountOfSessionKey(a->credentials.access_key_id), kAccount);
  EXPECT_EQ(a->assumed_role_id, b->assumed_role_id);  // R-6.2
}

}  // namespace
}  // namespace portcullis::engine
