#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/route/s3_operations_internal.h"
#include "tests/unit/route/route_fixtures.h"

namespace portcullis::route {
namespace {

struct S3Case {
  TestRequest request;
  std::string expected;
};

std::unique_ptr<const Table> Bucket() {
  return TableOf(Orders({Mapped(AnyRule(), Mapping::kS3)}));
}

void Check(const std::vector<S3Case>& cases) {
  const auto table = Bucket();
  for (const S3Case& c : cases) {
    EXPECT_EQ(QuestionOf(*table, c.request), c.expected)
        << c.request.method << " " << c.request.target;
  }
}

// Amazon S3 API Reference for the requests, User Guide, "Required permissions for Amazon S3 API
// operations", for the actions.
TEST(S3, Buckets) {
  const std::string b = " arn:aws:s3:::docs";
  Check({
      {{"GET", "/"}, "s3:ListAllMyBuckets arn:aws:s3:::*"},
      {{"GET", "/docs"}, "s3:ListBucket" + b},
      {{"GET", "/docs/"}, "s3:ListBucket" + b},
      {{"HEAD", "/docs"}, "s3:ListBucket" + b},
      {{"PUT", "/docs"}, "s3:CreateBucket" + b},
      {{"DELETE", "/docs"}, "s3:DeleteBucket" + b},
      {{"GET", "/docs?versions"}, "s3:ListBucketVersions" + b},
      {{"GET", "/docs?uploads"}, "s3:ListBucketMultipartUploads" + b},
      {{"GET", "/docs?location"}, "s3:GetBucketLocation" + b},
      {{"GET", "/docs?accelerate"}, "s3:GetAccelerateConfiguration" + b},
      {{"PUT", "/docs?accelerate"}, "s3:PutAccelerateConfiguration" + b},
      {{"GET", "/docs?acl"}, "s3:GetBucketAcl" + b},
      {{"PUT", "/docs?acl"}, "s3:PutBucketAcl" + b},
      {{"GET", "/docs?analytics"}, "s3:GetAnalyticsConfiguration" + b},
      {{"PUT", "/docs?analytics&id=a"}, "s3:PutAnalyticsConfiguration" + b},
      {{"DELETE", "/docs?analytics&id=a"}, "s3:PutAnalyticsConfiguration" + b},
      {{"GET", "/docs?cors"}, "s3:GetBucketCORS" + b},
      {{"PUT", "/docs?cors"}, "s3:PutBucketCORS" + b},
      {{"DELETE", "/docs?cors"}, "s3:PutBucketCORS" + b},
      {{"GET", "/docs?encryption"}, "s3:GetEncryptionConfiguration" + b},
      {{"PUT", "/docs?encryption"}, "s3:PutEncryptionConfiguration" + b},
      {{"DELETE", "/docs?encryption"}, "s3:PutEncryptionConfiguration" + b},
      {{"GET", "/docs?intelligent-tiering"}, "s3:GetIntelligentTieringConfiguration" + b},
      {{"PUT", "/docs?intelligent-tiering&id=a"}, "s3:PutIntelligentTieringConfiguration" + b},
      {{"DELETE", "/docs?intelligent-tiering&id=a"}, "s3:PutIntelligentTieringConfiguration" + b},
      {{"GET", "/docs?inventory&id=a"}, "s3:GetInventoryConfiguration" + b},
      {{"PUT", "/docs?inventory&id=a"}, "s3:PutInventoryConfiguration" + b},
      {{"DELETE", "/docs?inventory&id=a"}, "s3:PutInventoryConfiguration" + b},
      {{"GET", "/docs?lifecycle"}, "s3:GetLifecycleConfiguration" + b},
      {{"PUT", "/docs?lifecycle"}, "s3:PutLifecycleConfiguration" + b},
      {{"DELETE", "/docs?lifecycle"}, "s3:PutLifecycleConfiguration" + b},
      {{"GET", "/docs?logging"}, "s3:GetBucketLogging" + b},
      {{"PUT", "/docs?logging"}, "s3:PutBucketLogging" + b},
      {{"GET", "/docs?metrics"}, "s3:GetMetricsConfiguration" + b},
      {{"PUT", "/docs?metrics&id=a"}, "s3:PutMetricsConfiguration" + b},
      {{"DELETE", "/docs?metrics&id=a"}, "s3:PutMetricsConfiguration" + b},
      {{"GET", "/docs?notification"}, "s3:GetBucketNotification" + b},
      {{"PUT", "/docs?notification"}, "s3:PutBucketNotification" + b},
      {{"GET", "/docs?object-lock"}, "s3:GetBucketObjectLockConfiguration" + b},
      {{"PUT", "/docs?object-lock"}, "s3:PutBucketObjectLockConfiguration" + b},
      {{"GET", "/docs?ownershipControls"}, "s3:GetBucketOwnershipControls" + b},
      {{"PUT", "/docs?ownershipControls"}, "s3:PutBucketOwnershipControls" + b},
      {{"DELETE", "/docs?ownershipControls"}, "s3:PutBucketOwnershipControls" + b},
      {{"GET", "/docs?policy"}, "s3:GetBucketPolicy" + b},
      {{"PUT", "/docs?policy"}, "s3:PutBucketPolicy" + b},
      {{"DELETE", "/docs?policy"}, "s3:DeleteBucketPolicy" + b},
      {{"GET", "/docs?policyStatus"}, "s3:GetBucketPolicyStatus" + b},
      {{"GET", "/docs?publicAccessBlock"}, "s3:GetBucketPublicAccessBlock" + b},
      {{"PUT", "/docs?publicAccessBlock"}, "s3:PutBucketPublicAccessBlock" + b},
      {{"DELETE", "/docs?publicAccessBlock"}, "s3:PutBucketPublicAccessBlock" + b},
      {{"GET", "/docs?replication"}, "s3:GetReplicationConfiguration" + b},
      {{"PUT", "/docs?replication"}, "s3:PutReplicationConfiguration" + b},
      {{"DELETE", "/docs?replication"}, "s3:PutReplicationConfiguration" + b},
      {{"GET", "/docs?requestPayment"}, "s3:GetBucketRequestPayment" + b},
      {{"PUT", "/docs?requestPayment"}, "s3:PutBucketRequestPayment" + b},
      {{"GET", "/docs?tagging"}, "s3:GetBucketTagging" + b},
      {{"PUT", "/docs?tagging"}, "s3:PutBucketTagging" + b},
      {{"DELETE", "/docs?tagging"}, "s3:PutBucketTagging" + b},
      {{"GET", "/docs?versioning"}, "s3:GetBucketVersioning" + b},
      {{"PUT", "/docs?versioning"}, "s3:PutBucketVersioning" + b},
      {{"GET", "/docs?website"}, "s3:GetBucketWebsite" + b},
      {{"PUT", "/docs?website"}, "s3:PutBucketWebsite" + b},
      {{"DELETE", "/docs?website"}, "s3:DeleteBucketWebsite" + b},
  });
}

TEST(S3, Objects) {
  const std::string o = " arn:aws:s3:::docs/a/b c";
  const std::string v = " s3:VersionId=v1";
  Check({
      {{"GET", "/docs/a/b%20c"}, "s3:GetObject" + o},
      {{"HEAD", "/docs/a/b%20c"}, "s3:GetObject" + o},
      {{"GET", "/docs/a/b%20c?versionId=v1"}, "s3:GetObjectVersion" + o + v},
      {{"HEAD", "/docs/a/b%20c?versionId=v1"}, "s3:GetObjectVersion" + o + v},
      {{"GET", "/docs/a/b%20c?partNumber=1&response-content-type=text%2Fplain"},
       "s3:GetObject" + o},
      {{"PUT", "/docs/a/b%20c"}, "s3:PutObject" + o},
      {{"DELETE", "/docs/a/b%20c"}, "s3:DeleteObject" + o},
      {{"DELETE", "/docs/a/b%20c?versionId=v1"}, "s3:DeleteObjectVersion" + o + v},
      {{"GET", "/docs/a/b%20c?acl"}, "s3:GetObjectAcl" + o},
      {{"GET", "/docs/a/b%20c?acl&versionId=v1"}, "s3:GetObjectVersionAcl" + o + v},
      {{"PUT", "/docs/a/b%20c?acl"}, "s3:PutObjectAcl" + o},
      {{"PUT", "/docs/a/b%20c?acl&versionId=v1"}, "s3:PutObjectVersionAcl" + o + v},
      {{"GET", "/docs/a/b%20c?attributes"}, "s3:GetObjectAttributes" + o + "; s3:GetObject" + o},
      {{"GET", "/docs/a/b%20c?attributes&versionId=v1"},
       "s3:GetObjectVersionAttributes" + o + "; s3:GetObjectVersion" + o + v},
      {{"GET", "/docs/a/b%20c?legal-hold"}, "s3:GetObjectLegalHold" + o},
      {{"PUT", "/docs/a/b%20c?legal-hold&versionId=v1"}, "s3:PutObjectLegalHold" + o + v},
      {{"GET", "/docs/a/b%20c?retention"}, "s3:GetObjectRetention" + o},
      {{"PUT", "/docs/a/b%20c?retention"}, "s3:PutObjectRetention" + o},
      {{"GET", "/docs/a/b%20c?tagging"}, "s3:GetObjectTagging" + o},
      {{"GET", "/docs/a/b%20c?tagging&versionId=v1"}, "s3:GetObjectVersionTagging" + o + v},
      {{"PUT", "/docs/a/b%20c?tagging"}, "s3:PutObjectTagging" + o},
      {{"PUT", "/docs/a/b%20c?tagging&versionId=v1"}, "s3:PutObjectVersionTagging" + o + v},
      {{"DELETE", "/docs/a/b%20c?tagging"}, "s3:DeleteObjectTagging" + o},
      {{"DELETE", "/docs/a/b%20c?tagging&versionId=v1"}, "s3:DeleteObjectVersionTagging" + o + v},
      {{"GET", "/docs/a/b%20c?torrent"}, "s3:GetObjectTorrent" + o},
      {{"POST", "/docs/a/b%20c?restore"}, "s3:RestoreObject" + o},
      {{"POST", "/docs/a/b%20c?uploads"}, "s3:PutObject" + o},
      {{"PUT", "/docs/a/b%20c?partNumber=1&uploadId=u"}, "s3:PutObject" + o},
      {{"POST", "/docs/a/b%20c?uploadId=u"}, "s3:PutObject" + o},
      {{"GET", "/docs/a/b%20c?uploadId=u&max-parts=7"}, "s3:ListMultipartUploadParts" + o},
      {{"DELETE", "/docs/a/b%20c?uploadId=u"}, "s3:AbortMultipartUpload" + o},
      // A key may end in a slash: consoles call such objects folders.
      {{"PUT", "/docs/a/"}, "s3:PutObject arn:aws:s3:::docs/a/"},
      // Literal in a request, whatever it is in a policy.
      {{"GET", "/docs/*"}, "s3:GetObject arn:aws:s3:::docs/*"},
      {{"GET", "/docs/a?x-id=GetObject&X-Amz-Signature=s&X-Amz-Date=d"},
       "s3:GetObject arn:aws:s3:::docs/a"},
  });
}

// Every row is reached by a request with its method, scope and subresource.
TEST(S3, EveryRowIsReached) {
  const auto table = Bucket();
  for (const S3Operation& row : S3Operations()) {
    TestRequest request;
    request.method = std::string(row.method);
    request.target = row.scope == S3Scope::kService  ? "/"
                     : row.scope == S3Scope::kBucket ? "/docs"
                                                     : "/docs/a";
    if (!row.subresource.empty()) request.target += "?" + std::string(row.subresource);
    const std::string question = QuestionOf(*table, request);
    EXPECT_TRUE(question.starts_with("s3:" + std::string(row.action) + " arn:aws:s3:::"))
        << request.method << " " << request.target << ": " << question;
  }
}

TEST(S3, WhatIsNoRowIsNeverGuessed) {
  const std::string u = "UNMAPPABLE";
  Check({
      {{"POST", "/docs?delete"}, u},  // The keys are in the body.
      {{"POST", "/docs"}, u},         // Form upload: likewise.
      {{"OPTIONS", "/docs/a"}, u},
      {{"PATCH", "/docs/a"}, u},
      {{"get", "/docs/a"}, "MALFORMED_REQUEST"},
      {{"PUT", "/"}, u},
      {{"GET", "/docs?unknown"}, u},
      {{"GET", "/docs/a?unknown"}, u},
      {{"GET", "/docs?ACL"}, u},  // Case-sensitive, and not the object itself either.
      {{"GET", "/docs/a?Acl"}, u},
      {{"GET", "/docs?acl&policy"}, u},
      {{"GET", "/docs/a?acl&tagging"}, u},
      {{"DELETE", "/docs?acl"}, u},
      {{"PUT", "/docs?location"}, u},
      {{"PUT", "/docs/a?versionId=v1"}, u},
      {{"PUT", "/docs/a?partNumber=1"}, u},
      {{"PUT", "/docs/a?x-amz-acl=public-read"}, u},
      {{"GET", "/docs/a?versionId="}, u},
      {{"GET", "/docs/a?versionId"}, u},
      {{"POST", "/docs/a?select&select-type=2"}, u},
      {{"GET", "/Docs/a"}, u},  // No name of a bucket.
      {{"GET", "/do/a"}, u},
      {{"GET", "/do:cs/a"}, u},
      {{"GET", "/*/a"}, u},
      {{"DELETE", "/docs/a", {{"x-amz-copy-source", "/src/key"}}}, u},
      {{"PUT", "/docs", {{"x-amz-copy-source", "/src/key"}}}, u},
      {{"GET", "/docs/a?versionId=1&versionId=2"}, "MISSING_VALUE"},
      {{"GET", "/docs?prefix=a&prefix=b"}, "MISSING_VALUE"},
      {{"GET", "/docs?prefix=a;prefix=b"}, "MISSING_VALUE"},
      {{"GET", "/docs?prefix=a+b"}, "MISSING_VALUE"},
      {{"GET", "/docs?prefix=a%0Ab"}, "MALFORMED_REQUEST"},
  });
}

TEST(S3, CopiesReadTheSourceAndWriteTheTarget) {
  const std::string both =
      "s3:GetObject arn:aws:s3:::src/a b; s3:PutObject arn:aws:s3:::docs/k "
      "s3:x-amz-copy-source=src/a b";
  const std::string u = "UNMAPPABLE";
  const auto copy = [](std::string_view source) {
    return TestRequest{"PUT", "/docs/k", {{"x-amz-copy-source", source}}};
  };
  Check({
      {copy("/src/a%20b"), both},
      {copy("src/a%20b"), both},
      {copy("/src/a%20b?versionId=v1"),
       "s3:GetObjectVersion arn:aws:s3:::src/a b; s3:PutObject arn:aws:s3:::docs/k "
       "s3:x-amz-copy-source=src/a b"},
      {{"PUT", "/docs/k?partNumber=1&uploadId=u", {{"x-amz-copy-source", "/src/a%20b"}}}, both},
      {copy("src%2Fkey"), u},
      {copy("/src/../other/key"), u},
      {copy("/src/%2e%2e/key"), u},
      {copy("//src/key"), u},
      {copy("/src"), u},
      {copy("/src/"), u},
      {copy("/src/a+b"), u},
      {copy("/src/a?versionId="), u},
      {copy("/src/a?acl"), u},
      {copy("/src/a?versionId=1&versionId=2"), u},
      {copy("arn:aws:s3:eu-west-1:111122223333:accesspoint/x/object/k"), u},
      {copy(""), "MISSING_VALUE"},
      {{"PUT", "/docs/k", {{"x-amz-copy-source", "/src/a"}, {"x-amz-copy-source", "/src/b"}}},
       "MISSING_VALUE"},
      {{"PUT", "/docs/k", {{"x-amz-copy-source", "/src/a,/src/b"}}, {}, true}, "MISSING_VALUE"},
  });
}

TEST(S3, HeadersNeedFurtherPermissions) {
  const std::string put = "s3:PutObject arn:aws:s3:::docs/k; ";
  const std::string b = " arn:aws:s3:::docs";
  Check({
      {{"PUT", "/docs/k", {{"x-amz-acl", "public-read"}}},
       put + "s3:PutObjectAcl arn:aws:s3:::docs/k s3:x-amz-acl=public-read"},
      {{"POST", "/docs/k?uploads", {{"x-amz-acl", "private"}}},
       put + "s3:PutObjectAcl arn:aws:s3:::docs/k s3:x-amz-acl=private"},
      {{"PUT", "/docs/k", {{"x-amz-grant-read", "id=1"}, {"x-amz-grant-read-acp", "id=2"}}},
       put + "s3:PutObjectAcl arn:aws:s3:::docs/k s3:x-amz-grant-read=id=1 "
             "s3:x-amz-grant-read-acp=id=2"},
      {{"PUT", "/docs/k", {{"x-amz-object-lock-mode", "GOVERNANCE"}}},
       put + "s3:PutObjectRetention arn:aws:s3:::docs/k s3:object-lock-mode=GOVERNANCE"},
      {{"PUT", "/docs/k", {{"x-amz-object-lock-legal-hold", "ON"}}},
       put + "s3:PutObjectLegalHold arn:aws:s3:::docs/k s3:object-lock-legal-hold=ON"},
      {{"DELETE", "/docs/k?versionId=v", {{"x-amz-bypass-governance-retention", "true"}}},
       "s3:DeleteObjectVersion arn:aws:s3:::docs/k; s3:BypassGovernanceRetention "
       "arn:aws:s3:::docs/k s3:VersionId=v"},
      {{"PUT", "/docs/k?retention", {{"x-amz-bypass-governance-retention", "true"}}},
       "s3:PutObjectRetention arn:aws:s3:::docs/k; s3:BypassGovernanceRetention "
       "arn:aws:s3:::docs/k"},
      {{"PUT", "/docs", {{"x-amz-acl", "private"}}},
       "s3:CreateBucket" + b + "; s3:PutBucketAcl" + b + " s3:x-amz-acl=private"},
      {{"PUT", "/docs", {{"x-amz-bucket-object-lock-enabled", "true"}}},
       "s3:CreateBucket" + b + "; s3:PutBucketObjectLockConfiguration" + b +
           "; s3:PutBucketVersioning" + b},
      {{"PUT", "/docs", {{"x-amz-object-ownership", "ObjectWriter"}}},
       "s3:CreateBucket" + b + "; s3:PutBucketOwnershipControls" + b +
           " s3:x-amz-object-ownership=ObjectWriter"},
  });
}

TEST(S3, ConditionKeys) {
  const std::string b = "s3:ListBucket arn:aws:s3:::docs";
  const std::string put = "s3:PutObject arn:aws:s3:::docs/k";
  Check({
      {{"GET", "/docs?list-type=2&prefix=home%2Fann%2F&delimiter=%2F&max-keys=10"},
       b + " s3:delimiter=/ s3:max-keys=10 s3:prefix=home/ann/"},
      {{"GET", "/docs?prefix="}, b + " s3:prefix="},
      {{"PUT", "/docs/k", {{"x-amz-storage-class", "GLACIER"}}},
       put + " s3:x-amz-storage-class=GLACIER"},
      {{"PUT", "/docs/k", {{"x-amz-server-side-encryption", "aws:kms"}}},
       put + " s3:x-amz-server-side-encryption=aws:kms"},
      {{"GET", "/docs/k", {{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}}},
       "s3:GetObject arn:aws:s3:::docs/k s3:x-amz-content-sha256=UNSIGNED-PAYLOAD"},
      {{"PUT", "/docs/k", {{"x-amz-tagging", "Team=red%20one&Stage=dev"}}},
       put + "; s3:PutObjectTagging arn:aws:s3:::docs/k s3:RequestObjectTag/Team=red one "
             "s3:RequestObjectTag/Stage=dev s3:RequestObjectTagKeys=Team,Stage"},
      {{"PUT", "/docs/k", {{"x-amz-tagging", "Team=red&Team=blue"}}}, "UNMAPPABLE"},
      {{"PUT", "/docs/k", {{"x-amz-tagging", "=red"}}}, "UNMAPPABLE"},
      {{"PUT", "/docs/k", {{"x-amz-tagging", "Team=%zz"}}}, "UNMAPPABLE"},
      {{"PUT", "/docs/k", {{"x-amz-tagging", "a&b&c&d&e&f&g&h&i&j&k"}}}, "UNMAPPABLE"},
      {{"PUT", "/docs/k", {{"x-amz-acl", "private"}, {"x-amz-acl", "public-read"}}},
       "MISSING_VALUE"},
      {{"PUT", "/docs/k", {{"x_amz_acl", "public-read"}}}, "MISSING_VALUE"},
  });
}

TEST(S3, KeysWithEmptySegmentsNeedTheOption) {
  GatewayDefinition gateway = Orders({Mapped(AnyRule(), Mapping::kS3)});
  EXPECT_EQ(QuestionOf(*TableOf(gateway), {"GET", "/docs/a//b"}), "AMBIGUOUS_PATH");
  gateway.empty_segments = true;
  EXPECT_EQ(QuestionOf(*TableOf(gateway), {"GET", "/docs/a//b"}),
            "s3:GetObject arn:aws:s3:::docs/a//b");
}

}  // namespace
}  // namespace portcullis::route
