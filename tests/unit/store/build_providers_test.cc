#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/store/build_helpers.h"

namespace portcullis::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// R-1.19.
TEST(BuildProvidersTest, OidcProviders) {
  TestFile file("a.yaml");
  file.Account(kDev);
  file.OidcProvider(kDev, "https://idp.example.com/realm", 2);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_NE(result.snapshot->FindOidcProvider(
                "arn:aws:iam::111111111111:oidc-provider/idp.example.com/realm"),
            nullptr);

  file.OidcProvider(kDev, "https://idp.example.com/realm", 3);
  file.OidcProvider(kDev, "http://idp.example.com", 4);
  OidcProviderDefinition& provider = file.OidcProvider(kDev, "https://b.example.com", 5);
  provider.client_ids = {At("x", 6), At("x", 7)};
  provider.thumbprints = {At("nothex", 8)};
  file.OidcProvider(kDev, "https://c.example.com", 9).client_ids.clear();
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:3:2: error: provider `https://idp.example.com/realm` is given twice",
          "a.yaml:4:2: error: provider URL `http://idp.example.com` must be "
          "`https://host[/path]` without port and query, with a dot in the host, at most 255 "
          "characters",
          "a.yaml:7:1: error: client id `x` is given twice",
          "a.yaml:8:1: error: thumbprint `nothex` is not 40 hexadecimal digits",
          "a.yaml:9:2: error: an OIDC provider has 1 to 100 client ids (audiences)"));
}
// R-5.66: by the URL, exactly, in the role's account.
TEST(BuildProvidersTest, ProvidersAreFoundByAccountAndUrl) {
  TestFile file("a.yaml");
  file.Account(kDev, 1);
  file.Account(kProd, 2);
  file.OidcProvider(kDev, "https://idp.example.com", 3);
  file.OidcProvider(kProd, "https://idp.example.com", 4);
  file.OidcProvider(kProd, "https://idp.example.com/id", 5);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Snapshot& snapshot = *result.snapshot;
  const OidcProvider* dev = snapshot.FindOidcProviderByUrl(kDev, "https://idp.example.com");
  ASSERT_NE(dev, nullptr);
  EXPECT_EQ(dev->arn, "arn:aws:iam::111111111111:oidc-provider/idp.example.com");
  const OidcProvider* prod = snapshot.FindOidcProviderByUrl(kProd, "https://idp.example.com/id");
  ASSERT_NE(prod, nullptr);
  EXPECT_EQ(prod->arn, "arn:aws:iam::123456789012:oidc-provider/idp.example.com/id");
  for (const char* url : {"https://idp.example.com/id", "https://IDP.example.com",
                          "https://idp.example.com/", "idp.example.com", ""}) {
    EXPECT_EQ(snapshot.FindOidcProviderByUrl(kDev, url), nullptr) << url;
  }
  EXPECT_EQ(snapshot.FindOidcProviderByUrl(kPartner, "https://idp.example.com"), nullptr);
}

TEST(BuildProvidersTest, KeysComeFromOnePlace) {
  const auto keys = std::make_shared<const std::string>(R"({"keys":[]})");
  TestFile file("a.yaml");
  file.Account(kDev);
  file.OidcProvider(kDev, "https://discovered.example.com", 2);
  OidcProviderDefinition& offline = file.OidcProvider(kDev, "https://offline.example.com", 3);
  offline.discover = false;
  offline.jwks.text = keys;
  OidcProviderDefinition& by_url = file.OidcProvider(kDev, "https://url.example.com", 4);
  by_url.discover = false;
  by_url.jwks_url = At("https://url.example.com:8443/keys?v=1", 4, 5);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const auto providers = result.snapshot->oidc_providers();
  ASSERT_EQ(providers.size(), 3u);
  EXPECT_TRUE(providers[0]->discover);
  EXPECT_EQ(providers[1]->jwks, keys);  // Not a copy.
  EXPECT_EQ(providers[2]->jwks_url, "https://url.example.com:8443/keys?v=1");

  file.OidcProvider(kDev, "https://both.example.com", 5).jwks.text = keys;
  OidcProviderDefinition& none = file.OidcProvider(kDev, "https://none.example.com", 6);
  none.discover = false;
  OidcProviderDefinition& plain = file.OidcProvider(kDev, "https://plain.example.com", 7);
  plain.discover = false;
  plain.jwks_url = At("http://plain.example.com/keys", 7, 5);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:5:2: error: keys of provider `https://both.example.com` come from one of "
                  "`JsonWebKeySet`, `JsonWebKeySetUrl` and `Discover`, not from several",
                  "a.yaml:6:2: warning: provider `https://none.example.com` has no keys, so every "
                  "token of it is refused; give it `JsonWebKeySet`, `JsonWebKeySetUrl` or "
                  "`Discover`",
                  "a.yaml:7:5: error: key set URL `http://plain.example.com/keys` must be "
                  "`https://host[:port]/path` without user and fragment, at most 2048 characters"));
}

