#include "server/signature/verify.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

std::string Text(absl::string_view text) {
  return {text.data(), text.size()};
}

// A POST to STS, not yet signed.
OwnedRequest Plain() {
  OwnedRequest request;
  request.method = "POST";
  request.Header("Host") = "portcullis.example";
  request.body = "Action=GetCallerIdentity&Version=2011-06-15";
  return request;
}

OwnedRequest Signed(OwnedRequest request, const SignOptions& options) {
  const absl::StatusOr<RequestSignature> made =
      SignRequest(request.View(), {kKeyId, kSecret, std::nullopt}, options);
  EXPECT_TRUE(made.ok()) << made.status();
  if (made.ok()) request.Apply(*made);
  return request;
}

SignOptions Signing() {
  return {.region = "us-east-1", .service = "sts", .time = Noon()};
}

SignOptions Presigning(absl::Duration expires) {
  SignOptions options = Signing();
  options.presigned_expires = expires;
  return options;
}

void ExpectMismatch(const absl::Status& status, std::string_view message_start = "") {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_EQ(base::ReasonOf(status), "SignatureDoesNotMatch") << status;
  EXPECT_EQ(Text(status.message()).substr(0, message_start.size()), message_start);
}

constexpr std::string_view kWrong = "The request signature we calculated does not match";

// ---- Scope --------------------------------------------------------------------------------------

TEST(VerifySignature, Regions) {
  for (const char* region : {"us-east-1", "aws-global", "portcullis-1", "x", "EU"}) {
    SignOptions signing = Signing();
    signing.region = region;
    const OwnedRequest request = Signed(Plain(), signing);
    VerifyOptions options = OptionsFor("sts");
    EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), options), absl::OkStatus()) << region;
    options.expected_region = region;
    EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), options), absl::OkStatus()) << region;
    options.expected_region = "eu-west-1";
    ExpectMismatch(
        ParseAndVerify(request, kSecret, Noon(), options),
        "Credential should be scoped to a valid Region, not '" + std::string(region) + "'.");
  }
  OwnedRequest request = Signed(Plain(), Signing());
  std::string& authorization = request.Header("Authorization");
  const std::string original = authorization;
  for (const char* region : {"-us", "us-", "us.east", "us_east", "us%2Feast"}) {
    authorization = original;
    authorization.replace(authorization.find("us-east-1"), 9, region);
    ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")),
                   "Credential should be scoped to a valid Region, not '");
  }
}

TEST(VerifySignature, NoServiceIsTheDefault) {
  const OwnedRequest request = Signed(Plain(), Signing());
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), VerifyOptions()),
                 "Credential should be scoped to correct service: ''.");
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("iam")),
                 "Credential should be scoped to correct service: 'iam'.");
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("STS")));
  VerifyOptions any;
  any.any_service = true;
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), any), absl::OkStatus());
}

// A line end in the scope would let one text be signed as another.
TEST(VerifySignature, ScopesAreOneLine) {
  OwnedRequest request = Signed(Plain(), Presigning(absl::Minutes(1)));
  request.query.replace(request.query.find("us-east-1"), 9, "us%0Aeast");
  EXPECT_EQ(base::ReasonOf(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts"))),
            "IncompleteSignature");
}

// ---- Time ---------------------------------------------------------------------------------------

TEST(VerifySignature, SkewIsFiveMinutesEitherSide) {
  const OwnedRequest request = Signed(Plain(), Signing());
  const auto verify = [&request](absl::Duration after) {
    return ParseAndVerify(request, kSecret, Noon() + after, OptionsFor("sts"));
  };
  EXPECT_EQ(verify(absl::Minutes(5)), absl::OkStatus());
  EXPECT_EQ(verify(-absl::Minutes(5)), absl::OkStatus());
  EXPECT_EQ(verify(absl::Minutes(5) + absl::Seconds(1)).message(),
            "Signature expired: 20261121T120000Z is now earlier than 20261121T120001Z "
            "(20261121T120501Z - 5 min.)");
  EXPECT_EQ(verify(-absl::Minutes(5) - absl::Seconds(1)).message(),
            "Signature not yet current: 20261121T120000Z is still later than 20261121T115959Z "
            "(20261121T115459Z + 5 min.)");
  ExpectMismatch(verify(absl::Minutes(5) + absl::Nanoseconds(1)));
  ExpectMismatch(verify(absl::InfiniteDuration()));
  ExpectMismatch(verify(-absl::InfiniteDuration()));
}

TEST(VerifySignature, SkewIsConfigurable) {
  const OwnedRequest request = Signed(Plain(), Signing());
  VerifyOptions options = OptionsFor("sts");
  options.skew_max = absl::Seconds(90);
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon() + absl::Seconds(90), options),
            absl::OkStatus());
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon() + absl::Seconds(91), options).message(),
            "Signature expired: 20261121T120000Z is now earlier than 20261121T120001Z "
            "(20261121T120131Z - 90 sec.)");
}

