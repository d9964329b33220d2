#include "server/engine/sessions.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/world.h"

namespace portcullis::engine {
namespace {

using policy::Effect;
using ::testing::HasSubstr;

constexpr std::string_view kAccount = "111122223333";
constexpr std::string_view kOther = "444455556666";
constexpr std::string_view kAna = "arn:aws:iam::111122223333:user/ana";
constexpr std::string_view kChainActions = R"("sts:AssumeRole","sts:TagSession",)"
                                           R"("sts:SetSourceIdentity")";

std::string RoleArn(std::string_view name) {
  return "arn:aws:iam::111122223333:role/" + std::string(name);
}

class SessionsTest : public testing::Test {
 protected:
  SessionsTest() {
    world.Account(kAccount);
    world.Account(kOther);
    world.User(kAccount, "ana");
  }

  // Assumes as ana or with a token, and expects success.
  AssumedRole MustAssume(const CallerProof& caller,
                         const session::AssumeRoleParameters& parameters) {
    auto assumed = world.Assume(caller, parameters);
    EXPECT_TRUE(assumed.ok()) << assumed.status();
    return assumed.ok() ? *std::move(assumed) : AssumedRole();
  }

  void ExpectRefused(const CallerProof& caller, const session::AssumeRoleParameters& parameters,
                     std::string_view reason, std::string_view text = {}) {
    const auto assumed = world.Assume(caller, parameters);
    ASSERT_FALSE(assumed.ok());
    EXPECT_EQ(base::ReasonOf(assumed.status()), reason) << assumed.status();
    EXPECT_THAT(std::string(assumed.status().message()), HasSubstr(std::string(text)));
  }

