#include "server/federation/saml_assertion.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

absl::StatusOr<SamlAssertion> VerifyAt(const std::string& xml, absl::Time now) {
  return VerifySamlAssertion(SamlEncode(xml), SamlTestExpectations(), now);
}

TEST(VerifySamlAssertion, TellsWhatTheAssertionSays) {
  const absl::StatusOr<SamlAssertion> assertion = SamlVerify(SamlTestSignedXml());
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->id, "_assertion");
  EXPECT_EQ(assertion->subject, "alice@example.com");
  EXPECT_EQ(assertion->subject_type, "persistent");
  EXPECT_EQ(assertion->issuer, "https://idp.example.com/saml");
  EXPECT_EQ(assertion->audience, "https://signin.aws.amazon.com/saml");
  EXPECT_EQ(assertion->role_session_name, "alice");
  EXPECT_EQ(assertion->session_duration_seconds, std::nullopt);
  EXPECT_EQ(assertion->session_not_on_or_after, SamlTestNow() + absl::Hours(8));
  EXPECT_EQ(assertion->source_identity, "");
  EXPECT_TRUE(assertion->tags.empty());
  EXPECT_TRUE(assertion->transitive_tag_keys.empty());
}

// Base64(SHA-1("https://idp.example.com/saml123456789012/ExampleCorp")), computed with `openssl`.
constexpr char kNameQualifier[] = "b2mcUV8lTfuTvjhPRKG4/lCLIag=";

TEST(VerifySamlAssertion, DerivesTheNameQualifier) {
  const absl::StatusOr<SamlAssertion> assertion = SamlVerify(SamlTestSignedXml());
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->name_qualifier, kNameQualifier);
}

TEST(VerifySamlAssertion, FillsTheConditionKeysOfEveryAssertion) {
  const absl::StatusOr<SamlAssertion> assertion = SamlVerify(SamlTestSignedXml());
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  const std::vector<SamlConditionKey> expected = {
      {"saml:aud", {"https://signin.aws.amazon.com/saml"}, false},
      {"saml:doc", {"123456789012/ExampleCorp"}, false},
      {"saml:iss", {"https://idp.example.com/saml"}, false},
      {"saml:namequalifier", {kNameQualifier}, false},
      {"saml:sub", {"alice@example.com"}, false},
      {"saml:sub_type", {"persistent"}, false},
  };
  EXPECT_EQ(assertion->condition_keys, expected);
}

TEST(VerifySamlAssertion, AcceptsASignatureOnEitherOrBoth) {
  const std::string xml = SamlTestResponseXml();
  const SamlTestKey& key = SamlTestKey::Provider();
  const std::string both = SamlSign(SamlSign(xml, "_assertion", key), "_response", key);
  for (const std::string& signed_xml : {SamlSign(xml, "_response", key), both}) {
    const absl::StatusOr<SamlAssertion> assertion = SamlVerify(signed_xml);
    ASSERT_TRUE(assertion.ok()) << assertion.status();
    EXPECT_EQ(assertion->subject, "alice@example.com");
  }
}

TEST(VerifySamlAssertion, RefusesOneBadSignatureOfTwo) {
  const std::string xml = SamlTestResponseXml();
  const SamlTestKey& key = SamlTestKey::Provider();
  const SamlTestKey& stranger = SamlTestKey::Stranger();
  for (const std::string& signed_xml :
       {SamlSign(SamlSign(xml, "_assertion", key), "_response", stranger),
        SamlSign(SamlSign(xml, "_assertion", stranger), "_response", key)}) {
    EXPECT_EQ(base::ReasonOf(SamlVerify(signed_xml).status()), "InvalidIdentityToken");
  }
}