TEST(VerifySignature, PresignedRequestsLiveAsLongAsTheySay) {
  const OwnedRequest request = Signed(Plain(), Presigning(absl::Hours(1)));
  const auto verify = [&request](absl::Duration after, absl::Duration lifetime_max) {
    VerifyOptions options = OptionsFor("sts");
    options.presigned_lifetime_max = lifetime_max;
    return ParseAndVerify(request, kSecret, Noon() + after, options);
  };
  EXPECT_EQ(verify(absl::Hours(1), absl::Hours(168)), absl::OkStatus());
  ExpectMismatch(verify(absl::Hours(1) + absl::Seconds(1), absl::Hours(168)),
                 "Signature expired: 20261121T120000Z is now earlier than 20261121T120001Z "
                 "(20261121T130001Z - 60 min.)");
  EXPECT_EQ(verify(-absl::Minutes(5), absl::Hours(168)), absl::OkStatus());
  ExpectMismatch(verify(-absl::Minutes(5) - absl::Seconds(1), absl::Hours(168)),
                 "Signature not yet current: 20261121T120000Z is still later than ");
  EXPECT_EQ(verify(absl::Minutes(15), absl::Minutes(15)), absl::OkStatus());
  ExpectMismatch(verify(absl::Minutes(15) + absl::Seconds(1), absl::Minutes(15)),
                 "Signature expired: ");
  // A short one ends before the window of the header form.
  const OwnedRequest brief = Signed(Plain(), Presigning(absl::Seconds(1)));
  EXPECT_EQ(ParseAndVerify(brief, kSecret, Noon() + absl::Seconds(1), OptionsFor("sts")),
            absl::OkStatus());
  ExpectMismatch(ParseAndVerify(brief, kSecret, Noon() + absl::Seconds(2), OptionsFor("sts")),
                 "Signature expired: ");
}

// ---- Headers ------------------------------------------------------------------------------------

TEST(VerifySignature, HostMustBeSigned) {
  OwnedRequest request = Signed(Plain(), Signing());
  std::string& authorization = request.Header("Authorization");
  authorization.replace(authorization.find("host;"), 5, "");
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")).message(),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
}

TEST(VerifySignature, AuthorityStandsForHost) {
  OwnedRequest request = Signed(Plain(), Signing());
  const std::string host = request.Header("Host");
  request.Remove("Host");
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), kWrong);
  request.Header(":authority") = host;
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), absl::OkStatus());
}

TEST(VerifySignature, AmzHeadersMustBeSigned) {
  for (const char* name : {"X-Amz-Meta", "x-amz-cf-id", "X-AMZ-TARGET"}) {
    OwnedRequest request = Signed(Plain(), Signing());
    request.headers.push_back({name, "v"});
    VerifyOptions options = OptionsFor("sts");
    EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), options).message(),
              "'" + std::string(name) + "' must be a 'SignedHeader' in the AWS Authorization.");
    options.foreign_amz_headers_allowed = true;
    EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), options), absl::OkStatus());
  }
  for (const char* name : {"X-Amz-Security-Token", "X-Amz-Content-Sha256"}) {
    OwnedRequest request = Signed(Plain(), Signing());
    request.headers.push_back({name, "v"});
    VerifyOptions options = OptionsFor("sts");
    options.foreign_amz_headers_allowed = true;
    ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), options),
                   "'" + std::string(name) + "' must be a 'SignedHeader'");
  }
  OwnedRequest other = Signed(Plain(), Signing());
  other.headers.push_back({"X-Amzn-Trace-Id", "v"});  // Not one of them.
  EXPECT_EQ(ParseAndVerify(other, kSecret, Noon(), OptionsFor("sts")), absl::OkStatus());
}

TEST(VerifySignature, ASignedHeaderMustBeThere) {
  OwnedRequest request = Plain();
  request.Header("X-Custom") = "v";
  request = Signed(request, Signing());
  request.Remove("X-Custom");
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), kWrong);
}

