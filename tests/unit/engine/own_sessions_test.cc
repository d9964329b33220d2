#include "server/engine/own_sessions.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::engine {
namespace {

using base::Concat;
using policy::Effect;
using session::FederationTokenParameters;
using session::SessionTokenParameters;

class OwnSessionsTest : public StsTest {
 protected:
  absl::StatusOr<session::Credentials> Get(const CallerProof& caller,
                                           const SessionTokenParameters& parameters) {
    return world.sessions.GetSessionToken(caller, parameters, World::TrustedPeer());
  }
  absl::StatusOr<FederatedUser> Federate(const CallerProof& caller,
                                         const FederationTokenParameters& parameters) {
    return world.sessions.GetFederationToken(caller, parameters, World::TrustedPeer());
  }
  static FederationTokenParameters Named(std::string_view name) {
    FederationTokenParameters parameters;
    parameters.name = std::string(name);
    return parameters;
  }
};

struct DurationRow {
  std::string_view name;
  std::optional<int64_t> asked;
  int64_t by_user;  // 0: refused.
  int64_t by_root;
};
constexpr DurationRow kDurations[] = {
    {"default", std::nullopt, 43200, 3600},  // R-5.10, R-5.11
    {"one too short", 899, 0, 0},           {"shortest", 900, 900, 900},
    {"an hour", 3600, 3600, 3600},          {"beyond root's", 3601, 3601, 3600},  // R-5.14
    {"12 hours", 43200, 43200, 3600},                                             // A-79
    {"longest", 129600, 129600, 3600},      {"one too long", 129601, 0, 0},
};

TEST_F(OwnSessionsTest, LifetimesOfBothOperations) {  // R-5.10, R-5.11, R-5.14
  World::SetPolicies(&UserNamed("ana"), {Allow("sts:GetFederationToken", "*")});
  world.Publish();
  for (const DurationRow& row : kDurations) {
    for (const bool root : {false, true}) {
      const int64_t seconds = root ? row.by_root : row.by_user;
      const CallerProof caller = root ? RootKey() : AnaKey();
      SessionTokenParameters parameters;
      parameters.duration_seconds = row.asked;
      const auto session = Get(caller, parameters);
      FederationTokenParameters named = Named("fred");
      named.duration_seconds = row.asked;
      const auto federated = Federate(caller, named);
      ASSERT_EQ(session.ok(), seconds != 0) << row.name << session.status();
      ASSERT_EQ(federated.ok(), seconds != 0) << row.name << federated.status();
      if (seconds == 0) {
        EXPECT_EQ(base::ReasonOf(session.status()), "ValidationError") << row.name;
        EXPECT_EQ(base::ReasonOf(federated.status()), "ValidationError") << row.name;
        continue;
      }
      const absl::Time expected = world.clock.Now() + absl::Seconds(seconds);
      EXPECT_EQ(session->expiration, expected) << row.name;
      EXPECT_EQ(federated->credentials.expiration, expected) << row.name;
    }
  }
}

TEST_F(OwnSessionsTest, SessionTokenNeedsNoPermissionAndCannotBeDenied) {  // A-76, R-4.63
  World::SetPolicies(&UserNamed("ana"), {Deny("sts:GetSessionToken", "*"), Deny("*", "*")});
  world.Publish();
  SessionToken(AnaKey());
  SessionToken(BobKey());
}

TEST_F(OwnSessionsTest, SessionTokenIsTheUser) {  // R-5.77, R-1.23
  World::SetPolicies(&UserNamed("ana"), {Allow("app:Use", "*")});
  world.Publish();
  const std::string token = SessionToken(AnaKey());
  const auto identity = world.sessions.GetCallerIdentity(World::Token(token), World::TrustedPeer());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->arn, kAna);
  EXPECT_EQ(identity->user_id.substr(0, 4), "AIDA");
  EXPECT_EQ(DecideToken(token, "app:Use"), Effect::kAllow);
  EXPECT_EQ(DecideToken(token, "app:Other"), Effect::kImplicitDeny);
  const session::SessionClaims claims = ClaimsOf(token);
  EXPECT_EQ(claims.kind, session::SessionKind::kSessionToken);
  EXPECT_EQ(claims.issuer_access_key_id, kAnaKey);  // R-6.14
  EXPECT_EQ(claims.chain_depth, 0u);
  EXPECT_EQ(claims.session_name, "");
  EXPECT_EQ(claims.source_identity, "");  // R-5.53
  EXPECT_FALSE(claims.mfa_at_seconds.has_value());
}

