// Requests in the shapes that clients send, and each byte of them changed.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "server/base/error_reason.h"
#include "server/signature/canonical_internal.h"
#include "tests/unit/signature/signature_fixtures.h"

namespace portcullis::signature {
namespace {

using nlohmann::json;

struct ClientCase {
  std::string name;
  std::string region;
  std::string service;
  std::string canonical_request;
  std::string canonical_hash;
  std::string signature;
  OwnedRequest request;
};

// By the first word of the name.
const std::map<std::string, ClientCase>& Cases() {
  static const auto* const cases = [] {
    auto* const loaded = new std::map<std::string, ClientCase>;
    std::ifstream file("tests/conformance/sigv4/clients.json");
    const json clients = json::parse(file);
    for (const json& item : clients.at("cases")) {
      ClientCase c;
      c.name = item.at("name").get<std::string>();
      c.region = item.at("region").get<std::string>();
      c.service = item.at("service").get<std::string>();
      c.canonical_request = Joined(item.at("canonical_request"));
      c.canonical_hash = item.at("canonical_hash").get<std::string>();
      c.signature = item.at("signature").get<std::string>();
      c.request = ReadRequest(Joined(item.at("request")));
      loaded->emplace(c.name.substr(0, c.name.find(' ')), c);
    }
    return loaded;
  }();
  return *cases;
}

const ClientCase& Case(const std::string& name) {
  return Cases().at(name);
}

std::string_view SecretOf(const OwnedRequest& request) {
  const absl::StatusOr<Authentication> parsed = ParseAuthentication(request.View());
  if (!parsed.ok()) return kSecret;
  return parsed->access_key_id == kSessionKeyId ? kSessionSecret : kSecret;
}

VerifyOptions OptionsOf(const ClientCase& c) {
  VerifyOptions options = OptionsFor(c.service);
  options.unsigned_payload_allowed = c.name.rfind("V6", 0) == 0;
  return options;
}

absl::Status Check(const ClientCase& c, const OwnedRequest& request, absl::Time now = Noon()) {
  return ParseAndVerify(request, SecretOf(request), now, OptionsOf(c));
}

constexpr const char* kValid[] = {"V1", "V2", "V3", "V4", "V5", "V6"};

TEST(Clients, AllCasesAreThere) {
  EXPECT_EQ(Cases().size(), 7u);
}

TEST(Clients, AreVerified) {
  for (const char* name : kValid) {
    EXPECT_EQ(Check(Case(name), Case(name).request), absl::OkStatus()) << name;
  }
}

TEST(Clients, AreCanonicalisedAsDocumented) {
  for (const char* name : kValid) {
    const ClientCase& c = Case(name);
    const SignedRequest view = c.request.View();
    const absl::StatusOr<Authentication> parsed = ParseAuthentication(view);
    ASSERT_TRUE(parsed.ok()) << name << parsed.status();
    const std::string payload_hash = c.request.headers.empty() || c.name.rfind("V6", 0) != 0
                                         ? std::string(*view.body_sha256)
                                         : "UNSIGNED-PAYLOAD";
    const std::optional<std::string> canonical = CanonicalRequest(
        view, parsed->signed_headers, payload_hash, {PathRule::kStandard, parsed->presigned});
    EXPECT_EQ(canonical, c.canonical_request) << name;
    EXPECT_EQ(BodySha256(canonical.value_or("")), c.canonical_hash) << name;
    EXPECT_EQ(parsed->signature, c.signature) << name;
  }
}

TEST(Clients, ClaimWhatTheySent) {
  const absl::StatusOr<Authentication> v4 = ParseAuthentication(Case("V4").request.View());
  ASSERT_TRUE(v4.ok()) << v4.status();
  EXPECT_EQ(v4->access_key_id, kSessionKeyId);
  EXPECT_EQ(v4->scope_date, "20261121");
  EXPECT_EQ(v4->region, "us-east-1");
  EXPECT_EQ(v4->service, "sts");
  EXPECT_EQ(v4->terminator, "aws4_request");
  EXPECT_EQ(v4->signed_headers, "host");
  EXPECT_EQ(v4->time, Noon());
  EXPECT_EQ(v4->date, "20261121T120000Z");
  EXPECT_EQ(v4->security_token, kToken);
  EXPECT_TRUE(v4->presigned);
  EXPECT_EQ(v4->expires, absl::Seconds(60));

  const absl::StatusOr<Authentication> v2 = ParseAuthentication(Case("V2").request.View());
  ASSERT_TRUE(v2.ok()) << v2.status();
  EXPECT_EQ(v2->region, "ap-northeast-2");
  EXPECT_EQ(v2->service, "iam");
  EXPECT_EQ(v2->signed_headers, "content-type;host;x-amz-date;x-amz-security-token");
  EXPECT_EQ(v2->security_token, kToken);
  EXPECT_FALSE(v2->presigned);
  EXPECT_EQ(v2->expires, absl::ZeroDuration());

  const absl::StatusOr<Authentication> v1 = ParseAuthentication(Case("V1").request.View());
  ASSERT_TRUE(v1.ok()) << v1.status();
  EXPECT_EQ(v1->security_token, std::nullopt);
}

// An old curl signs the path and the query as they are: one signature for two spellings of a path.
TEST(Clients, OldCurlIsRefused) {
  EXPECT_EQ(base::ReasonOf(Check(Case("V7"), Case("V7").request)), "SignatureDoesNotMatch");
  OwnedRequest standard = Case("V7").request;
  std::string& authorization = standard.Header("Authorization");
  authorization.replace(authorization.find(Case("V7").signature), 64,
                        "94abecc8e04cb484f8325a5bf90ea1aede0ad21237b8f579931ab9cd033d5605");
  EXPECT_EQ(Check(Case("V7"), standard), absl::OkStatus());
}

// ---- Every byte counts --------------------------------------------------------------------------

// Calls `check` with each byte of `text` changed, in three ways.
template <typename Check>
void ChangeEachByte(std::string* text, const Check& check) {
  for (size_t i = 0; i < text->size(); ++i) {
    const char original = (*text)[i];
    for (const int bit : {0x01, 0x10, 0x20}) {
      (*text)[i] = static_cast<char>(original ^ bit);
      check(i);
    }
    (*text)[i] = original;
  }
}

// Whether the change at `i` is one that HTTP does not see.
bool IsBlankAt(const std::string& text, size_t i) {
  return text[i] == ' ' || text[i] == '\t';
}

class EachByte : public testing::TestWithParam<const char*> {
 protected:
  void ExpectRefused(const OwnedRequest& request, std::string_view what, size_t i) {
    // The key that the original was signed with: a changed key id must not help either.
    const absl::Status status =
        ParseAndVerify(request, SecretOf(Case(GetParam()).request), Noon(), options_);
    EXPECT_FALSE(status.ok()) << what << " byte " << i;
  }

