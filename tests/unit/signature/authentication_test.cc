#include "server/signature/authentication.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

constexpr std::string_view kCredential =
    "Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/sts/aws4_request";
// Where a signature belongs; must never be seen in a message.
const std::string kGivenSignature(64, 'f');

std::string Text(absl::string_view text) {
  return {text.data(), text.size()};
}

OwnedRequest WithAuthorization(std::string_view authorization) {
  OwnedRequest request;
  request.Header("Host") = "h";
  request.Header("X-Amz-Date") = "20261121T120000Z";
  request.Header("Authorization") = authorization;
  return request;
}

std::string Full(std::string_view credential = kCredential,
                 std::string_view signed_headers = "SignedHeaders=host;x-amz-date") {
  return "AWS4-HMAC-SHA256 " + std::string(credential) + ", " + std::string(signed_headers) +
         ", Signature=" + kGivenSignature;
}

OwnedRequest WithQuery(std::string query) {
  OwnedRequest request;
  request.Header("Host") = "h";
  request.query = std::move(query);
  return request;
}

const char kQuery[] =
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261121%2Fr%2Fs%2Faws4_request&"
    "X-Amz-Date=20261121T120000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=ff";

std::string QueryWith(std::string_view from, std::string_view to) {
  std::string query = kQuery;
  query.replace(query.find(from), from.size(), to);
  return query;
}

absl::Status Parse(const OwnedRequest& request, const ParseOptions& options = {}) {
  return ParseAuthentication(request.View(), options).status();
}

void ExpectIncomplete(const absl::Status& status, std::string_view message_start = "") {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(base::ReasonOf(status), "IncompleteSignature") << status;
  EXPECT_EQ(Text(status.message()).substr(0, message_start.size()), message_start);
}

TEST(ParseAuthentication, NoCredentialsAtAll) {
  OwnedRequest request;
  request.Header("X-Amz-Date") = "20261121T120000Z";
  request.query = "Action=GetCallerIdentity";
  const absl::Status status = Parse(request);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::ReasonOf(status), "MissingAuthenticationToken");
  EXPECT_EQ(status.message(), "Request is missing Authentication Token");
  request.Header("Authorization") = "  ";
  EXPECT_EQ(base::ReasonOf(Parse(request)), "MissingAuthenticationToken");
}

TEST(ParseAuthentication, OtherAlgorithms) {
  const auto message = [](std::string_view authorization) {
    const absl::Status status = Parse(WithAuthorization(authorization));
    ExpectIncomplete(status);
    return Text(status.message());
  };
  EXPECT_EQ(message("AWS4-ECDSA-P256-SHA256 Credential=a"),
            "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'");
  EXPECT_EQ(message("Bearer abc"), "Unsupported AWS 'algorithm': 'Bearer'");
  EXPECT_EQ(message("aws4-hmac-sha256 Credential=a"),
            "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'");
  // What may be a secret, or a signature behind a wrong separator, is not repeated.
  EXPECT_EQ(message("s3cr3t"), "Unsupported AWS 'algorithm': ''");
  EXPECT_EQ(message("AWS4-HMAC-SHA256,Signature=abc"),
            "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA256'");
  ExpectIncomplete(Parse(WithQuery(QueryWith("=AWS4-HMAC-SHA256", "=AWS4-ECDSA-P256-SHA256"))),
                   "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'");
}

TEST(ParseAuthentication, PartsMissing) {
  struct Case {
    const char* authorization;
    bool date;
    const char* message;
  };
  for (const Case& c : {
           Case{"AWS4-HMAC-SHA256", false,
                "Authorization header requires 'Credential' parameter. Authorization header "
                "requires 'Signature' parameter. Authorization header requires 'SignedHeaders' "
                "parameter. Authorization header requires existence of either a 'X-Amz-Date' or a "
                "'Date' header. Authorization=AWS4-HMAC-SHA256"},
           Case{"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host", true,
                "Authorization header requires 'Signature' parameter. "
                "Authorization=AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host"},
           Case{"AWS4-HMAC-SHA256 Signature=1234,Credential=a", true,
                "Authorization header requires 'SignedHeaders' parameter. "
                "Authorization=AWS4-HMAC-SHA256 Credential=a, Signature=..."},
           Case{"AWS4-HMAC-SHA256 SignedHeaders=host,Signature=1234", true,
                "Authorization header requires 'Credential' parameter. "
                "Authorization=AWS4-HMAC-SHA256 SignedHeaders=host, Signature=..."},
           Case{"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=1234", false,
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                "header. Authorization=AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, "
                "Signature=..."},
           // Blanks instead of commas: the signature stays out of the message all the same.
           Case{"AWS4-HMAC-SHA256 Credential=a SignedHeaders=host Signature=1234", true,
                "Authorization header requires 'Signature' parameter. Authorization header "
                "requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a"},
       }) {
    OwnedRequest request = WithAuthorization(c.authorization);
    if (!c.date) request.Remove("X-Amz-Date");
    const absl::Status status = Parse(request);
    ExpectIncomplete(status);
    EXPECT_EQ(status.message(), c.message);
    EXPECT_EQ(Text(status.message()).find("1234"), std::string::npos);
  }
}