// presigned GetCallerIdentity with a signed header of the verifier's own.
TEST(VerifySignature, PresignedRequestsMaySignMoreHeaders) {
  OwnedRequest request = Plain();
  request.method = "GET";
  request.body = "";
  request.query = "Action=GetCallerIdentity&Version=2011-06-15";
  request.Header("X-K8s-Aws-Id") = "cluster-1";
  request = Signed(request, Presigning(absl::Minutes(1)));
  EXPECT_EQ(ParseAuthentication(request.View())->signed_headers, "host;x-k8s-aws-id");
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), absl::OkStatus());
  request.Header("X-K8s-Aws-Id") = "cluster-2";
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")), kWrong);
}

// ---- Payload ------------------------------------------------------------------------------------

struct PayloadCase {
  const char* name;
  // How it was signed.
  bool declared;
  bool unsigned_payload;
  // What arrives: the body, nothing, or another body.
  const char* body;
  // How it is verified.
  PayloadRule rule;
  bool unsigned_allowed;
  bool ok;
};

constexpr const char* kSame = "same";
constexpr const char* kOther = "other";
constexpr const char* kAbsent = "absent";
constexpr PayloadRule kBody = PayloadRule::kBody;
constexpr PayloadRule kBodyOrDeclared = PayloadRule::kBodyOrDeclared;

TEST(VerifySignature, Payloads) {
  for (const PayloadCase& c : {
           PayloadCase{"plain", false, false, kSame, kBody, false, true},
           PayloadCase{"changed", false, false, kOther, kBody, false, false},
           PayloadCase{"not there", false, false, kAbsent, kBody, false, false},
           PayloadCase{"not there, lenient", false, false, kAbsent, kBodyOrDeclared, false, false},
           PayloadCase{"declared", true, false, kSame, kBody, false, true},
           PayloadCase{"declared, changed", true, false, kOther, kBody, false, false},
           PayloadCase{"declared, not there", true, false, kAbsent, kBody, false, false},
           PayloadCase{"declared, trusted", true, false, kAbsent, kBodyOrDeclared, false, true},
           PayloadCase{"declared, changed", true, false, kOther, kBodyOrDeclared, false, false},
           PayloadCase{"lenient", false, false, kSame, kBodyOrDeclared, false, true},
           PayloadCase{"unsigned", false, true, kSame, kBody, false, false},
           PayloadCase{"unsigned, lenient", false, true, kAbsent, kBodyOrDeclared, false, false},
           PayloadCase{"unsigned, allowed", false, true, kSame, kBody, true, true},
           PayloadCase{"unsigned, allowed", false, true, kOther, kBody, true, true},
           PayloadCase{"unsigned, allowed", false, true, kAbsent, kBody, true, true},
           PayloadCase{"declared, could be unsigned", true, false, kOther, kBody, true, false},
           PayloadCase{"plain, could be unsigned", false, false, kOther, kBody, true, false},
       }) {
    SignOptions signing = Signing();
    signing.declare_payload = c.declared;
    signing.payload_unsigned = c.unsigned_payload;
    OwnedRequest request = Signed(Plain(), signing);
    if (c.body == kOther) request.body = "other";
    if (c.body == kAbsent) request.body = std::nullopt;
    VerifyOptions options = OptionsFor("sts");
    options.payload_rule = c.rule;
    options.unsigned_payload_allowed = c.unsigned_allowed;
    const absl::Status status = ParseAndVerify(request, kSecret, Noon(), options);
    EXPECT_EQ(status.ok(), c.ok) << c.name << ", " << c.body << ": " << status;
    if (!c.ok) ExpectMismatch(status);
  }
}

TEST(VerifySignature, OtherDeclarationsAreRefused) {
  for (const std::string& declared :
       {std::string("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        std::string("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), std::string("unsigned-payload"),
        std::string(), std::string(64, 'A'), std::string(63, 'a'), std::string(65, 'a')}) {
    SignOptions signing = Signing();
    signing.declare_payload = true;
    OwnedRequest request = Signed(Plain(), signing);
    request.Header("X-Amz-Content-Sha256") = declared;
    VerifyOptions options = OptionsFor("sts");
    options.payload_rule = kBodyOrDeclared;
    options.unsigned_payload_allowed = true;
    for (const bool body : {true, false}) {
      if (!body) request.body = std::nullopt;
      ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), options),
                     "The provided 'x-amz-content-sha256' header must be");
    }
  }
}

TEST(VerifySignature, ABodyHashIsOne) {
  const OwnedRequest request = Signed(Plain(), Signing());
  SignedRequest view = request.View();
  const absl::StatusOr<Authentication> parsed = ParseAuthentication(view);
  ASSERT_TRUE(parsed.ok());
  for (const char* hash : {"", "UNSIGNED-PAYLOAD", "x"}) {
    view.body_sha256 = hash;
    ExpectMismatch(VerifySignature(view, *parsed, kSecret, Noon(), OptionsFor("sts"), nullptr),
                   kWrong);
  }
}

