// Chapter 6: what happens to sessions when policies, principals or minds change. Every session is
// used before the change as well, so that what was remembered about it is tested too.
#include <functional>
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

class LiveSessionsTest : public StsTest {
 public:
  // The fixture, for functions in tables.
  World& the_world() { return world; }
  using StsTest::kAccount;
  using StsTest::kAna;
  using StsTest::kAnaKey;
  using StsTest::kOther;
  using StsTest::RoleArn;
  using StsTest::RoleNamed;
  using StsTest::SetTrust;
  using StsTest::UserNamed;

  // All kinds of sessions, made by ana at one time, with her key.
  struct Tokens {
    std::string role;       // Of role `r`.
    std::string chained;    // Of role `next`, by the former.
    std::string session;    // GetSessionToken.
    std::string federated;  // GetFederationToken.
  };

  std::string AccessKeyOf(const std::string& token) {
    return session::AccessKeyIdOf(ClaimsOf(token));
  }
  absl::Time IssuedAt() { return absl::FromUnixSeconds(ClaimsOf(tokens.role).issued_at_seconds); }
  std::string RoleId() { return ClaimsOf(tokens.role).principal_id; }
  std::string UserId() { return ClaimsOf(tokens.session).principal_id; }

  // "Deny everything to sessions that were issued before the next second" (R-6.7, R-6.17).
  std::string DenyOlder() {
    return Conditional("Deny", "*",
                       Concat({R"({"DateLessThan":{"aws:TokenIssueTime":")",
                               absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", IssuedAt() + absl::Seconds(1),
                                                absl::UTCTimeZone()),
                               R"("}})"}));
  }

  void AddRevocation(store::RevocationDefinition revocation) {
    revocation.position = {1, 1};
    world.definitions().revocations.push_back(std::move(revocation));
  }
  void Log(state::RevocationKind kind, std::string_view subject, absl::Time issued_before) {
    state::Revocation revocation;
    revocation.kind = kind;
    revocation.account = std::string(kAccount);
    revocation.subject = std::string(subject);
    revocation.issued_before = absl::ToUnixSeconds(issued_before);
    revocation.created_at = world.clock.Now();
    revocation.created_by = std::string(kAna);
    const auto added = world.revocations->Add(revocation);
    EXPECT_TRUE(added.ok()) << added.status();
  }

  Tokens tokens;

 protected:
  LiveSessionsTest() {
    World::SetPolicies(&UserNamed("ana"), {Allow("sts:*", "*"), Allow("app:*", "*")});
    world.Role(kAccount, "r", Trust(kAna), {Allow("app:*", "*"), Allow("sts:*", "*")});
    world.Role(kAccount, "next", Trust(kAccount), {Allow("app:*", "*")});
    world.Publish();
    tokens = Make();
    EXPECT_EQ(States(tokens), "YYYY");
  }

  Tokens Make() {
    Tokens made;
    made.role = AssumedToken(AnaKey(), RoleArn("r"));
    made.chained = AssumedToken(World::Token(made.role), RoleArn("next"));
    made.session = SessionToken(AnaKey());
    made.federated = FederationToken(AnaKey(), "fred", Allow("app:*", "*"));
    return made;
  }

  // What a session can do: Y use the application; n it is denied; d explicitly; g its principal is
  // gone; s its account is suspended; ? anything else.
  char State(const std::string& token) {
    const absl::Status asked = Ask(World::Token(token), "app:Use");
    const std::string reason = base::ReasonOf(asked);
    if (reason == "PRINCIPAL_GONE" || reason == "PRINCIPAL_DISABLED") return 'g';
    if (reason == "ACCOUNT_SUSPENDED") return 's';
    if (!asked.ok()) return '?';
    switch (DecideToken(token, "app:Use")) {
      case Effect::kAllow:
        return 'Y';
      case Effect::kExplicitDeny:
        return 'd';
      case Effect::kImplicitDeny:
        return 'n';
    }
    return '?';
  }

  std::string States(const Tokens& sessions) {
    std::string states;
    for (const std::string* token :
         {&sessions.role, &sessions.chained, &sessions.session, &sessions.federated}) {
      states += State(*token);
      // ValidateSession agrees (R-6.18).
      const SessionStatus expected = states.back() == 'd' ? SessionStatus::kRevoked
                                     : states.back() == 'g' || states.back() == 's'
                                         ? SessionStatus::kPrincipalGone
                                         : SessionStatus::kValid;
      EXPECT_EQ(Describe(*token).status, expected) << states;
    }
    return states;
  }
};