TEST(ParseAuthentication, ParametersInAnyOrderAndWithAnyBlanks) {
  for (const std::string& good :
       {Full(),
        "AWS4-HMAC-SHA256 " + std::string(kCredential) +
            ",SignedHeaders=host;x-amz-date,Signature=" + kGivenSignature,
        "  AWS4-HMAC-SHA256 \t Signature=" + kGivenSignature +
            " ,  SignedHeaders=host;x-amz-date , " + std::string(kCredential) + " "}) {
    const auto parsed = ParseAuthentication(WithAuthorization(good).View());
    ASSERT_TRUE(parsed.ok()) << good << parsed.status();
    EXPECT_EQ(parsed->access_key_id, kKeyId);
    EXPECT_EQ(parsed->scope_date, "20261121");
    EXPECT_EQ(parsed->signed_headers, "host;x-amz-date");
    EXPECT_EQ(parsed->signature, kGivenSignature);
    EXPECT_EQ(parsed->time, Noon());
    EXPECT_EQ(parsed->security_token, std::nullopt);
    EXPECT_FALSE(parsed->presigned);
  }
}

TEST(ParseAuthentication, MalformedAuthorization) {
  for (const std::string& bad :
       {Full() + ",", Full() + ", X=y", Full() + ", Signature=a", Full() + ", Credential=a",
        Full() + ", x", Full() + ",,", std::string("AWS4-HMAC-SHA256 credential=a"),
        Full("Credential=AKID/20261121/us-east-1/sts"),
        Full("Credential=AKID/20261121/us-east-1/sts/aws4_request/x"),
        Full("Credential=/20261121/us-east-1/sts/aws4_request"),
        Full("Credential=AK-ID/20261121/us-east-1/sts/aws4_request"),
        Full("Credential=AKID//us-east-1/sts/aws4_request"),
        Full("Credential=AKID/20261121//sts/aws4_request"),
        Full("Credential=AKID/20261121/us-east-1/s ts/aws4_request"),
        Full("Credential=AKID/20261121/us-east-1/sts/"), Full("Credential=")}) {
    const absl::Status status = Parse(WithAuthorization(bad));
    ExpectIncomplete(status);
    EXPECT_EQ(Text(status.message()).find(kGivenSignature), std::string::npos) << bad;
  }
}

TEST(ParseAuthentication, SignedHeadersHaveOneSpelling) {
  for (const char* bad :
       {"", ";", "host;", ";host", "host;;x", "Host", "x-amz-date;host", "host;host", "host;x y",
        "host:x", "host;authorization", "connection;host", "host;transfer-encoding", "host;te",
        "host;upgrade", "host;keep-alive", "host;trailer", "host;proxy-authorization"}) {
    ExpectIncomplete(
        Parse(WithAuthorization(Full(kCredential, std::string("SignedHeaders=") + bad))));
  }
  for (const char* good : {"host", ":authority", ":authority;x-amz-date", "a;host;x_y;z~"}) {
    EXPECT_TRUE(
        Parse(WithAuthorization(Full(kCredential, std::string("SignedHeaders=") + good))).ok())
        << good;
  }
}

TEST(ParseAuthentication, Dates) {
  OwnedRequest request = WithAuthorization(Full());
  request.Header("X-Amz-Date") = "2026-11-21T12:00:00Z";
  const absl::Status status = Parse(request);
  ExpectIncomplete(status,
                   "Date must be in ISO-8601 'basic format'. Got '2026-11-21T12:00:00Z'. See ");

  request.Header("X-Amz-Date") = "20261121T130000Z";
  request.Header("Date") = "Sat, 21 Nov 2026 12:00:00 GMT";
  EXPECT_EQ(ParseAuthentication(request.View())->date, "20261121T130000Z");  // It wins.
  request.Header("X-Amz-Date") = "Sat, 21 Nov 2026 12:00:00 GMT";
  ExpectIncomplete(Parse(request));

  request.Remove("X-Amz-Date");
  EXPECT_EQ(ParseAuthentication(request.View())->time, Noon());
  EXPECT_EQ(ParseAuthentication(request.View())->date, "20261121T120000Z");
  request.Header("Date") = "20261121T120000Z";
  EXPECT_EQ(ParseAuthentication(request.View())->date, "20261121T120000Z");
  request.Header("Date") = "yesterday\n";
  ExpectIncomplete(Parse(request), "Date must be in ISO-8601 'basic format'. Got 'yesterday?'.");

  ExpectIncomplete(Parse(WithQuery(QueryWith("20261121T120000Z", "now"))),
                   "Date must be in ISO-8601 'basic format'. Got 'now'.");
}

