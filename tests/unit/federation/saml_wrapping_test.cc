// Attacks on verified responses: what somebody can do who has seen a valid one and cannot sign.
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What somebody who captured a signed response has to build with.
struct Captured {
  std::string response;   // Whole, as signed.
  std::string assertion;  // Its element, with its signature if that is in it.
  std::string signature;  // The element.
  std::string bare;       // The signed element without its signature.
  std::string evil;       // As `bare`, but with another ID and about somebody else.
};

std::string Evil(std::string element, std::string_view id) {
  element = SamlReplace(element, base::Concat({"ID=\"", id, "\""}), "ID=\"_evil\"");
  element = SamlReplace(element, "alice@example.com", "root@example.com");
  return SamlReplace(element, ">alice<", ">root<");
}

Captured CaptureAssertion() {
  Captured captured;
  captured.response = SamlTestSignedXml();
  captured.assertion = SamlElement(captured.response, "saml:Assertion");
  captured.signature = SamlElement(captured.assertion, "ds:Signature");
  captured.bare = SamlReplace(captured.assertion, captured.signature, "");
  captured.evil = Evil(captured.bare, "_assertion");
  return captured;
}

Captured CaptureResponse() {
  Captured captured;
  captured.response = SamlSign(SamlTestResponseXml(), "_response", SamlTestKey::Provider());
  captured.response = captured.response.substr(captured.response.find("<samlp:Response"));
  captured.assertion = SamlElement(captured.response, "saml:Assertion");
  captured.signature = SamlElement(captured.response, "ds:Signature");
  captured.bare = SamlReplace(captured.response, captured.signature, "");
  captured.evil = Evil(captured.bare, "_response");
  return captured;
}

struct Attack {
  std::string name;
  std::string xml;
};

// The eight of Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (2012), and a few
// of their kind.
std::vector<Attack> WrappingAttacks() {
  const Captured a = CaptureAssertion();
  const Captured r = CaptureResponse();
  const auto inside = [](const std::string& element, const std::string& before,
                         const std::string& content) {
    return SamlReplace(element, before, content + before);
  };
  const auto with = [&](const std::string& content) {
    return SamlReplace(a.response, a.assertion, content);
  };
  const std::string signature_end = "</ds:Signature>";
  const std::string evil_signed = inside(a.evil, "<saml:Subject>", a.signature);
  const std::string original_in_signature = inside(a.signature, signature_end, a.bare);
  const std::string original_in_object =
      inside(a.signature, signature_end, "<ds:Object>" + a.bare + "</ds:Object>");
  std::string evil_same_id = SamlReplace(a.evil, "_evil", "_assertion");
  return {
      {"XSW1: the response inside the signature of another",
       inside(r.evil, "<samlp:Status>", inside(r.signature, signature_end, r.bare))},
      {"XSW2: the response before the signature of another",
       inside(r.evil, "<samlp:Status>", r.bare + r.signature)},
      {"XSW3: another assertion before the signed one", with(a.evil + a.assertion)},
      {"XSW4: the signed assertion inside another",
       with(inside(a.evil, "</saml:Assertion>", a.assertion))},
      {"XSW5: the signature moved to another assertion", with(evil_signed + a.bare)},
      {"XSW6: and the signed assertion inside that signature",
       with(inside(a.evil, "<saml:Subject>", original_in_signature))},
      {"XSW7: another assertion among extensions",
       with("<samlp:Extensions>" + a.evil + "</samlp:Extensions>" + a.assertion)},
      {"XSW8: the signed assertion in an object of the signature",
       with(inside(a.evil, "<saml:Subject>", original_in_object))},
      {"another assertion after the signed one", with(a.assertion + a.evil)},
      {"another assertion of the same ID before", with(evil_same_id + a.assertion)},
      {"another assertion of the same ID after", with(a.assertion + evil_same_id)},
      {"the signature on another assertion of the same ID",
       with(inside(evil_same_id, "<saml:Subject>", a.signature) + a.bare)},
      {"the signed assertion as advice",
       with(inside(a.evil, "<saml:AuthnStatement",
                   "<saml:Advice>" + a.assertion + "</saml:Advice>"))},
      {"the signature of the assertion on the response",
       SamlReplace(with(a.evil), "<samlp:Status>", a.signature + "<samlp:Status>")},
      {"the signed assertion in the status of another response",
       inside(SamlReplace(a.response, a.assertion, a.evil), "</samlp:Status>",
              "<samlp:StatusDetail>" + a.assertion + "</samlp:StatusDetail>")},
      {"a response inside the response", inside(r.response, "</samlp:Response>", r.evil)},
      {"a signed response in an unsigned one", inside(r.evil, "</samlp:Response>", r.response)},
      {"the assertion alone", SamlReplace(a.assertion, "<saml:Assertion ",
                                          "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:"
                                          "2.0:assertion\" ")},
      {"another assertion of another namespace first",
       with(SamlReplace(SamlReplace(a.evil, "<saml:Assertion ",
                                    "<x:Assertion xmlns:x=\"urn:oasis:names:tc:SAML:1.0:assertion\""
                                    " "),
                        "</saml:Assertion>", "</x:Assertion>") +
            a.assertion)},
  };
}

