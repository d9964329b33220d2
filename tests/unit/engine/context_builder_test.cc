#include "server/engine/context_builder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/policy/condition_keys.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";

class ContextBuilderTest : public testing::Test {
 protected:
  ContextBuilderTest() {
    world.Account(kAccount);
    store::UserDefinition& ana = world.User(kAccount, "ana");
    ana.tags.push_back({{"Team", {}}, {"red", {}}});
    world.Role(kAccount, "r", Trust(kAna));
    world.Resource(kAccount, "arn:aws:s3:::bucket").tags.push_back({{"stage", {}}, {"prod", {}}});
    world.Publish();
    snapshot = world.store.Current();
  }

  // Builds the context of `proof` asking about `resource`; returns the status.
  absl::Status Build(const CallerProof& proof, absl::Span<const ContextInput> supplied = {},
                     Peer peer = World::TrustedPeer(), bool mfa = false) {
    auto identified = IdentifyCaller(proof, World::TrustedPeer(), *snapshot,
                                     world.revocations.get(), world.clock.Now());
    EXPECT_TRUE(identified.ok()) << identified.status();
    caller = *std::move(identified);
    resource.account_id = caller.principal.account;
    const store::Resource* registered = snapshot->FindResource("arn:aws:s3:::bucket/x");
    resource.account = registered->account;
    resource.tags = &registered->tags;
    used_peer = peer;
    ContextFacts facts;
    facts.caller = &caller;
    facts.peer = &used_peer;
    facts.resource = &resource;
    facts.now = world.clock.Now();
    facts.mfa.verified = mfa;
    context.Clear();
    return BuildContext(facts, supplied, &scratch, &context);
  }

  // The one value of a key, "(absent)" or "(several)".
  std::string Value(std::string_view key) {
    const policy::ContextValues values = context.Find(policy::ConditionKeyName(key));
    if (!values.present()) return "(absent)";
    return values.values.size() == 1 ? std::string(values.values[0]) : "(several)";
  }

  World world;
  std::shared_ptr<const store::Snapshot> snapshot;
  Caller caller;
  ResourceFacts resource;
  Peer used_peer;
  ContextScratch scratch;
  policy::RequestContext context;
};

TEST_F(ContextBuilderTest, LongTermUser) {
  ASSERT_TRUE(Build(World::Arn(kAna)).ok());
  EXPECT_EQ(Value("aws:PrincipalArn"), kAna);
  EXPECT_EQ(Value("aws:PrincipalAccount"), kAccount);
  EXPECT_EQ(Value("aws:PrincipalType"), "User");
  EXPECT_EQ(Value("aws:username"), "ana");
  EXPECT_EQ(Value("aws:userid").substr(0, 4), "AIDA");
  EXPECT_EQ(Value("AWS:principaltag/TEAM"), "red");
  EXPECT_EQ(Value("aws:PrincipalIsAWSService"), "false");
  EXPECT_EQ(Value("aws:MultiFactorAuthPresent"), "(absent)");
  EXPECT_EQ(Value("aws:TokenIssueTime"), "(absent)");
  EXPECT_EQ(Value("aws:PrincipalOrgID"), "(absent)");
  EXPECT_EQ(Value("aws:ResourceTag/stage"), "prod");
  EXPECT_EQ(Value("aws:RequestedRegion"), "us-east-1");
  EXPECT_EQ(Value("aws:ViaAWSService"), "false");
  EXPECT_EQ(Value("aws:EpochTime"), "1700000010");
  EXPECT_EQ(Value("aws:CurrentTime"), "2023-11-14T22:13:30Z");
}

TEST_F(ContextBuilderTest, RegionOfTheEndpoint) {
  Peer peer;
  peer.region = "portcullis-1";
  ASSERT_TRUE(Build(World::Arn(kAna), {}, peer).ok());
  EXPECT_EQ(Value("aws:RequestedRegion"), "portcullis-1");
  resource.region = "eu-west-1";
  ASSERT_TRUE(Build(World::Arn(kAna), {}, peer).ok());
  EXPECT_EQ(Value("aws:RequestedRegion"), "eu-west-1");
}

TEST_F(ContextBuilderTest, RoleSession) {
  const auto assumed =
      world.Assume(World::Arn(kAna), World::Parameters("arn:aws:iam::111122223333:role/r", "s1"));
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  ASSERT_TRUE(Build(World::Token(assumed->credentials.session_token)).ok());
  EXPECT_EQ(Value("aws:PrincipalArn"), "arn:aws:iam::111122223333:role/r");
  EXPECT_EQ(Value("aws:PrincipalType"), "AssumedRole");
  EXPECT_EQ(Value("aws:username"), "(absent)");
  EXPECT_EQ(Value("aws:userid"), assumed->assumed_role_id);
  EXPECT_EQ(Value("aws:MultiFactorAuthPresent"), "false");
  EXPECT_EQ(Value("aws:MultiFactorAuthAge"), "(absent)");
  EXPECT_EQ(Value("aws:TokenIssueTime"), "2023-11-14T22:13:30Z");
}