  World world;
};

TEST_F(SessionsTest, RootEntryInTheTrustPolicyGrantsNothingByItself) {  // A-1, R-4.49
  world.Role(kAccount, "r", Trust("arn:aws:iam::111122223333:root"));
  world.Publish();
  ExpectRefused(World::Arn(kAna), World::Parameters(RoleArn("r")), "AccessDenied",
                "because no identity-based policy allows the sts:AssumeRole action");
}

TEST_F(SessionsTest, UserEntryGrantsInTheSameAccount) {  // A-2, R-4.48
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r")));
}

TEST_F(SessionsTest, ExplicitDenyOfTheGroupWins) {  // A-3, R-4.6
  world.Role(kAccount, "r", Trust(kAna));
  world.Group(kAccount, "g", {Deny("sts:AssumeRole", "*")});
  world.definitions().users[0].groups.push_back({"g", {}});
  world.Publish();
  ExpectRefused(World::Arn(kAna), World::Parameters(RoleArn("r")), "AccessDenied",
                "with an explicit deny in an identity-based policy");
}

TEST_F(SessionsTest, CrossAccountNeedsBothSides) {  // A-4, R-4.51
  world.Role(kOther, "r", Trust(kAna));
  world.Publish();
  ExpectRefused(World::Arn(kAna), World::Parameters("arn:aws:iam::444455556666:role/r"),
                "AccessDenied", "because no identity-based policy allows");
}

TEST_F(SessionsTest, AdministratorCannotAssumeWhatTrustsOnlyAService) {  // A-5, R-4.50
  world.User(kAccount, "root-like", {Allow("*", "*")});
  world.Role(kAccount, "r", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
             "Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}})");
  world.Publish();
  ExpectRefused(World::Arn("arn:aws:iam::111122223333:user/root-like"),
                World::Parameters(RoleArn("r")), "AccessDenied",
                "because no role trust policy allows the sts:AssumeRole action");
  MustAssume(World::Arn("ec2.amazonaws.com"), World::Parameters(RoleArn("r")));  // R-4.53
}

TEST_F(SessionsTest, RoleDoesNotTrustItself) {  // A-6, R-4.56
  world.Role(kAccount, "r", Trust(kAna), {Allow("sts:AssumeRole", "*")});
  world.Publish();
  const AssumedRole first = MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r")));
  ExpectRefused(World::Token(first.credentials.session_token), World::Parameters(RoleArn("r")),
                "AccessDenied");
}

TEST_F(SessionsTest, ResourceOfThePermissionIsCaseSensitive) {  // A-8, R-1.33
  World::SetPolicies(&world.definitions().users[0],
                     {Allow("sts:AssumeRole", "arn:aws:iam::111122223333:role/UpdateAPP")});
  world.Role(kAccount, "UpdateApp", Trust(kAccount));
  world.Publish();
  ExpectRefused(World::Arn(kAna), World::Parameters(RoleArn("UpdateApp")), "AccessDenied");
}

TEST_F(SessionsTest, MissingRoleAnswersAsOneThatMayNotBeAssumed) {  // A-95, A-96, R-4.79
  World::SetPolicies(&world.definitions().users[0], {Allow("sts:AssumeRole", "*")});
  world.Role(kAccount, "closed", Trust("arn:aws:iam::444455556666:root"));
  world.Role(kOther, "closed", Trust(kOther));
  world.Publish();
  for (const std::string_view account : {kAccount, kOther}) {
    const std::string prefix = "arn:aws:iam::" + std::string(account) + ":role/";
    const auto closed = world.Assume(World::Arn(kAna), World::Parameters(prefix + "closed"));
    const auto absent = world.Assume(World::Arn(kAna), World::Parameters(prefix + "absent"));
    const auto cased = world.Assume(World::Arn(kAna), World::Parameters(prefix + "Closed"));
    std::string expected(closed.status().message());
    EXPECT_EQ(base::ReasonOf(closed.status()), "AccessDenied");
    expected.replace(expected.find("role/closed"), 11, "role/absent");
    EXPECT_EQ(absent.status().message(), expected);
    EXPECT_EQ(base::ReasonOf(cased.status()), "AccessDenied");
  }
}

TEST_F(SessionsTest, RootMayNotAssume) {  // R-1.5, R-4.57
  world.Role(kAccount, "r", Trust(kAccount));
  world.Publish();
  ExpectRefused(World::Arn("arn:aws:iam::111122223333:root"), World::Parameters(RoleArn("r")),
                "AccessDenied", "Roles may not be assumed by root accounts.");
}

TEST_F(SessionsTest, ExternalId) {  // A-83 to A-85, R-5.40, R-5.41
  world.Role(kAccount, "plain", Trust(kAna));
  world.Role(kAccount, "strict",
             Trust(kAna, R"("sts:AssumeRole")", R"({"StringEquals":{"sts:ExternalId":"12345"}})"));
  world.Role(
      kAccount, "lax",
      Trust(kAna, R"("sts:AssumeRole")", R"({"StringEqualsIfExists":{"sts:ExternalId":"12345"}})"));
  world.Publish();
  session::AssumeRoleParameters wrong = World::Parameters(RoleArn("strict"));
  wrong.external_id = "67890";
  ExpectRefused(World::Arn(kAna), wrong, "AccessDenied");
  ExpectRefused(World::Arn(kAna), World::Parameters(RoleArn("strict")), "AccessDenied");
  session::AssumeRoleParameters right = World::Parameters(RoleArn("strict"));
  right.external_id = "12345";
  MustAssume(World::Arn(kAna), right);
  session::AssumeRoleParameters ignored = World::Parameters(RoleArn("plain"));
  ignored.external_id = "anything";
  MustAssume(World::Arn(kAna), ignored);
  MustAssume(World::Arn(kAna), World::Parameters(RoleArn("lax")));
}

TEST_F(SessionsTest, SerialNumberWithoutCode) {  // A-18, R-5.55
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.serial_number = "arn:aws:iam::111122223333:mfa/ana";
  ExpectRefused(World::Arn(kAna), parameters, "AccessDenied",
                "must provide both MFA serial number and one time pass code.");
}

TEST_F(SessionsTest, ChainingIsLimitedToAnHour) {  // A-80, A-81, R-5.31
  world.Role(kAccount, "one", Trust(kAna)).max_session_duration_seconds = 43200;
  world.Role(kAccount, "two", Trust(RoleArn("one"))).max_session_duration_seconds = 43200;
  world.Publish();
  session::AssumeRoleParameters long_first = World::Parameters(RoleArn("one"));
  long_first.duration_seconds = 43200;
  const AssumedRole first = MustAssume(World::Arn(kAna), long_first);
  EXPECT_EQ(first.credentials.expiration, world.clock.Now() + absl::Hours(12));
  const CallerProof chained = World::Token(first.credentials.session_token);
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("two"));
  parameters.duration_seconds = 3601;
  ExpectRefused(chained, parameters, "ValidationError",
                "exceeds the 1 hour session limit for roles assumed by role chaining");
  const AssumedRole second = MustAssume(chained, World::Parameters(RoleArn("two")));
  EXPECT_EQ(second.credentials.expiration, world.clock.Now() + absl::Hours(1));
}

TEST_F(SessionsTest, DurationAboveTheRolesMaximum) {  // R-5.30
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.duration_seconds = 3601;
  ExpectRefused(World::Arn(kAna), parameters, "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
}

TEST_F(SessionsTest, TagsNeedTagSession) {  // A-86, R-4.58
  world.Role(kAccount, "untagged", Trust(kAna));
  world.Role(kAccount, "tagged", Trust(kAna, kChainActions));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("untagged"));
  parameters.tags = {{"team", "red"}};
  ExpectRefused(World::Arn(kAna), parameters, "AccessDenied", "sts:TagSession");
  parameters.role_arn = RoleArn("tagged");
  MustAssume(World::Arn(kAna), parameters);
}

TEST_F(SessionsTest, TransitiveTagsThroughTheChain) {  // A-87, A-88, R-5.45, R-5.47
  world.Role(kAccount, "one", Trust(kAna, kChainActions), {Allow("sts:*", "*")});
  world.Role(kAccount, "two", Trust(RoleArn("one"), kChainActions), {Allow("sts:*", "*")});
  world.Role(kAccount, "narrow", Trust(RoleArn("one")));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("one"));
  parameters.tags = {{"Team", "red"}, {"other", "x"}};
  parameters.transitive_tag_keys = {"Team"};
  const AssumedRole first = MustAssume(World::Arn(kAna), parameters);
  const CallerProof chained = World::Token(first.credentials.session_token);

