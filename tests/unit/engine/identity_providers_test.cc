#include "server/engine/identity_providers.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "tests/unit/engine/world.h"
#include "tests/unit/federation/identity_token_maker.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::engine {
namespace {

using federation::SigningKey;

constexpr char kIssuer[] = "https://oidc.example.com/id/1";
constexpr char kDiscovery[] = "https://oidc.example.com/id/1/.well-known/openid-configuration";
constexpr char kKeysUrl[] = "https://keys.example.com/jwks";

// Answers from a table; an address that is not in it cannot be reached.
class TableFetcher : public federation::HttpFetcher {
 public:
  absl::StatusOr<federation::HttpResponse> Get(const std::string& url, absl::Duration) override {
    ++counts[url];
    const auto found = answers.find(url);
    if (found == answers.end()) return absl::UnavailableError("connection refused");
    return federation::HttpResponse{200, found->second, ""};
  }
  std::map<std::string, std::string> answers;
  std::map<std::string, int> counts;
};

std::shared_ptr<const std::string> Text(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::string KeySetOf(const char* algorithm) {
  return federation::KeySetText({SigningKey::For(algorithm).Jwk(R"("kid":"1","use":"sig")")});
}

class IdentityProvidersTest : public testing::Test {
 protected:
  IdentityProvidersTest() {
    account_.id = "123456789012";
    oidc_.arn = "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/id/1";
    oidc_.url = kIssuer;
    oidc_.client_ids = {"app"};
    oidc_.account = &account_;
  }

  std::string Token(const char* algorithm = "ES256") const {
    const int64_t now = absl::ToUnixSeconds(clock_.Now());
    return federation::MakeToken(
        SigningKey::For(algorithm), algorithm,
        base::StrCat(R"({"alg":")", algorithm, R"(","kid":"1"})"),
        base::StrCat(R"({"iss":")", kIssuer, R"(","aud":"app","sub":"s","iat":)", now, R"(,"exp":)",
                     now + 600, "}"));
  }

  absl::Status Verify(const char* algorithm = "ES256") {
    return providers_.VerifyToken(oidc_, Token(algorithm), clock_.Now()).status();
  }

  ManualClock clock_;
  TableFetcher fetcher_;
  IdentityProviders providers_{clock_, &fetcher_, {}};
  store::Account account_;
  store::OidcProvider oidc_;
};

TEST_F(IdentityProvidersTest, KeysFromTheConfiguration) {
  oidc_.jwks = Text(KeySetOf("ES256"));
  EXPECT_TRUE(Verify().ok());
  EXPECT_TRUE(Verify().ok());
  EXPECT_TRUE(fetcher_.counts.empty());
}

TEST_F(IdentityProvidersTest, AChangedKeySetIsUsedAtOnceAndTheOldOneNoMore) {
  oidc_.jwks = Text(KeySetOf("ES256"));
  ASSERT_TRUE(Verify().ok());
  oidc_.jwks = Text(KeySetOf("ES384"));  // The text may even be at the same address.
  EXPECT_EQ(base::ReasonOf(Verify()), "InvalidIdentityToken");
  EXPECT_TRUE(Verify("ES384").ok());
}

TEST_F(IdentityProvidersTest, TwoProvidersDoNotShareKeys) {
  oidc_.jwks = Text(KeySetOf("ES256"));
  ASSERT_TRUE(Verify().ok());
  store::OidcProvider other = oidc_;
  other.jwks = Text(KeySetOf("ES384"));
  EXPECT_FALSE(providers_.VerifyToken(other, Token(), clock_.Now()).ok());
  EXPECT_TRUE(Verify().ok());
}

TEST_F(IdentityProvidersTest, WithoutKeysNothingIsBelieved) {
  EXPECT_EQ(base::ReasonOf(Verify()), "InvalidIdentityToken");
  // Nor where keys would have to be fetched by a server that fetches none.
  oidc_.jwks_url = kKeysUrl;
  IdentityProviders offline(clock_, nullptr, {});
  const auto refused = offline.VerifyToken(oidc_, Token(), clock_.Now());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(base::ReasonOf(refused.status()), "InvalidIdentityToken");
}

TEST_F(IdentityProvidersTest, KeysFromAUrlAreFetchedOnce) {  // R-5.68
  oidc_.jwks_url = kKeysUrl;
  fetcher_.answers[kKeysUrl] = KeySetOf("ES256");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Verify().ok());
  EXPECT_EQ(fetcher_.counts[kKeysUrl], 1);
}

TEST_F(IdentityProvidersTest, KeysByDiscovery) {  // R-5.64
  oidc_.discover = true;
  fetcher_.answers[kDiscovery] =
      base::StrCat(R"({"issuer":")", kIssuer, R"(","jwks_uri":")", kKeysUrl, R"("})");
  fetcher_.answers[kKeysUrl] = KeySetOf("ES256");
  EXPECT_TRUE(Verify().ok());
  EXPECT_EQ(fetcher_.counts[kDiscovery], 1);
}

TEST_F(IdentityProvidersTest, UnreachableKeysAreAPassingFailure) {  // R-5.68, R-5.96
  oidc_.jwks_url = kKeysUrl;
  const absl::Status refused = Verify();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(refused), "IDPCommunicationError");
}