TEST(SamlWrapping, TheCapturedResponsesAreValid) {  // Or the attacks would show nothing.
  EXPECT_TRUE(SamlVerify(CaptureAssertion().response).ok());
  EXPECT_TRUE(SamlVerify(CaptureResponse().response).ok());
}

TEST(SamlWrapping, IsRefused) {
  for (const Attack& attack : WrappingAttacks()) {
    const absl::StatusOr<SamlAssertion> assertion = SamlVerify(attack.xml);
    EXPECT_FALSE(assertion.ok()) << attack.name << ": taken for " << assertion->subject;
    EXPECT_EQ(base::ReasonOf(assertion.status()), "InvalidIdentityToken")
        << attack.name << ": " << assertion.status();
    // Refused for what it is, not because the test misspelt it.
    EXPECT_THAT(std::string(assertion.status().message()), Not(HasSubstr("line "))) << attack.name;
  }
}

// An unsigned response may be put around a signed assertion: it says nothing that counts.
TEST(SamlWrapping, LeavesTheEnvelopeOfASignedAssertionOpen) {
  const std::string xml = SamlReplace(SamlTestSignedXml(), "ID=\"_response\"", "ID=\"_other\"");
  const absl::StatusOr<SamlAssertion> assertion = SamlVerify(xml);
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->subject, "alice@example.com");
}

