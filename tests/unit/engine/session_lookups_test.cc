// What can be asked about keys and sessions: GetAccessKeyInfo and ValidateSession.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/engine/federated_world.h"

namespace portcullis::engine {
namespace {

using session::SessionKind;

class SessionLookupsTest : public FederatedTest {
 protected:
  std::string AccountOf(const CallerProof& caller, const std::string& access_key_id) {
    const auto account =
        world.sessions.GetAccessKeyInfo(caller, access_key_id, World::TrustedPeer());
    return account.ok() ? *account : base::ReasonOf(account.status());
  }
};

struct KeyRow {
  std::string_view name;
  std::string id;
  std::string_view answer;  // The account, or the reason.
};

TEST_F(SessionLookupsTest, AccountsOfKeys) {
  World::SetPolicies(&UserNamed("ana"), {Allow("sts:GetAccessKeyInfo", "*")});
  UserNamed("bob").access_keys[0].active = false;
  store::AccessKeyDefinition key;
  key.id = {"AKIAOTHEROTHEROTHER1", {1, 1}};
  key.secret = kSecret;
  world.User(kOther, "eve").access_keys.push_back(key);
  world.Role(kOther, "r", Trust("arn:aws:iam::444455556666:user/eve"));
  world.Publish();
  const auto assumed = world.Assume(World::Arn("arn:aws:iam::444455556666:user/eve"),
                                    World::Parameters(RoleArn("r", kOther)));
  ASSERT_TRUE(assumed.ok()) << assumed.status();
  session::SessionClaims unknown_account;
  unknown_account.session_id = session::NewSessionId("999999999999");
  const KeyRow rows[] = {
      {"own", std::string(kAnaKey), kAccount},
      {"inactive: its state is not told", std::string(kBobKey), kAccount},
      {"root's", std::string(kRootKey), kAccount},
      {"another account's", "AKIAOTHEROTHEROTHER1", kOther},
      {"a session's of another account", assumed->credentials.access_key_id, kOther},
      {"unknown", "AKIAAAAAAAAAAAAAAAAA", "InvalidClientTokenId"},
      {"another case", "akiaiosfodnn7example", "InvalidClientTokenId"},
      {"a session's of no account", session::AccessKeyIdOf(unknown_account),
       "InvalidClientTokenId"},
  };
  for (const KeyRow& row : rows) EXPECT_EQ(AccountOf(AnaKey(), row.id), row.answer) << row.name;
  // Ordinary permission is needed, and the right kind of credentials.
  EXPECT_EQ(AccountOf(World::Arn("arn:aws:iam::111122223333:user/bob"), std::string(kBobKey)),
            "AccessDenied");
  const std::string token = SessionToken(AnaKey());
  EXPECT_EQ(AccountOf(World::Token(token), std::string(kAnaKey)), "AccessDenied");
}

struct Described {
  SessionKind kind;
  std::string token;
  std::string_view principal_arn;
  std::string_view role_arn;
  std::string_view account;
  std::string_view session_name;
  std::string_view provider;
  bool mfa;
};

TEST_F(SessionLookupsTest, DescriptionsOfEveryKind) {
  World::SetPolicies(&UserNamed("ana"), {Allow("sts:*", "*")});
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  const Described early[] = {
      {SessionKind::kAssumedRole, AssumedToken(AnaKey(), World::Parameters(RoleArn("r"), "s1")),
       "arn:aws:sts::111122223333:assumed-role/r/s1", "arn:aws:iam::111122223333:role/r", kAccount,
       "s1", "", false},
      {SessionKind::kWebIdentity, WebToken(WebParameters()),
       "arn:aws:sts::111122223333:assumed-role/web/pod-7", "arn:aws:iam::111122223333:role/web",
       kAccount, "pod-7", kProvider, false},
      {SessionKind::kSessionToken, SessionToken(AnaKey()), kAna, "", kAccount, "", "", false},
      {SessionKind::kSessionToken, MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed), kAna, "",
       kAccount, "", "", true},
      {SessionKind::kSessionToken, SessionToken(RootKey()), kRoot, "", kAccount, "", "", false},
      {SessionKind::kFederatedUser, FederationToken(AnaKey(), "fred"),
       "arn:aws:sts::111122223333:federated-user/fred", "", kAccount, "fred", "", false},
  };
  const auto check = [&](const Described& expected) {
    const SessionDescription description = Describe(expected.token);
    EXPECT_EQ(description.status, SessionStatus::kValid) << description.detail;
    EXPECT_EQ(description.kind, expected.kind);
    EXPECT_EQ(description.principal_arn, expected.principal_arn);
    EXPECT_EQ(description.role_arn, expected.role_arn);
    EXPECT_EQ(description.account, expected.account);
    EXPECT_EQ(description.session_name, expected.session_name);
    EXPECT_EQ(description.federated_provider, expected.provider);
    EXPECT_EQ(description.mfa_authenticated, expected.mfa);
    EXPECT_EQ(description.issue_time, world.clock.Now());
    EXPECT_GT(description.expiration, world.clock.Now());
    EXPECT_EQ(description.access_key_id, session::AccessKeyIdOf(ClaimsOf(expected.token)));
  };
  for (const Described& expected : early) check(expected);
  MoveToSamlTime();
  check({SessionKind::kSaml, SamlToken(SamlRequest()),
         "arn:aws:sts::123456789012:assumed-role/Analysts/alice", federation::kSamlTestRole,
         kSamlAccount, "alice", federation::kSamlTestProvider, false});
  // The others have expired, more than a week ago: nothing is told about them any more.
  for (const Described& expected : early) {
    const SessionDescription description = Describe(expected.token);
    EXPECT_EQ(description.status, SessionStatus::kUnknown);
    EXPECT_EQ(description.principal_arn, "");
  }
}

TEST_F(SessionLookupsTest, ExpiredAndUnknownTokens) {
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  const std::string token = AssumedToken(AnaKey(), RoleArn("r"));
  world.clock.Advance(absl::Hours(1));
  EXPECT_EQ(Describe(token).status, SessionStatus::kExpired);
  EXPECT_EQ(Describe("no token").status, SessionStatus::kUnknown);
  EXPECT_EQ(Describe("").status, SessionStatus::kUnknown);
}

TEST_F(SessionLookupsTest, PrincipalTagsAsPoliciesSeeThem) {
  store::RoleDefinition& role = world.Role(kAccount, "r", Trust(kAna, kAllStsActions));
  role.tags = {{{"Dept", {1, 1}}, {"a", {1, 1}}}, {{"stage", {1, 1}}, {"prod", {1, 1}}}};
  UserNamed("ana").tags = {{{"team", {1, 1}}, {"red", {1, 1}}}};
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.tags = {{"dept", "b"}};
  EXPECT_EQ(Describe(AssumedToken(AnaKey(), parameters)).principal_tags,
            (std::vector<session::SessionTag>{{"dept", "b", false}, {"stage", "prod", false}}));
  EXPECT_EQ(Describe(SessionToken(AnaKey())).principal_tags,
            (std::vector<session::SessionTag>{{"team", "red", false}}));
}

}  // namespace
}  // namespace portcullis::engine
