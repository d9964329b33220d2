#include "server/policy/statement_filter.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/policy/compile_for_test.h"

namespace portcullis::policy {
namespace {

bool MayMatch(const std::string& part, std::string_view action) {
  const auto policy =
      CompileForTest(Document(R"({"Effect":"Allow",)" + part + R"(,"Resource":"*"})"));
  AuthorizationRequest request;
  const RequestContext context;
  PrepareRequest({}, action, "*", "", &context, &request);
  return StatementFilter(policy->statements()[0]).MayMatch(request);
}

// What matches passes (R-2.28 to R-2.32); the rest need not, but should where nothing is in common.
TEST(StatementFilter, Actions) {
  struct Case {
    std::string_view part;
    std::string_view action;
    bool expected;
  };
  const Case kCases[] = {
      {R"("Action":"s3:GetObject")", "s3:GetObject", true},
      {R"("Action":"S3:getobject")", "s3:GETOBJECT", true},
      {R"("Action":"s3:GetObject")", "s3:PutObject", false},
      {R"("Action":"s3:GetObject")", "sqs:SendMessage", false},
      {R"("Action":["s3:GetObject","sqs:SendMessage"])", "sqs:SendMessage", true},
      {R"("Action":"s3:Get*")", "s3:GetObject", true},
      {R"("Action":"s3:*")", "s3:GetObject", true},
      {R"("Action":"s3:?etObject")", "s3:GetObject", true},
      {R"("Action":"s3:*")", "dynamodb:GetItem", false},
      {R"("Action":"*")", "s3:GetObject", true},
      {R"("Action":"*:*")", "s3:GetObject", true},
      {R"("NotAction":"s3:GetObject")", "ec2:RunInstances", true},
      {R"("Action":"a:b")", "a:b", true},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(MayMatch(std::string(c.part), c.action), c.expected) << c.part << " " << c.action;
  }
}

TEST(StatementFilter, Resources) {
  struct Case {
    std::string_view part;
    std::string_view resource;
    bool expected;
  };
  const Case kCases[] = {
      {R"("Resource":"arn:aws:s3:::bucket-7/*")", "arn:aws:s3:::bucket-7/x", true},
      {R"("Resource":"arn:aws:s3:::bucket-7/*")", "arn:aws:s3:::bucket-7/", true},
      {R"("Resource":"arn:aws:s3:::bucket-7/*")", "arn:aws:s3:::bucket-8/x", false},
      {R"("Resource":"arn:aws:s3:::bucket-7/*")", "arn:aws:s3:::bucket-7", false},
      {R"("Resource":"arn:aws:s3:::bucket-7/*")", "*", false},
      {R"("Resource":"arn:aws:s3:::bucket-${aws:username}")", "arn:aws:s3:::bucket-7", true},
      {R"("Resource":"arn:aws:s3:::bucket-${aws:username}")", "arn:aws:s3:::buckle-7", false},
      {R"("Resource":"*")", "*", true},
      {R"("Resource":"*")", "arn:aws:s3:::b", true},
      {R"("Resource":"arn:*:s3:::b")", "arn:aws:s3:::b", true},
      {R"("NotResource":"arn:aws:s3:::bucket-7/*")", "arn:aws:s3:::bucket-8/x", true},
      {R"("Resource":["arn:aws:s3:::bucket-7","arn:aws:s3:::bucket-8"])", "arn:aws:s3:::bucket-8",
       true},
  };
  for (const Case& c : kCases) {
    const auto policy = CompileForTest(
        Document(R"({"Effect":"Allow","Action":"s3:Get",)" + std::string(c.part) + "}"));
    AuthorizationRequest request;
    const RequestContext context;
    PrepareRequest({}, "s3:Get", c.resource, "", &context, &request);
    EXPECT_EQ(StatementFilter(policy->statements()[0]).MayMatch(request), c.expected)
        << c.part << " " << c.resource;
  }
}

}  // namespace
}  // namespace portcullis::policy
