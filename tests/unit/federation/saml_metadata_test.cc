#include "server/federation/saml_metadata.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Good() {
  return SamlTestMetadataXml({SamlTestKey::Provider().certificate()});
}

TEST(ParseSamlMetadata, ReadsAProvider) {
  const absl::StatusOr<SamlProviderMetadata> metadata = ParseSamlMetadata(Good());
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_EQ(metadata->entity_id, "https://idp.example.com/saml");
  EXPECT_EQ(metadata->sso_url, "https://idp.example.com/redirect");
  EXPECT_EQ(metadata->valid_until, absl::InfiniteFuture());
  ASSERT_EQ(metadata->signing_certificates.size(), 1u);
  const SamlSigningCertificate& certificate = metadata->signing_certificates[0];
  EXPECT_EQ(certificate.fingerprint_sha256.size(), 64u);
  EXPECT_EQ(certificate.not_before, absl::FromUnixSeconds(1577836800));  // 2020-01-01
  EXPECT_EQ(certificate.not_after, absl::FromUnixSeconds(2240611199));   // 2040-12-31T23:59:59
  EXPECT_FALSE(certificate.public_key_der.empty());
}

TEST(ParseSamlMetadata, AcceptsAByteOrderMarkAndComments) {
  EXPECT_TRUE(ParseSamlMetadata("\xEF\xBB\xBF" + Good()).ok());
  EXPECT_TRUE(ParseSamlMetadata(SamlReplace(Good(), "<md:KeyD", "<!-- key --><md:KeyD")).ok());
}

TEST(ParseSamlMetadata, ExpiresWithTheEarlierValidUntil) {
  std::string xml =
      SamlReplace(Good(), " entityID=", " validUntil=\"2030-01-31T00:00:00Z\" entityID=");
  EXPECT_EQ(ParseSamlMetadata(xml)->valid_until, absl::FromUnixSeconds(1896048000));
  xml = SamlReplace(xml, "<md:IDPSSODescriptor ",
                    "<md:IDPSSODescriptor validUntil=\"2029-01-31T00:00:00Z\" ");
  EXPECT_EQ(ParseSamlMetadata(xml)->valid_until, absl::FromUnixSeconds(1864512000));
}

TEST(ParseSamlMetadata, TakesKeysForSigningAndForNoParticularUse) {
  const std::string other = SamlTestKey::Stranger().certificate();
  std::string xml = SamlTestMetadataXml({SamlTestKey::Provider().certificate(), other});
  EXPECT_EQ(ParseSamlMetadata(xml)->signing_certificates.size(), 2u);
  xml = SamlReplace(xml, " use=\"signing\"", "");
  EXPECT_EQ(ParseSamlMetadata(xml)->signing_certificates.size(), 2u);
  xml = SamlReplace(xml, " use=\"signing\"", " use=\"encryption\"");
  EXPECT_EQ(ParseSamlMetadata(xml)->signing_certificates.size(), 1u);
  // One certificate named twice is one.
  EXPECT_EQ(ParseSamlMetadata(SamlTestMetadataXml({other, other}))->signing_certificates.size(),
            1u);
}

// The document pins keys; dates of certificates are for people.
TEST(ParseSamlMetadata, KeepsACertificateThatHasRunOut) {
  const SamlTestKey old = SamlTestKey::Rsa(2048, 65537, 2021);
  const absl::StatusOr<SamlProviderMetadata> metadata =
      ParseSamlMetadata(SamlTestMetadataXml({old.certificate()}));
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  EXPECT_LT(metadata->signing_certificates[0].not_after, SamlTestNow());
  SamlExpectations expectations = SamlTestExpectations();
  expectations.metadata = &*metadata;
  EXPECT_TRUE(VerifySamlAssertion(SamlEncode(SamlSign(SamlTestResponseXml(), "_assertion", old)),
                                  expectations, SamlTestNow())
                  .ok());
}

// `text` made `characters` long by a comment in the front.
std::string Padded(const std::string& text, size_t characters) {
  constexpr size_t kMark = 7;
  return base::Concat({"<!--", std::string(characters - kMark - text.size(), '.'), "-->", text});
}

TEST(ParseSamlMetadata, HasLimitsOnItsLength) {
  const std::string xml = Good();
  const std::string body = xml.substr(xml.find("<md:EntityDescriptor"));
  EXPECT_TRUE(ParseSamlMetadata(Padded(body, 9999999)).ok());
  EXPECT_TRUE(ParseSamlMetadata(Padded(body, 10000000)).ok());
  EXPECT_THAT(std::string(ParseSamlMetadata(Padded(body, 10000001)).status().message()),
              HasSubstr("10000001 characters"));
  // Even without a certificate, to come below a thousand.
  const std::string none = SamlTestMetadataXml({});
  const std::string small = none.substr(none.find("<md:EntityDescriptor"));
  ASSERT_LT(small.size(), 900u);
  EXPECT_THAT(std::string(ParseSamlMetadata(Padded(small, 999)).status().message()),
              AllOf(HasSubstr("999 characters"), HasSubstr("1000 to 10000000")));
  EXPECT_THAT(std::string(ParseSamlMetadata(Padded(small, 1000)).status().message()),
              ::testing::Not(HasSubstr("characters")));
}

struct BadMetadata {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};