TEST_F(OwnSessionsTest, RootsSessionIsRoot) {  // R-1.22
  world.Publish();
  const std::string token = SessionToken(RootKey());
  const auto identity = world.sessions.GetCallerIdentity(World::Token(token), World::TrustedPeer());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->arn, kRoot);
  EXPECT_EQ(identity->user_id, kAccount);
  EXPECT_EQ(DecideToken(token, "app:Anything"), Effect::kAllow);  // R-1.4
}

TEST_F(OwnSessionsTest, TwelveHoursByASessionTokenAreNotChaining) {  // A-82, R-5.31
  world.Role(kAccount, "r", Trust(kAna)).max_session_duration_seconds = 43200;
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.duration_seconds = 43200;
  const std::string token = SessionToken(AnaKey());
  const session::SessionClaims claims = ClaimsOf(AssumedToken(World::Token(token), parameters));
  EXPECT_EQ(claims.chain_depth, 0u);
  EXPECT_EQ(claims.expires_at_seconds - claims.issued_at_seconds, 43200);
  EXPECT_EQ(claims.issuer_access_key_id, kAnaKey);
}

struct FederationRow {
  std::string_view name;
  std::vector<std::string> policies;  // Of the user.
  std::string_view federated;
  bool with_tags;
  std::string_view refused;  // The action that is missing; empty: allowed.
};

TEST_F(OwnSessionsTest, FederationTokenNeedsPermissionOnTheName) {  // R-4.64, R-5.49
  const std::string managers = "arn:aws:sts::111122223333:federated-user/Manager*";
  const FederationRow rows[] = {
      {"nothing", {}, "Manager1", false, "sts:GetFederationToken"},
      {"pattern", {Allow("sts:GetFederationToken", managers)}, "Manager1", false, ""},
      {"the pattern alone", {Allow("sts:GetFederationToken", managers)}, "Manager", false, ""},
      {"another name",
       {Allow("sts:GetFederationToken", managers)},
       "Boss",
       false,
       "sts:GetFederationToken"},
      {"case",
       {Allow("sts:GetFederationToken", managers)},
       "manager1",
       false,
       "sts:GetFederationToken"},
      {"any", {Allow("sts:GetFederationToken", "*")}, "Boss", false, ""},
      {"denied",
       {Allow("sts:*", "*"), Deny("sts:GetFederationToken", managers)},
       "Manager1",
       false,
       "sts:GetFederationToken"},
      {"tags", {Allow("sts:GetFederationToken", "*")}, "Boss", true, "sts:TagSession"},
      {"tags of others",
       {Allow("sts:GetFederationToken", "*"), Allow("sts:TagSession", managers)},
       "Boss",
       true,
       "sts:TagSession"},
      {"tags allowed",
       {Allow("sts:GetFederationToken", managers), Allow("sts:TagSession", managers)},
       "Manager1",
       true,
       ""},
  };
  for (const FederationRow& row : rows) {
    World::SetPolicies(&UserNamed("ana"), row.policies);
    world.Publish();
    FederationTokenParameters parameters = Named(row.federated);
    if (row.with_tags) parameters.tags = {{"team", "red"}};
    const auto user = Federate(AnaKey(), parameters);
    ASSERT_EQ(user.ok(), row.refused.empty()) << row.name << user.status();
    const std::string arn = Concat({"arn:aws:sts::111122223333:federated-user/", row.federated});
    if (!user.ok()) {
      EXPECT_EQ(base::ReasonOf(user.status()), "AccessDenied") << row.name;
      const std::string start =
          Concat({"User: ", kAna, " is not authorized to perform: ", row.refused,
                  " on resource: ", arn, " "});
      EXPECT_EQ(std::string(user.status().message()).substr(0, start.size()), start) << row.name;
      continue;
    }
    EXPECT_EQ(user->arn, arn);
    EXPECT_EQ(user->federated_user_id, Concat({"111122223333:", row.federated}));  // R-5.78
    EXPECT_EQ(user->packed_policy_size.has_value(), row.with_tags) << row.name;    // R-5.28
  }
}