TEST(VerifySamlAssertion, AcceptsEveryKeyOfTheMetadata) {  // keys are rolled over.
  const SamlTestKey ec = SamlTestKey::Ec("P-256");
  const absl::StatusOr<SamlProviderMetadata> metadata = ParseSamlMetadata(
      SamlTestMetadataXml({SamlTestKey::Provider().certificate(), ec.certificate()}));
  ASSERT_TRUE(metadata.ok()) << metadata.status();
  SamlExpectations expectations = SamlTestExpectations();
  expectations.metadata = &*metadata;
  const std::string by_ec =
      SamlSign(SamlTestResponseXml(), "_assertion", ec,
               {.signature = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                .digest = "http://www.w3.org/2001/04/xmlenc#sha512"});
  for (const std::string& xml : {by_ec, SamlTestSignedXml()}) {
    EXPECT_TRUE(VerifySamlAssertion(SamlEncode(xml), expectations, SamlTestNow()).ok());
  }
}

TEST(VerifySamlAssertion, AllowsLineBreaksInTheBase64AndNothingElse) {
  const std::string text = SamlEncode(SamlTestSignedXml());
  const auto verify = [](const std::string& response) {
    return VerifySamlAssertion(response, SamlTestExpectations(), SamlTestNow()).status();
  };
  std::string wrapped = text;
  for (size_t at = 76; at < wrapped.size(); at += 78) wrapped.insert(at, "\r\n");
  EXPECT_TRUE(verify(wrapped).ok()) << verify(wrapped);
  std::string unpadded = text;
  while (unpadded.back() == '=') unpadded.pop_back();
  for (const std::string& bad :
       {" " + text, text + " ", text + "====", text + "\t", "-" + text.substr(1),
        text.substr(0, 100) + "=" + text.substr(100), text + "A", text.substr(0, 8) + "%2B",
        absl::Base64Escape("not XML"), std::string("====")}) {
    EXPECT_EQ(base::ReasonOf(verify(bad)), "InvalidIdentityToken") << bad.substr(0, 20);
  }
  if (unpadded.size() != text.size()) {
    EXPECT_EQ(base::ReasonOf(verify(unpadded)), "InvalidIdentityToken");
  }
}

TEST(VerifySamlAssertion, HasLimitsOnItsLength) {
  struct Case {
    size_t size;
    const char* reason;
  };
  for (const Case& c :
       {Case{0, "ValidationError"}, Case{3, "ValidationError"}, Case{4, "InvalidIdentityToken"},
        Case{100000, "InvalidIdentityToken"}, Case{100001, "ValidationError"}}) {
    const absl::Status status =
        VerifySamlAssertion(std::string(c.size, 'A'), SamlTestExpectations(), SamlTestNow())
            .status();
    EXPECT_EQ(base::ReasonOf(status), c.reason) << c.size;
    EXPECT_LT(status.message().size(), 200u) << c.size;
  }
}

// Changes to the response before it is signed, each of which makes it one to refuse.
struct Refusal {
  const char* name;
  const char* from;
  const char* to;
  const char* reason;
  const char* message;
};

constexpr char kInvalid[] = "InvalidIdentityToken";
constexpr char kExpired[] = "ExpiredTokenException";