TEST(SamlAttack, RefusesWhatIsUnsignedOrSignedByOthers) {
  const std::string xml = SamlTestResponseXml();
  const SamlTestKey& stranger = SamlTestKey::Stranger();
  const std::string key_info =
      base::Concat({"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>", stranger.certificate(),
                    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"});
  const std::string provider_info = base::Concat(
      {"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>", SamlTestKey::Provider().certificate(),
       "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"});
  const std::string sha1 = "http://www.w3.org/2000/09/xmldsig#";
  const Attack attacks[] = {
      {"unsigned", xml},
      {"stripped",
       SamlReplace(SamlTestSignedXml(), SamlElement(SamlTestSignedXml(), "ds:Signature"), "")},
      {"another key", SamlSign(xml, "_assertion", stranger)},
      {"another key that KeyInfo brings along",
       SamlSign(xml, "_assertion", stranger, {.key_info = key_info})},
      {"another key under the provider's certificate",
       SamlSign(xml, "_assertion", stranger, {.key_info = provider_info})},
      {"SHA-1", SamlSign(xml, "_assertion", SamlTestKey::Provider(),
                         {.signature = sha1 + "rsa-sha1", .digest = sha1 + "sha1"})},
      {"SHA-1 digest",
       SamlSign(xml, "_assertion", SamlTestKey::Provider(), {.digest = sha1 + "sha1"})},
      {"a signature of the status only",
       SamlSign(SamlReplace(xml, "<samlp:Status>", "<samlp:Status ID=\"_status\">"), "_status",
                SamlTestKey::Provider())},
  };
  for (const Attack& attack : attacks) {
    EXPECT_EQ(base::ReasonOf(SamlVerify(attack.xml).status()), "InvalidIdentityToken")
        << attack.name;
  }
}

TEST(SamlAttack, AcceptsAKeyInfoThatIsBesideThePoint) {
  const std::string key_info =
      "<ds:KeyInfo><ds:KeyName>whatever</ds:KeyName>"
      "<ds:RetrievalMethod URI=\"http://127.0.0.1:9/key\"/></ds:KeyInfo>";
  EXPECT_TRUE(SamlVerify(SamlSign(SamlTestResponseXml(), "_assertion", SamlTestKey::Provider(),
                                  {.key_info = key_info}))
                  .ok());
}

TEST(SamlAttack, RefusesEveryChangeOfWhatIsSigned) {
  const std::string xml = SamlTestSignedXml();
  for (const char* word :
       {"alice@example.com", ">alice<", "role/Analysts", "12:04:01Z", "12:59:00Z", "20:00:00Z",
        "persistent", "Attributes/RoleSessionName", "cm:bearer", "<saml:Audience>https"}) {
    std::string changed = xml;
    const size_t at = changed.find(word);
    ASSERT_NE(at, std::string::npos) << word;
    changed[at + 2] = changed[at + 2] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(SamlVerify(changed).ok()) << word;
  }
}

// Canonical form without comments has no comments, so one can be put into a signed response without
// breaking its signature. Readers that take the text up to the first comment for the whole then see
// another user.
TEST(SamlAttack, RefusesCommentsThatWouldCutAValueShort) {
  const std::string subject =
      SamlReplace(SamlTestResponseXml(), "alice@example.com", "admin@example.com.evil.org");
  for (const char* id : {"_assertion", "_response"}) {
    const std::string xml = SamlSign(subject, id, SamlTestKey::Provider());
    ASSERT_TRUE(SamlVerify(xml).ok());
    for (const char* mark : {"<!---->", "<!-- x -->", "<?x y?>", "<![CDATA[]]>"}) {
      const std::string cut = base::Concat({"admin@example.com", mark, ".evil.org"});
      const absl::StatusOr<SamlAssertion> assertion =
          SamlVerify(SamlReplace(xml, "admin@example.com.evil.org", cut));
      EXPECT_EQ(base::ReasonOf(assertion.status()), "InvalidIdentityToken") << mark;
    }
  }
  // Nor when the provider itself was made to sign it.
  const std::string with_comment = SamlReplace(subject, "com.evil", "com<!---->.evil");
  EXPECT_FALSE(SamlVerify(SamlSign(with_comment, "_assertion", SamlTestKey::Provider())).ok());
}

TEST(SamlAttack, ReadsCharacterReferencesAsTheCharactersTheyAre) {
  const std::string xml = SamlReplace(SamlTestResponseXml(), "alice@example.com",
                                      "alice&#64;example.com&amp;&lt;!----&gt;");
  const absl::StatusOr<SamlAssertion> assertion =
      SamlVerify(SamlSign(xml, "_assertion", SamlTestKey::Provider()));
  ASSERT_TRUE(assertion.ok()) << assertion.status();
  EXPECT_EQ(assertion->subject, "alice@example.com&<!---->");
}

TEST(SamlAttack, RefusesEntities) {
  const std::string xml = SamlTestSignedXml();
  const std::string body = xml.substr(xml.find("<samlp:Response"));
  std::string laughs = "<!ENTITY a0 \"ha\">";
  for (char c = '1'; c <= '9'; ++c) {
    laughs += base::Concat({"<!ENTITY a", std::string(1, c), " \""});
    for (int i = 0; i < 10; ++i) {
      laughs += base::Concat({"&a", std::string(1, static_cast<char>(c - 1)), ";"});
    }
    laughs += "\">";
  }
  const std::string quadratic = base::Concat({"<!ENTITY a9 \"", std::string(20000, 'a'), "\">"});
  for (const std::string& declarations :
       {laughs, quadratic, std::string("<!ENTITY a9 SYSTEM \"file:///etc/passwd\">"),
        std::string("<!ENTITY a9 SYSTEM \"http://127.0.0.1:9/\">"),
        std::string("<!ENTITY % p SYSTEM \"http://127.0.0.1:9/\">%p;"),
        std::string("<!ATTLIST saml:Assertion ID ID #REQUIRED>")}) {
    const std::string attack =
        base::Concat({"<!DOCTYPE r [", declarations, "]>", SamlReplace(body, ">alice<", ">&a9;<")});
    const absl::Status status = SamlVerify(attack).status();
    EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken");
    EXPECT_THAT(std::string(status.message()), HasSubstr("document type")) << declarations;
  }
}

TEST(SamlAttack, IsRefusedInBoundedTime) {
  const std::string xml = SamlTestSignedXml();
  std::string deep;
  for (int i = 0; i < 9000; ++i) deep += "<a>";
  std::string wide = "<saml:Advice>";
  for (int i = 0; i < 9000; ++i) wide += "<a/>";
  std::string tag = "<a";
  for (int i = 0; i < 6000; ++i) tag += base::Concat({" a", std::to_string(i), "=''"});
  std::string namespaces = "<a";
  for (int i = 0; i < 3500; ++i)
    namespaces += base::Concat({" xmlns:a", std::to_string(i), "='u'"});
  for (const std::string& content :
       {deep, wide + "</saml:Advice>", tag + "/>", namespaces + "/>"}) {
    const absl::Time start = absl::Now();
    const absl::Status status =
        SamlVerify(SamlReplace(xml, "<saml:Subject>", content + "<saml:Subject>")).status();
    EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken") << content.substr(0, 20);
    EXPECT_LT(absl::Now() - start, absl::Seconds(2)) << content.substr(0, 20);
  }
}

TEST(SamlAttack, RefusesEncryptedAssertions) {
  const std::string encrypted = "<saml:EncryptedAssertion/>";
  const Captured a = CaptureAssertion();
  for (const std::string& content : {encrypted, encrypted + a.assertion, a.assertion + encrypted}) {
    const absl::Status status = SamlVerify(SamlReplace(a.response, a.assertion, content)).status();
    EXPECT_EQ(base::ReasonOf(status), "InvalidIdentityToken");
    EXPECT_THAT(std::string(status.message()), HasSubstr("encrypted")) << status;
  }
}

}  // namespace
}  // namespace portcullis::federation
