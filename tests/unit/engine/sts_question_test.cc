#include "server/engine/sts_question.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/engine/sts_world.h"

namespace portcullis::engine {
namespace {

class StsQuestionTest : public StsTest {
 protected:
  Caller Identify(const CallerProof& proof) {
    snapshot_ = world.store.Current();
    const auto caller =
        IdentifyCaller(proof, peer_, *snapshot_, world.revocations.get(), world.clock.Now());
    EXPECT_TRUE(caller.ok()) << caller.status();
    return caller.ok() ? *caller : Caller();
  }

  // The question of `caller` about `role`; refers to both.
  StsQuestion About(const Caller& caller, std::string_view role) {
    StsQuestion question;
    question.caller = &caller;
    question.peer = &peer_;
    question.resource = role;
    question.resource_is_role = true;
    question.role = snapshot_->FindRole(role);
    question.now = world.clock.Now();
    return question;
  }

  absl::Status Answer(const StsQuestion& question, std::string_view action = "sts:AssumeRole") {
    StsAsker asker(question, *snapshot_);
    const absl::Status built = asker.BuildContext();
    return built.ok() ? asker.Ask(action) : built;
  }
  absl::Status CallersAnswer(const StsQuestion& question, std::string_view action) {
    StsAsker asker(question, *snapshot_);
    const absl::Status built = asker.BuildContext();
    return built.ok() ? asker.AskCallersSide(action) : built;
  }

  // A session of role `first` with an inherited tag, an own one, and a source identity.
  std::string ChainToken() {
    session::AssumeRoleParameters parameters = World::Parameters(RoleArn("first"));
    parameters.tags = {{"Team", "red"}, {"own", "x"}};
    parameters.transitive_tag_keys = {"Team"};
    parameters.source_identity = "ana";
    return AssumedToken(AnaKey(), parameters);
  }

