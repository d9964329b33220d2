#include "tests/unit/federation/saml_fixtures.h"

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/valid.h>
#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string MakeCertificate(EVP_PKEY* key, int last_year) {
  X509* const certificate = X509_new();
  Require(certificate != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("idp.example.com"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  Require(ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20200101000000Z") == 1);
  const std::string end = base::StrCat(last_year, "1231235959Z");
  Require(ASN1_TIME_set_string(X509_getm_notAfter(certificate), end.c_str()) == 1);
  Require(X509_set_pubkey(certificate, key) == 1);
  const bool own_digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
  Require(X509_sign(certificate, key, own_digest ? nullptr : EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  Require(size > 0);
  std::string text = absl::Base64Escape({reinterpret_cast<char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  X509_free(certificate);
  return text;
}

EVP_PKEY* GenerateRsa(int bits, unsigned exponent) {
  EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  BIGNUM* const e = BN_new();
  EVP_PKEY* key = nullptr;
  Require(BN_set_word(e, exponent) == 1 && EVP_PKEY_keygen_init(context) == 1 &&
          EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1 &&
          EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) == 1 &&
          EVP_PKEY_generate(context, &key) == 1);
  BN_free(e);
  EVP_PKEY_CTX_free(context);
  return key;
}

std::string SignatureTemplate(const std::string& id, const SamlSignOptions& options) {
  const std::string uri = options.uri.empty() ? "#" + id : options.uri;
  const std::string transforms =
      !options.transforms.empty()
          ? options.transforms
          : R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
            R"(<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>)";
  return base::Concat(
      {R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">)",
       R"(<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=")", options.canonicalization,
       R"("/><ds:SignatureMethod Algorithm=")", options.signature, R"("/><ds:Reference URI=")", uri,
       R"("><ds:Transforms>)", transforms, R"(</ds:Transforms><ds:DigestMethod Algorithm=")",
       options.digest, R"("/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>)",
       R"(<ds:SignatureValue></ds:SignatureValue>)", options.key_info, R"(</ds:Signature>)"});
}

xmlNode* FindById(xmlNode* node, const std::string& id) {
  if (AttributeOf(node, "ID") == id) return node;
  for (xmlNode* child : ChildElements(node)) {
    if (xmlNode* const found = FindById(child, id); found != nullptr) return found;
  }
  return nullptr;
}

// Puts the template where SAML wants it; the Signature element.
xmlNode* InsertTemplate(xmlNode* element, const std::string& text) {
  xmlNode* list = nullptr;
  Require(xmlParseInNodeContext(element, text.c_str(), static_cast<int>(text.size()), 0, &list) ==
          XML_ERR_OK);
  const std::vector<xmlNode*> children = ChildElements(element);
  const bool has_issuer =
      !children.empty() && NameOf(children.front()).find("Issuer") != std::string::npos;
  return has_issuer                     ? xmlAddNextSibling(children.front(), list)
         : element->children != nullptr ? xmlAddPrevSibling(element->children, list)
                                        : xmlAddChild(element, list);
}

bool SignNode(xmlNode* signature, EVP_PKEY* pair) {
  xmlSecDSigCtx* const context = xmlSecDSigCtxCreate(nullptr);
  EVP_PKEY_up_ref(pair);
  context->signKey = xmlSecKeyCreate();
  xmlSecKeySetValue(context->signKey, xmlSecOpenSSLEvpKeyAdopt(pair));
  const bool signed_it = xmlSecDSigCtxSign(context, signature) == 0;
  xmlSecDSigCtxDestroy(context);
  return signed_it;
}

}  // namespace

SamlTestKey::SamlTestKey(EVP_PKEY* key, int last_year) : key_(key, &EVP_PKEY_free) {
  Require(key != nullptr);
  certificate_ = MakeCertificate(key, last_year);
}

SamlTestKey SamlTestKey::Rsa(int bits, unsigned exponent, int last_year) {
  return SamlTestKey(GenerateRsa(bits, exponent), last_year);
}

SamlTestKey SamlTestKey::Ec(const char* curve) {
  return SamlTestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), 2040);
}

SamlTestKey SamlTestKey::Ed25519() {
  return SamlTestKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), 2040);
}

const SamlTestKey& SamlTestKey::Provider() {
  static const SamlTestKey key = Rsa(2048);
  return key;
}

const SamlTestKey& SamlTestKey::Stranger() {
  static const SamlTestKey key = Rsa(2048);
  return key;
}

absl::Time SamlTestNow() {
  return absl::FromUnixSeconds(1795348800);
}

std::string SamlTestMetadataXml(const std::vector<std::string>& certificates) {
  std::string xml = base::Concat(
      {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
       "<!-- Made for tests, and long enough for R-1.20 without any certificate. ",
       std::string(1000, '.'), " -->\n",
       R"(<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata")", "\n  ",
       R"(xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID=")", kSamlTestEntity, "\">\n",
       R"(<md:IDPSSODescriptor WantAuthnRequestsSigned="false")", "\n",
       R"( protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">)", "\n"});
  for (const std::string& certificate : certificates) {
    xml += base::Concat({R"(<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>)",
                         "<ds:X509Certificate>\n", certificate, "\n</ds:X509Certificate>",
                         "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n"});
  }
  xml += R"(<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")"
         R"( Location="https://idp.example.com/post"/>)"
         "\n"
         R"(<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect")"
         R"( Location="https://idp.example.com/redirect"/>)"
         "\n</md:IDPSSODescriptor>\n</md:EntityDescriptor>\n";
  return xml;
}

