#include "server/signature/canonical_request.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

TEST(CanonicalRequest, HasItsSixParts) {
  OwnedRequest request;
  request.method = "POST";
  request.query = "a";
  request.Header("Host") = "h";
  EXPECT_EQ(CanonicalRequest(request.View(), "host", "HASH", {}),
            "POST\n/\na=\nhost:h\n\nhost\nHASH");
}

TEST(CanonicalRequest, LeavesTheSignatureOutIfPresigned) {
  OwnedRequest request;
  request.query = "X-Amz-Signature=s&a=1";
  request.Header("Host") = "h";
  EXPECT_EQ(CanonicalRequest(request.View(), "host", "HASH", {.presigned = true}),
            "GET\n/\na=1\nhost:h\n\nhost\nHASH");
}

TEST(CanonicalRequest, NeedsEverySignedHeader) {
  OwnedRequest request;
  request.Header("Host") = "h";
  EXPECT_EQ(CanonicalRequest(request.View(), "host;x", "HASH", {}), std::nullopt);
  request.Header("x") = "a\nb";
  EXPECT_EQ(CanonicalRequest(request.View(), "host;x", "HASH", {}), std::nullopt);
}

TEST(BodySha256, IsLowerCaseHexadecimal) {
  EXPECT_EQ(BodySha256(""), kEmptyBodySha256);
  EXPECT_EQ(BodySha256("Action=GetCallerIdentity&Version=2011-06-15"),
            "ab821ae955788b0e33ebd34c208442ccfc2d406e2edc5e7a39bd6458fbb4f843");
}

}  // namespace
}  // namespace portcullis::signature