  ExpectRefused(chained, World::Parameters(RoleArn("narrow")), "AccessDenied", "sts:TagSession");
  session::AssumeRoleParameters again = World::Parameters(RoleArn("two"));
  again.tags = {{"team", "red"}};
  ExpectRefused(chained, again, "InvalidParameterValue", "conflicts with a transitive tag key");

  const AssumedRole second = MustAssume(chained, World::Parameters(RoleArn("two")));
  const auto described =
      world.sessions.Validate(second.credentials.session_token, World::TrustedPeer());
  ASSERT_TRUE(described.ok());
  ASSERT_EQ(described->principal_tags.size(), 1u);
  EXPECT_EQ(described->principal_tags[0], (session::SessionTag{"Team", "red", true}));
  ASSERT_EQ(described->chain.size(), 2u);
  EXPECT_EQ(described->chain[0], kAna);
  EXPECT_EQ(described->chain[1], first.assumed_role_arn);
}

TEST_F(SessionsTest, SessionTagOverlaysTheRolesTag) {  // A-89, R-5.46
  store::RoleDefinition& role = world.Role(
      kAccount, "r", Trust(kAna, kChainActions),
      {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"app:Use","Resource":"*",
          "Condition":{"StringEquals":{"aws:PrincipalTag/DEPT":"b"}}}})"});
  role.tags.push_back({{"Dept", {}}, {"a", {}}});
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  const AssumedRole plain = MustAssume(World::Arn(kAna), parameters);
  parameters.tags = {{"dept", "b"}};
  const AssumedRole tagged = MustAssume(World::Arn(kAna), parameters);
  EXPECT_EQ(world.Decide(World::Token(plain.credentials.session_token), "app:Use", "*"),
            Effect::kImplicitDeny);
  EXPECT_EQ(world.Decide(World::Token(tagged.credentials.session_token), "app:Use", "*"),
            Effect::kAllow);
}

TEST_F(SessionsTest, SourceIdentityStays) {  // A-90, R-5.52
  world.Role(kAccount, "one", Trust(kAna, kChainActions), {Allow("sts:*", "*")});
  world.Role(kAccount, "two", Trust(RoleArn("one"), kChainActions));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("one"));
  parameters.source_identity = "ana";
  const AssumedRole first = MustAssume(World::Arn(kAna), parameters);
  EXPECT_EQ(first.source_identity, "ana");
  const CallerProof chained = World::Token(first.credentials.session_token);
  session::AssumeRoleParameters other = World::Parameters(RoleArn("two"));
  other.source_identity = "bob";
  ExpectRefused(chained, other, "ValidationError", "source identity is already set");
  EXPECT_EQ(MustAssume(chained, World::Parameters(RoleArn("two"))).source_identity, "ana");
}