TEST(ParseAuthentication, BothFormsAtOnce) {
  for (const char* query :
       {kQuery, "X-Amz-Signature=a", "X-Amz-Security-Token=t", "X-Amz-Date=d"}) {
    OwnedRequest request = WithAuthorization(Full());
    request.query = query;
    ExpectIncomplete(Parse(request),
                     "Authentication must be in the headers or in the query string");
  }
  OwnedRequest request = WithQuery(kQuery);
  request.Header("X-Amz-Security-Token") = "t";
  ExpectIncomplete(Parse(request), "Authentication must be in the headers or in the query string");
}

TEST(ParseAuthentication, OnceEach) {
  for (const char* name : {"Authorization", "X-Amz-Date", "Host", "x-amz-security-token"}) {
    OwnedRequest request = WithAuthorization(Full());
    request.Header("x-amz-security-token") = "t";
    request.headers.push_back({name, request.Header(name)});
    ExpectIncomplete(Parse(request));
  }
  ExpectIncomplete(Parse(WithQuery(std::string(kQuery) + "&X-Amz-Signature=a")));
}

TEST(ParseAuthentication, PresignedPartsMissing) {
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                           "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"}) {
    const absl::Status status = Parse(WithQuery(QueryWith(name, "Other")));
    ExpectIncomplete(status);
    EXPECT_EQ(status.message(), "AWS query-string parameters must include '" + std::string(name) +
                                    "'. Re-examine the query-string parameters.");
  }
}

TEST(ParseAuthentication, PresignedExpiry) {  // 1 to 604800 seconds.
  const auto parse = [](const char* seconds) {
    return ParseAuthentication(
        WithQuery(QueryWith("Expires=60", std::string("Expires=") + seconds)).View());
  };
  EXPECT_EQ(parse("1")->expires, absl::Seconds(1));
  EXPECT_EQ(parse("604800")->expires, absl::Hours(168));
  EXPECT_TRUE(parse("60")->presigned);
  for (const char* bad : {"0", "604801", "", "-1", "60s", "1e3", "+60", "99999999999999999999"}) {
    ExpectIncomplete(parse(bad).status(), "X-Amz-Expires must be");
  }
}

TEST(ParseAuthentication, PresignedOnlyWhereAllowed) {
  ParseOptions options;
  EXPECT_TRUE(Parse(WithQuery(kQuery), options).ok());
  options.presigned_allowed = false;
  ExpectIncomplete(Parse(WithQuery(kQuery), options));
  EXPECT_TRUE(Parse(WithAuthorization(Full()), options).ok());
}

TEST(ParseAuthentication, RequestsThatCannotBe) {
  OwnedRequest request = WithAuthorization(Full());
  for (const char* method : {"", "G ET", "GET\n", "GET\nx"}) {
    request.method = method;
    ExpectIncomplete(Parse(request));
  }
  request.method = "GET";
  for (const char* path : {"a", "*", "http://h/"}) {
    request.path = path;
    ExpectIncomplete(Parse(request));
  }
  request.path = "";
  EXPECT_TRUE(Parse(request).ok());
}

// Each bound, at it and one past it.
TEST(ParseAuthentication, Bounds) {
  const auto expect = [](const OwnedRequest& request, bool ok, const char* what) {
    const absl::Status status = Parse(request);
    EXPECT_EQ(status.ok(), ok) << what << ": " << status;
    if (!ok) ExpectIncomplete(status);
  };
  for (const size_t past : {0, 1}) {
    const bool ok = past == 0;
    OwnedRequest request = WithAuthorization(Full());
    request.method = std::string(kMethodBytesMax + past, 'G');
    expect(request, ok, "method");

    request = WithAuthorization(Full());
    request.path = "/" + std::string(kPathBytesMax - 1 + past, 'p');
    expect(request, ok, "path");

    request = WithAuthorization(Full());
    request.query = std::string(kQueryBytesMax + past, 'q');
    expect(request, ok, "query");

    request = WithAuthorization(Full());
    while (request.headers.size() < kHeadersMax + past) request.headers.push_back({"n", "v"});
    expect(request, ok, "headers");

    request = WithAuthorization(Full());
    size_t bytes = 1;
    for (const OwnedHeader& header : request.headers) {
      bytes += header.name.size() + header.value.size();
    }
    request.Header("n") = std::string(kHeaderBytesMax - bytes + past, 'v');
    expect(request, ok, "header bytes");

    const std::string scope = "/20261121/us-east-1/sts/aws4_request";
    expect(WithAuthorization(
               Full("Credential=" + std::string(kAccessKeyIdBytesMax + past, 'A') + scope)),
           ok, "access key id");
    expect(
        WithAuthorization(Full("Credential=AKID/20261121/" +
                               std::string(kScopePartBytesMax + past, 'r') + "/sts/aws4_request")),
        ok, "region");

    std::string names = "SignedHeaders=h100";
    for (size_t i = 1; i < kSignedHeadersMax + past; ++i) names += ";h" + std::to_string(100 + i);
    expect(WithAuthorization(Full(kCredential, names)), ok, "signed headers");

    std::string long_header = Full();
    long_header += std::string(kAuthorizationBytesMax - long_header.size() + past, 'f');
    expect(WithAuthorization(long_header), ok, "authorization");
  }
}

}  // namespace
}  // namespace portcullis::signature
