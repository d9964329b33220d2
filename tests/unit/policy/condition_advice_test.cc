#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/policy/parse_for_test.h"

// The wording is pinned by tests/golden/diagnostics; here stands when there is no advice.

namespace portcullis::policy {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> WarningsOf(std::string_view condition, std::string_view effect = "Deny") {
  const Parsed parsed =
      ParseStatementOf(R"("Action":"*","Resource":"*","Effect":")" + std::string(effect) +
                           R"(","Condition":)" + std::string(condition),
                       PolicyType::kManaged);
  EXPECT_TRUE(parsed.document.has_value()) << condition;
  return parsed.Warnings();
}

TEST(AdviseOnCondition, IsSilentAboutGoodConditions) {
  for (const std::string_view condition : {
           R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})",
           R"({"StringEquals":{"aws:username":"${aws:PrincipalTag/owner}"}})",
           R"({"StringEquals":{"shop:name":"${*}"}})",
           R"({"StringLike":{"s3:prefix":"home/*"}})",
           R"({"ForAnyValue:StringEquals":{"aws:TagKeys":["a"]}})",
           R"({"Null":{"aws:TagKeys":"true"}})",
           R"({"Bool":{"aws:multifactorauthpresent":true}})",
           R"({"NumericLessThan":{"aws:MultiFactorAuthAge":3600}})",
           R"({"NumericLessThan":{"aws:EpochTime":1700000000}})",
           R"({"DateLessThan":{"aws:CurrentTime":"2026-01-01"}})",
           R"({"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}})",
           R"({"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}})",
           R"({"ArnLike":{"aws:PrincipalArn":"*"}})",
           R"({"BinaryEquals":{"shop:blob":"QUJD"}})",
           R"({"StringEquals":{"shop:NoSuchKey":"x","sts:ExternalId":"1"}})",
       }) {
    EXPECT_THAT(WarningsOf(condition), IsEmpty()) << condition;
  }
}

TEST(AdviseOnCondition, WarnsOnce) {
  for (const std::string_view condition : {
           R"({"StringEquals":{"aws:TagKeys":"a"}})",          // R-2.58.
           R"({"StringEquals":{"s3:prefix":"home/?"}})",       // R-2.132.
           R"({"Bool":{"aws:SecureTransport":"yes"}})",        // R-2.81.
           R"({"Null":{"shop:a":"maybe"}})",                   // R-2.77.
           R"({"StringEquals":{"aws:SourceIp":"10.0.0.1"}})",  // R-2.86.
           R"({"NumericEquals":{"shop:a":"1e3"}})",            // R-2.78.
           R"({"BinaryEquals":{"shop:blob":"not base64"}})",   // R-2.74.
           R"({"StringEquals":{"aws:NoSuchKey":"a"}})",        // R-2.124.
           R"({"StringNotEquals":{"sts:ExternalId":"1"}})",    // R-5.41.
           R"({"StringEquals":{"shop:a":[]}})",                // R-2.62.
           R"({"NumericEquals":{"shop:a":"${shop:b}"}})",      // R-2.45.
       }) {
    EXPECT_THAT(WarningsOf(condition), SizeIs(1)) << condition;
  }
}

// R-2.65: harmless in a Deny, and with a demand for the key's presence.
TEST(AdviseOnStatement, WarnsOfForAllValuesInAllow) {
  constexpr std::string_view kAlone = R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}})";
  constexpr std::string_view kPaired =
      R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"AWS:tagkeys":"false"}})";
  constexpr std::string_view kWronglyPaired =
      R"({"ForAllValues:StringEquals":{"aws:TagKeys":["a"]},"Null":{"aws:TagKeys":"true"}})";
  EXPECT_THAT(WarningsOf(kAlone, "Allow"), SizeIs(1));
  EXPECT_THAT(WarningsOf(kAlone, "Deny"), IsEmpty());
  EXPECT_THAT(WarningsOf(kPaired, "Allow"), IsEmpty());
  EXPECT_THAT(WarningsOf(kWronglyPaired, "Allow"), SizeIs(1));
}

std::vector<std::string> TrustWarnings(std::string_view provider, std::string_view condition) {
  return ParseStatementOf(R"("Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",)"
                          R"("Principal":{"Federated":")" +
                              std::string(provider) + R"("},"Condition":)" + std::string(condition),
                          PolicyType::kTrust)
      .Warnings();
}

// R-2.141, A-100.
TEST(AdviseOnStatement, WarnsOfProvidersWithoutSubject) {
  constexpr std::string_view kAudience = R"({"StringEquals":{"id.example.com:aud":"x"}})";
  constexpr std::string_view kSubject = R"({"StringEquals":{"id.example.com:sub":"x"}})";
  constexpr std::string_view kOidc = "arn:aws:iam::111122223333:oidc-provider/id.example.com";
  constexpr std::string_view kSaml = "arn:aws:iam::111122223333:saml-provider/Corp";
  EXPECT_THAT(TrustWarnings(kOidc, kAudience), SizeIs(1));
  EXPECT_THAT(TrustWarnings(kOidc, kSubject), IsEmpty());
  EXPECT_THAT(TrustWarnings("accounts.google.com", kAudience), SizeIs(1));
  EXPECT_THAT(TrustWarnings(kSaml, kAudience), IsEmpty());
}

}  // namespace
}  // namespace portcullis::policy
