#include "server/query/sts_actions.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/engine/authorization_message.h"
#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kRole = "arn:aws:iam::111122223333:role/path/r";
constexpr std::string_view kPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})";

class StsActionsTest : public QueryTest {
 protected:
  StsActionsTest() {
    engine::World::SetPolicies(&UserNamed("ana"), {engine::Allow("*", "*")});
    world.Role(kAccount, "r", engine::Trust(kAna, kAllStsActions), {engine::Allow("s3:*", "*")})
        .path.text = "/path/";
    world.ManagedPolicy(kAccount, "p", kPolicy);
    world.Publish();
  }

  Fields With(const Fields& more) const {
    Fields fields = {{"RoleArn", kRole}, {"RoleSessionName", "session"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  Reply Assume(const Fields& more) const { return Sts(Ana(), "AssumeRole", With(more)); }
};

TEST_F(StsActionsTest, AssumeRoleAnswersWithEverything) {  // R-5.28, spec 5
  const Reply reply = Assume({{"Policy", kPolicy}, {"SourceIdentity", "Ana"}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(reply.body,
              StartsWith("<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                         "<AssumeRoleResult><Credentials><AccessKeyId>ASIA"));
  EXPECT_EQ(reply.Text("Expiration"), "2023-11-14T23:13:30Z") << "an hour by default";
  EXPECT_EQ(reply.Text("AssumedRoleUser"),
            "<AssumedRoleId>" + reply.Text("AssumedRoleId") +
                "</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/r/session</Arn>");
  EXPECT_THAT(reply.Text("AssumedRoleId"), HasSubstr(":session"));
  EXPECT_NE(reply.Text("PackedPolicySize"), "");
  EXPECT_EQ(reply.Text("SourceIdentity"), "Ana");
  EXPECT_EQ(reply.Text("SessionTokenSize"), std::to_string(reply.Text("SessionToken").size()));
  EXPECT_EQ(reply.Text("SessionTokenUtilization").size(), 1u);
  EXPECT_THAT(Assume({}).body, Not(HasSubstr("SourceIdentity")));
  EXPECT_THAT(Assume({}).body, Not(HasSubstr("PackedPolicySize")));
}

TEST_F(StsActionsTest, AssumeRoleTakesEveryParameter) {  // Section 5.3
  // Each is right or not by itself, so what the engine says tells that it got it.
  const struct {
    Fields fields;
    const char* outcome;
    const char* message;
  } cases[] = {
      {{{"DurationSeconds", "900"}}, "200", ""},
      {{{"DurationSeconds", "899"}},
       "400 ValidationError",
       "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy "
       "constraint: Member must have value greater than or equal to 900"},
      {{{"DurationSeconds", "3601"}},
       "400 ValidationError",
       "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
      {{{"DurationSeconds", "1h"}}, "400 ValidationError", "Member must be an integer"},
      {{{"Policy", "{"}}, "400 MalformedPolicyDocument", ""},
      {{{"Policy", ""}}, "400 ValidationError", "at 'policy' failed"},
      {{{"PolicyArns.member.1.arn", "arn:aws:iam::111122223333:policy/p"}}, "200", ""},
      {{{"PolicyArns.member.1.arn", "short"}}, "400 ValidationError", "policyArns.1.member.arn"},
      {{{"PolicyArns.member.1.Arn", "arn:aws:iam::111122223333:policy/p"}},
       "400 ValidationError",
       "policyArns.1.member.arn"},
      {{{"PolicyArns.member.1", "arn:aws:iam::111122223333:policy/p"}},
       "400 ValidationError",
       "policyArns.1.member.arn"},
      {{{"PolicyArns.1.arn", "arn:aws:iam::111122223333:policy/p"}},
       "400 InvalidQueryParameter",
       ""},
      {{{"Tags.member.1.Key", "team"}, {"Tags.member.1.Value", ""}}, "200", ""},
      {{{"Tags.member.1.Key", "team"}}, "400 ValidationError", "'tags.1.member.value'"},
      {{{"Tags.member.1.Value", "red"}}, "400 ValidationError", "'tags.1.member.key'"},
      {{{"Tags.member.1.Key", "a"},
        {"Tags.member.1.Value", "1"},
        {"Tags.member.2.Key", "A"},
        {"Tags.member.2.Value", "2"}},
       "400 InvalidParameterValue",
       ""},
      {{{"Tags.member.1.Key", "team"},
        {"Tags.member.1.Value", "red"},
        {"TransitiveTagKeys.member.1", "team"}},
       "200",
       ""},
      {{{"TransitiveTagKeys.member.1", "team"}}, "400 InvalidParameterValue", ""},
      {{{"TransitiveTagKeys.member.1.Key", "team"}},
       "400 ValidationError",
       "'transitiveTagKeys.1.member'"},
      {{{"ExternalId", "x"}}, "400 ValidationError", "'externalId'"},
      {{{"SourceIdentity", "x"}}, "400 ValidationError", "'sourceIdentity'"},
      {{{"SerialNumber", "arn:aws:iam::111122223333:mfa/ana"}, {"TokenCode", "000"}},
       "400 ValidationError",
       "'tokenCode'"},
      {{{"ProvidedContexts.member.1.ProviderArn",
         "arn:aws:iam::aws:contextProvider/IdentityCenter"},
        {"ProvidedContexts.member.1.ContextAssertion", "abcd"}},
       "400 ValidationError",
       "'providedContexts'"},  // R-5.27
      {{{"Unknown", "x"}}, "200", ""},
  };
  for (const auto& c : cases) {
    const Reply reply = Assume(c.fields);
    EXPECT_EQ(reply.Outcome(), c.outcome) << Encode(c.fields) << reply.body;
    EXPECT_THAT(reply.Text("Message"), HasSubstr(c.message)) << Encode(c.fields);
  }
}

TEST_F(StsActionsTest, NamesEveryMemberThatFails) {  // R-5.5
  const Reply reply = Sts(Ana(), "AssumeRole", {{"RoleArn", "x"}, {"RoleSessionName", "a b"}});
  EXPECT_EQ(reply.Outcome(), "400 ValidationError");
  EXPECT_THAT(reply.Text("Message"), StartsWith("2 validation errors detected: Value 'x' at "
                                                "'roleArn' failed to satisfy constraint: "));
  EXPECT_THAT(
      reply.Text("Message"),
      HasSubstr("Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must "
                "satisfy regular expression pattern: [\\w+=,.@-]*"));
}

TEST_F(StsActionsTest, TakesCodesOfDevices) {  // Section 5.9
  SetTrust(&RoleNamed("r"), engine::Trust(kAna, R"("sts:AssumeRole")",
                                          R"({"Bool":{"aws:multifactorAuthPresent":true}})"));
  world.Publish();
  EXPECT_EQ(Assume({}).Outcome(), "403 AccessDenied");
  const std::string code = Code(kAnaSeed);
  EXPECT_EQ(Assume({{"SerialNumber", kAnaDevice}, {"TokenCode", code}}).Outcome(), "200");
  const Reply again = Assume({{"SerialNumber", kAnaDevice}, {"TokenCode", code}});
  EXPECT_EQ(again.Outcome(), "403 AccessDenied");
  EXPECT_EQ(again.Text("Message"),
            "MultiFactorAuthentication failed with invalid MFA one time pass code.");
}

TEST_F(StsActionsTest, GetSessionTokenIsForKeysOnly) {  // R-5.13, R-5.77
  const Reply reply = Sts(Ana(), "GetSessionToken");
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_EQ(reply.Text("Expiration"), "2023-11-15T10:13:30Z");
  const Signer session = {reply.Text("AccessKeyId"), reply.Text("SecretAccessKey"),
                          reply.Text("SessionToken")};
  EXPECT_EQ(Sts(session, "GetCallerIdentity").Text("Arn"), kAna);
  const Reply refused = Sts(session, "GetSessionToken");
  EXPECT_EQ(refused.Outcome(), "403 AccessDenied");
  EXPECT_EQ(refused.Text("Message"), "Cannot call GetSessionToken with session credentials");
  EXPECT_EQ(Iam(session, "ListUsers").Outcome(), "403 InvalidClientTokenId");
  EXPECT_EQ(Sts(Ana(), "GetSessionToken", {{"DurationSeconds", "1"}}).Outcome(),
            "400 ValidationError");
}

TEST_F(StsActionsTest, GetFederationToken) {  // R-5.78
  const Reply reply = Sts(Ana(), "GetFederationToken",
                          {{"Name", "fred"},
                           {"Policy", kPolicy},
                           {"Tags.member.1.Key", "team"},
                           {"Tags.member.1.Value", "red"}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_EQ(reply.Text("FederatedUser"),
            "<FederatedUserId>111122223333:fred</FederatedUserId>"
            "<Arn>arn:aws:sts::111122223333:federated-user/fred</Arn>");
  EXPECT_NE(reply.Text("PackedPolicySize"), "");
  EXPECT_EQ(Sts(Ana(), "GetFederationToken").Outcome(), "400 ValidationError");
}

TEST_F(StsActionsTest, GetAccessKeyInfo) {  // R-5.80
  EXPECT_EQ(Sts(Ana(), "GetAccessKeyInfo", {{"AccessKeyId", kBobKey}}).Text("Account"), kAccount);
  EXPECT_EQ(Sts(Ana(), "GetAccessKeyInfo", {{"AccessKeyId", "short"}}).Outcome(),
            "400 ValidationError");
  EXPECT_EQ(Sts(Ana(), "GetAccessKeyInfo", {{"AccessKeyId", "AKIAUNKNOWNUNKNOWN00"}}).Outcome(),
            "403 InvalidClientTokenId");
}

TEST_F(StsActionsTest, DecodeAuthorizationMessage) {  // R-5.81, R-5.82
  engine::QueryItem item{"s3:GetObject", "arn:aws:s3:::b/x", {}};
  engine::Query query;
  const engine::CallerProof bob = BobKey();
  query.caller = bob;
  query.items = absl::MakeConstSpan(&item, 1);
  query.encode_denials = true;
  query.peer = engine::World::TrustedPeer();
  engine::Answer answer;
  ASSERT_TRUE(authorizer.Authorize(query, &answer).ok());
  const std::string& message = answer.items[0].encoded_message;
  const Reply reply = Sts(Ana(), "DecodeAuthorizationMessage", {{"EncodedMessage", message}});
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(reply.Text("DecodedMessage"),
              StartsWith("{&quot;allowed&quot;:false,&quot;explicitDeny&quot;:false,"));
  EXPECT_EQ(Sts(Ana(), "DecodeAuthorizationMessage", {{"EncodedMessage", "abc"}}).Outcome(),
            "400 InvalidAuthorizationMessageException");
}

}  // namespace
}  // namespace portcullis::query