struct Change {
  std::string_view name;  // With its rule.
  std::function<void(LiveSessionsTest*)> make;
  // For the role's session, the chained one, GetSessionToken's and GetFederationToken's.
  std::string_view live;
  // The same for sessions made a second later; empty: they cannot all be made.
  std::string_view later;
};

void PrintTo(const Change& change, std::ostream* out) {
  *out << change.name;
}

store::RevocationDefinition Revoke(std::optional<absl::Time> issued_before) {
  store::RevocationDefinition revocation;
  revocation.issued_before = issued_before;
  return revocation;
}

using T = LiveSessionsTest;

void DeleteUser(T* t) {
  T::SetTrust(&t->RoleNamed("r"), Trust(T::kAccount));
  auto& users = t->the_world().definitions().users;
  std::erase_if(users, [](const auto& user) { return user.name.text == "ana"; });
}

void AddBoundary(T* t, store::EntityDefinition* entity) {
  t->the_world().ManagedPolicy(T::kAccount, "boundary", Allow("other:*", "*"));
  entity->permissions_boundary = {"arn:aws:iam::111122223333:policy/boundary", {1, 1}};
}

const Change kChanges[] = {
    {"nothing", [](T*) {}, "YYYY", "YYYY"},
    {"R-6.3, A-91 role's policies detached",
     [](T* t) { World::SetPolicies(&t->RoleNamed("r"), {Allow("sts:*", "*")}); }, "nYYY", "nYYY"},
    {"R-6.3 role's boundary", [](T* t) { AddBoundary(t, &t->RoleNamed("r")); }, "nYYY", ""},
    {"R-6.3 user's boundary", [](T* t) { AddBoundary(t, &t->UserNamed("ana")); }, "YYnn", ""},
    {"R-6.9, A-92 trust emptied", [](T* t) { T::SetTrust(&t->RoleNamed("r"), Trust(T::kOther)); },
     "YYYY", ""},
    {"R-6.10 role deleted",
     [](T* t) {
       std::erase_if(t->the_world().definitions().roles,
                     [](const auto& role) { return role.name.text == "r"; });
     },
     "gYYY", ""},
    {"R-6.10 role re-created",
     [](T* t) { t->RoleNamed("r").create_date = absl::FromUnixSeconds(1700000000); }, "gYYY",
     "YYYY"},
    {"R-6.13 user deleted", DeleteUser, "YYgg", ""},
    {"R-6.13 user re-created",
     [](T* t) { t->UserNamed("ana").create_date = absl::FromUnixSeconds(1700000000); }, "YYgg",
     "YYYY"},
    {"R-6.13 user disabled", [](T* t) { t->UserNamed("ana").disabled = true; }, "YYgg", ""},
    {"R-6.14, A-94 key deactivated",
     [](T* t) { t->UserNamed("ana").access_keys[0].active = false; }, "YYYY", ""},
    {"R-6.14 key deleted", [](T* t) { t->UserNamed("ana").access_keys.clear(); }, "YYYY", ""},
    {"R-6.15 permission to assume removed",
     [](T* t) { World::SetPolicies(&t->UserNamed("ana"), {Allow("app:*", "*")}); }, "YYYY", ""},
    {"R-6.15 user's other permissions removed",
     [](T* t) { World::SetPolicies(&t->UserNamed("ana"), {Allow("sts:*", "*")}); }, "YYnn", "YYnn"},
    {"R-6.4 the user's denial does not follow into the role",
     [](T* t) {
       World::SetPolicies(&t->UserNamed("ana"),
                          {Allow("sts:*", "*"), Allow("app:*", "*"), Deny("*", "*")});
     },
     "YYdd", ""},
    {"R-4.68 account suspended",
     [](T* t) { t->the_world().definitions().accounts[0].suspended = true; }, "ssss", ""},
    {"R-6.7 policy on the role",
     [](T* t) {
       World::SetPolicies(&t->RoleNamed("r"),
                          {Allow("app:*", "*"), Allow("sts:*", "*"), t->DenyOlder()});
     },
     "dYYY", "YYYY"},
    {"R-6.7, R-6.14 policy on the user",
     [](T* t) {
       World::SetPolicies(&t->UserNamed("ana"),
                          {Allow("app:*", "*"), Allow("sts:*", "*"), t->DenyOlder()});
     },
     "YYdd", "YYYY"},
    // Declared revocations.
    {"R-6.7 role",
     [](T* t) {
       auto revocation = Revoke(t->IssuedAt() + absl::Seconds(1));
       revocation.role_arn = {T::RoleArn("r"), {1, 1}};
       t->AddRevocation(revocation);
     },
     "dYYY", "YYYY"},
    {"R-6.17 role, of the very second: not before it",
     [](T* t) {
       auto revocation = Revoke(t->IssuedAt());
       revocation.role_arn = {T::RoleArn("r"), {1, 1}};
       t->AddRevocation(revocation);
     },
     "YYYY", "YYYY"},
    {"R-6.7 user",
     [](T* t) {
       auto revocation = Revoke(t->IssuedAt() + absl::Seconds(1));
       revocation.user_arn = {std::string(T::kAna), {1, 1}};
       t->AddRevocation(revocation);
     },
     "YYdd", "YYYY"},
    {"R-6.14 access key, through the chain",
     [](T* t) {
       auto revocation = Revoke(t->IssuedAt() + absl::Seconds(1));
       revocation.access_key_id = {std::string(T::kAnaKey), {1, 1}};
       t->AddRevocation(revocation);
     },
     "dddd", "YYYY"},
    {"R-6.14 another access key",
     [](T* t) {
       auto revocation = Revoke(t->IssuedAt() + absl::Hours(1));
       revocation.access_key_id = {"AKIAI44QH8DHBEXAMPLE", {1, 1}};
       t->AddRevocation(revocation);
     },
     "YYYY", "YYYY"},
    {"R-6.7 one session",
     [](T* t) {
       auto revocation = Revoke(std::nullopt);
       revocation.session_access_key_id = {t->AccessKeyOf(t->tokens.federated), {1, 1}};
       t->AddRevocation(revocation);
     },
     "YYYd", "YYYY"},
    // The same by hand: nothing is published, the next decision knows.
    {"R-6.7 by hand: role",
     [](T* t) {
       t->Log(state::RevocationKind::kRole, t->RoleId(), t->IssuedAt() + absl::Seconds(1));
     },
     "dYYY", "YYYY"},
    {"R-6.17 by hand: of the very second",
     [](T* t) { t->Log(state::RevocationKind::kRole, t->RoleId(), t->IssuedAt()); }, "YYYY",
     "YYYY"},
    {"R-6.7 by hand: user",
     [](T* t) {
       t->Log(state::RevocationKind::kUser, t->UserId(), t->IssuedAt() + absl::Seconds(1));
     },
     "YYdd", "YYYY"},
    {"R-6.14 by hand: access key, through the chain",
     [](T* t) {
       t->Log(state::RevocationKind::kAccessKey, T::kAnaKey, t->IssuedAt() + absl::Seconds(1));
     },
     "dddd", "YYYY"},
    {"R-6.7 by hand: one session",
     [](T* t) {
       t->Log(state::RevocationKind::kSession, t->AccessKeyOf(t->tokens.chained),
              absl::UnixEpoch());
     },
     "YdYY", "YYYY"},
};

