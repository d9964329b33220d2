// Section 3.7: what conditions on MFA see of every kind of caller, inside decisions.
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/text.h"
#include "tests/unit/engine/federated_world.h"

namespace portcullis::engine {
namespace {

using policy::Effect;

// How aws:MultiFactorAuthPresent is; the age is present with kTrue only.
enum class Present { kAbsent, kFalse, kTrue };

// The statement table R-3.65 to R-3.71, asked with one action each.
struct Statement {
  std::string_view rule;
  std::string_view action;
  std::string_view effect;
  std::string_view condition;
  bool absent;  // Whether it matches.
  bool is_false;
  bool is_true;
};
constexpr Statement kStatements[] = {
    {"R-3.65", "mfa:A65", "Allow", R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})", false,
     false, true},
    {"R-3.66", "mfa:A66", "Allow", R"({"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}})",
     true, false, true},
    {"R-3.67", "mfa:D67", "Deny", R"({"Bool":{"aws:MultiFactorAuthPresent":"false"}})", false, true,
     false},
    {"R-3.68", "mfa:D68", "Deny", R"({"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}})",
     true, true, false},
    {"R-3.69", "mfa:D69", "Deny", R"({"Null":{"aws:MultiFactorAuthPresent":"true"}})", true, false,
     false},
    {"R-3.70", "mfa:D70", "Deny", R"({"Null":{"aws:MultiFactorAuthPresent":"false"}})", false, true,
     true},
    {"R-3.71", "mfa:A71", "Allow", R"({"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}})",
     false, false, true},
    {"R-3.72", "mfa:A72", "Allow", R"({"Bool":{"aws:multifactorAuthPresent":true}})", false, false,
     true},
};

bool Matches(const Statement& statement, Present present) {
  switch (present) {
    case Present::kAbsent:
      return statement.absent;
    case Present::kFalse:
      return statement.is_false;
    case Present::kTrue:
      return statement.is_true;
  }
  return false;
}

// What a statement that matches, or does not, makes of a request that is allowed otherwise only if
// the statement denies.
Effect Expected(const Statement& statement, bool matches) {
  if (statement.effect == "Allow") return matches ? Effect::kAllow : Effect::kImplicitDeny;
  return matches ? Effect::kExplicitDeny : Effect::kAllow;
}

std::vector<std::string> StatementPolicies() {
  std::vector<std::string> policies = {Allow("sts:*", "*"), Allow("mfa:D*", "*")};
  for (const Statement& statement : kStatements) {
    policies.push_back(base::Concat(
        {R"({"Version":"2012-10-17","Statement":{"Effect":")", statement.effect, R"(","Action":")",
         statement.action, R"(","Resource":"*","Condition":)", statement.condition, "}}"}));
  }
  return policies;
}

class MfaDecisionsTest : public FederatedTest {
 protected:
  MfaDecisionsTest() {
    World::SetPolicies(&UserNamed("ana"), StatementPolicies());
    world.Role(kAccount, "r", Trust(kAna), StatementPolicies());
    World::SetPolicies(&RoleNamed("web"), StatementPolicies());
    World::SetPolicies(&SamlRoleDefinition(), StatementPolicies());
    world.Publish();
  }

  void Expect(std::string_view name, const CallerProof& caller, Present present) {
    for (const Statement& statement : kStatements) {
      EXPECT_EQ(Decide(caller, statement.action), Expected(statement, Matches(statement, present)))
          << name << " " << statement.rule;
    }
  }
};