TEST_F(IdentityProvidersTest, ProvidersAreFetchedForSeparately) {
  oidc_.jwks_url = kKeysUrl;
  fetcher_.answers[kKeysUrl] = KeySetOf("ES256");
  ASSERT_TRUE(Verify().ok());
  store::OidcProvider moved = oidc_;
  moved.jwks_url = "https://keys.example.com/other";
  EXPECT_EQ(base::ReasonOf(providers_.VerifyToken(moved, Token(), clock_.Now()).status()),
            "IDPCommunicationError");
}

TEST_F(IdentityProvidersTest, ExposedClaimsAreRead) {
  oidc_.jwks = Text(KeySetOf("ES256"));
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  const std::string token = federation::MakeToken(
      SigningKey::For("ES256"), "ES256", R"({"alg":"ES256","kid":"1"})",
      base::StrCat(R"({"iss":")", kIssuer, R"(","aud":"app","sub":"s","env":"prod","iat":)", now,
                   R"(,"exp":)", now + 600, "}"));
  EXPECT_TRUE(providers_.VerifyToken(oidc_, token, clock_.Now())->extra_claims.empty());
  oidc_.exposed_claims = {"env"};
  EXPECT_EQ(providers_.VerifyToken(oidc_, token, clock_.Now())->extra_claims.size(), 1u);
}

TEST_F(IdentityProvidersTest, EndOfMetadata) {  // R-1.20
  const std::string endless =
      federation::SamlTestMetadataXml({federation::SamlTestKey::Provider().certificate()});
  const auto ending = [&](const char* day) {
    return Text(federation::SamlReplace(
        endless, " entityID=", base::StrCat(" validUntil=\"", day, "T00:00:00Z\" entityID=")));
  };
  store::SamlProvider saml;
  saml.metadata = Text(endless);
  EXPECT_EQ(providers_.MetadataValidUntil(saml), std::nullopt);
  saml.metadata = ending("2030-01-31");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(providers_.MetadataValidUntil(saml), absl::FromUnixSeconds(1896048000));
  }
  // Another document is read anew.
  saml.metadata = ending("2029-01-31");
  EXPECT_EQ(providers_.MetadataValidUntil(saml), absl::FromUnixSeconds(1864512000));
  saml.metadata = Text("<EntityDescriptor/>");
  EXPECT_EQ(providers_.MetadataValidUntil(saml), std::nullopt);
}

TEST_F(IdentityProvidersTest, Assertions) {  // R-5.75
  store::SamlProvider saml;
  saml.arn = std::string(federation::kSamlTestProvider);
  saml.name = "ExampleCorp";
  saml.account = &account_;
  saml.metadata =
      Text(federation::SamlTestMetadataXml({federation::SamlTestKey::Provider().certificate()}));
  const std::string response = federation::SamlEncode(federation::SamlTestSignedXml());
  const absl::Time now = federation::SamlTestNow();
  for (int i = 0; i < 2; ++i) {
    const auto assertion =
        providers_.VerifyAssertion(saml, federation::kSamlTestRole, response, now);
    ASSERT_TRUE(assertion.ok()) << assertion.status();
    EXPECT_EQ(assertion->subject, "alice@example.com");
  }
  // Another endpoint is another recipient and another audience.
  IdentityProviders::Options options;
  options.saml_endpoint = "https://sts.example.org/saml";
  IdentityProviders elsewhere(clock_, nullptr, options);
  EXPECT_EQ(base::ReasonOf(
                elsewhere.VerifyAssertion(saml, federation::kSamlTestRole, response, now).status()),
            "InvalidIdentityToken");
  // A provider whose certificate was replaced is believed no more.
  saml.metadata =
      Text(federation::SamlTestMetadataXml({federation::SamlTestKey::Stranger().certificate()}));
  EXPECT_EQ(
      base::ReasonOf(
          providers_.VerifyAssertion(saml, federation::kSamlTestRole, response, now).status()),
      "InvalidIdentityToken");
}

}  // namespace
}  // namespace portcullis::engine