const Refusal kRefusals[] = {
    // The response.: the provider itself says no.
    {"rejected", "status:Success", "status:Responder", "IDPRejectedClaim", "status:Responder"},
    {"no status code", "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
     "", kInvalid, "StatusCode"},
    {"version of the response", "ID=\"_response\" Version=\"2.0\"",
     "ID=\"_response\" Version=\"1.1\"", kInvalid, "version"},
    {"destination", "Destination=\"https://signin.aws.amazon.com/saml\"",
     "Destination=\"https://elsewhere.example.com/saml\"", kInvalid, "destination"},
    {"issuer of the response", "https://idp.example.com/saml", "https://other.example.com/saml",
     kInvalid, "Issuer not present in specified provider"},
    {"extensions", "<samlp:Status>", "<samlp:Extensions/><samlp:Status>", kInvalid, "Extensions"},
    // The assertion.
    {"version", "ID=\"_assertion\" Version=\"2.0\"", "ID=\"_assertion\" Version=\"1.1\"", kInvalid,
     "version"},
    {"issuer", "11:59:00Z\"><saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject>",
     "11:59:00Z\"><saml:Issuer>https://idp.example.com/saml2</saml:Issuer><saml:Subject>", kInvalid,
     "Issuer not present in specified provider"},
    {"issuer with a blank", "<saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject>",
     "<saml:Issuer>https://idp.example.com/saml </saml:Issuer><saml:Subject>", kInvalid, "Issuer"},
    {"issuer of another format", "<saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Sub",
     "<saml:Issuer Format=\"urn:x\">https://idp.example.com/saml</saml:Issuer><saml:Sub", kInvalid,
     "Issuer"},
    {"no issuer", "<saml:Issuer>https://idp.example.com/saml</saml:Issuer><saml:Subject>",
     "<saml:Subject>", kInvalid, "Issuer"},
    {"issue instant", "Version=\"2.0\" IssueInstant=\"2026-11-22T11:59:00Z\"><saml:Issuer>",
     "Version=\"2.0\" IssueInstant=\"yesterday\"><saml:Issuer>", kInvalid, "IssueInstant"},
    {"issue instant with a zone", "Version=\"2.0\" IssueInstant=\"2026-11-22T11:59:00Z\"><saml:I",
     "Version=\"2.0\" IssueInstant=\"2026-11-22T11:59:00+00:00\"><saml:I", kInvalid, "in UTC"},
    {"unknown statement", "<saml:AttributeStatement>",
     "<saml:AuthzDecisionStatement/><saml:AttributeStatement>", kInvalid, "AuthzDecision"},
    {"two subjects", "<saml:Conditions", "<saml:Subject/><saml:Conditions", kInvalid, "Subject"},
    // The subject..
    {"empty subject", "alice@example.com", "", kInvalid, "NameID"},
    {"subject of elements", "alice@example.com", "alice<saml:x/>", kInvalid, "more than text"},
    {"encrypted subject", "<saml:SubjectConfirmation ",
     "<saml:EncryptedID/><saml:SubjectConfirmation ", kInvalid, "encrypted"},
    {"holder of key", "cm:bearer", "cm:holder-of-key", kInvalid, "bearer"},
    {"two confirmations", "</saml:SubjectConfirmation>",
     "</saml:SubjectConfirmation><saml:SubjectConfirmation "
     "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/>",
     kInvalid, "SubjectConfirmation"},
    {"recipient", "Recipient=\"https://signin.aws.amazon.com/saml\"",
     "Recipient=\"https://signin.aws.amazon.com/saml/\"", kInvalid, "recipient"},
    {"no recipient", "Recipient=\"https://signin.aws.amazon.com/saml\"", "", kInvalid, "recipient"},
    {"no end of confirmation", "NotOnOrAfter=\"2026-11-22T12:04:01Z\"", "", kInvalid,
     "NotOnOrAfter"},
    {"confirmation expired", "12:04:01Z", "12:00:00Z", kExpired, "Token expired"},
    {"confirmation not yet", "NotOnOrAfter=\"2026-11-22T12:04:01Z\"",
     "NotBefore=\"2026-11-22T12:02:00Z\" NotOnOrAfter=\"2026-11-22T12:04:01Z\"", kInvalid,
     "not valid yet"},
    // Conditions..
    {"audience", "<saml:Audience>https://signin.aws.amazon.com/saml",
     "<saml:Audience>https://signin.aws.amazon.com/other", kInvalid, "required audience"},
    {"no audience", "<saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience>", "",
     kInvalid, "required audience"},
    {"second restriction fails", "</saml:Conditions>",
     "<saml:AudienceRestriction><saml:Audience>https://x.example.com</saml:Audience>"
     "</saml:AudienceRestriction></saml:Conditions>",
     kInvalid, "required audience"},
    {"unknown condition", "</saml:Conditions>", "<saml:Condition/></saml:Conditions>", kInvalid,
     "unknown condition"},
    {"expired", "12:59:00Z", "12:00:00Z", kExpired,
     "Token expired: current date/time 1795348800 must be before the expiration date/time"},
    {"not yet valid", "NotBefore=\"2026-11-22T11:58:00Z\"", "NotBefore=\"2026-11-22T12:01:01Z\"",
     kInvalid, "not valid yet"},
    {"impossible time", "NotBefore=\"2026-11-22T11:58:00Z\"", "NotBefore=\"2026-02-30T11:58:00Z\"",
     kInvalid, "NotBefore"},
    // Authentication..
    {"session over", "2026-11-22T20:00:00Z", "2026-11-22T12:00:00Z", kExpired, "Token expired"},
};