// R-3.10, R-5.46: as AWS's GetFederationToken documents, passed tags override the user's.
TEST_F(OwnSessionsTest, FederatedUserHasTheUsersTagsToo) {
  UserNamed("ana").tags = {{{"team", {}}, {"red", {}}}, {{"Cost", {}}, {"7", {}}}};
  World::SetPolicies(
      &UserNamed("ana"),
      {Allow("sts:GetFederationToken", "*"), Allow("sts:TagSession", "*"),
       Conditional("Allow", "app:Read", R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})"),
       Conditional("Allow", "app:Write", R"({"StringEquals":{"aws:PrincipalTag/cost":"9"}})")});
  world.Publish();
  const std::string plain = FederationToken(AnaKey(), "fred", Allow("*", "*"));
  EXPECT_EQ(DecideToken(plain, "app:Read"), Effect::kAllow);
  EXPECT_EQ(DecideToken(plain, "app:Write"), Effect::kImplicitDeny);
  FederationTokenParameters parameters = Named("fred");
  parameters.policy = Allow("*", "*");
  parameters.tags = {{"COST", "9"}};
  const auto tagged = Federate(AnaKey(), parameters);
  ASSERT_TRUE(tagged.ok()) << tagged.status();
  EXPECT_EQ(DecideToken(tagged->credentials.session_token, "app:Write"), Effect::kAllow);
  EXPECT_EQ(DecideToken(tagged->credentials.session_token, "app:Read"), Effect::kAllow);
}

struct RightsRow {
  std::string_view name;
  std::optional<std::string> session_policy;
  std::string_view action;
  Effect effect;
};

// R-5.78, R-5.36, R-4.4: what both the user and the session policy allow.
TEST_F(OwnSessionsTest, FederatedUserHasTheIntersection) {
  World::SetPolicies(&UserNamed("ana"),
                     {Allow("sts:GetFederationToken", "*"), Allow("app:Read", "*"),
                      Allow("app:Write", "*"), Deny("app:Drop", "*")});
  world.Publish();
  const RightsRow rows[] = {
      {"no policy, no rights", std::nullopt, "app:Read", Effect::kImplicitDeny},
      {"both allow", Allow("app:Read", "*"), "app:Read", Effect::kAllow},
      {"session policy does not", Allow("app:Read", "*"), "app:Write", Effect::kImplicitDeny},
      {"user does not", Allow("*", "*"), "app:Other", Effect::kImplicitDeny},
      {"user is denied", Allow("*", "*"), "app:Drop", Effect::kExplicitDeny},
      {"session policy denies", Deny("*", "*"), "app:Read", Effect::kExplicitDeny},
  };
  for (const RightsRow& row : rows) {
    const std::string token = FederationToken(AnaKey(), "fred", row.session_policy);
    EXPECT_EQ(DecideToken(token, row.action), row.effect) << row.name;
  }
  // Root's ceiling is everything (R-4.4).
  EXPECT_EQ(DecideToken(FederationToken(RootKey(), "fred", Allow("x:Y", "*")), "x:Y"),
            Effect::kAllow);
  EXPECT_EQ(DecideToken(FederationToken(RootKey(), "fred"), "x:Y"), Effect::kImplicitDeny);
}

TEST_F(OwnSessionsTest, FederatedUserIsItsOwnPrincipal) {  // R-1.27, R-1.31, R-4.12
  World::SetPolicies(&UserNamed("ana"), {Allow("sts:*", "*")});
  world.Resource(kAccount, "arn:aws:sqs:eu-west-1:111122223333:q",
                 R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":)"
                 R"("arn:aws:sts::111122223333:federated-user/fred"},"Action":"sqs:*",)"
                 R"("Resource":"*"}})");
  world.Publish();
  const std::string token = FederationToken(AnaKey(), "fred");
  const auto identity = world.sessions.GetCallerIdentity(World::Token(token), World::TrustedPeer());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->arn, "arn:aws:sts::111122223333:federated-user/fred");
  EXPECT_EQ(identity->user_id, "111122223333:fred");
  EXPECT_EQ(DecideToken(token, "sqs:Send", "arn:aws:sqs:eu-west-1:111122223333:q"), Effect::kAllow);
  EXPECT_EQ(DecideToken(FederationToken(AnaKey(), "other"), "sqs:Send",
                        "arn:aws:sqs:eu-west-1:111122223333:q"),
            Effect::kImplicitDeny);
}

