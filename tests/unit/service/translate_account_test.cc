#include "server/service/translate_account.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::service {
namespace {

constexpr char kRole[] = "arn:aws:iam::111122223333:role/r";

TEST(ToPage, HasTheDefaultAndTheLimitsOfIam) {
  v1::GetServiceLastAccessedDetailsRequest request;
  EXPECT_EQ(ToPage(request)->items_max, 100u);
  for (const int right : {1, 1000}) {
    request.set_max_items(right);
    EXPECT_EQ(ToPage(request)->items_max, static_cast<size_t>(right));
  }
  for (const int wrong : {-1, 1001}) {
    request.set_max_items(wrong);
    EXPECT_EQ(base::ReasonOf(ToPage(request).status()), "InvalidInput") << wrong;
  }
}

TEST(ToPage, RefusesForeignMarkers) {
  v1::GetServiceLastAccessedDetailsWithEntitiesRequest request;
  for (const char* wrong : {"0", "-1", "x", "1x", " 1", "99999999999999999999"}) {
    request.set_marker(wrong);
    EXPECT_EQ(base::ReasonOf(ToPage(request).status()), "InvalidInput") << wrong;
  }
  request.set_marker("3");
  EXPECT_EQ(ToPage(request)->begin, 3u);
}

TEST(ToParameters, CarriesWhoseSessionsEnd) {
  using engine::RevocationKind;
  v1::RevokeSessionsRequest request;
  EXPECT_EQ(ToParameters(request).kind, RevocationKind::kNone);
  request.set_role_arn(kRole);
  EXPECT_EQ(ToParameters(request).kind, RevocationKind::kRole);
  EXPECT_EQ(ToParameters(request).subject, kRole);
  EXPECT_EQ(ToParameters(request).issued_before, std::nullopt);
  request.set_user_arn("arn:user");
  EXPECT_EQ(ToParameters(request).kind, RevocationKind::kUser);
  EXPECT_EQ(ToParameters(request).subject, "arn:user");
  request.set_access_key_id("AKIA");
  EXPECT_EQ(ToParameters(request).kind, RevocationKind::kAccessKey);
  EXPECT_EQ(ToParameters(request).subject, "AKIA");
  request.set_session_access_key_id("ASIA");
  EXPECT_EQ(ToParameters(request).kind, RevocationKind::kSession);
  EXPECT_EQ(ToParameters(request).subject, "ASIA");
  request.set_reason("why");
  request.mutable_issued_before()->set_seconds(7);
  request.mutable_issued_before()->set_nanos(500);
  EXPECT_EQ(ToParameters(request).reason, "why");
  EXPECT_EQ(ToParameters(request).issued_before, absl::FromUnixNanos(7'000'000'500));
}

TEST(ToGranularity, IsByServiceUnlessAsked) {
  EXPECT_EQ(*ToGranularity(v1::ACCESS_GRANULARITY_UNSPECIFIED), engine::Granularity::kServiceLevel);
  EXPECT_EQ(*ToGranularity(v1::ACCESS_GRANULARITY_SERVICE_LEVEL),
            engine::Granularity::kServiceLevel);
  EXPECT_EQ(*ToGranularity(v1::ACCESS_GRANULARITY_ACTION_LEVEL), engine::Granularity::kActionLevel);
  EXPECT_FALSE(ToGranularity(static_cast<v1::AccessGranularity>(3)).ok());
}

TEST(ToProto, Revocations) {
  engine::RevokedSessions revoked;
  revoked.revocation = {kRole, absl::FromUnixSeconds(11), "why", "", "arn:me"};
  revoked.policy_entry = "- RoleArn: x\n";
  revoked.durable = true;
  v1::RevokeSessionsResponse response;
  ToProto(revoked, &response);
  EXPECT_EQ(response.revocation().subject(), kRole);
  EXPECT_EQ(response.revocation().issued_before().seconds(), 11);
  EXPECT_EQ(response.revocation().reason(), "why");
  EXPECT_EQ(response.revocation().created_by(), "arn:me");
  EXPECT_EQ(response.policy_entry(), "- RoleArn: x\n");
  EXPECT_TRUE(response.durable());

  v1::ListRevocationsResponse list;
  ToProto({revoked.revocation, {"ASIA", std::nullopt, "", "a.yaml:7", ""}}, &list);
  ASSERT_EQ(list.revocations_size(), 2);
  EXPECT_EQ(list.revocations(0).subject(), kRole);
  EXPECT_FALSE(list.revocations(1).has_issued_before());
  EXPECT_EQ(list.revocations(1).source(), "a.yaml:7");
}

TEST(ToProto, PasswordPolicies) {
  engine::PasswordPolicy policy;
  policy.minimum_password_length = 14;
  policy.require_numbers = true;
  policy.require_lowercase_characters = true;
  policy.max_password_age_days = 90;
  policy.password_reuse_prevention = 24;
  v1::GetAccountPasswordPolicyResponse response;
  ToProto(policy, &response);
  const v1::PasswordPolicy& message = response.password_policy();
  EXPECT_EQ(message.minimum_password_length(), 14);
  EXPECT_FALSE(message.require_symbols());
  EXPECT_TRUE(message.require_numbers());
  EXPECT_FALSE(message.require_uppercase_characters());
  EXPECT_TRUE(message.require_lowercase_characters());
  EXPECT_FALSE(message.allow_users_to_change_password());
  EXPECT_TRUE(message.expire_passwords());
  EXPECT_EQ(message.max_password_age(), 90);
  EXPECT_EQ(message.password_reuse_prevention(), 24);
  EXPECT_FALSE(message.hard_expiry());
  policy = {};
  policy.require_symbols = true;
  policy.require_uppercase_characters = true;
  policy.allow_users_to_change_password = true;
  policy.hard_expiry = true;
  v1::GetAccountPasswordPolicyResponse second;
  ToProto(policy, &second);
  const v1::PasswordPolicy& other = second.password_policy();
  EXPECT_TRUE(other.require_symbols());
  EXPECT_FALSE(other.require_numbers());
  EXPECT_TRUE(other.require_uppercase_characters());
  EXPECT_FALSE(other.require_lowercase_characters());
  EXPECT_TRUE(other.allow_users_to_change_password());
  EXPECT_FALSE(other.expire_passwords());
  EXPECT_TRUE(other.hard_expiry());
}

TEST(ToProto, CredentialReports) {
  v1::GenerateCredentialReportResponse generated;
  ToProto(engine::CredentialReportState{true, "new"}, &generated);
  EXPECT_EQ(generated.state(), "STARTED");
  EXPECT_EQ(generated.description(), "new");
  ToProto(engine::CredentialReportState{}, &generated);
  EXPECT_EQ(generated.state(), "COMPLETE");
  v1::GetCredentialReportResponse response;
  ToProto(engine::CredentialReport{"user,arn", absl::FromUnixSeconds(5)}, &response);
  EXPECT_EQ(response.content(), "user,arn");
  EXPECT_EQ(response.report_format(), "text/csv");
  EXPECT_EQ(response.generated_time().seconds(), 5);
}

TEST(ToProto, LastUsesOfKeys) {
  engine::AccessKeyLastUsed used;
  used.user_name = "ana";
  v1::GetAccessKeyLastUsedResponse response;
  ToProto(used, &response);
  EXPECT_EQ(response.user_name(), "ana");
  EXPECT_FALSE(response.has_last_used_date());
  EXPECT_EQ(response.region(), "N/A");
  EXPECT_EQ(response.service_name(), "N/A");
  used.last = absl::FromUnixSeconds(5);
  used.region = "eu-west-1";
  used.service = "s3";
  ToProto(used, &response);
  EXPECT_EQ(response.last_used_date().seconds(), 5);
  EXPECT_EQ(response.region(), "eu-west-1");
  EXPECT_EQ(response.service_name(), "s3");
}

engine::LastAccessedDetails Details() {
  engine::LastAccessedDetails details;
  details.granularity = engine::Granularity::kActionLevel;
  details.created = absl::FromUnixSeconds(1);
  details.completed = absl::FromUnixSeconds(2);
  details.report.members = {{"arn:ana", "ana", "USER", "AIDA", "/"},
                            {"arn:bob", "bob", "USER", "AIDB", "/x/"}};
  const engine::MemberAccess bob{1, absl::FromUnixSeconds(9), "eu-west-1"};
  const engine::MemberAccess ana{0, absl::FromUnixSeconds(8), ""};
  details.report.services = {{"own", {}, {}}, {"s3", {bob, ana}, {{"GetObject", ana}}}};
  return details;
}

TEST(ToProto, ServicesLastAccessed) {
  v1::GetServiceLastAccessedDetailsResponse response;
  ASSERT_TRUE(ToProto(Details(), {}, &response).ok());
  EXPECT_EQ(response.job_status(), "COMPLETED");
  EXPECT_EQ(response.job_type(), v1::ACCESS_GRANULARITY_ACTION_LEVEL);
  EXPECT_EQ(response.job_creation_date().seconds(), 1);
  EXPECT_EQ(response.job_completion_date().seconds(), 2);
  EXPECT_FALSE(response.is_truncated());
  ASSERT_EQ(response.services_last_accessed_size(), 2);
  const v1::ServiceLastAccessed& unused = response.services_last_accessed(0);
  EXPECT_EQ(unused.service_name(), "own");
  EXPECT_FALSE(unused.has_last_authenticated());
  EXPECT_EQ(unused.total_authenticated_entities(), 0);
  const v1::ServiceLastAccessed& used = response.services_last_accessed(1);
  EXPECT_EQ(used.service_name(), "Amazon S3");
  EXPECT_EQ(used.service_namespace(), "s3");
  EXPECT_EQ(used.last_authenticated().seconds(), 9);
  EXPECT_EQ(used.last_authenticated_entity(), "arn:bob");
  EXPECT_EQ(used.last_authenticated_region(), "eu-west-1");
  EXPECT_EQ(used.total_authenticated_entities(), 2);
  ASSERT_EQ(used.tracked_actions_last_accessed_size(), 1);
  const v1::ActionLastAccessed& action = used.tracked_actions_last_accessed(0);
  EXPECT_EQ(action.action_name(), "GetObject");
  EXPECT_EQ(action.last_accessed_entity(), "arn:ana");
  EXPECT_EQ(action.last_accessed_time().seconds(), 8);
  EXPECT_EQ(action.last_accessed_region(), "");
}

TEST(ToProto, PagesThroughAllServicesOnce) {
  engine::LastAccessedDetails details;
  for (int i = 0; i < 25; ++i) details.report.services.push_back({"s" + std::to_string(i), {}, {}});
  v1::GetServiceLastAccessedDetailsRequest request;
  request.set_max_items(10);
  std::vector<std::string> seen;
  for (int page = 0; page < 3; ++page) {
    v1::GetServiceLastAccessedDetailsResponse response;
    ASSERT_TRUE(ToProto(details, *ToPage(request), &response).ok());
    for (const auto& service : response.services_last_accessed()) {
      seen.push_back(service.service_namespace());
    }
    EXPECT_EQ(response.is_truncated(), page < 2);
    EXPECT_EQ(response.marker().empty(), page == 2);
    request.set_marker(response.marker());
  }
  ASSERT_EQ(seen.size(), 25u);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], "s" + std::to_string(i));
  v1::GetServiceLastAccessedDetailsResponse response;
  EXPECT_EQ(base::ReasonOf(ToProto(details, {25, 10}, &response)), "InvalidInput");
}

TEST(ToProto, Entities) {
  engine::EntityAccessDetails details;
  details.created = absl::FromUnixSeconds(1);
  details.completed = absl::FromUnixSeconds(2);
  details.entities = {{{"arn:bob", "bob", "USER", "AIDB", "/x/"}, absl::FromUnixSeconds(9)},
                      {{"arn:r", "r", "ROLE", "AROA", "/"}, std::nullopt}};
  v1::GetServiceLastAccessedDetailsWithEntitiesResponse response;
  ASSERT_TRUE(ToProto(details, {}, &response).ok());
  EXPECT_EQ(response.job_status(), "COMPLETED");
  EXPECT_EQ(response.job_creation_date().seconds(), 1);
  ASSERT_EQ(response.entity_details_size(), 2);
  const v1::EntityDetails& bob = response.entity_details(0);
  EXPECT_EQ(bob.arn(), "arn:bob");
  EXPECT_EQ(bob.name(), "bob");
  EXPECT_EQ(bob.type(), "USER");
  EXPECT_EQ(bob.id(), "AIDB");
  EXPECT_EQ(bob.path(), "/x/");
  EXPECT_EQ(bob.last_authenticated().seconds(), 9);
  EXPECT_FALSE(response.entity_details(1).has_last_authenticated());
  EXPECT_EQ(response.entity_details(1).type(), "ROLE");
}

TEST(ToProto, GrantingPolicies) {
  const std::vector<engine::ServiceGrants> grants = {
      {"s3", {{"Readers", "arn:p", "", ""}, {"own", "", "GROUP", "g"}}}, {"ec2", {}}};
  v1::ListPoliciesGrantingServiceAccessResponse response;
  ToProto(grants, &response);
  ASSERT_EQ(response.policies_granting_service_access_size(), 2);
  const v1::PoliciesGrantingServiceAccess& s3 = response.policies_granting_service_access(0);
  EXPECT_EQ(s3.service_namespace(), "s3");
  ASSERT_EQ(s3.policies_size(), 2);
  EXPECT_EQ(s3.policies(0).policy_type(), "MANAGED");
  EXPECT_EQ(s3.policies(0).policy_name(), "Readers");
  EXPECT_EQ(s3.policies(0).policy_arn(), "arn:p");
  EXPECT_EQ(s3.policies(1).policy_type(), "INLINE");
  EXPECT_EQ(s3.policies(1).entity_type(), "GROUP");
  EXPECT_EQ(s3.policies(1).entity_name(), "g");
  EXPECT_EQ(response.policies_granting_service_access(1).policies_size(), 0);
}

}  // namespace
}  // namespace portcullis::service