// S3 signs presigned requests without their body.
TEST(VerifySignature, PresignedPayloadsOfS3) {
  SignOptions signing = Presigning(absl::Minutes(1));
  signing.payload_unsigned = true;
  OwnedRequest request = Signed(Plain(), signing);
  request.body = std::nullopt;
  VerifyOptions options = OptionsFor("sts");
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), options));
  options.presigned_payload_unsigned = true;
  ExpectMismatch(ParseAndVerify(request, kSecret, Noon(), options));
  options.unsigned_payload_allowed = true;
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), options), absl::OkStatus());
  // It says nothing about the header form.
  OwnedRequest in_headers = Signed(Plain(), Signing());
  in_headers.body = "other";
  ExpectMismatch(ParseAndVerify(in_headers, kSecret, Noon(), options), kWrong);
}

// ---- Signature and cache ------------------------------------------------------------------------

TEST(VerifySignature, SignaturesHaveOneSpelling) {  // lower-case hexadecimal.
  const OwnedRequest original = Signed(Plain(), Signing());
  const std::string right = ParseAuthentication(original.View())->signature;
  std::string upper = right;
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const std::string& wrong :
       {upper, right.substr(1), right + "0", std::string(), right.substr(0, 63) + "g"}) {
    OwnedRequest request = original;
    std::string& authorization = request.Header("Authorization");
    authorization.replace(authorization.find(right), right.size(), wrong);
    const absl::Status status = ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts"));
    ExpectMismatch(status, kWrong);
    EXPECT_EQ(Text(status.message()).find(right), std::string::npos);
  }
}

TEST(VerifySignature, TheCacheDoesNotChangeAnswers) {
  const OwnedRequest request = Signed(Plain(), Signing());
  OwnedRequest forged = request;
  forged.body = "Action=AssumeRole";
  SigningKeyCache cache;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts"), &cache),
              absl::OkStatus());
    ExpectMismatch(ParseAndVerify(forged, kSecret, Noon(), OptionsFor("sts"), &cache), kWrong);
    EXPECT_EQ(cache.size(), 1u);
  }
}

// The key was rotated or deleted and made again: what the old secret left behind is of no use.
TEST(VerifySignature, ARotatedSecretIsNotVerifiedWithTheOldKey) {
  const OwnedRequest request = Signed(Plain(), Signing());
  SigningKeyCache cache;
  EXPECT_EQ(ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts"), &cache), absl::OkStatus());
  ExpectMismatch(ParseAndVerify(request, kSessionSecret, Noon(), OptionsFor("sts"), &cache),
                 kWrong);
}

// Strangers cannot push others' keys out, nor fill the cache.
TEST(VerifySignature, OnlyRightSignaturesEnterTheCache) {
  const OwnedRequest request = Signed(Plain(), Signing());
  SigningKeyCache cache;
  ExpectMismatch(ParseAndVerify(request, "dummy", Noon(), OptionsFor("sts"), &cache), kWrong);
  EXPECT_EQ(cache.size(), 0u);
}

TEST(VerifySignature, MessagesHaveNoSecretsInThem) {
  OwnedRequest request = Plain();
  const absl::StatusOr<RequestSignature> made =
      SignRequest(request.View(), {kSessionKeyId, kSessionSecret, kToken}, Signing());
  ASSERT_TRUE(made.ok()) << made.status();
  request.Apply(*made);
  std::vector<absl::Status> refusals = {
      ParseAndVerify(request, kSecret, Noon(), OptionsFor("sts")),
      ParseAndVerify(request, kSessionSecret, Noon(), OptionsFor("iam")),
      ParseAndVerify(request, kSessionSecret, Noon() + absl::Hours(1), OptionsFor("sts"))};
  request.Remove("X-Amz-Date");
  refusals.push_back(ParseAndVerify(request, kSessionSecret, Noon(), OptionsFor("sts")));
  for (const absl::Status& refusal : refusals) {
    ASSERT_FALSE(refusal.ok());
    for (const std::string_view secret :
         {kSecret, kSessionSecret, kToken, std::string_view(made->signature)}) {
      EXPECT_EQ(Text(refusal.message()).find(secret), std::string::npos) << refusal;
    }
  }
}

}  // namespace
}  // namespace portcullis::signature