TEST_F(SessionsTest, MalformedSessionPolicy) {  // R-5.38
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.policy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",)"
                      R"("Action":"*","Resource":"*"}})";
  ExpectRefused(World::Arn(kAna), parameters, "MalformedPolicyDocument");
  parameters.policy.reset();
  parameters.policy_arns = {"arn:aws:iam::111122223333:policy/none"};
  ExpectRefused(World::Arn(kAna), parameters, "ValidationError");
}

TEST_F(SessionsTest, MfaIsNotCarriedIntoTheRoleSession) {  // A-16, R-3.61
  world.Role(kAccount, "r", Trust(kAna),
             {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"app:Use",
                 "Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}})"});
  world.Publish();
  const AssumedRole assumed = MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r")));
  EXPECT_EQ(world.Decide(World::Token(assumed.credentials.session_token), "app:Use", "*"),
            Effect::kImplicitDeny);
}

class LiveSessionTest : public SessionsTest {
 protected:
  LiveSessionTest() {
    world.Role(kAccount, "r", Trust(kAna), {Allow("app:Use", "*")});
    world.Publish();
    token = MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r"))).credentials.session_token;
  }

  SessionStatus Status() {
    const auto described = world.sessions.Validate(token, World::TrustedPeer());
    EXPECT_TRUE(described.ok());
    return described.ok() ? described->status : SessionStatus::kUnknown;
  }

  absl::Status Ask() {
    const QueryItem item{"app:Use", "*", {}};
    Query query;
    query.caller = World::Token(token);
    query.items = absl::MakeConstSpan(&item, 1);
    query.peer = World::TrustedPeer();
    Answer answer;
    return world.authorizer.Authorize(query, &answer);
  }

  std::string token;
};

TEST_F(LiveSessionTest, ValidUntilTheSecondOfItsExpiration) {  // R-5.35
  world.clock.Advance(absl::Seconds(3599));
  EXPECT_EQ(Status(), SessionStatus::kValid);
  EXPECT_TRUE(Ask().ok());
  world.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(Status(), SessionStatus::kExpired);
  EXPECT_EQ(Ask().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::ReasonOf(Ask()), "TOKEN_EXPIRED");
}

TEST_F(LiveSessionTest, PolicyChangesActAtOnce) {  // A-91, R-6.3
  EXPECT_EQ(world.Decide(World::Token(token), "app:Use", "*"), Effect::kAllow);
  World::SetPolicies(&world.definitions().roles[0], {});
  world.Publish();
  EXPECT_EQ(world.Decide(World::Token(token), "app:Use", "*"), Effect::kImplicitDeny);
}

TEST_F(LiveSessionTest, RemovingTrustDoesNotEndSessions) {  // A-92, R-6.9
  std::vector<policy::Diagnostic> diagnostics;
  world.definitions().roles[0].trust_policy->policy = policy::CompilePolicyJson(
      Trust(kOther), policy::PolicyType::kTrust, policy::PolicyLimits{}, &diagnostics);
  world.Publish();
  EXPECT_EQ(world.Decide(World::Token(token), "app:Use", "*"), Effect::kAllow);
}

TEST_F(LiveSessionTest, RecreatedRoleDoesNotReviveSessions) {  // R-6.10
  world.definitions().roles[0].create_date = absl::FromUnixSeconds(1700000000);
  world.Publish();
  EXPECT_EQ(Status(), SessionStatus::kPrincipalGone);
  EXPECT_EQ(base::ReasonOf(Ask()), "PRINCIPAL_GONE");
  world.definitions().roles.clear();
  world.Publish();
  EXPECT_EQ(Status(), SessionStatus::kPrincipalGone);
}

TEST_F(LiveSessionTest, SuspendedAccount) {  // R-4.68
  world.definitions().accounts[0].suspended = true;
  world.Publish();
  EXPECT_EQ(Status(), SessionStatus::kPrincipalGone);
  EXPECT_EQ(base::ReasonOf(Ask()), "ACCOUNT_SUSPENDED");
}

TEST_F(LiveSessionTest, RevokedByTimeOfIssue) {  // R-6.7
  world.clock.Advance(absl::Seconds(5));
  const std::string now =
      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", world.clock.Now(), absl::UTCTimeZone());
  World::SetPolicies(&world.definitions().roles[0],
                     {Allow("app:Use", "*"),
                      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*",
                          "Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":")" +
                          now + R"("}}}})"});
  world.Publish();
  EXPECT_EQ(Status(), SessionStatus::kRevoked);
  EXPECT_EQ(world.Decide(World::Token(token), "app:Use", "*"), Effect::kExplicitDeny);
  // Sessions issued later are not affected.
  token = MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r"))).credentials.session_token;
  EXPECT_EQ(Status(), SessionStatus::kValid);
  EXPECT_EQ(world.Decide(World::Token(token), "app:Use", "*"), Effect::kAllow);
}

