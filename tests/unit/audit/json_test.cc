#include "server/audit/json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "tests/unit/audit/audit_fixtures.h"

namespace portcullis::audit {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// The one line of a record; checks that it is one line, and JSON.
Json Formatted(const Record& record, bool expect_cut = false) {
  JsonFormatter formatter;
  std::string lines;
  EXPECT_EQ(formatter.AppendLine(record, &lines), expect_cut);
  EXPECT_THAT(lines, EndsWith("}\n"));
  EXPECT_EQ(lines.find('\n'), lines.size() - 1);
  EXPECT_LE(lines.size(), kLineBytesMax);
  for (const char c : lines.substr(0, lines.size() - 1)) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
  Json json = Json::parse(lines, nullptr, /*allow_exceptions=*/false);
  EXPECT_FALSE(json.is_discarded()) << lines;
  return json;
}

TEST(Json, AnAllowedDecisionOfAUser) {
  Record record = Allowed("01JXYZ");
  record.evaluation_nanoseconds = 2500;
  record.Set(Text::kPrincipalId, "AIDAEXAMPLE");
  record.Set(Text::kPrincipalArn, "arn:aws:iam::111122223333:user/Alice");
  record.Set(Text::kAccountId, "111122223333");
  record.Set(Text::kUserName, "Alice");
  record.Set(Text::kAction, "s3:GetObject");
  record.Set(Text::kResource, "arn:aws:s3:::bucket/key");
  record.Set(Text::kResourceAccount, "111122223333");
  record.Set(Text::kReason, "explicit_allow");
  record.Set(Text::kPolicyRevision, "abc");
  record.Set(Text::kSourceIp, "192.0.2.1");
  record.AddStatement(
      {"ReadBucket", "Read", "policies/a.yaml:12", policy::PolicyKind::kIdentity, true});
  EXPECT_EQ(Formatted(record), Json::parse(R"({
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE",
                     "arn": "arn:aws:iam::111122223333:user/Alice",
                     "accountId": "111122223333", "userName": "Alice"},
    "eventTime": "2026-09-21T14:13:20Z",
    "eventSource": "authz.portcullis",
    "eventName": "Authorize",
    "sourceIPAddress": "192.0.2.1",
    "requestParameters": {"action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key"},
    "responseElements": null,
    "additionalEventData": {
      "schema": "1.1", "api": "grpc", "decision": "allow", "reason": "explicit_allow",
      "matchedStatements": [{"policy": "ReadBucket", "policyType": "identity-based policy",
                             "sid": "Read", "effect": "Allow", "source": "policies/a.yaml:12"}],
      "policyRevision": "abc", "evaluationMicros": 2, "decisionId": "01JXYZ"},
    "eventID": "01JXYZ",
    "readOnly": true,
    "resources": [{"ARN": "arn:aws:s3:::bucket/key", "accountId": "111122223333"}],
    "eventType": "AwsApiCall",
    "managementEvent": false,
    "recipientAccountId": "111122223333",
    "eventCategory": "Data"
  })"));
}

TEST(Json, ADenialOfARoleSession) {
  Record record = Denied("01JXYZ");
  record.principal_kind = policy::PrincipalKind::kRoleSession;
  record.limited_by = policy::PolicyKind::kIdentity;
  record.session_issued_at_seconds = 1790000000;
  record.mfa_authenticated = false;
  record.Set(Text::kPrincipalId, "AROAEXAMPLE:build");
  record.Set(Text::kUserName, "Deployer");
  record.Set(Text::kIssuerId, "AROAEXAMPLE");
  record.Set(Text::kIssuerArn, "arn:aws:iam::111122223333:role/Deployer");
  record.Set(Text::kAccountId, "111122223333");
  record.Set(Text::kSourceIdentity, "Alice");
  record.Set(Text::kErrorCode, "AccessDenied");
  record.Set(Text::kErrorMessage, "User: x is not authorized");
  const Json json = Formatted(record);
  EXPECT_EQ(json["userIdentity"], Json::parse(R"({
    "type": "AssumedRole", "principalId": "AROAEXAMPLE:build", "accountId": "111122223333",
    "sessionContext": {
      "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE",
                        "arn": "arn:aws:iam::111122223333:role/Deployer",
                        "accountId": "111122223333", "userName": "Deployer"},
      "attributes": {"creationDate": "2026-09-21T14:13:20Z", "mfaAuthenticated": "false"},
      "sourceIdentity": "Alice"}})"));
  EXPECT_EQ(json["errorCode"], "AccessDenied");
  EXPECT_EQ(json["errorMessage"], "User: x is not authorized");
  EXPECT_EQ(json["additionalEventData"]["decision"], "implicitDeny");
  EXPECT_EQ(json["additionalEventData"]["limitedBy"], "identity-based policy");
  EXPECT_FALSE(json["additionalEventData"].contains("matchedStatements"));
}