TEST_F(OwnSessionsTest, TagsOfAFederatedUserAreNeverTransitive) {  // R-5.49
  World::SetPolicies(
      &UserNamed("ana"),
      {Allow("sts:*", "*"),
       Conditional("Allow", "app:Use", R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})")});
  world.Publish();
  FederationTokenParameters parameters = Named("fred");
  parameters.tags = {{"Team", "red"}};
  parameters.policy = Allow("*", "*");
  const auto user = Federate(AnaKey(), parameters);
  ASSERT_TRUE(user.ok()) << user.status();
  EXPECT_EQ(ClaimsOf(user->credentials.session_token).tags,
            (std::vector<session::SessionTag>{{"Team", "red", false}}));
  EXPECT_EQ(DecideToken(user->credentials.session_token, "app:Use"), Effect::kAllow);
  EXPECT_EQ(DecideToken(FederationToken(AnaKey(), "fred", Allow("*", "*")), "app:Use"),
            Effect::kImplicitDeny);
}

TEST_F(OwnSessionsTest, ManagedSessionPolicies) {  // R-5.19, R-5.37
  World::SetPolicies(&UserNamed("ana"), {Allow("*", "*")});
  world.ManagedPolicy(kAccount, "narrow", Allow("app:Read", "*"));
  world.ManagedPolicy(kOther, "foreign", Allow("*", "*"));
  world.Publish();
  FederationTokenParameters parameters = Named("fred");
  parameters.policy_arns = {"arn:aws:iam::111122223333:policy/narrow"};
  const auto user = Federate(AnaKey(), parameters);
  ASSERT_TRUE(user.ok()) << user.status();
  const std::string token = user->credentials.session_token;
  EXPECT_EQ(DecideToken(token, "app:Read"), Effect::kAllow);
  EXPECT_EQ(DecideToken(token, "app:Write"), Effect::kImplicitDeny);
  parameters.policy_arns = {"arn:aws:iam::444455556666:policy/foreign"};
  EXPECT_EQ(base::ReasonOf(Federate(AnaKey(), parameters).status()), "ValidationError");
  // Read at evaluation: a policy that is gone allows nothing.
  world.definitions().managed_policies.clear();
  world.Publish();
  EXPECT_EQ(DecideToken(token, "app:Read"), Effect::kImplicitDeny);
}

struct MfaRow {
  std::string_view name;
  CallerProof caller;
  std::optional<std::string_view> serial_number;
  std::string_view seed;  // Empty: no code is given.
  std::string_view text;  // Empty: accepted.
};

constexpr std::string_view kIncomplete =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
constexpr std::string_view kUnable =
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
    "number is valid and associated with this user.";
constexpr std::string_view kInvalid =
    "MultiFactorAuthentication failed with invalid MFA one time pass code.";

TEST_F(OwnSessionsTest, WhoseDeviceWithWhatCode) {  // R-5.55, R-5.56
  World::SetPolicies(&UserNamed("ana"), {Allow("*", "*")});
  for (const std::string_view name : {"r", "s"}) world.Role(kAccount, name, Trust(kAccount));
  world.Publish();
  const MfaRow rows[] = {
      {"serial number alone", AnaKey(), kAnaDevice, "", kIncomplete},
      {"code alone", AnaKey(), std::nullopt, kAnaSeed, kIncomplete},
      {"own virtual device", AnaKey(), kAnaDevice, kAnaSeed, ""},
      {"own hardware device", AnaKey(), kAnaHardware, kHardwareSeed, ""},
      {"hardware number in another case", AnaKey(), "gaht12345678", kHardwareSeed, kUnable},
      {"code of the other own device", AnaKey(), kAnaDevice, kHardwareSeed, kInvalid},
      {"somebody else's device", AnaKey(), kBobDevice, kBobSeed, kUnable},
      {"root's device", AnaKey(), kRootDevice, kRootSeed, kUnable},
      {"no such device", AnaKey(), "arn:aws:iam::111122223333:mfa/none", kAnaSeed, kUnable},
      {"root with root's device", RootKey(), kRootDevice, kRootSeed, ""},
      {"root with a user's device", RootKey(), kAnaDevice, kAnaSeed, kUnable},
      {"asserted user", World::Arn("arn:aws:iam::111122223333:user/bob"), kBobDevice, kBobSeed, ""},
  };
  for (const MfaRow& row : rows) {
    SessionTokenParameters parameters;
    if (row.serial_number.has_value()) parameters.serial_number = std::string(*row.serial_number);
    if (!row.seed.empty()) parameters.token_code = Code(row.seed);
    const auto issued = Get(row.caller, parameters);
    EXPECT_EQ(Outcome(issued.status()),
              row.text.empty() ? "" : Concat({"PERMISSION_DENIED AccessDenied: ", row.text}))
        << row.name;
    if (issued.ok()) {
      EXPECT_EQ(ClaimsOf(issued->session_token).mfa_at_seconds,
                absl::ToUnixSeconds(world.clock.Now()))
          << row.name;
    }
    world.clock.Advance(absl::Minutes(3));  // Another code; failures are forgotten (R-5.61).
  }
}

TEST_F(OwnSessionsTest, SessionsHaveNoDevices) {  // R-5.56
  World::SetPolicies(&UserNamed("ana"), {Allow("*", "*")});
  world.Role(kAccount, "r", Trust(kAccount), {Allow("*", "*")});
  world.Publish();
  const std::string session = SessionToken(AnaKey());
  const std::string role = AssumedToken(AnaKey(), RoleArn("r"));
  for (const std::string& token : {session, role}) {
    session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
    parameters.serial_number = std::string(kAnaDevice);
    parameters.token_code = Code(kAnaSeed);
    EXPECT_EQ(Outcome(world.Assume(World::Token(token), parameters).status()),
              Concat({"PERMISSION_DENIED AccessDenied: ", kUnable}));
  }
  // The code was not used up by them.
  MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
}

TEST_F(OwnSessionsTest, ACodeServesOneOperation) {  // R-5.59
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  session::AssumeRoleParameters assume = World::Parameters(RoleArn("r"));
  assume.serial_number = std::string(kAnaDevice);
  assume.token_code = Code(kAnaSeed);
  EXPECT_EQ(Outcome(world.Assume(AnaKey(), assume).status()), "");
  SessionTokenParameters again;
  again.serial_number = std::string(kAnaDevice);
  again.token_code = Code(kAnaSeed);
  const std::string refused = Concat({"PERMISSION_DENIED AccessDenied: ", kInvalid});
  EXPECT_EQ(Outcome(Get(AnaKey(), again).status()), refused);
  EXPECT_EQ(Outcome(world.Assume(AnaKey(), assume).status()), refused);
  again.token_code = Code(kAnaSeed, -1);  // Before the last accepted step.
  EXPECT_EQ(Outcome(Get(AnaKey(), again).status()), refused);
  again.token_code = Code(kAnaSeed, 1);  // Within the window and later.
  EXPECT_EQ(Outcome(Get(AnaKey(), again).status()), "");
}

TEST_F(OwnSessionsTest, ACodeIsVerifiedThoughNobodyAsksForIt) {  // R-5.62
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.serial_number = std::string(kAnaDevice);
  parameters.token_code = Code(kBobSeed);
  EXPECT_EQ(Outcome(world.Assume(AnaKey(), parameters).status()),
            Concat({"PERMISSION_DENIED AccessDenied: ", kInvalid}));
}

TEST_F(OwnSessionsTest, NineFailuresLockADeviceForEveryOperation) {  // R-5.61
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  SessionTokenParameters wrong;
  wrong.serial_number = std::string(kAnaDevice);
  wrong.token_code = Code(kBobSeed);
  for (int i = 0; i < Mfa::kFailuresMax; ++i) {
    EXPECT_EQ(Outcome(Get(AnaKey(), wrong).status()),
              Concat({"PERMISSION_DENIED AccessDenied: ", kInvalid}));
  }
  session::AssumeRoleParameters right = World::Parameters(RoleArn("r"));
  right.serial_number = std::string(kAnaDevice);
  right.token_code = Code(kAnaSeed);
  EXPECT_EQ(Outcome(world.Assume(AnaKey(), right).status()),
            Concat({"PERMISSION_DENIED AccessDenied: ", kUnable}));
  // The other device, and other users, are not locked.
  MfaSessionToken(AnaKey(), kAnaHardware, kHardwareSeed);
  MfaSessionToken(BobKey(), kBobDevice, kBobSeed);
  world.clock.Advance(Mfa::kFailureWindow);
  right.token_code = Code(kAnaSeed);
  EXPECT_EQ(Outcome(world.Assume(AnaKey(), right).status()), "");
}

}  // namespace
}  // namespace portcullis::engine