TEST_F(ContextBuilderTest, VerifiedCodeOnTheCall) {
  ASSERT_TRUE(Build(World::Arn(kAna), {}, World::TrustedPeer(), /*mfa=*/true).ok());
  EXPECT_EQ(Value("aws:MultiFactorAuthPresent"), "true");
  EXPECT_EQ(Value("aws:MultiFactorAuthAge"), "0");
}

TEST_F(ContextBuilderTest, ServicePrincipal) {
  ASSERT_TRUE(Build(World::Arn("lambda.amazonaws.com")).ok());
  EXPECT_EQ(Value("aws:PrincipalArn"), "(absent)");
  EXPECT_EQ(Value("aws:PrincipalIsAWSService"), "true");
  EXPECT_EQ(Value("aws:PrincipalServiceName"), "lambda.amazonaws.com");
}

TEST_F(ContextBuilderTest, NobodyReplacesFacts) {
  const std::string_view values[] = {"evil"};
  for (const std::string_view key :
       {"aws:PrincipalArn", "aws:username", "AWS:USERID", "aws:PrincipalTag/Team",
        "aws:MultiFactorAuthPresent", "aws:TokenIssueTime", "aws:CurrentTime"}) {
    const ContextInput input{key, values, false};
    const absl::Status status = Build(World::Arn(kAna), absl::MakeConstSpan(&input, 1));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << key;
    EXPECT_EQ(base::ReasonOf(status), "INVALID_CONTEXT") << key;
  }
}

TEST_F(ContextBuilderTest, RequestFactsComeFromTrustedPeersOnly) {
  const std::string_view values[] = {"203.0.113.7"};
  const ContextInput input{"aws:SourceIp", values, false};
  EXPECT_TRUE(Build(World::Arn(kAna), absl::MakeConstSpan(&input, 1)).ok());
  EXPECT_EQ(Value("aws:SourceIp"), "203.0.113.7");

  Peer plain;
  plain.source_ip = "198.51.100.1";
  EXPECT_FALSE(Build(World::Arn(kAna), absl::MakeConstSpan(&input, 1), plain).ok());
  EXPECT_TRUE(Build(World::Arn(kAna), {}, plain).ok());
  EXPECT_EQ(Value("aws:SourceIp"), "198.51.100.1");
  // The address of a trusted PEP is not the caller's.
  Peer pep = World::TrustedPeer();
  pep.source_ip = "127.0.0.1";
  EXPECT_TRUE(Build(World::Arn(kAna), {}, pep).ok());
  EXPECT_EQ(Value("aws:SourceIp"), "(absent)");
}

TEST_F(ContextBuilderTest, ServiceKeys) {
  const std::string_view one[] = {"a"};
  const std::string_view two[] = {"a", "b"};
  const ContextInput inputs[] = {{"app:one", one, false}, {"app:list", two, false}};
  ASSERT_TRUE(Build(World::Arn(kAna), inputs).ok());
  EXPECT_FALSE(context.Find(policy::ConditionKeyName("app:one")).multivalued);
  EXPECT_TRUE(context.Find(policy::ConditionKeyName("app:list")).multivalued);
  const ContextInput twice[] = {{"app:one", one, false}, {"APP:ONE", one, false}};
  EXPECT_EQ(base::ReasonOf(Build(World::Arn(kAna), twice)), "INVALID_CONTEXT");
  const ContextInput bare[] = {{"nocolon", one, false}};
  EXPECT_EQ(base::ReasonOf(Build(World::Arn(kAna), bare)), "INVALID_CONTEXT");
}

// A key that only the server may set, and that has no function here, would be silently absent.
TEST(ContextBuilderRows, EveryServerKeyIsFilledOrListedAsNeverPresent) {
  const auto contains = [](absl::Span<const std::string_view> names, std::string_view name) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view other) {
      return base::EqualFolded(other, name) || (other.ends_with(':') && name.starts_with(other));
    });
  };
  size_t checked = 0;
  for (const policy::ConditionKey& key : policy::ConditionKeys()) {
    if (key.setter != policy::KeySetter::kServer) continue;
    ++checked;
    EXPECT_TRUE(contains(SuppliedByServer(), key.name) || contains(NeverPresent(), key.name))
        << key.name;
  }
  EXPECT_GT(checked, 10u);
}

}  // namespace
}  // namespace portcullis::engine
