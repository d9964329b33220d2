#include "server/federation/saml_signature_internal.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_xml_internal.h"
#include "tests/unit/federation/saml_fixtures.h"

namespace portcullis::federation {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr XmlLimits kLimits = {
    .depth_max = 100, .elements_max = 10000, .attributes_max = 100, .decorations_allowed = true};

std::string PublicKeyDer(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string bytes(reinterpret_cast<char*>(der), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(der);
  return bytes;
}

// An RSA public key of 2048 bits that nobody generated.
std::string RsaWithExponent(BN_ULONG exponent) {
  EVP_PKEY* const pair = SamlTestKey::Provider().key();
  BIGNUM* n = nullptr;
  BIGNUM* const e = BN_new();
  EXPECT_EQ(EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &n), 1);
  BN_set_word(e, exponent);
  OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  std::string der = PublicKeyDer(key);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  return der;
}

TEST(CheckSigningKey, AcceptsStrongKeys) {
  for (const SamlTestKey& key : {SamlTestKey::Provider(), SamlTestKey::Ec("P-256"),
                                 SamlTestKey::Ec("P-384"), SamlTestKey::Ec("P-521")}) {
    const absl::Status status = CheckSigningKey(PublicKeyDer(key.key()));
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_TRUE(CheckSigningKey(RsaWithExponent(3)).ok());
}

TEST(CheckSigningKey, RefusesWeakAndUnknownKeys) {
  struct Case {
    std::string der;
    const char* message;
  };
  const std::string good = PublicKeyDer(SamlTestKey::Provider().key());
  const Case cases[] = {
      {PublicKeyDer(SamlTestKey::Rsa(1024).key()), "1024 bits"},
      {RsaWithExponent(1), "exponent"},
      {RsaWithExponent(65536), "exponent"},
      {PublicKeyDer(SamlTestKey::Ec("P-224").key()), "P-256"},
      {PublicKeyDer(SamlTestKey::Ec("secp256k1").key()), "P-256"},
      {PublicKeyDer(SamlTestKey::Ed25519().key()), "neither RSA nor"},
      {"", "not a public key"},
      {"x", "not a public key"},
      {good + "x", "not a public key"},
      {good.substr(0, good.size() - 1), "not a public key"},
  };
  for (const Case& c : cases) {
    const absl::Status status = CheckSigningKey(c.der);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(IsXmlId, IsNarrow) {
  for (const char* good : {"a", "_1", "A-b.c_9", "_0a1b"}) EXPECT_TRUE(IsXmlId(good)) << good;
  EXPECT_TRUE(IsXmlId(std::string(256, 'a')));
  EXPECT_FALSE(IsXmlId(std::string(257, 'a')));
  for (const char* bad :
       {"", "1a", "-a", ".a", "a b", "a'b", "a\"b", "a)b", "a#b", "a:b", "\xC3\xA9"}) {
    EXPECT_FALSE(IsXmlId(bad)) << bad;
  }
}

absl::Status CheckIds(const std::string& xml) {
  const absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  return document.ok() ? CheckIdsAreUnique(document->get()) : document.status();
}

TEST(CheckIdsAreUnique, LooksEverywhere) {
  EXPECT_TRUE(CheckIds("<a ID='1'><b ID='2'>t<c Id='3'/></b><d id='4'/></a>").ok());
  EXPECT_TRUE(CheckIds("<a><b/><!-- c -->t<c ID='1'/></a>").ok());
  for (const char* bad :
       {"<a ID='1'><b ID='1'/></a>", "<a ID='1'><b Id='1'/></a>", "<a ID='1' id='1'/>",
        "<a><b><c ID='1'/></b><d><e><f id='1'/></e></d></a>", "<a ID='1'>t<!-- --><b ID='1'/></a>",
        "<a ID='1' xmlns:n='u'><b n:ID='1'/></a>", "<a xml:id='1'/>"}) {
    EXPECT_EQ(CheckIds(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

xmlNode* Find(xmlNode* node, const std::string& id) {
  if (AttributeOf(node, "ID") == id) return node;
  for (xmlNode* child : ChildElements(node)) {
    if (xmlNode* const found = Find(child, id); found != nullptr) return found;
  }
  return nullptr;
}

absl::StatusOr<std::string> Verify(const std::string& xml, const std::string& id,
                                   const SamlTestKey& key = SamlTestKey::Provider()) {
  const absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  if (!document.ok()) return document.status();
  xmlNode* const element = Find(xmlDocGetRootElement(document->get()), id);
  if (element == nullptr) return absl::NotFoundError("no such element");
  const std::string der = PublicKeyDer(key.key());
  testing::internal::CaptureStderr();
  absl::StatusOr<std::string> bytes = VerifiedBytes(element, {der});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  return bytes;
}

constexpr char kSmall[] = "<r><a ID=\"x\" k=\"v\">one &amp; two<b></b></a><c/></r>";

TEST(VerifiedBytes, AreTheCanonicalElementWithoutItsSignature) {
  const absl::StatusOr<std::string> bytes =
      Verify(SamlSign(kSmall, "x", SamlTestKey::Provider()), "x");
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, "<a ID=\"x\" k=\"v\">one &amp; two<b></b></a>");
}

TEST(VerifiedBytes, HaveNoCommentsThatWereNotSigned) {
  const std::string xml = SamlReplace(SamlSign(kSmall, "x", SamlTestKey::Provider()), "one",
                                      "o<!-- put in later -->ne");
  const absl::StatusOr<std::string> bytes = Verify(xml, "x");
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, "<a ID=\"x\" k=\"v\">one &amp; two<b></b></a>");
}

TEST(VerifiedBytes, ComeFromEveryAllowedAlgorithm) {
  const SamlTestKey ec = SamlTestKey::Ec("P-384");
  const std::string more = "http://www.w3.org/2001/04/xmldsig-more#";
  const std::string enc = "http://www.w3.org/2001/04/xmlenc#";
  for (const std::string& digest : {enc + "sha256", more + "sha384", enc + "sha512"}) {
    for (const char* hash : {"sha256", "sha384", "sha512"}) {
      const SamlSignOptions rsa = {.signature = more + "rsa-" + hash, .digest = digest};
      EXPECT_TRUE(Verify(SamlSign(kSmall, "x", SamlTestKey::Provider(), rsa), "x").ok());
      const SamlSignOptions ecdsa = {.signature = more + "ecdsa-" + hash, .digest = digest};
      EXPECT_TRUE(Verify(SamlSign(kSmall, "x", ec, ecdsa), "x", ec).ok());
    }
  }
}

constexpr char kEnveloped[] =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";

TEST(VerifiedBytes, AllowBothExclusiveCanonicalizations) {
  const SamlTestKey& key = SamlTestKey::Provider();
  const SamlSignOptions with_comments = {
      .canonicalization = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
      .transforms = std::string(kEnveloped) +
                    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/"
                    "xml-exc-c14n#WithComments\"/>"};
  EXPECT_TRUE(Verify(SamlSign(kSmall, "x", key, with_comments), "x").ok());
  const SamlSignOptions with_prefixes = {
      .transforms = std::string(kEnveloped) +
                    "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
                    "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\""
                    " PrefixList=\"xs\"/></ds:Transform>"};
  EXPECT_TRUE(Verify(SamlSign(kSmall, "x", key, with_prefixes), "x").ok());
}

// Valid signatures of a kind that is not accepted.
struct Kind {
  const char* name;
  SamlSignOptions options;
  const char* message;
};

std::vector<Kind> RefusedKinds() {
  const std::string exclusive =
      "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
  const std::string enveloped = kEnveloped;
  return {
      {"RSA with SHA-1", {.signature = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"}, "rsa-sha1"},
      {"SHA-1 digest", {.digest = "http://www.w3.org/2000/09/xmldsig#sha1"}, "#sha1"},
      {"SHA-224 digest", {.digest = "http://www.w3.org/2001/04/xmldsig-more#sha224"}, "sha224"},
      {"inclusive canonicalisation",
       {.canonicalization = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"},
       "REC-xml-c14n"},
      {"inclusive transform",
       {.transforms = enveloped + "<ds:Transform Algorithm=\""
                                  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>"},
       "REC-xml-c14n"},
      {"XPath",
       {.transforms =
            enveloped +
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
            "<ds:XPath xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">not(self::c)</ds:XPath>"
            "</ds:Transform>"},
       "parameters"},
      {"enveloped only", {.transforms = enveloped}, "Transforms"},
      {"three transforms", {.transforms = enveloped + exclusive + exclusive}, "Transforms"},
      {"the whole document", {.uri = "#xpointer(/)"}, "its reference"},
      {"by expression", {.uri = "#xpointer(id('x'))"}, "its reference"},
      {"some other element", {.uri = "#y"}, "its reference"},
  };
}

TEST(VerifiedBytes, RefuseOtherKindsOfSignature) {
  const std::string xml = "<r><a ID=\"x\">one</a><a ID=\"y\">two</a></r>";
  for (const Kind& c : RefusedKinds()) {
    SCOPED_TRACE(c.name);
    std::string signed_xml = SamlSign(xml, "x", SamlTestKey::Provider(),
                                      c.options.uri == "#y" ? SamlSignOptions() : c.options);
    if (c.options.uri == "#y") signed_xml = SamlReplace(signed_xml, "URI=\"#x\"", "URI=\"#y\"");
    const absl::Status status = Verify(signed_xml, "x").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(VerifiedBytes, RefuseAChangedOrMisshapenSignature) {
  const std::string good = SamlSign(kSmall, "x", SamlTestKey::Provider());
  const std::string signature = SamlElement(good, "ds:Signature");
  struct Case {
    const char* from;
    std::string to;
  };
  const std::string reference = SamlElement(good, "ds:Reference");
  const Case cases[] = {
      {"k=\"v\"", "k=\"w\""},
      {kEnveloped, ""},
      {kEnveloped, std::string(kEnveloped) + kEnveloped},
      {"one", "two"},
      {"<b/>", ""},
      // Has no canonical form; some readers then digest the empty text.
      {"<b/>", "<n:b xmlns:n=\"relative\"/>"},
      {"URI=\"#x\"", "URI=\"\""},
      {" URI=\"#x\"", ""},
      {"URI=\"#x\"", "URI=\"http://127.0.0.1:9/\""},
      {"rsa-sha256", "rsa-sha512"},
      {"rsa-sha256", "hmac-sha256"},
      {"xmlenc#sha256", "xmlenc#sha512"},
      {"</ds:SignedInfo>", reference + "</ds:SignedInfo>"},
      {"</ds:Signature>", "<ds:Object/></ds:Signature>"},
      {"</ds:SignatureValue>", "</ds:SignatureValue><ds:KeyInfo/><ds:KeyInfo/>"},
      {"<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"},
      {"<ds:DigestValue>", "<ds:DigestValue/><ds:DigestValue>"},
      {"ID=\"x\"", "ID=\"\""},
      {"ID=\"x\"", "Id=\"x\" ID=\"x y\""},
      {"<ds:Signature ", signature + "<ds:Signature "},
  };
  for (const Case& c : cases) {
    std::string xml = SamlReplace(good, c.from, c.to);
    const std::string id = xml.find("ID=\"\"") != std::string::npos      ? ""
                           : xml.find("ID=\"x y\"") != std::string::npos ? "x y"
                                                                         : "x";
    EXPECT_EQ(Verify(xml, id).status().code(), absl::StatusCode::kInvalidArgument) << c.to;
  }
}

TEST(VerifiedBytes, BelieveNoKeyButTheCallers) {
  const SamlTestKey& stranger = SamlTestKey::Stranger();
  // The stranger's certificate rides along, as it does with honest providers.
  const std::string key_info =
      base::Concat({"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>", stranger.certificate(),
                    "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"});
  const std::string xml = SamlSign(kSmall, "x", stranger, {.key_info = key_info});
  EXPECT_THAT(xml, HasSubstr("X509Certificate"));
  EXPECT_TRUE(Verify(xml, "x", stranger).ok());
  EXPECT_FALSE(Verify(xml, "x", SamlTestKey::Provider()).ok());
  const absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  ASSERT_TRUE(document.ok());
  EXPECT_FALSE(VerifiedBytes(Find(xmlDocGetRootElement(document->get()), "x"), {}).ok());
}

// Whatever else the document holds, the bytes are those that were signed. This is what makes the
// wrapping attacks of saml_wrapping_test.cc fail even if nobody counted elements.
TEST(VerifiedBytes, AreNeverThoseOfAnotherElement) {
  const std::string good = SamlSign("<a ID=\"x\">honest</a>", "x", SamlTestKey::Provider());
  const std::string element = good.substr(good.find("<a "));
  const std::string signature = SamlElement(element, "ds:Signature");
  const std::string bare = SamlReplace(element, signature, "");
  const std::string evil = "<a ID=\"x\">evil</a>";
  int verified = 0;
  for (const std::string& xml :
       {base::Concat({"<r>", evil, element, "</r>"}), base::Concat({"<r>", element, evil, "</r>"}),
        base::Concat({"<r><a ID=\"e\">evil", signature, "</a>", bare, "</r>"}),
        base::Concat({"<r><a ID=\"x\">evil", signature, "</a>", bare, "</r>"}),
        base::Concat({"<r>", bare, "<a ID=\"x\">evil", signature, "</a></r>"}),
        base::Concat({"<a ID=\"e\">evil", element, "</a>"}),
        SamlReplace(element, "</ds:Signature>", bare + "</ds:Signature>")}) {
    for (const char* id : {"x", "e"}) {
      const absl::StatusOr<std::string> bytes = Verify(xml, id);
      if (bytes.ok()) {
        ++verified;
        EXPECT_THAT(*bytes, Not(HasSubstr("evil"))) << xml;
      }
    }
  }
  EXPECT_GT(verified, 0);
}

}  // namespace
}  // namespace portcullis::federation