TEST_F(LiveSessionTest, ForgedTokenIsUnknown) {
  std::string forged = token;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  token = forged;
  EXPECT_EQ(Status(), SessionStatus::kUnknown);
  EXPECT_EQ(Ask().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(SessionsTest, RecreatedUserIsNotWhomTheTrustPolicyPinned) {  // A-93, R-2.22, R-6.11
  world.Publish();
  const auto identity = world.sessions.GetCallerIdentity(World::Arn(kAna), World::TrustedPeer());
  ASSERT_TRUE(identity.ok());
  world.Role(kAccount, "r", Trust(identity->user_id));
  world.Publish();
  MustAssume(World::Arn(kAna), World::Parameters(RoleArn("r")));
  world.definitions().users[0].create_date = absl::FromUnixSeconds(1700000000);
  world.Publish();
  ExpectRefused(World::Arn(kAna), World::Parameters(RoleArn("r")), "AccessDenied");
}

TEST_F(SessionsTest, DeactivatedKeyDoesNotEndTheRoleSession) {  // A-94, R-6.14
  store::AccessKeyDefinition key;
  key.id = {"AKIAIOSFODNN7EXAMPLE", {}};
  key.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  world.definitions().users[0].access_keys.push_back(key);
  world.Role(kAccount, "r", Trust(kAna), {Allow("app:Use", "*")});
  world.Publish();
  const CallerProof proof{CallerProof::Kind::kAccessKey, key.id.text, key.secret};
  const AssumedRole assumed = MustAssume(proof, World::Parameters(RoleArn("r")));
  world.definitions().users[0].access_keys[0].active = false;
  world.Publish();
  EXPECT_EQ(world.Decide(World::Token(assumed.credentials.session_token), "app:Use", "*"),
            Effect::kAllow);
  ExpectRefused(proof, World::Parameters(RoleArn("r")), "INVALID_ACCESS_KEY");
}

TEST_F(SessionsTest, AttachmentsFollowTheManagedPolicy) {  // A-108, R-1.41, R-1.42
  world.User(kAccount, "bob");
  for (store::UserDefinition& user : world.definitions().users) {
    user.managed_policy_arns.push_back({"arn:aws:iam::111122223333:policy/shared", {}});
  }
  world.ManagedPolicy(kAccount, "shared", Allow("app:Old", "*"));
  world.Publish();
  const std::string_view bob = "arn:aws:iam::111122223333:user/bob";
  for (const std::string_view user : {kAna, bob}) {
    EXPECT_EQ(world.DecideFor(user, "app:Old", "*"), Effect::kAllow);
  }
  world.definitions().managed_policies.clear();
  world.ManagedPolicy(kAccount, "shared", Allow("app:New", "*"));
  world.Publish();
  for (const std::string_view user : {kAna, bob}) {
    EXPECT_EQ(world.DecideFor(user, "app:Old", "*"), Effect::kImplicitDeny);
    EXPECT_EQ(world.DecideFor(user, "app:New", "*"), Effect::kAllow);
  }
}

TEST_F(SessionsTest, FederatedUserMayNotAssume) {  // A-78, R-5.6
  world.Role(kAccount, "r", Trust(kAccount));
  world.Publish();
  ExpectRefused(World::Arn("arn:aws:sts::111122223333:federated-user/fred"),
                World::Parameters(RoleArn("r")), "AccessDenied",
                "Cannot call AssumeRole with federation token credentials");
}

TEST_F(SessionsTest, CallerIdentityIgnoresPolicies) {  // A-75, R-4.62
  World::SetPolicies(&world.definitions().users[0], {Deny("*", "*")});
  world.Publish();
  const auto identity = world.sessions.GetCallerIdentity(World::Arn(kAna), World::TrustedPeer());
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->arn, kAna);
  EXPECT_EQ(identity->account, kAccount);
  EXPECT_EQ(identity->user_id.substr(0, 4), "AIDA");
}

TEST_F(SessionsTest, NothingLoadedIsUnavailable) {
  EXPECT_EQ(world.Assume(World::Arn(kAna), World::Parameters(RoleArn("r"))).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace portcullis::engine