TEST(VerifySamlAssertion, Refuses) {
  for (const Refusal& c : kRefusals) {
    SCOPED_TRACE(c.name);
    const std::string xml = SamlReplace(SamlTestResponseXml(), c.from, c.to);
    const absl::Status status =
        SamlVerify(SamlSign(xml, "_assertion", SamlTestKey::Provider())).status();
    EXPECT_EQ(base::ReasonOf(status), c.reason);
    EXPECT_THAT(Message(status), HasSubstr(c.message));
  }
}

TEST(VerifySamlAssertion, RefusesAnAssertionThatOnlyTalksAboutItsSubject) {
  std::string xml = SamlTestResponseXml();
  xml = SamlReplace(xml, SamlElement(xml, "saml:AuthnStatement"), "");
  const absl::Status status =
      SamlVerify(SamlSign(xml, "_assertion", SamlTestKey::Provider())).status();
  EXPECT_EQ(base::ReasonOf(status), kInvalid);
  EXPECT_THAT(Message(status), HasSubstr("AuthnStatement"));
}

// `now` relative to the issue instant.
struct Moment {
  absl::Duration age;
  const char* reason;  // "" for accepted.
};

TEST(VerifySamlAssertion, IsUsableForFiveMinutes) {
  const std::string xml =
      SamlSign(SamlReplace(SamlReplace(SamlTestResponseXml(), "12:04:01Z", "12:59:00Z"),
                           "NotBefore=\"2026-11-22T11:58:00Z\"", ""),
               "_assertion", SamlTestKey::Provider());
  const absl::Time issued = SamlTestNow() - absl::Minutes(1);
  for (const Moment& c : {Moment{absl::Seconds(-61), kInvalid}, Moment{absl::Seconds(-60), ""},
                          Moment{absl::ZeroDuration(), ""}, Moment{absl::Minutes(5), ""},
                          Moment{absl::Minutes(5) + absl::Nanoseconds(1), kExpired},
                          Moment{absl::Hours(24), kExpired}}) {
    const absl::StatusOr<SamlAssertion> assertion = VerifyAt(xml, issued + c.age);
    EXPECT_EQ(base::ReasonOf(assertion.status()), c.reason) << c.age;
    EXPECT_EQ(assertion.ok(), std::string(c.reason).empty()) << c.age;
    if (assertion.ok()) {
      EXPECT_GT(assertion->usable_until, issued + c.age);
    }
  }
}

TEST(VerifySamlAssertion, IsUsableInItsWindow) {  // SAML core 2.5.1.2: from, and not on or after.
  const std::string xml = SamlTestSignedXml();
  const absl::Time not_on_or_after = SamlTestNow() + absl::Seconds(241);
  EXPECT_EQ(base::ReasonOf(VerifyAt(xml, not_on_or_after).status()), kExpired);
  const std::string sooner =
      SamlSign(SamlReplace(SamlTestResponseXml(), "12:04:01Z", "12:03:00.5Z"), "_assertion",
               SamlTestKey::Provider());
  const absl::Time end = SamlTestNow() + absl::Milliseconds(180500);
  const absl::StatusOr<SamlAssertion> assertion = VerifyAt(sooner, end - absl::Nanoseconds(1));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->usable_until, end);
  EXPECT_EQ(base::ReasonOf(VerifyAt(sooner, end).status()), kExpired);
}

