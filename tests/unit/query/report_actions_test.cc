#include "server/query/report_actions.h"

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/query/query_world.h"

namespace portcullis::query {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ReportActionsTest : public QueryTest {
 protected:
  ReportActionsTest() {
    engine::World::SetPolicies(&UserNamed("ana"),
                               {engine::Allow("iam:*", "*"), engine::Allow("s3:Get*", "*")});
    world.Publish();
  }
};

TEST_F(ReportActionsTest, PasswordPolicy) {
  const Reply none = Iam(Ana(), "GetAccountPasswordPolicy");
  EXPECT_EQ(none.Outcome(), "404 NoSuchEntity");
  EXPECT_EQ(none.Text("Message"),
            "The Password Policy with domain name 111122223333 cannot be found.");
  store::PasswordPolicy policy;
  policy.minimum_password_length = 12;
  policy.require_numbers = true;
  for (store::AccountDefinition& account : world.definitions().accounts) {
    if (account.id.text == kAccount) account.password_policy.emplace().policy = policy;
  }
  world.Publish();
  EXPECT_EQ(Iam(Ana(), "GetAccountPasswordPolicy").Text("PasswordPolicy"),
            "<MinimumPasswordLength>12</MinimumPasswordLength>"
            "<RequireSymbols>false</RequireSymbols><RequireNumbers>true</RequireNumbers>"
            "<RequireUppercaseCharacters>false</RequireUppercaseCharacters>"
            "<RequireLowercaseCharacters>false</RequireLowercaseCharacters>"
            "<AllowUsersToChangePassword>false</AllowUsersToChangePassword>"
            "<ExpirePasswords>false</ExpirePasswords><HardExpiry>false</HardExpiry>");
}

TEST_F(ReportActionsTest, CredentialReport) {  // spec 10.1
  EXPECT_EQ(Iam(Ana(), "GetCredentialReport").Outcome(), "410 ReportNotPresent");
  const Reply started = Iam(Ana(), "GenerateCredentialReport");
  EXPECT_EQ(started.Text("State"), "STARTED");
  EXPECT_NE(started.Text("Description"), "");
  EXPECT_EQ(Iam(Ana(), "GenerateCredentialReport").Text("State"), "COMPLETE");
  const Reply report = Iam(Ana(), "GetCredentialReport");
  std::string content;
  ASSERT_TRUE(absl::Base64Unescape(report.Text("Content"), &content));
  EXPECT_THAT(content, StartsWith("user,arn,user_creation_time,"));
  EXPECT_THAT(content, HasSubstr("\nana,arn:aws:iam::111122223333:user/ana,"));
  EXPECT_EQ(report.Text("ReportFormat"), "text/csv");
  EXPECT_EQ(report.Text("GeneratedTime"), "2023-11-14T22:13:30Z");
  world.clock.Advance(absl::Hours(4));
  EXPECT_EQ(Iam(Ana(), "GetCredentialReport").Outcome(), "410 ReportExpired");
  EXPECT_EQ(Iam(Bob(), "GetCredentialReport").Outcome(), "403 AccessDenied");
}

TEST_F(ReportActionsTest, AccessKeyLastUsed) {
  EXPECT_EQ(Iam(Ana(), "GetAccessKeyLastUsed", {{"AccessKeyId", kBobKey}})
                .Text("GetAccessKeyLastUsedResult"),
            "<UserName>bob</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName>"
            "<Region>N/A</Region></AccessKeyLastUsed>");
  Sts(Bob(), "GetCallerIdentity");
  EXPECT_EQ(
      Iam(Ana(), "GetAccessKeyLastUsed", {{"AccessKeyId", kBobKey}}).Text("AccessKeyLastUsed"),
      "<LastUsedDate>2023-11-14T22:13:30Z</LastUsedDate><ServiceName>sts</ServiceName>"
      "<Region>us-east-1</Region>");
  EXPECT_EQ(Iam(Ana(), "GetAccessKeyLastUsed").Outcome(), "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetAccessKeyLastUsed", {{"AccessKeyId", "AKIA-not-a-key-id!"}}).Outcome(),
            "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetAccessKeyLastUsed", {{"AccessKeyId", "AKIAUNKNOWNUNKNOWN00"}}).Outcome(),
            "404 NoSuchEntity");
}

