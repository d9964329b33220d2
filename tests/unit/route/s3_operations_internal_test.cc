#include "server/route/s3_operations_internal.h"

#include <set>
#include <string>
#include <tuple>

#include "gtest/gtest.h"

#include "server/base/str_cat.h"
#include "server/policy/condition_keys.h"
#include "server/policy/request.h"

namespace portcullis::route {
namespace {

TEST(S3Operations, RowsAreDistinctAndNameActions) {
  std::set<std::tuple<std::string_view, S3Scope, std::string_view>> seen;
  for (const S3Operation& row : S3Operations()) {
    EXPECT_TRUE(seen.emplace(row.method, row.scope, row.subresource).second)
        << row.method << " " << row.subresource;
    EXPECT_TRUE(policy::IsActionName(base::StrCat("s3:", row.action))) << row.action;
    EXPECT_FALSE(IsWordOf(row.parameters, row.subresource)) << row.action;
    if (!row.version_action.empty()) {
      EXPECT_TRUE(IsWordOf(row.parameters, "versionId")) << row.action;
    }
  }
}

// With a subresource among its parameters a row would take the request that another one is for.
TEST(S3Operations, NoSubresourceIsAParameterOfAnotherRow) {
  for (const S3Operation& row : S3Operations()) {
    if (row.subresource.empty()) continue;
    EXPECT_FALSE(IsS3CommonParameter(row.subresource)) << row.subresource;
    for (const S3Operation& other : S3Operations()) {
      EXPECT_FALSE(IsWordOf(other.parameters, row.subresource))
          << row.subresource << " " << other.action;
    }
  }
}

TEST(S3Operations, HeadersAreAboutActionsThatThereAre) {
  std::set<std::string_view> actions;
  for (const S3Operation& row : S3Operations()) {
    actions.insert(row.action);
    actions.insert(row.version_action);
  }
  for (const S3HeaderAction& row : S3HeaderActions()) {
    EXPECT_TRUE(actions.contains(row.action)) << row.action;
    EXPECT_FALSE(actions.contains(row.further_action) && row.action == row.further_action);
  }
}

TEST(S3Operations, KeysAreOnesThatAProxyMaySupply) {
  for (const S3Key& row : S3HeaderKeys()) {
    EXPECT_TRUE(row.key.starts_with("s3:")) << row.key;
    EXPECT_TRUE(policy::MaySupply(row.key, true)) << row.key;
  }
  for (const S3Key& row : S3ParameterKeys()) {
    EXPECT_TRUE(policy::MaySupply(row.key, true)) << row.key;
  }
}

TEST(S3Operations, IsWordOf) {
  EXPECT_TRUE(IsWordOf("a bc d", "bc"));
  EXPECT_TRUE(IsWordOf("a bc d", "d"));
  EXPECT_FALSE(IsWordOf("a bc d", "b"));
  EXPECT_FALSE(IsWordOf("a bc d", ""));
  EXPECT_FALSE(IsWordOf("", "a"));
}

TEST(S3Operations, CommonParametersAreThoseOfSignatures) {
  EXPECT_TRUE(IsS3CommonParameter("X-Amz-Signature"));
  EXPECT_TRUE(IsS3CommonParameter("x-id"));
  // S3 takes these for the headers of the name when a URL is presigned; they change what is asked.
  EXPECT_FALSE(IsS3CommonParameter("x-amz-acl"));
  EXPECT_FALSE(IsS3CommonParameter("x-amz-copy-source"));
}

}  // namespace
}  // namespace portcullis::route