// R-3.53. A claim must not take the place of one that every provider has.
TEST(BuildProvidersTest, ExposedClaims) {
  TestFile file("a.yaml");
  file.Account(kDev);
  OidcProviderDefinition& provider = file.OidcProvider(kDev, "https://ci.example.com", 2);
  provider.exposed_claims = {At("repository", 3), At("https://example.com/groups", 4)};
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  EXPECT_THAT(result.snapshot->oidc_providers()[0]->exposed_claims,
              ElementsAre("repository", "https://example.com/groups"));

  provider.exposed_claims.push_back(At("SUB", 5));
  provider.exposed_claims.push_back(At("oaud", 6));
  provider.exposed_claims.push_back(At("Repository", 7));
  provider.exposed_claims.push_back(At("a b", 8));
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre(
          "a.yaml:5:1: error: claim `SUB` would become the key `:sub`, which every provider has",
          "a.yaml:6:1: error: claim `oaud` would become the key `:oaud`, which every provider has",
          "a.yaml:7:1: error: claim `Repository` is given twice; keys are compared without regard "
          "to case",
          "a.yaml:8:1: error: claim `a b` must be 1 to 128 printable ASCII characters without "
          "blanks and `*?$`"));

  provider.exposed_claims.clear();
  for (int i = 0; i < 50; ++i) provider.exposed_claims.push_back(At("c" + std::to_string(i), 9));
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  provider.exposed_claims.push_back(At("c50", 10));
  EXPECT_THAT(BuildFrom(file).diagnostics,
              ElementsAre("a.yaml:10:1: error: an OIDC provider exposes at most 50 claims"));
}

TEST(BuildProvidersTest, TrustDomainsBelongToOneProviderOfAnAccount) {
  TestFile file("a.yaml");
  file.Account(kDev, 1);
  file.Account(kProd, 2);
  OidcProviderDefinition& workloads = file.OidcProvider(kDev, "https://example.org", 3);
  workloads.trust_domain = At("example.org", 3, 4);
  workloads.discover = false;  // Certificates need no keys, so nothing is said about that.
  file.OidcProvider(kProd, "https://example.org", 4).trust_domain = At("example.org", 4, 4);
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const Snapshot& snapshot = *result.snapshot;
  const OidcProvider* found = snapshot.FindOidcProviderByTrustDomain(kDev, "example.org");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->arn, "arn:aws:iam::111111111111:oidc-provider/example.org");
  EXPECT_NE(snapshot.FindOidcProviderByTrustDomain(kProd, "example.org"), found);
  for (const char* domain : {"", "example.com", "Example.org", "spiffe://example.org"}) {
    EXPECT_EQ(snapshot.FindOidcProviderByTrustDomain(kDev, domain), nullptr) << domain;
  }

  file.OidcProvider(kDev, "https://other.org", 5).trust_domain = At("example.org", 5, 4);
  file.OidcProvider(kDev, "https://third.org", 6).trust_domain = At("spiffe://third.org", 6, 4);
  file.OidcProvider(kDev, "https://fourth.org", 7).trust_domain = At("", 7, 4);
  EXPECT_THAT(
      BuildFrom(file).diagnostics,
      ElementsAre("a.yaml:5:4: error: trust domain `example.org` of this account belongs already "
                  "to provider `https://example.org` at a.yaml:3:2",
                  "a.yaml:6:4: error: trust domain `spiffe://third.org` must be 1 to 255 "
                  "lower-case letters, digits and `.-_`, without `spiffe://` and path",
                  "a.yaml:7:4: error: trust domain `` must be 1 to 255 lower-case letters, digits "
                  "and `.-_`, without `spiffe://` and path"));
}