  const VerifyOptions options_ = OptionsOf(Case(GetParam()));
  OwnedRequest request_ = Case(GetParam()).request;
};

TEST_P(EachByte, OfTheMethodCounts) {
  ChangeEachByte(&request_.method, [&](size_t i) { ExpectRefused(request_, "method", i); });
}

TEST_P(EachByte, OfThePathCounts) {
  const auto canonical = [](std::string_view path) {
    std::string text;
    AppendCanonicalPath(path, PathRule::kStandard, &text);
    return text;
  };
  const std::string original = canonical(request_.path);
  ChangeEachByte(&request_.path, [&](size_t i) {
    if (canonical(request_.path) == original) return;  // A doubled slash became something removed.
    ExpectRefused(request_, "path", i);
  });
}

TEST_P(EachByte, OfTheQueryCounts) {
  const std::string original = request_.query;
  ChangeEachByte(&request_.query, [&](size_t i) {
    // %2f and %2F, and %53 and S, are one: compare as the rule does.
    if (request_.query[i] == original[i]) return;
    const bool respelled = (original[i] ^ request_.query[i]) == 0x20 && i >= 1 &&
                           (original[i - 1] == '%' || (i >= 2 && original[i - 2] == '%'));
    if (respelled) return;
    ExpectRefused(request_, "query", i);
  });
}

TEST_P(EachByte, OfASignedHeaderCounts) {
  const std::string signed_headers = ParseAuthentication(request_.View())->signed_headers;
  for (OwnedHeader& header : request_.headers) {
    if (!IsSigned(signed_headers, header.name)) continue;
    const std::string original = header.value;
    ChangeEachByte(&header.value, [&](size_t i) {
      if (IsBlankAt(original, i) && IsBlankAt(header.value, i)) return;
      ExpectRefused(request_, header.name, i);
    });
  }
}

TEST_P(EachByte, OfTheAuthorizationCounts) {
  for (OwnedHeader& header : request_.headers) {
    if (header.name != "Authorization") continue;
    const std::string original = header.value;
    const size_t key_id = original.find('=') + 1;
    ChangeEachByte(&header.value, [&](size_t i) {
      // The key id is not signed: it says whose secret is used, and is the key's only name.
      if (i >= key_id && i < original.find('/')) return;
      if (IsBlankAt(original, i)) return;
      ExpectRefused(request_, header.name, i);
    });
  }
}

TEST_P(EachByte, OfTheBodyCounts) {
  if (options_.unsigned_payload_allowed) return;  // V6: any body verifies.
  ChangeEachByte(&*request_.body, [&](size_t i) { ExpectRefused(request_, "body", i); });
  *request_.body += "x";
  ExpectRefused(request_, "longer body", 0);
}

INSTANTIATE_TEST_SUITE_P(Clients, EachByte, testing::ValuesIn(kValid),
                         [](const auto& named) { return std::string(named.param); });

// ---- What else can be wrong with them -----------------------------------------------------------

void ExpectMismatch(const absl::Status& status, std::string_view message_start) {
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::ReasonOf(status), "SignatureDoesNotMatch");
  EXPECT_EQ(std::string_view(status.message().data(), status.message().size())
                .substr(0, message_start.size()),
            message_start);
}

constexpr std::string_view kWrong = "The request signature we calculated does not match";

TEST(Clients, AnotherSecretIsRefused) {
  const ClientCase& c = Case("V1");
  ExpectMismatch(ParseAndVerify(c.request, kSessionSecret, Noon(), OptionsOf(c)), kWrong);
  ExpectMismatch(ParseAndVerify(c.request, "", Noon(), OptionsOf(c)), kWrong);
  ExpectMismatch(ParseAndVerify(c.request, std::string(257, 'x'), Noon(), OptionsOf(c)), kWrong);
}

TEST(Clients, AnotherScopeIsRefused) {
  const ClientCase& c = Case("V1");
  OwnedRequest request = c.request;
  std::string& authorization = request.Header("Authorization");
  const std::string original = authorization;
  const auto with = [&](std::string_view from, std::string_view to) {
    authorization = original;
    authorization.replace(authorization.find(from), from.size(), to);
    return Check(c, request);
  };
  ExpectMismatch(with("/20261121/", "/20261120/"),
                 "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
                 "from HTTP: '20261120' != '20261121', from '20261121T120000Z'.");
  ExpectMismatch(with("/sts/", "/ec2/"), "Credential should be scoped to correct service: 'sts'.");
  ExpectMismatch(with("aws4_request", "aws3_request"),
                 "Credential should be scoped with a valid terminator: 'aws4_request', not "
                 "'aws3_request'.");
  ExpectMismatch(with("us-east-1", "us_east_1"),
                 "Credential should be scoped to a valid Region, not 'us_east_1'.");
  // a well-formed region is as good as its signature.
  ExpectMismatch(with("us-east-1", "us-east-2"), kWrong);
}

TEST(Clients, AnHourOffIsRefusedThoughTheSignatureIsRight) {
  ExpectMismatch(Check(Case("V1"), Case("V1").request, Noon() + absl::Hours(1)),
                 "Signature expired: 20261121T120000Z is now earlier than 20261121T125500Z "
                 "(20261121T130000Z - 5 min.)");
  ExpectMismatch(Check(Case("V1"), Case("V1").request, Noon() - absl::Hours(1)),
                 "Signature not yet current: 20261121T120000Z is still later than "
                 "20261121T110500Z (20261121T110000Z + 5 min.)");
}

TEST(Clients, AnotherExpiryThanTheSignedOneIsRefused) {
  OwnedRequest request = Case("V4").request;
  request.query.replace(request.query.find("Expires=60"), 10, "Expires=59");
  ExpectMismatch(Check(Case("V4"), request), kWrong);
}

TEST(Clients, ASignedHeaderSentTwiceIsRefused) {
  OwnedRequest request = Case("V3").request;
  request.headers.push_back({"amz-sdk-request", "attempt=1; max=3"});
  ExpectMismatch(Check(Case("V3"), request), kWrong);
}

TEST(Clients, AnUnsignedTokenIsRefused) {
  OwnedRequest request = Case("V1").request;
  request.headers.push_back({"X-Amz-Security-Token", std::string(kToken)});
  ExpectMismatch(Check(Case("V1"), request),
                 "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.");
}

// Section 4.5's key derivation of V1, step by step from the outside: the last step.
TEST(Clients, TheSigningKeyIsAsDocumented) {
  SigningKey key;
  ASSERT_TRUE(DeriveSigningKey(kSecret, {kKeyId, "20261121", "us-east-1", "sts"}, &key));
  std::string hex;
  for (const uint8_t byte : key.bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  EXPECT_EQ(hex, "1ac78afcb1532ca659e83802b0f9b144a4ca0e8ecbf3bf015f2a07769ec4edca");
}

}  // namespace
}  // namespace portcullis::signature
