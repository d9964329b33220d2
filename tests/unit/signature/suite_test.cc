// AWS's published signing test suite, in both forms and both directions.
#include <fstream>
#include <optional>
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

constexpr std::string_view kSuiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

struct SuiteCase {
  std::string name;
  bool normalize = false;
  bool sign_body = false;
  bool omit_session_token = false;
  std::optional<std::string> token;
  bool presigned = false;
  std::string canonical_request;
  std::string string_to_sign_hash;
  OwnedRequest signed_request;
};

std::vector<SuiteCase> LoadSuite() {
  std::ifstream file("tests/conformance/sigv4/suite.json");
  const json suite = json::parse(file);
  std::vector<SuiteCase> cases;
  for (const json& item : suite.at("cases")) {
    for (const char* form : {"header", "query"}) {
      SuiteCase c;
      c.name = item.at("name").get<std::string>() + "/" + form;
      c.normalize = item.at("normalize").get<bool>();
      c.sign_body = item.at("sign_body").get<bool>();
      c.omit_session_token = item.value("omit_session_token", false);
      if (item.contains("token")) c.token = item.at("token").get<std::string>();
      c.presigned = std::string_view(form) == "query";
      c.canonical_request = Joined(item.at(form).at("canonical_request"));
      c.string_to_sign_hash = item.at(form).at("string_to_sign_hash").get<std::string>();
      c.signed_request = ReadRequest(Joined(item.at(form).at("signed_request")));
      cases.push_back(std::move(c));
    }
  }
  return cases;
}

absl::Time SuiteTime() {
  return absl::FromCivil(absl::CivilSecond(2015, 8, 30, 12, 36, 0), absl::UTCTimeZone());
}

PathRule RuleOf(const SuiteCase& c) {
  return c.normalize ? PathRule::kStandard : PathRule::kS3;
}

VerifyOptions OptionsOf(const SuiteCase& c) {
  VerifyOptions options = OptionsFor("service");
  options.expected_region = "us-east-1";
  options.path_rule = RuleOf(c);
  return options;
}

// Takes a `&name=value` off the query.
void RemoveParameter(std::string_view name, std::string* query) {
  const size_t start = query->find("&" + std::string(name) + "=");
  ASSERT_NE(start, std::string::npos);
  query->erase(start, std::min(query->find('&', start + 1), query->size()) - start);
}

// The request without the token that was added after signing.
OwnedRequest WithoutLateToken(const SuiteCase& c) {
  OwnedRequest request = c.signed_request;
  if (!c.omit_session_token) return request;
  request.Remove("X-Amz-Security-Token");
  if (c.presigned) RemoveParameter("X-Amz-Security-Token", &request.query);
  return request;
}

// What the signer was given.
OwnedRequest Unsigned(const SuiteCase& c) {
  OwnedRequest request = c.signed_request;
  for (const char* name :
       {"X-Amz-Date", "Authorization", "X-Amz-Security-Token", "x-amz-content-sha256"}) {
    request.Remove(name);
  }
  if (c.presigned) {
    const size_t start = request.query.find("X-Amz-Algorithm=");
    request.query.erase(start == 0 ? 0 : start - 1);
  }
  return request;
}

TEST(Suite, HasEveryPublishedCase) {
  EXPECT_EQ(LoadSuite().size(), 76u);
}

TEST(Suite, VerifiesWhatIsPublished) {
  SigningKeyCache cache;
  for (const SuiteCase& c : LoadSuite()) {
    EXPECT_EQ(ParseAndVerify(WithoutLateToken(c), kSuiteSecret, SuiteTime(), OptionsOf(c), &cache),
              absl::OkStatus())
        << c.name;
  }
  EXPECT_EQ(cache.size(), 1u);  // One key, one day, one service: one derivation.
}

TEST(Suite, MakesThePublishedCanonicalRequests) {
  for (const SuiteCase& c : LoadSuite()) {
    const OwnedRequest request = WithoutLateToken(c);
    const SignedRequest view = request.View();
    const absl::StatusOr<Authentication> parsed = ParseAuthentication(view);
    ASSERT_TRUE(parsed.ok()) << c.name << ": " << parsed.status();
    const std::optional<std::string> canonical =
        CanonicalRequest(view, parsed->signed_headers, *view.body_sha256, {RuleOf(c), c.presigned});
    EXPECT_EQ(canonical, c.canonical_request) << c.name;
    EXPECT_EQ(BodySha256(canonical.value_or("")), c.string_to_sign_hash) << c.name;
  }
}

TEST(Suite, SignsToThePublishedSignatures) {
  for (const SuiteCase& c : LoadSuite()) {
    OwnedRequest request = Unsigned(c);
    SigningCredentials credentials{"AKIDEXAMPLE", kSuiteSecret, std::nullopt};
    if (c.token.has_value() && !c.omit_session_token) credentials.session_token = *c.token;
    SignOptions options{.region = "us-east-1", .service = "service", .time = SuiteTime()};
    options.path_rule = RuleOf(c);
    options.declare_payload = c.sign_body;
    if (c.presigned) options.presigned_expires = absl::Hours(1);
    const absl::StatusOr<RequestSignature> made = SignRequest(request.View(), credentials, options);
    ASSERT_TRUE(made.ok()) << c.name << ": " << made.status();
    OwnedRequest published = WithoutLateToken(c);
    if (c.presigned) {
      EXPECT_EQ(made->query, published.query) << c.name;
    } else {
      ASSERT_FALSE(made->headers.empty());
      EXPECT_EQ(made->headers.back().value, published.Header("Authorization")) << c.name;
    }
  }
}

// a token that the signature does not cover is not taken for one that it does.
TEST(Suite, RefusesATokenAddedAfterSigning) {
  int count = 0;
  for (const SuiteCase& c : LoadSuite()) {
    if (!c.omit_session_token) continue;
    ++count;
    const absl::Status status =
        ParseAndVerify(c.signed_request, kSuiteSecret, SuiteTime(), OptionsOf(c));
    EXPECT_EQ(base::ReasonOf(status), "SignatureDoesNotMatch") << c.name;
  }
  EXPECT_EQ(count, 2);
}

// The two path rules are not interchangeable where they differ.
TEST(Suite, RefusesUnderTheOtherPathRule) {
  for (const SuiteCase& c : LoadSuite()) {
    VerifyOptions options = OptionsOf(c);
    options.path_rule = c.normalize ? PathRule::kS3 : PathRule::kStandard;
    const std::string& path = c.signed_request.path;
    const bool differ =
        path.find("//") != std::string::npos || path.find("/.") != std::string::npos;
    const bool same = path.find("/-._~") != std::string::npos;
    EXPECT_EQ(ParseAndVerify(WithoutLateToken(c), kSuiteSecret, SuiteTime(), options).ok(),
              !differ || same)
        << c.name;
  }
}

}  // namespace
}  // namespace portcullis::signature