const BadMetadata kBad[] = {
    {"document type", "<md:EntityDescriptor", "<!DOCTYPE x><md:EntityDescriptor",
     "line 3: a document type declaration is not allowed"},
    {"entities", "<md:EntityDescriptor",
     "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><md:EntityDescriptor",
     "a document type declaration is not allowed"},
    {"not well-formed", "</md:IDPSSODescriptor>", "", "line 13: Opening and ending tag mismatch"},
    {"a federation", "md:EntityDescriptor xmlns:md", "md:EntitiesDescriptor xmlns:md", "line"},
    {"another namespace", "SAML:2.0:metadata", "SAML:1.0:metadata",
     "the root element is `md:EntityDescriptor`, expected the `EntityDescriptor` of one SAML 2.0"},
    {"no entity", "entityID=\"https://idp.example.com/saml\"", "", "no `entityID`"},
    {"empty entity", "entityID=\"https://idp.example.com/saml\"", "entityID=\"\"", "no `entityID`"},
    {"bad time", " entityID=", " validUntil=\"tomorrow\" entityID=",
     "`validUntil` is `tomorrow`, expected a time such as"},
    {"SAML 1.1 provider", "urn:oasis:names:tc:SAML:2.0:protocol\">",
     "urn:oasis:names:tc:SAML:1.1:protocol\">", "0 `IDPSSODescriptor`"},
    {"bad use", "use=\"signing\"", "use=\"Signing\"", "`use` is `Signing`, expected `signing` or"},
    {"no key for signing", "use=\"signing\"", "use=\"encryption\"", "no certificate for signing"},
    {"not Base64", "<ds:X509Certificate>\n", "<ds:X509Certificate>\n-",
     "line 7: a certificate that is not Base64"},
    {"PEM", "<ds:X509Certificate>\n", "<ds:X509Certificate>\n-----BEGIN CERTIFICATE-----\n",
     "a certificate that is not Base64"},
    {"not X.509", "<ds:X509Certificate>\n", "<ds:X509Certificate>\nAAAA",
     "line 7: a certificate that is not X.509"},
    {"comment in a certificate", "<ds:X509Certificate>\n", "<ds:X509Certificate>\n<!-- x -->",
     "line 7: `ds:X509Certificate` holds more than text"},
};

TEST(ParseSamlMetadata, Refuses) {
  for (const BadMetadata& c : kBad) {
    SCOPED_TRACE(c.name);
    const absl::Status status = ParseSamlMetadata(SamlReplace(Good(), c.from, c.to)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(base::ReasonOf(status), "InvalidInput");
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(ParseSamlMetadata, RefusesTwoProviders) {
  const std::string xml = Good();
  const std::string provider = SamlElement(
      SamlReplace(xml, "<md:IDPSSODescriptor W", "<md:IDPSSODescriptor  W"), "md:IDPSSODescriptor");
  EXPECT_THAT(std::string(ParseSamlMetadata(SamlReplace(xml, "</md:EntityDescriptor>",
                                                        provider + "</md:EntityDescriptor>"))
                              .status()
                              .message()),
              HasSubstr("2 `IDPSSODescriptor`"));
}

TEST(ParseSamlMetadata, RefusesWeakKeys) {
  struct Case {
    SamlTestKey key;
    const char* message;
  };
  for (const Case& c : {Case{SamlTestKey::Rsa(1024), "a certificate with an RSA key of 1024 bits"},
                        Case{SamlTestKey::Ec("P-224"), "not on P-256"},
                        Case{SamlTestKey::Ed25519(), "neither RSA nor elliptic curve"}}) {
    const absl::Status status =
        ParseSamlMetadata(SamlTestMetadataXml({c.key.certificate()})).status();
    EXPECT_EQ(base::ReasonOf(status), "InvalidInput");
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(ParseSamlMetadata, ReportsEverythingAtOnce) {
  std::string xml = SamlTestMetadataXml({SamlTestKey::Rsa(1024).certificate(), "????"});
  xml = SamlReplace(xml, "entityID=\"https://idp.example.com/saml\"", "validUntil=\"2030\"");
  EXPECT_THAT(std::string(ParseSamlMetadata(xml).status().message()),
              AllOf(HasSubstr("no `entityID`"), HasSubstr("`validUntil` is `2030`"),
                    HasSubstr("1024 bits"), HasSubstr("not Base64"), HasSubstr("; line ")));
}

TEST(ParseSamlMetadata, LimitsTheNumberOfCertificates) {
  std::vector<std::string> certificates;
  for (int i = 0; i < 11; ++i) certificates.push_back(SamlTestKey::Ec("P-256").certificate());
  EXPECT_THAT(std::string(ParseSamlMetadata(SamlTestMetadataXml(certificates)).status().message()),
              HasSubstr("11 certificates for signing, at most 10 are allowed"));
  certificates.pop_back();
  EXPECT_TRUE(ParseSamlMetadata(SamlTestMetadataXml(certificates)).ok());
}

TEST(ParseSamlMetadata, DoesWithoutAnAddressToSignIn) {
  std::string xml = SamlReplace(Good(), "bindings:HTTP-Redirect", "bindings:SOAP");
  EXPECT_EQ(ParseSamlMetadata(xml)->sso_url, "https://idp.example.com/post");
  xml = SamlReplace(xml, "bindings:HTTP-POST", "bindings:SOAP");
  EXPECT_EQ(ParseSamlMetadata(xml)->sso_url, "");
}

TEST(ParseSamlMetadata, RefusesWhatIsNotText) {
  EXPECT_EQ(base::ReasonOf(ParseSamlMetadata("").status()), "InvalidInput");
  EXPECT_EQ(base::ReasonOf(ParseSamlMetadata(std::string(2000, '\xFF')).status()), "InvalidInput");
  EXPECT_EQ(base::ReasonOf(ParseSamlMetadata(std::string(2000, '<')).status()), "InvalidInput");
}

}  // namespace
}  // namespace portcullis::federation
