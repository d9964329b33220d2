// SAML responses as they come from outside, against the metadata of one provider.
//
// Whatever the bytes: no crash, no unbounded work, nothing on stderr from the XML libraries. A
// response that is accepted must say what the provider of the seeds signed, to the letter, since
// the fuzzer has no key of that provider. To get behind the signature it has a provider of its own,
// which signs whatever the input says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/valid.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <xmlsec/keys.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/templates.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include "server/base/error_reason.h"
#include "server/base/text.h"
#include "server/federation/saml_assertion.h"
#include "server/federation/saml_metadata.h"

namespace portcullis::federation {
namespace {

// 2026-11-22T12:00:00Z, when the seeds are valid.
constexpr int64_t kNowSeconds = 1795348800;
// Of the two keys that signed the seeds; nobody has their private halves any more.
constexpr std::string_view kRsaCertificate =
    "MIICsTCCAZmgAwIBAgIBATANBgkqhkiG9w0BAQsFADAaMRgwFgYDVQQDDA9pZHAuZXhhbXBsZS5jb20wIhgPMjAyMD"
    "AxMDEwMDAwMDBaGA8yMDQwMTIzMTIzNTk1OVowGjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29tMIIBIjANBgkqhkiG"
    "9w0BAQEFAAOCAQ8AMIIBCgKCAQEAvbECSQqFSziTipzD06pQjwiXJdRsg86BuLoYUYjQkyAZJLjZOM7IzZs/fSMMFB"
    "JHfLwiQTaju7oNSbDGcps3DHXOYEMfYqo1we9NIdifRzGFUvtvvLZHIDOrKrA8lp4SR1qcpqrUG9TTJP+yevV9c2bw"
    "pDJfO7mM2GcddPqSmvLfmvBkGQP72E11SMrODSlGS7S+aVWBeI/YhzzeKpBS523aAQAI7GpA2hmFyYRKdALAEGksoq"
    "a0v7XC/+xk5A6bd3UMPUPEsTg7Y6Lsn5E/z6J75s3QSrcWrysVen9M6RVlSBdYqi1YfmjpEyOXbRys98sOxdyDl0Ia"
    "MOJCT9vzbQIDAQABMA0GCSqGSIb3DQEBCwUAA4IBAQAXTxwRZD87W1fK0vYLcbAcjbhIryruytWbtLHmhQW+1uRKYp"
    "dheLKlDkyyChHngZxlp026zAOUPm74EeGWM8nQbo8JVQCSfPPy1GbYXuTvCPP49qKYHsVRo2X+YJpn6xjihIP6AYRd"
    "iMB8sV6B98waEQbo+0hgTuCxx5yZDmljpJGO9ULevU1l6fp8xS229VWs4sQ5pnhTr0p7LzUWRejJod94kA6+U8GDTk"
    "qQW+xr188jfjysV0Ts07If4MluPAVOs6+lMQfXUCr1JgBP6wQnLt4D/pMRdyFbg+gS0VvuM+ua+EjvArzkytIrNeBT"
    "ucOsjmSpHsVWgA5dHhpYgZ/u";
constexpr std::string_view kEcCertificate =
    "MIIBJDCBy6ADAgECAgEBMAoGCCqGSM49BAMCMBoxGDAWBgNVBAMMD2lkcC5leGFtcGxlLmNvbTAiGA8yMDIwMDEwMT"
    "AwMDAwMFoYDzIwNDAxMjMxMjM1OTU5WjAaMRgwFgYDVQQDDA9pZHAuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggq"
    "hkjOPQMBBwNCAARun68CsndGMFXq7wqXqXo0L+ypXdkFP2rTjsRol5agDtRudNOxD6FtKDFWty8VNnXPwZlDDmC7PI"
    "KY4G8VLdLzMAoGCCqGSM49BAMCA0gAMEUCIAYefcc3YrCUDYJheJgxTmWIL3k4xZBUa50XqFHePrlMAiEA/coY7ohY"
    "/MvKUpnbV6mikCtxw5EwEicDa3YyVAj/c0o=";

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string KeyDescriptor(std::string_view certificate) {
  return base::Concat({"<KeyDescriptor><KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'>",
                       "<X509Data><X509Certificate>", certificate,
                       "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"});
}

SamlProviderMetadata MetadataOf(const std::vector<std::string>& certificates) {
  std::string xml =
      "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'"
      " entityID='https://idp.example.com/saml'><IDPSSODescriptor"
      " protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'>";
  for (const std::string& certificate : certificates) xml += KeyDescriptor(certificate);
  xml += "</IDPSSODescriptor></EntityDescriptor>" + std::string(1000, ' ');
  const absl::StatusOr<SamlProviderMetadata> parsed = ParseSamlMetadata(xml);
  Require(parsed.ok());
  return *parsed;
}

SamlExpectations ExpectationsOf(const SamlProviderMetadata& metadata) {
  SamlExpectations expectations;
  expectations.metadata = &metadata;
  expectations.provider_arn = "arn:aws:iam::123456789012:saml-provider/ExampleCorp";
  expectations.provider_name = "ExampleCorp";
  expectations.account_id = "123456789012";
  expectations.role_arn = "arn:aws:iam::123456789012:role/Analysts";
  return expectations;
}

// What every validly signed seed says.
void RequireSeedContent(const SamlAssertion& assertion) {
  const absl::Time now = absl::FromUnixSeconds(kNowSeconds);
  Require(assertion.id == "_assertion" && assertion.subject == "alice@example.com" &&
          assertion.subject_type == "persistent" && assertion.role_session_name == "alice" &&
          assertion.source_identity == "alice" && assertion.session_duration_seconds == 3600 &&
          assertion.session_not_on_or_after == now + absl::Hours(8));
  Require(assertion.tags == std::vector<SamlTag>{{"Team", "Blue & Co"}} &&
          assertion.transitive_tag_keys == std::vector<std::string>{"Team"});
  const std::vector<SamlConditionKey> keys = {
      {"saml:aud", {std::string(kSamlDefaultEndpoint)}, false},
      {"saml:doc", {"123456789012/ExampleCorp"}, false},
      {"saml:edupersonaffiliation", {"staff", "faculty"}, true},
      {"saml:edupersontargetedid", {"84e4"}, true},
      {"saml:iss", {"https://idp.example.com/saml"}, false},
      {"saml:namequalifier", {assertion.name_qualifier}, false},
      {"saml:sub", {"alice@example.com"}, false},
      {"saml:sub_type", {"persistent"}, false},
  };
  Require(assertion.condition_keys == keys);
}

void RequireKnownReason(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  Require(reason == "ValidationError" || reason == "InvalidIdentityToken" ||
          reason == "ExpiredTokenException" || reason == "IDPRejectedClaim" ||
          reason == "AccessDenied");
}

void CheckResponse(std::string_view response) {
  static const SamlProviderMetadata metadata =
      MetadataOf({std::string(kRsaCertificate), std::string(kEcCertificate)});
  const absl::StatusOr<SamlAssertion> assertion =
      VerifySamlAssertion(response, ExpectationsOf(metadata), absl::FromUnixSeconds(kNowSeconds));
  if (assertion.ok()) {
    RequireSeedContent(*assertion);
  } else {
    RequireKnownReason(assertion.status());
  }
}

// The fuzzer's own provider.
EVP_PKEY* OwnKey() {
  static EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  Require(key != nullptr);
  return key;
}

std::string OwnCertificate() {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "20400101000000Z");
  X509_set_pubkey(certificate.get(), OwnKey());
  Require(X509_sign(certificate.get(), OwnKey(), EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  Require(size > 0);
  std::string text = absl::Base64Escape({reinterpret_cast<char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return text;
}

xmlNode* AddSignatureTemplate(xmlNode* element, const std::string& uri) {
  xmlNode* const signature = xmlSecTmplSignatureCreate(
      element->doc, xmlSecTransformExclC14NId, xmlSecOpenSSLTransformEcdsaSha256Id, nullptr);
  Require(signature != nullptr && xmlAddChild(element, signature) == signature);
  xmlNode* const reference =
      xmlSecTmplSignatureAddReference(signature, xmlSecOpenSSLTransformSha256Id, nullptr,
                                      reinterpret_cast<const xmlChar*>(uri.c_str()), nullptr);
  Require(xmlSecTmplReferenceAddTransform(reference, xmlSecTransformEnvelopedId) != nullptr);
  Require(xmlSecTmplReferenceAddTransform(reference, xmlSecTransformExclC14NId) != nullptr);
  return signature;
}

// The input with its root, or else the root's last child, signed by the fuzzer's provider; nullopt
// if it cannot be.
std::optional<std::string> SignedByUs(std::string_view xml, bool root) {
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
      &xmlFreeDoc);
  if (document == nullptr || document->intSubset != nullptr) return std::nullopt;
  xmlNode* element = xmlDocGetRootElement(document.get());
  if (element != nullptr && !root) element = xmlLastElementChild(element);
  if (element == nullptr) return std::nullopt;
  xmlAttr* const id = xmlHasProp(element, reinterpret_cast<const xmlChar*>("ID"));
  if (id == nullptr || id->children == nullptr || id->children->content == nullptr) {
    return std::nullopt;
  }
  xmlAddID(nullptr, document.get(), id->children->content, id);
  const std::string uri = base::Concat({"#", reinterpret_cast<const char*>(id->children->content)});
  xmlNode* const signature = AddSignatureTemplate(element, uri);
  const std::unique_ptr<xmlSecDSigCtx, decltype(&xmlSecDSigCtxDestroy)> context(
      xmlSecDSigCtxCreate(nullptr), &xmlSecDSigCtxDestroy);
  Require(context != nullptr && EVP_PKEY_up_ref(OwnKey()) == 1);
  context->signKey = xmlSecKeyCreate();
  xmlSecKeySetValue(context->signKey, xmlSecOpenSSLEvpKeyAdopt(OwnKey()));
  context->enabledReferenceUris = xmlSecTransformUriTypeSameDocument;
  if (xmlSecDSigCtxSign(context.get(), signature) != 0) return std::nullopt;
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpMemory(document.get(), &text, &size);
  std::string result(reinterpret_cast<char*>(text), static_cast<size_t>(size));
  xmlFree(text);
  return result;
}

// Everything behind the signature.
void CheckSigned(std::string_view xml, bool root) {
  static const SamlProviderMetadata metadata = MetadataOf({OwnCertificate()});
  const std::optional<std::string> signed_xml = SignedByUs(xml, root);
  if (!signed_xml.has_value()) return;
  const absl::Time now = absl::FromUnixSeconds(kNowSeconds);
  const absl::StatusOr<SamlAssertion> assertion =
      VerifySamlAssertion(absl::Base64Escape(*signed_xml), ExpectationsOf(metadata), now);
  if (!assertion.ok()) return RequireKnownReason(assertion.status());
  Require(!assertion->id.empty() && !assertion->subject.empty());
  Require(assertion->issuer == metadata.entity_id && assertion->audience == kSamlDefaultEndpoint);
  Require(assertion->role_session_name.size() >= 2 && assertion->role_session_name.size() <= 64);
  Require(assertion->usable_until > now && assertion->usable_until <= now + absl::Minutes(7));
  Require(assertion->session_not_on_or_after.value_or(absl::InfiniteFuture()) > now);
  Require(assertion->session_duration_seconds.value_or(900) >= 900);
  for (const SamlConditionKey& key : assertion->condition_keys) {
    Require(!key.values.empty() && (key.multivalued || key.values.size() == 1));
  }
}

void IgnoreXmlError(void*, const char*, ...) {}

}  // namespace
}  // namespace portcullis::federation

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  xmlSetGenericErrorFunc(nullptr, &portcullis::federation::IgnoreXmlError);
  portcullis::federation::CheckResponse(absl::Base64Escape(portcullis::base::AbslView(input)));
  portcullis::federation::CheckResponse(input);
  portcullis::federation::CheckSigned(input, true);
  portcullis::federation::CheckSigned(input, false);
  return 0;
}