TEST(Json, ASessionOperation) {
  Record record = Allowed("id");
  record.event = Event::kAssumeRole;
  record.AddParameter("roleSessionName", "build");
  record.AddParameter("externalId", "customer-1");
  record.AddResponse("accessKeyId", "ASIAEXAMPLE");
  record.AddResponse("sessionToken", "c2VjcmV0");
  const Json json = Formatted(record);
  EXPECT_EQ(json["eventSource"], "sts.portcullis");
  EXPECT_EQ(json["eventName"], "AssumeRole");
  EXPECT_EQ(json["eventCategory"], "Management");
  EXPECT_EQ(json["readOnly"], false);
  EXPECT_EQ(json["requestParameters"],
            Json::parse(R"({"roleSessionName": "build", "externalId": "***"})"));
  EXPECT_EQ(json["responseElements"],
            Json::parse(R"({"accessKeyId": "ASIAEXAMPLE", "sessionToken": "***"})"));
  EXPECT_THAT(json.dump(), Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(json.dump(), Not(HasSubstr("customer-1")));
}

// CloudTrail's requestID is the client's; eventID is ours.
TEST(Json, ACallThatTheClientCanName) {
  Record record = Denied("01JXYZ");
  EXPECT_FALSE(Formatted(record).contains("requestID")) << "not over gRPC";
  record.Set(Text::kRequestId, "0b0f2c52-3f4b-4a6f-9d3c-1d2e3f405162");
  const Json json = Formatted(record);
  EXPECT_EQ(json["requestID"], "0b0f2c52-3f4b-4a6f-9d3c-1d2e3f405162");
  EXPECT_EQ(json["eventID"], "01JXYZ");
}

// Events that stand for many operations have the operation's name.
TEST(Json, ARequestAtAProxysDoor) {
  Record record = Allowed("1");
  EXPECT_FALSE(Formatted(record)["additionalEventData"].contains("ext_authz"));
  EXPECT_FALSE(Formatted(record)["additionalEventData"].contains("traceId"));
  record.api = metrics::Api::kExtAuthz;
  record.Set(Text::kTraceId, "0af7651916cd43dd8448eb211c80319c");
  record.Set(Text::kProxy, "edge");
  EXPECT_EQ(Formatted(record)["additionalEventData"]["ext_authz"],
            Json::parse(R"({"proxy": "edge"})"));
  record.Set(Text::kGateway, "orders");
  record.Set(Text::kRule, "#2");
  record.Set(Text::kHttpMethod, "GET");
  record.Set(Text::kHttpHost, "orders.example.com");
  record.Set(Text::kHttpPath, "/orders/17");
  record.Set(Text::kSourcePrincipal, "spiffe://example.org/web");
  record.Set(Text::kProxyRequestId, "r-1");
  const Json data = Formatted(record)["additionalEventData"];
  EXPECT_EQ(data["api"], "ext_authz");
  EXPECT_EQ(data["traceId"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(data["ext_authz"], Json::parse(R"({
    "proxy": "edge", "gateway": "orders", "rule": "#2", "method": "GET",
    "host": "orders.example.com", "path": "/orders/17",
    "sourcePrincipal": "spiffe://example.org/web", "requestId": "r-1"})"));
}

TEST(Json, ReadsAndRefusedWritesOfIam) {
  Record read;
  read.event = Event::kReadInventory;
  read.Set(Text::kEventName, "ListUsers");
  Json json = Formatted(read);
  EXPECT_EQ(json["eventName"], "ListUsers");
  EXPECT_EQ(json["eventSource"], "iam.portcullis");
  EXPECT_EQ(json["readOnly"], true);
  Record write;
  write.event = Event::kRefuseWrite;
  write.Set(Text::kEventName, "DeleteUser");
  write.Set(Text::kErrorCode, "AccessDenied");
  json = Formatted(write);
  EXPECT_EQ(json["eventName"], "DeleteUser");
  EXPECT_EQ(json["eventSource"], "iam.portcullis");
  EXPECT_EQ(json["readOnly"], false);
}

TEST(Json, WhatTheServerDoesItself) {
  Record record;
  record.event = Event::kPoliciesPublished;
  record.time = absl::UnixEpoch();
  record.AddParameter("previousRevision", "abc");
  record.Set(Text::kPolicyRevision, "def");
  const Json json = Formatted(record);
  EXPECT_EQ(json["userIdentity"]["type"], "AWSService");
  EXPECT_EQ(json["eventType"], "AwsServiceEvent");
  EXPECT_EQ(json["eventTime"], "1970-01-01T00:00:00Z");
  EXPECT_EQ(json["additionalEventData"]["policyRevision"], "def");
  EXPECT_FALSE(json.contains("resources"));
}

TEST(Json, TypesOfIdentities) {
  const struct {
    policy::PrincipalKind kind;
    const char* type;
  } cases[] = {
      {policy::PrincipalKind::kAnonymous, "Unknown"},
      {policy::PrincipalKind::kRoot, "Root"},
      {policy::PrincipalKind::kUser, "IAMUser"},
      {policy::PrincipalKind::kRoleSession, "AssumedRole"},
      {policy::PrincipalKind::kFederatedUser, "FederatedUser"},
      {policy::PrincipalKind::kService, "AWSService"},
      {policy::PrincipalKind::kWebIdentity, "WebIdentityUser"},
      {policy::PrincipalKind::kSaml, "SAMLUser"},
  };
  for (const auto& c : cases) {
    Record record = Allowed("id");
    record.principal_kind = c.kind;
    EXPECT_EQ(Formatted(record)["userIdentity"]["type"], c.type);
  }
}

TEST(Json, NothingInATextStartsANewLineOrAnotherMember) {
  Record record = Allowed("id");
  const std::string evil = "x\"}\n{\"eventName\":\"Forged\"\r\x1b[31m\x7f\\";
  record.Set(Text::kUserAgent, evil);
  record.AddParameter("tag\n", evil);
  const Json json = Formatted(record);
  EXPECT_EQ(json["userAgent"], evil);
  EXPECT_EQ(json["eventName"], "Authorize");
  EXPECT_EQ(json["requestParameters"]["tag\n"], evil);
}

TEST(Json, BadUtf8IsReplaced) {
  Record record = Allowed("id");
  record.Set(Text::kUserAgent,
             "a\xff\xfe"
             "b\xC3");
  const std::string agent = Formatted(record)["userAgent"];
  EXPECT_THAT(agent, HasSubstr("\uFFFD"));
  EXPECT_THAT(agent, testing::StartsWith("a"));
}

TEST(Json, CutRecordsSaySo) {
  Record record = Allowed("id");
  record.Set(Text::kUserAgent, std::string(kTextBytesMax + 1, 'x'));
  const Json json = Formatted(record, /*expect_cut=*/true);
  EXPECT_EQ(json["additionalEventData"]["truncated"], true);
  EXPECT_EQ(json["userAgent"].get<std::string>().size(), kTextBytesMax);
}

TEST(Json, TheLargestRecordStillFitsALine) {
  Record record = Denied("id");
  record.session_issued_at_seconds = 1;
  record.principal_kind = policy::PrincipalKind::kRoleSession;
  for (size_t i = 0; i < kTextCount; ++i) {
    record.Set(static_cast<Text>(i), std::string(kTextBytesMax, '\x01'));  // Six bytes each.
  }
  for (size_t i = 0; i < kStatementsMax; ++i) {
    record.AddStatement({std::string(kTextBytesMax, '\x01'), "sid", "src", {}, false});
    record.AddParameter("name" + std::to_string(i), std::string(kTextBytesMax, '\x01'));
  }
  const Json json = Formatted(record, /*expect_cut=*/true);
  EXPECT_EQ(json["additionalEventData"]["truncated"], true);
  EXPECT_EQ(json["additionalEventData"]["decision"], "implicitDeny");
}

TEST(Json, AppendsLineAfterLine) {
  JsonFormatter formatter;
  std::string lines;
  for (int i = 0; i < 3; ++i) formatter.AppendLine(Allowed(std::to_string(i)), &lines);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_THAT(lines, HasSubstr("\"eventID\":\"2\""));
}

}  // namespace
}  // namespace portcullis::audit