const SamlProviderMetadata& SamlTestMetadata() {
  static const SamlProviderMetadata metadata = [] {
    const absl::StatusOr<SamlProviderMetadata> parsed =
        ParseSamlMetadata(SamlTestMetadataXml({SamlTestKey::Provider().certificate()}));
    Require(parsed.ok());
    return *parsed;
  }();
  return metadata;
}

SamlExpectations SamlTestExpectations() {
  SamlExpectations expectations;
  expectations.metadata = &SamlTestMetadata();
  expectations.provider_arn = kSamlTestProvider;
  expectations.provider_name = "ExampleCorp";
  expectations.account_id = "123456789012";
  expectations.role_arn = kSamlTestRole;
  return expectations;
}

std::string SamlTestResponseXml() {
  return R"(<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol")"
         R"( xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0")"
         R"( IssueInstant="2026-11-22T11:59:00Z" Destination="https://signin.aws.amazon.com/saml">)"
         R"(<saml:Issuer>https://idp.example.com/saml</saml:Issuer>)"
         R"(<samlp:Status><samlp:StatusCode)"
         R"( Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>)"
         R"(<saml:Assertion ID="_assertion" Version="2.0" IssueInstant="2026-11-22T11:59:00Z">)"
         R"(<saml:Issuer>https://idp.example.com/saml</saml:Issuer>)"
         R"(<saml:Subject>)"
         R"(<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">)"
         R"(alice@example.com</saml:NameID>)"
         R"(<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">)"
         R"(<saml:SubjectConfirmationData NotOnOrAfter="2026-11-22T12:04:01Z")"
         R"( Recipient="https://signin.aws.amazon.com/saml"/>)"
         R"(</saml:SubjectConfirmation></saml:Subject>)"
         R"(<saml:Conditions NotBefore="2026-11-22T11:58:00Z")"
         R"( NotOnOrAfter="2026-11-22T12:59:00Z"><saml:AudienceRestriction>)"
         R"(<saml:Audience>https://signin.aws.amazon.com/saml</saml:Audience>)"
         R"(</saml:AudienceRestriction></saml:Conditions>)"
         R"(<saml:AuthnStatement AuthnInstant="2026-11-22T11:59:00Z")"
         R"( SessionNotOnOrAfter="2026-11-22T20:00:00Z"><saml:AuthnContext>)"
         R"(<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password)"
         R"(</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>)"
         R"(<saml:AttributeStatement>)"
         R"(<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role">)"
         R"(<saml:AttributeValue>arn:aws:iam::123456789012:role/Analysts,)"
         R"(arn:aws:iam::123456789012:saml-provider/ExampleCorp</saml:AttributeValue>)"
         R"(</saml:Attribute>)"
         R"(<saml:Attribute Name="https://aws.amazon.com/SAML/Attributes/RoleSessionName">)"
         R"(<saml:AttributeValue>alice</saml:AttributeValue></saml:Attribute>)"
         R"(</saml:AttributeStatement></saml:Assertion></samlp:Response>)";
}

std::string SamlSign(const std::string& xml, const std::string& id, const SamlTestKey& key,
                     const SamlSignOptions& options) {
  Require(StartXmlLibraries().ok());
  const QuietXml quiet;
  const XmlDocument document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET));
  xmlNode* const element =
      document == nullptr ? nullptr : FindById(xmlDocGetRootElement(document.get()), id);
  if (element == nullptr) {
    ADD_FAILURE() << "nothing to sign with the ID " << id;
    return "";
  }
  xmlNode* const signature = InsertTemplate(element, SignatureTemplate(id, options));
  xmlAddID(nullptr, document.get(), reinterpret_cast<const xmlChar*>(id.c_str()),
           xmlHasProp(element, reinterpret_cast<const xmlChar*>("ID")));
  if (!SignNode(signature, key.key())) {
    ADD_FAILURE() << "cannot sign";
    return "";
  }
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpMemory(document.get(), &text, &size);
  std::string signed_xml(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  xmlFree(text);
  return signed_xml;
}

std::string SamlTestSignedXml() {
  return SamlSign(SamlTestResponseXml(), "_assertion", SamlTestKey::Provider());
}

std::string SamlReplace(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "nothing to replace: " << from;
    return text;
  }
  return text.replace(at, from.size(), to);
}

std::string SamlElement(const std::string& xml, std::string_view qualified_name, bool last) {
  const size_t start = xml.find(base::Concat({"<", qualified_name, " "}));
  const std::string end_tag = base::Concat({"</", qualified_name, ">"});
  const size_t end = last ? xml.rfind(end_tag) : xml.find(end_tag);
  if (start == std::string::npos || end == std::string::npos || end < start) {
    ADD_FAILURE() << "no element " << qualified_name;
    return "";
  }
  return xml.substr(start, end + end_tag.size() - start);
}

std::string SamlEncode(std::string_view xml) {
  return absl::Base64Escape(base::AbslView(xml));
}

absl::StatusOr<SamlAssertion> SamlVerify(const std::string& xml) {
  return VerifySamlAssertion(SamlEncode(xml), SamlTestExpectations(), SamlTestNow());
}

}  // namespace portcullis::federation