// R-1.20.
TEST(BuildProvidersTest, SamlProviders) {
  TestFile file("a.yaml");
  file.Account(kDev);
  SamlProviderDefinition& corp = file.SamlProvider(kDev, "Corp_1.x-y", 2);
  corp.tags = {{At("team", 2), At("a", 2)}, {At("Team", 2), At("b", 2)}};  // R-1.38: both.
  const BuildResult result = BuildFrom(file);
  ASSERT_THAT(result.diagnostics, IsEmpty());
  const SamlProvider* provider =
      result.snapshot->FindSamlProvider("arn:aws:iam::111111111111:saml-provider/Corp_1.x-y");
  ASSERT_NE(provider, nullptr);
  EXPECT_EQ(provider->name, "Corp_1.x-y");
  EXPECT_EQ(provider->account, result.snapshot->FindAccount(kDev));
  EXPECT_EQ(provider->metadata, corp.metadata.text);  // Not a copy.
  EXPECT_THAT(provider->tags, SizeIs(2));
  EXPECT_EQ(FormatSourceDiagnostic({*provider->origin.file, {}}).substr(0, 7), "a.yaml:");
  EXPECT_EQ(result.snapshot->FindSamlProvider("Corp_1.x-y"), nullptr);

  file.SamlProvider(kDev, "corp_1.X-Y", 3);
  file.SamlProvider(kDev, "a b", 4);
  file.SamlProvider(kDev, "a@b", 5);
  file.SamlProvider(kDev, std::string(128, 'x'), 6);
  file.SamlProvider(kDev, std::string(129, 'x'), 7);
  file.SamlProvider(kProd, "Corp", 8);
  const auto diagnostics = BuildFrom(file).diagnostics;
  ASSERT_THAT(diagnostics, SizeIs(5));
  EXPECT_EQ(diagnostics[0],
            "a.yaml:3:2: error: SAML provider `corp_1.X-Y` is already defined as `Corp_1.x-y` at "
            "a.yaml:2:2; names are unique without regard to case");
  EXPECT_EQ(diagnostics[1],
            "a.yaml:4:2: error: SAML provider name `a b` must be 1 to 128 letters, digits and "
            "`_.-`");
  EXPECT_THAT(diagnostics[2], testing::StartsWith("a.yaml:5:2: error: SAML provider name"));
  EXPECT_THAT(diagnostics[3], testing::StartsWith("a.yaml:7:2: error: SAML provider name"));
  EXPECT_THAT(diagnostics[4], testing::StartsWith("a.yaml:8:1: error: account `123456789012`"));
}

// Section 1.10; unlimited unless a deployment says otherwise.
TEST(BuildProvidersTest, QuotasOfAnAccount) {
  TestFile file("a.yaml");
  file.Account(kDev);
  Quotas quotas;
  quotas.oidc_providers_per_account = 1;
  quotas.saml_providers_per_account = 1;
  file.OidcProvider(kDev, "https://a.example.com", 2);
  file.SamlProvider(kDev, "a", 3);
  EXPECT_THAT(BuildFrom(file, quotas).diagnostics, IsEmpty());
  file.OidcProvider(kDev, "https://b.example.com", 4);
  file.SamlProvider(kDev, "b", 5);
  EXPECT_THAT(BuildFrom(file).diagnostics, IsEmpty());
  EXPECT_THAT(
      BuildFrom(file, quotas).diagnostics,
      ElementsAre("a.yaml:4:2: error: cannot exceed quota for OpenIDConnectProvidersPerAccount: 1",
                  "a.yaml:5:2: error: cannot exceed quota for SAMLProvidersPerAccount: 1"));
}

TEST(BuildProvidersTest, DatesArrive) {
  TestFile file("a.yaml");
  file.Account(kDev);
  const absl::Time date = absl::FromUnixSeconds(1'700'000'000);
  file.OidcProvider(kDev, "https://idp.example.com").create_date = date;
  file.SamlProvider(kDev, "Corp").create_date = date;
  const BuildResult result = BuildFrom(file);
  ASSERT_NE(result.snapshot, nullptr);
  EXPECT_EQ(result.snapshot->oidc_providers()[0]->create_date, date);
  EXPECT_EQ(result.snapshot->saml_providers()[0]->create_date, date);
}

}  // namespace
}  // namespace portcullis::store
