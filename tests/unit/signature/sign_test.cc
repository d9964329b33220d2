#include "server/signature/sign.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

const SigningCredentials kLongTerm = {kKeyId, kSecret, std::nullopt};
const SigningCredentials kTemporary = {kSessionKeyId, kSessionSecret, kToken};

SignOptions Signing() {
  return {.region = "us-east-1", .service = "sts", .time = Noon()};
}

OwnedRequest Plain() {
  OwnedRequest request;
  request.Header("Host") = "portcullis.example";
  return request;
}

TEST(SignRequest, HeaderForm) {
  OwnedRequest request = Plain();
  request.query = "b=2&a=1";
  const absl::StatusOr<RequestSignature> made = SignRequest(request.View(), kTemporary, Signing());
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_EQ(made->headers.size(), 3u);
  EXPECT_EQ(made->headers[0].name, "X-Amz-Date");
  EXPECT_EQ(made->headers[0].value, "20261121T120000Z");
  EXPECT_EQ(made->headers[1].name, "X-Amz-Security-Token");
  EXPECT_EQ(made->headers[1].value, kToken);
  EXPECT_EQ(made->headers[2].name, "Authorization");
  EXPECT_EQ(made->headers[2].value,
            "AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/20261121/us-east-1/sts/aws4_request, "
            "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=" +
                made->signature);
  EXPECT_EQ(made->query, "b=2&a=1");
}

TEST(SignRequest, QueryForm) {
  OwnedRequest request = Plain();
  request.query = "Action=GetCallerIdentity";
  SignOptions options = Signing();
  options.presigned_expires = absl::Minutes(1);
  const absl::StatusOr<RequestSignature> made = SignRequest(request.View(), kTemporary, options);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(made->headers.empty());
  EXPECT_EQ(made->query,
            "Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&"
            "X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20261121%2Fus-east-1%2Fsts%2Faws4_request&"
            "X-Amz-Date=20261121T120000Z&X-Amz-SignedHeaders=host&X-Amz-Expires=60&"
            "X-Amz-Security-Token=PCSTv1.EXAMPLE%2Ftoken%2Bwith%3Dspecial%3D%3D&X-Amz-Signature=" +
                made->signature);
}

// What proxies change is not signed; everything else is.
TEST(SignRequest, LeavesOutWhatProxiesChange) {
  OwnedRequest request = Plain();
  for (const char* name : {"Connection", "User-Agent", "TE", "Transfer-Encoding", "Expect",
                           "X-Amzn-Trace-Id", "Upgrade", "Content-Type", "X-Custom", "Accept"}) {
    request.Header(name) = "v";
  }
  request.headers.push_back({"x-custom", "w"});
  const absl::StatusOr<RequestSignature> made = SignRequest(request.View(), kLongTerm, Signing());
  ASSERT_TRUE(made.ok()) << made.status();
  request.Apply(*made);
  EXPECT_EQ(ParseAuthentication(request.View())->signed_headers,
            "accept;content-type;host;x-amz-date;x-custom");
  request.Header("User-Agent") = "changed";
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), absl::OkStatus());
}

TEST(SignRequest, CutsTimeToTheSecond) {
  SignOptions options = Signing();
  options.time += absl::Milliseconds(999);
  const auto made = SignRequest(Plain().View(), kLongTerm, options);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->signature, SignRequest(Plain().View(), kLongTerm, Signing())->signature);
}

TEST(SignRequest, RefusesWhatHasAPartOfASignature) {
  for (const char* name :
       {"Authorization", "x-amz-date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}) {
    OwnedRequest request = Plain();
    request.Header(name) = "v";
    EXPECT_EQ(SignRequest(request.View(), kLongTerm, Signing()).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
  OwnedRequest request = Plain();
  request.query = "X-Amz-Expires=60";
  EXPECT_EQ(SignRequest(request.View(), kLongTerm, Signing()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SignRequest, RefusesWhatWouldNotVerify) {
  struct Case {
    const char* name;
    void (*change)(OwnedRequest*, SigningCredentials*, SignOptions*);
  };
  for (const Case& c : {
           Case{"no host", [](auto*r, auto*, auto*) { r->Remove("Host"); }},
           Case{"line end", [](auto*r, auto*, auto*) { r->Header("X") = "a\nb"; }},
           Case{"header name", [](auto*r, auto*, auto*) { r->Header("X Y") = "a"; }},
           Case{"method", [](auto*r, auto*, auto*) { r->method = "G\nET"; }},
           Case{"path", [](auto*r, auto*, auto*) { r->path = "relative"; }},
           Case{"query", [](auto*r, auto*, auto*) { r->query = "a=%"; }},
           Case{"no body hash", [](auto*r, auto*, auto*) { r->body = std::nullopt; }},
           Case{"no key id", [](auto*, auto*k, auto*) { k->access_key_id = ""; }},
           Case{"key id", [](auto*, auto*k, auto*) { k->access_key_id = "a/b"; }},
           Case{"no secret", [](auto*, auto*k, auto*) { k->secret_access_key = ""; }},
           Case{"token", [](auto*, auto*k, auto*) { k->session_token = " t"; }},
           Case{"token line end", [](auto*, auto*k, auto*) { k->session_token = "a\nb"; }},
           Case{"no region", [](auto*, auto*, auto*o) { o->region = ""; }},
           Case{"region", [](auto*, auto*, auto*o) { o->region = "a/b"; }},
           Case{"no service", [](auto*, auto*, auto*o) { o->service = ""; }},
           Case{"service", [](auto*, auto*, auto*o) { o->service = "a\nb"; }},
           Case{"no time", [](auto*, auto*, auto*o) { o->time = absl::InfinitePast(); }},
           Case{"expires 0",
                [](auto*, auto*, auto*o) { o->presigned_expires = absl::ZeroDuration(); }},
           Case{"expires 7 days and 1 s",
                [](auto*, auto*, auto*o) { o->presigned_expires = absl::Seconds(604801); }},
       }) {
    OwnedRequest request = Plain();
    SigningCredentials credentials = kLongTerm;
    SignOptions options = Signing();
    c.change(&request, &credentials, &options);
    const absl::Status status = SignRequest(request.View(), credentials, options).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.name << ": " << status;
  }
}

}  // namespace
}  // namespace portcullis::signature