TEST_F(ReportActionsTest, ServiceLastAccessed) {  // spec 10.2
  const std::string job = Iam(Ana(), "GenerateServiceLastAccessedDetails",
                              {{"Arn", kAna}, {"Granularity", "ACTION_LEVEL"}})
                              .Text("JobId");
  ASSERT_EQ(job.size(), 36u);
  const Reply first =
      Iam(Ana(), "GetServiceLastAccessedDetails", {{"JobId", job}, {"MaxItems", "1"}});
  ASSERT_EQ(first.Outcome(), "200") << first.body;
  EXPECT_EQ(first.Text("JobStatus"), "COMPLETED");
  EXPECT_EQ(first.Text("JobType"), "ACTION_LEVEL");
  EXPECT_EQ(first.Text("ServiceNamespace"), "iam");
  EXPECT_EQ(first.Text("LastAuthenticatedEntity"), kAna);
  EXPECT_EQ(first.Text("TotalAuthenticatedEntities"), "1");
  EXPECT_EQ(first.Text("ActionName"), "GenerateServiceLastAccessedDetails");
  EXPECT_EQ(first.Text("IsTruncated"), "true");
  const std::string marker = first.Text("Marker");
  const Reply second =
      Iam(Ana(), "GetServiceLastAccessedDetails", {{"JobId", job}, {"Marker", marker}});
  EXPECT_EQ(second.Text("ServiceNamespace"), "s3");
  EXPECT_EQ(second.Text("ServiceName"), "Amazon S3");
  EXPECT_THAT(second.body, Not(HasSubstr("<LastAuthenticated>"))) << "it was not used";
  EXPECT_EQ(second.Text("IsTruncated"), "false");

  const Reply entities = Iam(Ana(), "GetServiceLastAccessedDetailsWithEntities",
                             {{"JobId", job}, {"ServiceNamespace", "iam"}});
  ASSERT_EQ(entities.Outcome(), "200") << entities.body;
  EXPECT_THAT(entities.Text("EntityInfo"),
              StartsWith("<Arn>arn:aws:iam::111122223333:user/ana</Arn><Name>ana</Name>"
                         "<Type>USER</Type><Id>AIDA"));
  EXPECT_EQ(entities.Text("LastAuthenticated"), "2023-11-14T22:13:30Z");

  EXPECT_EQ(Iam(Ana(), "GetServiceLastAccessedDetails", {{"JobId", "short"}}).Outcome(),
            "400 ValidationError");
  EXPECT_EQ(Iam(Ana(), "GetServiceLastAccessedDetails",
                {{"JobId", "01234567-89ab-cdef-0123-456789abcdef"}})
                .Outcome(),
            "404 NoSuchEntity");
  EXPECT_EQ(Iam(Ana(), "GenerateServiceLastAccessedDetails", {{"Arn", kAna}, {"Granularity", "x"}})
                .Outcome(),
            "400 ValidationError");
}

TEST_F(ReportActionsTest, PoliciesGrantingServiceAccess) {
  const Fields asked = {
      {"Arn", kAna}, {"ServiceNamespaces.member.1", "s3"}, {"ServiceNamespaces.member.2", "sqs"}};
  const Reply reply = Iam(Ana(), "ListPoliciesGrantingServiceAccess", asked);
  ASSERT_EQ(reply.Outcome(), "200") << reply.body;
  EXPECT_THAT(reply.Text("PoliciesGrantingServiceAccess"),
              StartsWith("<member><ServiceNamespace>s3</ServiceNamespace><Policies><member>"
                         "<PolicyName>"));
  EXPECT_THAT(reply.body, HasSubstr("<PolicyType>INLINE</PolicyType><EntityType>USER</EntityType>"
                                    "<EntityName>ana</EntityName>"));
  EXPECT_THAT(reply.body,
              HasSubstr("<ServiceNamespace>sqs</ServiceNamespace><Policies/></member>"));
  EXPECT_EQ(reply.Text("IsTruncated"), "false");
  Fields again = asked;
  again.emplace_back("Marker", "1");
  EXPECT_EQ(Iam(Ana(), "ListPoliciesGrantingServiceAccess", again).Outcome(), "400 InvalidInput");
  EXPECT_EQ(Iam(Ana(), "ListPoliciesGrantingServiceAccess", {{"Arn", kAna}}).Outcome(),
            "400 ValidationError");
}

}  // namespace
}  // namespace portcullis::query