TEST_F(MfaDecisionsTest, OfEveryKindOfCaller) {
  const std::string everything = Allow("*", "*");
  const std::string with_mfa = MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
  world.clock.Advance(absl::Seconds(60));
  session::AssumeRoleParameters assume_with_mfa = World::Parameters(RoleArn("r"));
  assume_with_mfa.serial_number = std::string(kAnaDevice);
  assume_with_mfa.token_code = Code(kAnaSeed);

  Expect("R-3.56 user's keys", AnaKey(), Present::kAbsent);
  Expect("R-3.56 asserted user", World::Arn(kAna), Present::kAbsent);
  Expect("R-3.57", World::Token(with_mfa), Present::kTrue);
  const std::string without_mfa = SessionToken(AnaKey());
  Expect("R-3.58", World::Token(without_mfa), Present::kFalse);
  const std::string role = AssumedToken(AnaKey(), RoleArn("r"));
  Expect("R-3.61 role", World::Token(role), Present::kFalse);
  const std::string role_with_mfa = AssumedToken(AnaKey(), assume_with_mfa);
  Expect("R-3.61 role, assumed with a code", World::Token(role_with_mfa), Present::kFalse);
  const std::string role_by_session = AssumedToken(World::Token(with_mfa), RoleArn("r"));
  Expect("R-3.61 role, assumed by an MFA session", World::Token(role_by_session), Present::kFalse);
  Expect("R-3.61 asserted role session",
         World::Arn("arn:aws:sts::111122223333:assumed-role/r/session"), Present::kFalse);
  const std::string federated = FederationToken(AnaKey(), "fred", everything);
  Expect("R-3.62", World::Token(federated), Present::kFalse);
  const std::string web = WebToken(WebParameters());
  Expect("R-3.63 web identity", World::Token(web), Present::kAbsent);
  MoveToSamlTime();
  const std::string saml = SamlToken(SamlRequest());
  Expect("R-3.63 SAML", World::Token(saml), Present::kAbsent);
}

TEST_F(MfaDecisionsTest, AgeIsInWholeSecondsSinceTheCode) {  // R-3.57, R-3.71
  const std::string token = MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
  world.clock.Advance(absl::Seconds(3599));
  EXPECT_EQ(DecideToken(token, "mfa:A71"), Effect::kAllow);
  world.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(DecideToken(token, "mfa:A71"), Effect::kImplicitDeny);
  EXPECT_EQ(DecideToken(token, "mfa:A65"), Effect::kAllow);
}

struct TrustRow {
  std::string_view name;
  std::string_view condition;  // Of the trust policy, and of the caller's policy.
};

// R-3.59, R-3.60, R-4.60: the keys of the AssumeRole call itself, on both sides of it.
TEST_F(MfaDecisionsTest, OfTheCallThatAssumesTheRole) {
  const TrustRow rows[] = {
      {"present", R"({"Bool":{"aws:MultiFactorAuthPresent":"true"}})"},
      {"age 0", R"({"NumericEquals":{"aws:MultiFactorAuthAge":"0"}})"},
  };
  world.Role(kAccount, "strict", Trust(kAna));
  for (const TrustRow& row : rows) {
    for (const bool in_trust : {true, false}) {
      const std::string name = base::Concat({row.name, in_trust ? ", trust" : ", identity"});
      store::RoleDefinition& strict = RoleNamed("strict");
      SetTrust(&strict,
               in_trust ? Trust(kAna, R"("sts:AssumeRole")", row.condition) : Trust(kAccount));
      World::SetPolicies(&UserNamed("ana"),
                         {in_trust ? Allow("sts:Nothing", "*")
                                   : Conditional("Allow", "sts:AssumeRole", row.condition)});
      world.Publish();
      session::AssumeRoleParameters parameters = World::Parameters(RoleArn("strict"));
      EXPECT_FALSE(world.Assume(AnaKey(), parameters).ok()) << name;  // R-3.60
      const std::string plain = SessionToken(AnaKey());
      EXPECT_FALSE(world.Assume(World::Token(plain), parameters).ok()) << name;
      world.clock.Advance(absl::Seconds(90));
      const std::string with_mfa = MfaSessionToken(AnaKey(), kAnaDevice, kAnaSeed);
      EXPECT_TRUE(world.Assume(World::Token(with_mfa), parameters).ok()) << name;
      world.clock.Advance(absl::Seconds(90));
      parameters.serial_number = std::string(kAnaDevice);
      parameters.token_code = Code(kAnaSeed);
      EXPECT_EQ(Outcome(world.Assume(AnaKey(), parameters).status()), "") << name;
    }
  }
}

}  // namespace
}  // namespace portcullis::engine
