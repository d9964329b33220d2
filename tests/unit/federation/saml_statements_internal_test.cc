#include "server/federation/saml_statements_internal.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/federation/saml_xml_internal.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::HasSubstr;

constexpr XmlLimits kLimits = {
    .depth_max = 10, .elements_max = 100, .attributes_max = 10, .decorations_allowed = true};

// The assertion of the test response, with a declaration of its prefix.
std::string AssertionXml() {
  return SamlReplace(SamlElement(SamlTestResponseXml(), "saml:Assertion"), "<saml:Assertion ",
                     "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ");
}

absl::StatusOr<SamlAssertion> Read(const std::string& xml, absl::Time now = SamlTestNow()) {
  const absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  if (!document.ok()) return document.status();
  SamlAssertion assertion;
  const absl::Status status = ReadStatements(xmlDocGetRootElement(document->get()),
                                             SamlTestExpectations(), now, &assertion);
  if (!status.ok()) return status;
  return assertion;
}

TEST(ReadStatements, FillInWhoAndForHowLong) {
  const absl::StatusOr<SamlAssertion> assertion = Read(AssertionXml());
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->id, "_assertion");
  EXPECT_EQ(assertion->issuer, kSamlTestEntity);
  EXPECT_EQ(assertion->subject, "alice@example.com");
  EXPECT_EQ(assertion->audience, kSamlDefaultEndpoint);
  // Five minutes after issuance, and just within the confirmation's own end.
  EXPECT_EQ(assertion->usable_until, SamlTestNow() + absl::Minutes(4) + absl::Nanoseconds(1));
}

TEST(ReadStatements, KnowWhatNeverInvalidates) {  // SAML core 2.5.1.5, 2.5.1.6, 2.6.1
  std::string xml = SamlReplace(AssertionXml(), "</saml:Conditions>",
                                "<saml:OneTimeUse/><saml:ProxyRestriction/></saml:Conditions>");
  xml = SamlReplace(xml, "<saml:AuthnStatement ", "<saml:Advice/><saml:AuthnStatement ");
  EXPECT_TRUE(Read(xml).ok());
}

TEST(ReadStatements, TakeOneOfSeveralAudiences) {  // SAML core 2.5.1.4
  EXPECT_TRUE(Read(SamlReplace(AssertionXml(), "<saml:Audience>",
                               "<saml:Audience>urn:other</saml:Audience><saml:Audience>"))
                  .ok());
}

TEST(ReadStatements, AllowTheProvidersClockAMinute) {
  const std::string xml = SamlReplace(AssertionXml(), "NotBefore=\"2026-11-22T11:58:00Z\"",
                                      "NotBefore=\"2026-11-22T12:01:00Z\"");
  EXPECT_TRUE(Read(xml).ok());
  EXPECT_EQ(base::ReasonOf(Read(xml, SamlTestNow() - absl::Nanoseconds(1)).status()),
            "InvalidIdentityToken");
}

TEST(CheckIssuer, ComparesExactly) {  // SAML core 2.2.5
  struct Case {
    const char* xml;
    bool accepted;
  };
  for (const Case& c :
       {Case{"<i>https://idp.example.com/saml</i>", true},
        Case{"<i Format='urn:oasis:names:tc:SAML:2.0:nameid-format:entity'>"
             "https://idp.example.com/saml</i>",
             true},
        Case{"<i Format='urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'>"
             "https://idp.example.com/saml</i>",
             false},
        Case{"<i>HTTPS://idp.example.com/saml</i>", false},
        Case{"<i>https://idp.example.com/saml/</i>", false},
        Case{"<i>https://idp.example.com/saml\n</i>", false},
        Case{"<i>https://idp.example.com/<!-- -->saml</i>", false}, Case{"<i/>", false}}) {
    const absl::StatusOr<XmlDocument> document = ParseXml(c.xml, kLimits);
    ASSERT_TRUE(document.ok()) << document.status();
    const absl::Status status =
        CheckIssuer(xmlDocGetRootElement(document->get()), SamlTestMetadata());
    EXPECT_EQ(status.ok(), c.accepted) << c.xml;
    if (!c.accepted) {
      EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken");
    }
  }
}

TEST(RequiredText, IsThereAndNothingButText) {
  const absl::StatusOr<XmlDocument> document =
      ParseXml("<a><b> x </b><c/><d>x<e/></d></a>", kLimits);
  ASSERT_TRUE(document.ok()) << document.status();
  const auto children = ChildElements(xmlDocGetRootElement(document->get()));
  EXPECT_EQ(RequiredText(children[0]).value(), " x ");
  EXPECT_THAT(std::string(RequiredText(children[1]).status().message()), HasSubstr("`c` is empty"));
  EXPECT_THAT(std::string(RequiredText(children[2]).status().message()), HasSubstr("more than"));
}

TEST(ExpiredToken, SaysWhen) {
  const absl::Status status =
      ExpiredToken(absl::FromUnixSeconds(1795348800), absl::FromUnixSeconds(1795348799));
  EXPECT_EQ(base::ReasonOf(status), "ExpiredTokenException");
  EXPECT_EQ(status.message(),
            "Token expired: current date/time 1795348800 must be before the expiration date/time "
            "1795348799");
}

}  // namespace
}  // namespace portcullis::federation
