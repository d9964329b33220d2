#include "server/policy/context_keys_used.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"

namespace portcullis::policy {
namespace {

using ::testing::HasSubstr;

// The names, one blank between them, or the error.
std::string KeysOf(const std::vector<std::string>& documents) {
  ContextKeysUsed keys;
  for (const std::string& document : documents) {
    const absl::Status status = keys.Add(document);
    if (!status.ok()) return base::ReasonOf(status) + ": " + std::string(status.message());
  }
  std::string names;
  for (const std::string& name : keys.names()) names += (names.empty() ? "" : " ") + name;
  return names;
}

std::string Statement(const std::string& members, const std::string& version = "2012-10-17") {
  return R"({"Version":")" + version + R"(","Statement":[{"Effect":"Allow","Action":"s3:*",)" +
         members + "}]}";
}

struct KeysCase {
  std::string_view what;
  std::vector<std::string> documents;
  std::string_view keys;
};

TEST(ContextKeysUsed, R_9_25) {
  const KeysCase cases[] = {
      {"none", {Statement(R"("Resource":"*")")}, ""},
      {"conditions, in order, as spelled",
       {Statement(R"("Resource":"*","Condition":{"Bool":{"AWS:SecureTransport":"true"},)"
                  R"("StringEquals":{"aws:PrincipalTag/Team":"x","aws:sourceIdentity":"y"}})")},
       "AWS:SecureTransport aws:PrincipalTag/Team aws:sourceIdentity"},
      {"variables in resources and values",
       {Statement(R"("Resource":["arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/t}"],)"
                  R"("Condition":{"StringEquals":{"s3:prefix":"${aws:userid}"}})")},
       "aws:username aws:PrincipalTag/t s3:prefix aws:userid"},
      {"in the order of the text",
       {Statement(R"("Condition":{"StringEquals":{"s3:prefix":"x"}},)"
                  R"("Resource":"arn:aws:s3:::${aws:username}")")},
       "s3:prefix aws:username"},
      {"once, whatever the case, also over documents",
       {Statement(R"("Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}})"),
        Statement(R"("Resource":"*","Condition":{"Bool":{"AWS:securetransport":"true",)"
                  R"("aws:ViaAWSService":"true"}})")},
       "aws:SecureTransport aws:ViaAWSService"},
      {"defaults and escapes are no keys",
       {Statement(
           R"("Resource":"arn:aws:s3:::${aws:username, '${aws:no}'}${*}${?}${$}x${aws:c}")")},
       "aws:username aws:c"},
      {"NotResource",
       {Statement(R"("NotResource":"arn:aws:s3:::${aws:username}")")},
       "aws:username"},
      {"no variables before 2012",  // R-2.7
       {Statement(R"("Resource":"arn:aws:s3:::${aws:username}")", "2008-10-17")},
       ""},
      {"a resource-based policy",
       {Statement(R"("Principal":"*","Resource":"*","Condition":{"StringEquals":)"
                  R"({"aws:PrincipalOrgID":"o-1"}})")},
       "aws:PrincipalOrgID"},
      {"a trust policy",
       {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",)"
        R"("Principal":{"AWS":"111111111111"},)"
        R"("Condition":{"StringEquals":{"sts:ExternalId":"1"}}}})"},
       "sts:ExternalId"},
  };
  for (const KeysCase& one : cases) EXPECT_EQ(KeysOf(one.documents), one.keys) << one.what;
}

TEST(ContextKeysUsed, WhatIsNoPolicy) {
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"),
        Statement(R"("Resource":"*","Condition":{"NoSuchOperator":{"a:b":"c"}})"),
        Statement(R"("Resource":"arn:aws:s3:::${aws:username")"),
        Statement(R"("Resource":"*","Sid":")" + std::string("\xe2\x82\xac") + R"(")")}) {
    EXPECT_THAT(KeysOf({bad}), HasSubstr("InvalidInput: ")) << bad;
  }
}

TEST(ContextKeysUsed, ABadDocumentAddsNothing) {
  ContextKeysUsed keys;
  EXPECT_FALSE(keys.Add(Statement(R"("Resource":"*","Condition":{"Bool":{"aws:x":"true"},)"
                                  R"("Nonsense":{"aws:y":"1"}})"))
                   .ok());
  EXPECT_TRUE(keys.names().empty());
}

}  // namespace
}  // namespace portcullis::policy