class LiveSessionsChangeTest : public LiveSessionsTest,
                               public testing::WithParamInterface<Change> {};

TEST_P(LiveSessionsChangeTest, ActsOnTheNextDecision) {
  GetParam().make(this);
  if (GetParam().name.find("by hand") == std::string_view::npos) world.Publish();
  EXPECT_EQ(States(tokens), GetParam().live);
  world.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(States(tokens), GetParam().live);
  if (!GetParam().later.empty()) {
    EXPECT_EQ(States(Make()), GetParam().later);
  }
}

INSTANTIATE_TEST_SUITE_P(Changes, LiveSessionsChangeTest, testing::ValuesIn(kChanges));

TEST_F(LiveSessionsTest, ARevokedSessionMakesNoOther) {  // R-6.7
  Log(state::RevocationKind::kRole, RoleId(), IssuedAt() + absl::Seconds(1));
  const CallerProof revoked = World::Token(tokens.role);
  EXPECT_EQ(Outcome(world.Assume(revoked, World::Parameters(RoleArn("next"))).status()),
            Concat({"PERMISSION_DENIED AccessDenied: User: "
                    "arn:aws:sts::111122223333:assumed-role/r/session is not authorized to "
                    "perform: sts:AssumeRole on resource: ",
                    RoleArn("next"), " with an explicit deny in an identity-based policy"}));
  // Who it is can be asked all the same (R-4.62).
  EXPECT_TRUE(world.sessions.GetCallerIdentity(revoked, World::TrustedPeer()).ok());
}