TEST(VerifySamlAssertion, ForgetsAProviderWhoseMetadataHasExpired) {
  SamlProviderMetadata metadata = SamlTestMetadata();
  SamlExpectations expectations = SamlTestExpectations();
  expectations.metadata = &metadata;
  const std::string response = SamlEncode(SamlTestSignedXml());
  metadata.valid_until = SamlTestNow() + absl::Seconds(1);
  EXPECT_TRUE(VerifySamlAssertion(response, expectations, SamlTestNow()).ok());
  metadata.valid_until = SamlTestNow();
  EXPECT_EQ(base::ReasonOf(VerifySamlAssertion(response, expectations, SamlTestNow()).status()),
            kInvalid);
}

TEST(VerifySamlAssertion, TakesTheEndpointFromTheExpectations) {
  SamlExpectations expectations = SamlTestExpectations();
  const std::string response = SamlEncode(SamlTestSignedXml());
  expectations.recipient = "https://sts.example.com/saml";
  EXPECT_EQ(base::ReasonOf(VerifySamlAssertion(response, expectations, SamlTestNow()).status()),
            kInvalid);
  expectations = SamlTestExpectations();
  expectations.audiences = {"urn:other", std::string(kSamlDefaultEndpoint)};
  EXPECT_TRUE(VerifySamlAssertion(response, expectations, SamlTestNow()).ok());
  expectations.audiences = {};
  EXPECT_EQ(base::ReasonOf(VerifySamlAssertion(response, expectations, SamlTestNow()).status()),
            kInvalid);
}

TEST(VerifySamlAssertion, KeepsTheSubjectsFormat) {
  struct Case {
    const char* format;
    const char* type;
  };
  constexpr char kAttribute[] = " Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"";
  for (const Case& c :
       {Case{" Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\"", "transient"},
        Case{" Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"",
             "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"},

        Case{"", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"}}) {
    const std::string xml = SamlReplace(SamlTestResponseXml(), kAttribute, c.format);
    const absl::StatusOr<SamlAssertion> assertion =
        SamlVerify(SamlSign(xml, "_assertion", SamlTestKey::Provider()));
    ASSERT_TRUE(assertion.ok()) << assertion.status();
    EXPECT_EQ(assertion->subject_type, c.type);
  }
}

TEST(VerifySamlAssertion, EndsTheSessionWithTheFirstStatement) {
  const std::string xml =
      SamlReplace(SamlTestResponseXml(), "<saml:AttributeStatement>",
                  "<saml:AuthnStatement SessionNotOnOrAfter=\"2026-11-22T13:00:00Z\"/>"
                  "<saml:AuthnStatement/><saml:AttributeStatement>");
  const absl::StatusOr<SamlAssertion> assertion =
      SamlVerify(SamlSign(xml, "_assertion", SamlTestKey::Provider()));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->session_not_on_or_after, SamlTestNow() + absl::Hours(1));
}

TEST(VerifySamlAssertion, MayBeCalledByManyThreads) {
  const std::string good = SamlEncode(SamlTestSignedXml());
  const std::string bad =
      SamlEncode(SamlSign(SamlTestResponseXml(), "_assertion", SamlTestKey::Stranger()));
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&good, &bad, &count] {
      for (int i = 0; i < 20; ++i) {
        const SamlExpectations expectations = SamlTestExpectations();
        if (!VerifySamlAssertion(good, expectations, SamlTestNow()).ok()) ++count;
        if (VerifySamlAssertion(bad, expectations, SamlTestNow()).ok()) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace portcullis::federation