  const Peer peer_ = World::TrustedPeer();
  std::shared_ptr<const store::Snapshot> snapshot_;
};

// What is asked: by a session with an inherited tag and source identity, passing another tag.
struct Row {
  std::string_view rule;
  std::string_view condition;  // Of the trust policy.
  bool matches;
};
constexpr Row kRows[] = {
    {"R-4.59 request tag, passed", R"({"StringEquals":{"aws:RequestTag/cost":"7"}})", true},
    {"R-4.59 request tag, inherited", R"({"StringEquals":{"aws:RequestTag/Team":"red"}})", true},
    {"R-4.59 not the other tag", R"({"Null":{"aws:RequestTag/own":"true"}})", true},
    {"R-3.31 an empty tag is there", R"({"StringEquals":{"aws:RequestTag/empty":""}})", true},
    {"R-4.59 keys", R"({"ForAllValues:StringEquals":{"aws:TagKeys":["cost","empty","Team"]}})",
     true},
    {"R-4.59 keys without the inherited one",
     R"({"ForAllValues:StringEquals":{"aws:TagKeys":["cost","empty"]}})", false},
    {"R-4.59 inherited tag for the role's",
     R"({"StringEquals":{"aws:ResourceTag/team":"red","iam:ResourceTag/Team":"red"}})", true},
    {"R-4.59 not for the role's other tag", R"({"StringEquals":{"aws:ResourceTag/stage":"prod"}})",
     true},
    {"R-3.5 principal tags are the caller's", R"({"StringEquals":{"aws:PrincipalTag/own":"x"}})",
     true},
    {"R-3.5 and not the new session's", R"({"Null":{"aws:PrincipalTag/cost":"true"}})", true},
    {"R-3.39 inherited: both keys",
     R"({"StringEquals":{"sts:SourceIdentity":"ana","aws:SourceIdentity":"ana"}})", true},
    {"R-3.40 only what is requested",
     R"({"ForAllValues:StringEquals":{"sts:TransitiveTagKeys":["cost"]},)"
     R"("Null":{"sts:TransitiveTagKeys":"false"}})",
     true},
    {"R-3.37", R"({"StringEquals":{"sts:ExternalId":"12345"}})", true},
    {"R-3.38", R"({"StringEquals":{"sts:RoleSessionName":"s1"}})", true},
    {"R-3.41 no duration", R"({"Null":{"sts:DurationSeconds":"true"}})", true},
    {"R-3.5 caller", R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/first"}})",
     true},
    {"R-3.59",
     R"({"Bool":{"aws:MultiFactorAuthPresent":"true"},)"
     R"("NumericEquals":{"aws:MultiFactorAuthAge":"0"}})",
     true},
    {"R-3.30", R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})", true},
    {"R-3.33", R"({"StringEquals":{"aws:ResourceAccount":"111122223333"}})", true},
};

TEST_F(StsQuestionTest, WhatTheTrustPolicySees) {
  world.Role(kAccount, "first", Trust(kAna, kAllStsActions));
  world.Role(kAccount, "r", Trust(kAna)).tags = {{{"Team", {1, 1}}, {"blue", {1, 1}}},
                                                 {{"stage", {1, 1}}, {"prod", {1, 1}}}};
  world.Publish();
  const std::string token = ChainToken();
  const std::vector<session::TagParameter> tags = {{"cost", "7"}, {"empty", ""}};
  const std::vector<std::string> transitive = {"cost"};
  for (const Row& row : kRows) {
    SetTrust(&RoleNamed("r"), Trust(RoleArn("first"), kAllStsActions, row.condition));
    world.Publish();
    const Caller caller = Identify(World::Token(token));
    const std::string arn = RoleArn("r");
    StsQuestion question = About(caller, arn);
    question.tags = tags;
    question.transitive_tag_keys = transitive;
    question.external_id = "12345";
    question.role_session_name = "s1";
    question.mfa_verified = true;
    for (const std::string_view action :
         {"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}) {
      EXPECT_EQ(Answer(question, action).ok(), row.matches) << row.rule << " " << action;
    }
  }
}

TEST_F(StsQuestionTest, AbsentIsNotEmpty) {  // R-3.1, R-5.41
  world.Role(kAccount, "r",
             Trust(kAna, kAllStsActions,
                   R"({"Null":{"sts:ExternalId":"true","sts:SourceIdentity":"true",)"
                   R"("aws:SourceIdentity":"true","aws:TagKeys":"true",)"
                   R"("sts:TransitiveTagKeys":"true","aws:MultiFactorAuthPresent":"true"}})"));
  world.Publish();
  const Caller caller = Identify(AnaKey());
  const std::string arn = RoleArn("r");
  EXPECT_EQ(Outcome(Answer(About(caller, arn))), "");
}

TEST_F(StsQuestionTest, WhatTheCallersSideSays) {  // R-4.58
  world.Role(kAccount, "first", Trust(kAna, kAllStsActions), {Allow("sts:AssumeRole", "*")});
  world.Role(kAccount, "r", Trust(RoleArn("first"), kAllStsActions));
  world.Publish();
  const std::string token = ChainToken();
  const Caller caller = Identify(World::Token(token));
  const std::string arn = RoleArn("r");
  const StsQuestion question = About(caller, arn);
  // The trust policy names the role, so in one account it suffices; by itself it does not.
  EXPECT_TRUE(Answer(question, "sts:TagSession").ok());
  EXPECT_EQ(Outcome(CallersAnswer(question, "sts:TagSession")),
            "PERMISSION_DENIED AccessDenied: User: "
            "arn:aws:sts::111122223333:assumed-role/first/session is not authorized to perform: "
            "sts:TagSession on resource: arn:aws:iam::111122223333:role/r because no "
            "identity-based policy allows the sts:TagSession action");
  EXPECT_TRUE(CallersAnswer(question, "sts:AssumeRole").ok());
}

// R-4.79: what is wrong with one's own policies is told, and is the same for a role that is not
// there; what is wrong on the role's side must not tell whether it is there.
TEST_F(StsQuestionTest, ARoleThatIsNotThereAnswersAsOneThatIsClosed) {
  world.Role(kOther, "closed", Trust(kOther));
  for (const bool permitted : {false, true}) {
    if (permitted) World::SetPolicies(&UserNamed("ana"), {Allow("sts:*", "*")});
    world.Publish();
    const Caller caller = Identify(AnaKey());
    std::vector<std::string> answers;
    for (const std::string_view name : {"closed", "absent"}) {
      const std::string arn = RoleArn(name, kOther);
      std::string outcome = Outcome(Answer(About(caller, arn)));
      const size_t at = outcome.find(arn);
      ASSERT_NE(at, std::string::npos) << outcome;
      answers.push_back(outcome.replace(at, arn.size(), "ROLE"));
    }
    EXPECT_EQ(answers[0], answers[1]);
    EXPECT_EQ(answers[0].find("identity-based") != std::string::npos, !permitted) << answers[0];
  }
}

TEST_F(StsQuestionTest, WhatAClientMayNotSupply) {  // R-3.1
  world.Role(kAccount, "r", Trust(kAna));
  world.Publish();
  const Caller caller = Identify(AnaKey());
  const std::string arn = RoleArn("r");
  for (const std::string_view key :
       {"sts:ExternalId", "aws:MultiFactorAuthPresent", "aws:RequestTag/team", "AWS:TagKeys",
        "aws:ResourceTag/team", "iam:ResourceTag/team", "aws:PrincipalArn",
        "oidc.example.com/id/1:sub", "saml:sub", "sts:RoleSessionName"}) {
    const std::string_view values[] = {"x"};
    const ContextInput input{key, values, false};
    StsQuestion question = About(caller, arn);
    question.context = absl::MakeConstSpan(&input, 1);
    question.external_id = "12345";
    EXPECT_EQ(Answer(question).code(), absl::StatusCode::kInvalidArgument) << key;
  }
}

TEST_F(StsQuestionTest, WhatACallerHandsOn) {  // R-5.47, R-5.52
  world.Role(kAccount, "first", Trust(kAna, kAllStsActions));
  world.Publish();
  const std::string token = ChainToken();
  const Caller chained = Identify(World::Token(token));
  EXPECT_EQ(TransitiveTags(chained), (std::vector<session::SessionTag>{{"Team", "red", true}}));
  EXPECT_EQ(InheritedSourceIdentity(chained), "ana");
  const Caller user = Identify(AnaKey());
  EXPECT_TRUE(TransitiveTags(user).empty());
  EXPECT_EQ(InheritedSourceIdentity(user), "");
}

TEST_F(StsQuestionTest, FederatedUsersAreNoRoles) {  // R-4.64
  World::SetPolicies(&UserNamed("ana"), {Allow("sts:GetFederationToken", "*")});
  world.Publish();
  const Caller ana = Identify(AnaKey());
  StsQuestion question = About(ana, "arn:aws:sts::111122223333:federated-user/fred");
  question.resource_is_role = false;
  EXPECT_EQ(Outcome(Answer(question, "sts:GetFederationToken")), "");
  const Caller bob = Identify(BobKey());
  question.caller = &bob;
  EXPECT_EQ(base::ReasonOf(Answer(question, "sts:GetFederationToken")), "AccessDenied");
}

}  // namespace
}  // namespace portcullis::engine