TEST_F(LiveSessionsTest, RevokingAKeyLeavesTheKeyAlone) {  // R-6.7: long-term keys are unaffected.
  Log(state::RevocationKind::kAccessKey, kAnaKey, IssuedAt() + absl::Seconds(1));
  Log(state::RevocationKind::kUser, UserId(), IssuedAt() + absl::Seconds(1));
  EXPECT_EQ(Decide(AnaKey(), "app:Use"), Effect::kAllow);
  EXPECT_EQ(Decide(World::Arn(kAna), "app:Use"), Effect::kAllow);
}

TEST_F(LiveSessionsTest, RevokingARoleLeavesItsNamesakeAlone) {  // R-6.10
  world.Role(kOther, "r", Trust(kAna), {Allow("app:*", "*")});
  world.Publish();
  const std::string other = AssumedToken(AnaKey(), RoleArn("r", kOther));
  Log(state::RevocationKind::kRole, RoleId(), IssuedAt() + absl::Hours(1));
  EXPECT_EQ(State(other), 'Y');
  EXPECT_EQ(State(tokens.role), 'd');
}

TEST_F(LiveSessionsTest, OneSessionByItsName) {  // R-6.8
  const std::string named = AssumedToken(AnaKey(), World::Parameters(RoleArn("r"), "mallory"));
  World::SetPolicies(
      &RoleNamed("r"),
      {Allow("app:*", "*"),
       Conditional("Deny", "*",
                   Concat({R"({"StringEquals":{"aws:userid":")", RoleId(), R"(:mallory"}})"}))});
  world.Publish();
  EXPECT_EQ(State(named), 'd');
  EXPECT_EQ(Describe(named).status, SessionStatus::kRevoked);
  EXPECT_EQ(State(tokens.role), 'Y');
}

TEST_F(LiveSessionsTest, OnePersonAcrossAChain) {  // R-6.8, R-5.54
  SetTrust(&RoleNamed("r"), Trust(kAna, kAllStsActions));
  SetTrust(&RoleNamed("next"), Trust(kAccount, kAllStsActions));
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.source_identity = "mallory";
  const std::string one = AssumedToken(AnaKey(), parameters);
  const std::string two = AssumedToken(World::Token(one), RoleArn("next"));
  const std::string deny =
      Conditional("Deny", "*", R"({"StringEquals":{"aws:SourceIdentity":"mallory"}})");
  World::SetPolicies(&RoleNamed("r"), {Allow("app:*", "*"), deny});
  World::SetPolicies(&RoleNamed("next"), {Allow("app:*", "*"), deny});
  world.Publish();
  EXPECT_EQ(State(one), 'd');
  EXPECT_EQ(State(two), 'd');
  EXPECT_EQ(State(tokens.role), 'Y');
  EXPECT_EQ(State(tokens.chained), 'Y');
}

TEST_F(LiveSessionsTest, RightsAreExchangedWhileTheRoleIsUsed) {  // R-6.4
  World::SetPolicies(&UserNamed("ana"), {Allow("own:*", "*")});
  world.Publish();
  EXPECT_EQ(DecideToken(tokens.role, "own:Thing"), Effect::kImplicitDeny);
  EXPECT_EQ(DecideToken(tokens.role, "app:Use"), Effect::kAllow);
  EXPECT_EQ(Decide(AnaKey(), "own:Thing"), Effect::kAllow);
  EXPECT_EQ(Decide(AnaKey(), "app:Use"), Effect::kImplicitDeny);
}

TEST_F(LiveSessionsTest, LoweringTheMaximumShortensNothing) {  // R-5.32
  RoleNamed("r").max_session_duration_seconds = 7200;
  world.Publish();
  session::AssumeRoleParameters parameters = World::Parameters(RoleArn("r"));
  parameters.duration_seconds = 7200;
  const std::string token = AssumedToken(AnaKey(), parameters);
  RoleNamed("r").max_session_duration_seconds = 3600;
  world.Publish();
  world.clock.Advance(absl::Seconds(7199));
  EXPECT_EQ(State(token), 'Y');
}

TEST_F(LiveSessionsTest, RoleTagsAreReadLiveSessionTagsAreFrozen) {  // R-5.46
  World::SetPolicies(
      &RoleNamed("r"),
      {Conditional("Allow", "app:Live", R"({"StringEquals":{"aws:PrincipalTag/stage":"prod"}})")});
  world.Publish();
  EXPECT_EQ(DecideToken(tokens.role, "app:Live"), Effect::kImplicitDeny);
  RoleNamed("r").tags.push_back({{"stage", {1, 1}}, {"prod", {1, 1}}});
  world.Publish();
  EXPECT_EQ(DecideToken(tokens.role, "app:Live"), Effect::kAllow);
}

}  // namespace
}  // namespace portcullis::engine
