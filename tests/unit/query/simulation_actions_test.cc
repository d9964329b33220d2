#include "server/query/simulation_actions.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",)"
    R"("Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}}})";

class SimulationActionsTest : public QueryTest {
 protected:
  SimulationActionsTest() {
    engine::World::SetPolicies(&UserNamed("ana"), {engine::Allow("iam:Simulate*", "*")});
    engine::World::SetPolicies(&UserNamed("bob"), {engine::Allow("sqs:*", "*")});
    world.Publish();
  }
};

TEST_F(SimulationActionsTest, CustomPolicy) {  // R-9.16 to R-9.20
  const Reply reply = Iam(Ana(), "SimulateCustomPolicy",
                          {{"PolicyInputList.member.1", kPolicy},
                           {"ActionNames.member.1", "s3:GetObject"},
                           {"ActionNames.member.2", "s3:PutObject"},
                           {"ContextEntries.member.1.ContextKeyName", "aws:PrincipalTag/team"},
                           {"ContextEntries.member.1.ContextKeyType", "string"},
                           {"ContextEntries.member.1.ContextKeyValues.member.1", "red"}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(
      reply.body,
      HasSubstr("<EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName>"
                "<EvalResourceName>*</EvalResourceName><EvalDecision>allowed</EvalDecision>"
                "<MatchedStatements><member><SourcePolicyId>PolicyInputList.1</SourcePolicyId>"
                "<SourcePolicyType>IAM Policy</SourcePolicyType>"
                "<StartPosition><Line>1</Line><Column>38</Column></StartPosition>"));
  EXPECT_THAT(reply.body, HasSubstr("<EvalDecision>implicitDeny</EvalDecision>"
                                    "<MatchedStatements/><MissingContextValues/></member>"));
  EXPECT_THAT(reply.body, HasSubstr("<IsTruncated>false</IsTruncated>"));
  EXPECT_THAT(reply.body, Not(HasSubstr("ResourceSpecificResults")));
}

TEST_F(SimulationActionsTest, TellsAboutEachResource) {  // R-9.20 to R-9.23
  const Reply reply = Iam(Ana(), "SimulateCustomPolicy",
                          {{"PolicyInputList.member.1", kPolicy},
                           {"PermissionsBoundaryPolicyInputList.member.1", kPolicy},
                           {"ActionNames.member.1", "s3:GetObject"},
                           {"ResourceArns.member.1", "arn:aws:s3:::b/x"}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(reply.body,
              HasSubstr("<MissingContextValues><member>aws:PrincipalTag/team</member>"
                        "</MissingContextValues><PermissionsBoundaryDecisionDetail>"
                        "<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>"
                        "</PermissionsBoundaryDecisionDetail><EvalDecisionDetails/>"
                        "<ResourceSpecificResults><member>"
                        "<EvalResourceName>arn:aws:s3:::b/x</EvalResourceName>"
                        "<EvalResourceDecision>implicitDeny</EvalResourceDecision>"));
}

TEST_F(SimulationActionsTest, PrincipalPolicyInPages) {  // R-9.2, R-9.11
  Fields fields = {{"PolicySourceArn", "arn:aws:iam::111122223333:user/bob"},
                   {"ActionNames.member.1", "sqs:SendMessage"},
                   {"ActionNames.member.2", "s3:GetObject"},
                   {"MaxItems", "1"}};
  const Reply first = Iam(Ana(), "SimulatePrincipalPolicy", fields);
  ASSERT_EQ(first.Outcome(), "200") << first.body;
  EXPECT_EQ(first.Text("EvalActionName"), "sqs:SendMessage");
  EXPECT_EQ(first.Text("EvalDecision"), "allowed");
  EXPECT_EQ(first.Text("IsTruncated"), "true");
  const std::string marker = first.Text("Marker");
  fields.emplace_back("Marker", marker);
  const Reply second = Iam(Ana(), "SimulatePrincipalPolicy", fields);
  EXPECT_EQ(second.Text("EvalActionName"), "s3:GetObject");
  EXPECT_EQ(second.Text("EvalDecision"), "implicitDeny");
  EXPECT_EQ(second.Text("IsTruncated"), "false");
}

TEST_F(SimulationActionsTest, RefusesWhatItCannotTry) {  // R-9.24, spec 6
  const struct {
    const char* action;
    Fields fields;
    const char* outcome;
  } cases[] = {
      {"SimulateCustomPolicy", {}, "400 ValidationError"},
      {"SimulateCustomPolicy", {{"PolicyInputList.member.1", kPolicy}}, "400 ValidationError"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", "{"}, {"ActionNames.member.1", "s3:GetObject"}},
       "400 InvalidInput"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", kPolicy}, {"ActionNames.member.1", "s3:*"}},
       "400 InvalidInput"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", kPolicy},
        {"ActionNames.member.1", "s3:GetObject"},
        {"ContextEntries.member.1.ContextKeyName", "aws:username"},
        {"ContextEntries.member.1.ContextKeyType", "text"}},
       "400 ValidationError"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", kPolicy},
        {"ActionNames.member.1", "s3:GetObject"},
        {"ContextEntries.1.ContextKeyName", "aws:username"}},
       "400 InvalidQueryParameter"},
      {"SimulateCustomPolicy",
       {{"PolicyInputList.member.1", kPolicy},
        {"ActionNames.member.1", "s3:GetObject"},
        {"Marker", "7"}},
       "400 InvalidInput"},
      {"SimulatePrincipalPolicy",
       {{"ActionNames.member.1", "s3:GetObject"}},
       "400 ValidationError"},
      {"SimulatePrincipalPolicy",
       {{"PolicySourceArn", "arn:aws:iam::111122223333:user/none"},
        {"ActionNames.member.1", "s3:GetObject"}},
       "404 NoSuchEntity"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Iam(Ana(), c.action, c.fields).Outcome(), c.outcome) << Encode(c.fields);
  }
  EXPECT_EQ(Iam(Bob(), "SimulateCustomPolicy",
                {{"PolicyInputList.member.1", kPolicy}, {"ActionNames.member.1", "s3:GetObject"}})
                .Outcome(),
            "403 AccessDenied");
}

}  // namespace
}  // namespace portcullis::query
