#include "server/route/s3_operations_internal.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace portcullis::route {
namespace {

constexpr S3Scope kService = S3Scope::kService;
constexpr S3Scope kBucket = S3Scope::kBucket;
constexpr S3Scope kObject = S3Scope::kObject;

constexpr std::string_view kList =
    "prefix delimiter max-keys marker encoding-type list-type continuation-token start-after "
    "fetch-owner";
constexpr std::string_view kVersions =
    "prefix delimiter max-keys key-marker version-id-marker encoding-type";
constexpr std::string_view kUploads =
    "prefix delimiter max-uploads key-marker upload-id-marker encoding-type";
constexpr std::string_view kBuckets = "max-buckets continuation-token prefix bucket-region";
constexpr std::string_view kConfigurations = "id continuation-token";
constexpr std::string_view kRead =
    "versionId partNumber response-cache-control response-content-disposition "
    "response-content-encoding response-content-language response-content-type response-expires";
constexpr std::string_view kParts = "max-parts part-number-marker encoding-type";
constexpr std::string_view kVersion = "versionId";

// Amazon S3 User Guide, "Required permissions for Amazon S3 API operations". Configurations are
// deleted with the permission to put them, unless there is one for deleting.
//
// Not here, and therefore no action: POST ?delete, whose keys are in the body; uploads by HTML
// forms, likewise; OPTIONS, which has no permission; select, access points, directory buckets.
constexpr auto kOperations = std::to_array<S3Operation>({
    // method, scope, subresource, parameters, action, with versionId
    {"GET", kService, "", kBuckets, "ListAllMyBuckets", ""},

    {"GET", kBucket, "", kList, "ListBucket", ""},
    {"HEAD", kBucket, "", "", "ListBucket", ""},
    {"PUT", kBucket, "", "", "CreateBucket", ""},
    {"DELETE", kBucket, "", "", "DeleteBucket", ""},
    {"GET", kBucket, "versions", kVersions, "ListBucketVersions", ""},
    {"GET", kBucket, "uploads", kUploads, "ListBucketMultipartUploads", ""},
    {"GET", kBucket, "location", "", "GetBucketLocation", ""},
    {"GET", kBucket, "accelerate", "", "GetAccelerateConfiguration", ""},
    {"PUT", kBucket, "accelerate", "", "PutAccelerateConfiguration", ""},
    {"GET", kBucket, "acl", "", "GetBucketAcl", ""},
    {"PUT", kBucket, "acl", "", "PutBucketAcl", ""},
    {"GET", kBucket, "analytics", kConfigurations, "GetAnalyticsConfiguration", ""},
    {"PUT", kBucket, "analytics", "id", "PutAnalyticsConfiguration", ""},
    {"DELETE", kBucket, "analytics", "id", "PutAnalyticsConfiguration", ""},
    {"GET", kBucket, "cors", "", "GetBucketCORS", ""},
    {"PUT", kBucket, "cors", "", "PutBucketCORS", ""},
    {"DELETE", kBucket, "cors", "", "PutBucketCORS", ""},
    {"GET", kBucket, "encryption", "", "GetEncryptionConfiguration", ""},
    {"PUT", kBucket, "encryption", "", "PutEncryptionConfiguration", ""},
    {"DELETE", kBucket, "encryption", "", "PutEncryptionConfiguration", ""},
    {"GET", kBucket, "intelligent-tiering", kConfigurations, "GetIntelligentTieringConfiguration",
     ""},
    {"PUT", kBucket, "intelligent-tiering", "id", "PutIntelligentTieringConfiguration", ""},
    {"DELETE", kBucket, "intelligent-tiering", "id", "PutIntelligentTieringConfiguration", ""},
    {"GET", kBucket, "inventory", kConfigurations, "GetInventoryConfiguration", ""},
    {"PUT", kBucket, "inventory", "id", "PutInventoryConfiguration", ""},
    {"DELETE", kBucket, "inventory", "id", "PutInventoryConfiguration", ""},
    {"GET", kBucket, "lifecycle", "", "GetLifecycleConfiguration", ""},
    {"PUT", kBucket, "lifecycle", "", "PutLifecycleConfiguration", ""},
    {"DELETE", kBucket, "lifecycle", "", "PutLifecycleConfiguration", ""},
    {"GET", kBucket, "logging", "", "GetBucketLogging", ""},
    {"PUT", kBucket, "logging", "", "PutBucketLogging", ""},
    {"GET", kBucket, "metrics", kConfigurations, "GetMetricsConfiguration", ""},
    {"PUT", kBucket, "metrics", "id", "PutMetricsConfiguration", ""},
    {"DELETE", kBucket, "metrics", "id", "PutMetricsConfiguration", ""},
    {"GET", kBucket, "notification", "", "GetBucketNotification", ""},
    {"PUT", kBucket, "notification", "", "PutBucketNotification", ""},
    {"GET", kBucket, "object-lock", "", "GetBucketObjectLockConfiguration", ""},
    {"PUT", kBucket, "object-lock", "", "PutBucketObjectLockConfiguration", ""},
    {"GET", kBucket, "ownershipControls", "", "GetBucketOwnershipControls", ""},
    {"PUT", kBucket, "ownershipControls", "", "PutBucketOwnershipControls", ""},
    {"DELETE", kBucket, "ownershipControls", "", "PutBucketOwnershipControls", ""},
    {"GET", kBucket, "policy", "", "GetBucketPolicy", ""},
    {"PUT", kBucket, "policy", "", "PutBucketPolicy", ""},
    {"DELETE", kBucket, "policy", "", "DeleteBucketPolicy", ""},
    {"GET", kBucket, "policyStatus", "", "GetBucketPolicyStatus", ""},
    {"GET", kBucket, "publicAccessBlock", "", "GetBucketPublicAccessBlock", ""},
    {"PUT", kBucket, "publicAccessBlock", "", "PutBucketPublicAccessBlock", ""},
    {"DELETE", kBucket, "publicAccessBlock", "", "PutBucketPublicAccessBlock", ""},
    {"GET", kBucket, "replication", "", "GetReplicationConfiguration", ""},
    {"PUT", kBucket, "replication", "", "PutReplicationConfiguration", ""},
    {"DELETE", kBucket, "replication", "", "PutReplicationConfiguration", ""},
    {"GET", kBucket, "requestPayment", "", "GetBucketRequestPayment", ""},
    {"PUT", kBucket, "requestPayment", "", "PutBucketRequestPayment", ""},
    {"GET", kBucket, "tagging", "", "GetBucketTagging", ""},
    {"PUT", kBucket, "tagging", "", "PutBucketTagging", ""},
    {"DELETE", kBucket, "tagging", "", "PutBucketTagging", ""},
    {"GET", kBucket, "versioning", "", "GetBucketVersioning", ""},
    {"PUT", kBucket, "versioning", "", "PutBucketVersioning", ""},
    {"GET", kBucket, "website", "", "GetBucketWebsite", ""},
    {"PUT", kBucket, "website", "", "PutBucketWebsite", ""},
    {"DELETE", kBucket, "website", "", "DeleteBucketWebsite", ""},

    {"GET", kObject, "", kRead, "GetObject", "GetObjectVersion"},
    {"HEAD", kObject, "", kRead, "GetObject", "GetObjectVersion"},
    {"PUT", kObject, "", "", "PutObject", ""},
    {"DELETE", kObject, "", kVersion, "DeleteObject", "DeleteObjectVersion"},
    {"GET", kObject, "acl", kVersion, "GetObjectAcl", "GetObjectVersionAcl"},
    {"PUT", kObject, "acl", kVersion, "PutObjectAcl", "PutObjectVersionAcl"},
    {"GET", kObject, "attributes", kVersion, "GetObjectAttributes", "GetObjectVersionAttributes"},
    {"GET", kObject, "legal-hold", kVersion, "GetObjectLegalHold", ""},
    {"PUT", kObject, "legal-hold", kVersion, "PutObjectLegalHold", ""},
    {"GET", kObject, "retention", kVersion, "GetObjectRetention", ""},
    {"PUT", kObject, "retention", kVersion, "PutObjectRetention", ""},
    {"GET", kObject, "tagging", kVersion, "GetObjectTagging", "GetObjectVersionTagging"},
    {"PUT", kObject, "tagging", kVersion, "PutObjectTagging", "PutObjectVersionTagging"},
    {"DELETE", kObject, "tagging", kVersion, "DeleteObjectTagging", "DeleteObjectVersionTagging"},
    {"GET", kObject, "torrent", "", "GetObjectTorrent", ""},
    {"POST", kObject, "restore", kVersion, "RestoreObject", ""},
    {"POST", kObject, "uploads", "", "PutObject", ""},
    {"PUT", kObject, "uploadId", "partNumber", "PutObject", ""},
    {"POST", kObject, "uploadId", "", "PutObject", ""},
    {"GET", kObject, "uploadId", kParts, "ListMultipartUploadParts", ""},
    {"DELETE", kObject, "uploadId", "", "AbortMultipartUpload", ""},
});

constexpr std::string_view kBypass = "BypassGovernanceRetention";

constexpr auto kHeaderActions = std::to_array<S3HeaderAction>({
    {"x-amz-acl", "PutObject", "PutObjectAcl"},
    {"x-amz-grant-full-control", "PutObject", "PutObjectAcl"},
    {"x-amz-grant-read", "PutObject", "PutObjectAcl"},
    {"x-amz-grant-read-acp", "PutObject", "PutObjectAcl"},
    {"x-amz-grant-write-acp", "PutObject", "PutObjectAcl"},
    {"x-amz-tagging", "PutObject", "PutObjectTagging"},
    {"x-amz-object-lock-mode", "PutObject", "PutObjectRetention"},
    {"x-amz-object-lock-retain-until-date", "PutObject", "PutObjectRetention"},
    {"x-amz-object-lock-legal-hold", "PutObject", "PutObjectLegalHold"},
    {"x-amz-bypass-governance-retention", "DeleteObject", kBypass},
    {"x-amz-bypass-governance-retention", "DeleteObjectVersion", kBypass},
    {"x-amz-bypass-governance-retention", "PutObjectRetention", kBypass},
    {"x-amz-acl", "CreateBucket", "PutBucketAcl"},
    {"x-amz-grant-full-control", "CreateBucket", "PutBucketAcl"},
    {"x-amz-grant-read", "CreateBucket", "PutBucketAcl"},
    {"x-amz-grant-read-acp", "CreateBucket", "PutBucketAcl"},
    {"x-amz-grant-write", "CreateBucket", "PutBucketAcl"},
    {"x-amz-grant-write-acp", "CreateBucket", "PutBucketAcl"},
    {"x-amz-bucket-object-lock-enabled", "CreateBucket", "PutBucketObjectLockConfiguration"},
    {"x-amz-bucket-object-lock-enabled", "CreateBucket", "PutBucketVersioning"},
    {"x-amz-object-ownership", "CreateBucket", "PutBucketOwnershipControls"},
});

// Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
constexpr auto kHeaderKeys = std::to_array<S3Key>({
    {"x-amz-acl", "s3:x-amz-acl"},
    {"x-amz-content-sha256", "s3:x-amz-content-sha256"},
    {"x-amz-grant-full-control", "s3:x-amz-grant-full-control"},
    {"x-amz-grant-read", "s3:x-amz-grant-read"},
    {"x-amz-grant-read-acp", "s3:x-amz-grant-read-acp"},
    {"x-amz-grant-write", "s3:x-amz-grant-write"},
    {"x-amz-grant-write-acp", "s3:x-amz-grant-write-acp"},
    {"x-amz-metadata-directive", "s3:x-amz-metadata-directive"},
    {"x-amz-object-lock-legal-hold", "s3:object-lock-legal-hold"},
    {"x-amz-object-lock-mode", "s3:object-lock-mode"},
    {"x-amz-object-lock-retain-until-date", "s3:object-lock-retain-until-date"},
    {"x-amz-object-ownership", "s3:x-amz-object-ownership"},
    {"x-amz-server-side-encryption", "s3:x-amz-server-side-encryption"},
    {"x-amz-server-side-encryption-aws-kms-key-id",
     "s3:x-amz-server-side-encryption-aws-kms-key-id"},
    {"x-amz-server-side-encryption-customer-algorithm",
     "s3:x-amz-server-side-encryption-customer-algorithm"},
    {"x-amz-storage-class", "s3:x-amz-storage-class"},
    {"x-amz-website-redirect-location", "s3:x-amz-website-redirect-location"},
});

constexpr std::array<S3Key, 4> kParameterKeys = {{
    {"delimiter", "s3:delimiter"},
    {"max-keys", "s3:max-keys"},
    {"prefix", "s3:prefix"},
    {"versionId", "s3:VersionId"},
}};

constexpr std::array<std::string_view, 8> kCommonParameters = {
    "X-Amz-Algorithm", "X-Amz-Content-Sha256", "X-Amz-Credential", "X-Amz-Date",
    "X-Amz-Expires",   "X-Amz-Security-Token", "X-Amz-Signature",  "X-Amz-SignedHeaders"};

}  // namespace

absl::Span<const S3Operation> S3Operations() {
  return kOperations;
}

absl::Span<const S3HeaderAction> S3HeaderActions() {
  return kHeaderActions;
}

absl::Span<const S3Key> S3HeaderKeys() {
  return kHeaderKeys;
}

absl::Span<const S3Key> S3ParameterKeys() {
  return kParameterKeys;
}

bool IsS3CommonParameter(std::string_view name) {
  return name == "x-id" || std::find(kCommonParameters.begin(), kCommonParameters.end(), name) !=
                               kCommonParameters.end();
}

bool IsWordOf(std::string_view list, std::string_view word) {
  if (word.empty()) return false;
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace portcullis::route
