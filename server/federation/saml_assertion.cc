#include "server/federation/saml_assertion.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include <openssl/sha.h>

#include "server/base/error_reason.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"
#include "server/federation/saml_attributes_internal.h"
#include "server/federation/saml_signature_internal.h"
#include "server/federation/saml_statements_internal.h"
#include "server/federation/saml_xml_internal.h"

namespace portcullis::federation {
namespace {

constexpr std::string_view kSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success";

// Responses of real providers have some 60 elements, 10 deep, with at most a dozen attributes and
// namespaces each. Canonical form costs the most where many namespaces are in scope.
constexpr XmlLimits kLimits = {
    .depth_max = 32, .elements_max = 5000, .attributes_max = 32, .decorations_allowed = false};

absl::Status InvalidResponse(const absl::Status& status) {
  // Whatever went wrong without being the sender's fault stays what it is.
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return InvalidIdentityToken(base::StrCat("Invalid SAML response: ", status.message()));
}

// The value is a credential and stays out of the message.
absl::Status CheckLength(std::string_view response) {
  if (response.size() >= kSamlResponseCharactersMin &&
      response.size() <= kSamlResponseCharactersMax) {
    return absl::OkStatus();
  }
  const bool is_short = response.size() < kSamlResponseCharactersMin;
  return base::ErrorWithReason(
      absl::StatusCode::kInvalidArgument, "ValidationError",
      base::StrCat("1 validation error detected: Value at 'sAMLAssertion' failed to satisfy "
                   "constraint: Member must have length ",
                   is_short ? "greater" : "less", " than or equal to ",
                   is_short ? kSamlResponseCharactersMin : kSamlResponseCharactersMax));
}

absl::StatusOr<XmlDocument> ParseResponse(std::string_view xml) {
  absl::StatusOr<XmlDocument> document = ParseXml(xml, kLimits);
  if (!document.ok()) return InvalidResponse(document.status());
  return document;
}

// How often elements occur anywhere in a document.
struct Census {
  size_t responses = 0;
  size_t assertions = 0;
  size_t encrypted_assertions = 0;
  size_t signatures = 0;
};

// Recursive; the depth has been bounded by kLimits.
void Count(const xmlNode* element, Census* census) {
  if (IsElement(element, kSamlProtocolNamespace, "Response")) ++census->responses;
  if (IsElement(element, kSamlAssertionNamespace, "Assertion")) ++census->assertions;
  if (IsElement(element, kSamlAssertionNamespace, "EncryptedAssertion")) {
    ++census->encrypted_assertions;
  }
  if (IsElement(element, kXmlSignatureNamespace, "Signature")) ++census->signatures;
  for (const xmlNode* child : ChildElements(element)) Count(child, census);
}

absl::Status CheckStatus(const xmlNode* response) {
  const std::vector<xmlNode*> statuses = ChildElements(response, kSamlProtocolNamespace, "Status");
  if (statuses.size() != 1) return InvalidIdentityToken("the response has not one `Status`");
  const std::vector<xmlNode*> codes =
      ChildElements(statuses[0], kSamlProtocolNamespace, "StatusCode");
  if (codes.size() != 1) return InvalidIdentityToken("the response has not one `StatusCode`");
  const std::string code = AttributeOf(codes[0], "Value").value_or("");
  if (code == kSuccess) return absl::OkStatus();
  return base::ErrorWithReason(
      absl::StatusCode::kPermissionDenied, "IDPRejectedClaim",
      base::StrCat("the identity provider reports the status ", base::Quoted(code)));
}

// What the response says around its assertion. None of it grants anything, so it does not matter
// that it may be unsigned: to change it is no more than to have the response refused.
absl::Status CheckEnvelope(const xmlNode* response, const SamlExpectations& expectations) {
  if (AttributeOf(response, "Version") != "2.0") {
    return InvalidIdentityToken("the response is not of SAML version 2.0");
  }
  const std::string destination = AttributeOf(response, "Destination").value_or("");
  if (!destination.empty() && destination != expectations.recipient) {
    return InvalidIdentityToken("the response is not for this destination");
  }
  for (const xmlNode* issuer : ChildElements(response, kSamlAssertionNamespace, "Issuer")) {
    RETURN_IF_ERROR(CheckIssuer(issuer, *expectations.metadata));
  }
  return CheckStatus(response);
}

// The one assertion, a child of the response, as an element of the document as received.
absl::StatusOr<xmlNode*> FindAssertion(const xmlNode* response) {
  Census census;
  Count(response, &census);
  if (census.encrypted_assertions > 0) {
    return InvalidIdentityToken("encrypted assertions are not supported");
  }
  const std::vector<xmlNode*> assertions =
      ChildElements(response, kSamlAssertionNamespace, "Assertion");
  if (census.responses != 1 || census.assertions != 1 || assertions.size() != 1) {
    return InvalidIdentityToken(base::StrCat("the response holds ", census.assertions,
                                             " assertions, expected one as its child"));
  }
  const size_t expected = ChildElements(response, kXmlSignatureNamespace, "Signature").size() +
                          ChildElements(assertions[0], kXmlSignatureNamespace, "Signature").size();
  if (census.signatures != expected) {
    return InvalidIdentityToken("the response holds a signature where none belongs");
  }
  if (expected == 0) {
    return InvalidIdentityToken("neither the response nor its assertion is signed");
  }
  return assertions[0];
}

absl::Status CheckResponseChildren(const xmlNode* response) {
  for (const xmlNode* child : ChildElements(response)) {
    const bool known = IsElement(child, kSamlAssertionNamespace, "Issuer") ||
                       IsElement(child, kXmlSignatureNamespace, "Signature") ||
                       IsElement(child, kSamlProtocolNamespace, "Status") ||
                       IsElement(child, kSamlAssertionNamespace, "Assertion") ||
                       IsElement(child, kSamlAssertionNamespace, "EncryptedAssertion");
    if (!known) {
      return InvalidIdentityToken(
          base::StrCat("the response has an unknown element ", base::Quoted(NameOf(child))));
    }
  }
  return absl::OkStatus();
}

// The bytes that the signature in `element` covers, if there is one; "" if there is none.
absl::StatusOr<std::string> SignedBytes(xmlNode* element, const SamlProviderMetadata& metadata) {
  if (ChildElements(element, kXmlSignatureNamespace, "Signature").empty()) return std::string();
  std::vector<std::string_view> keys;
  for (const SamlSigningCertificate& certificate : metadata.signing_certificates) {
    keys.push_back(certificate.public_key_der);
  }
  absl::StatusOr<std::string> bytes = VerifiedBytes(element, keys);
  if (bytes.ok() || bytes.status().code() != absl::StatusCode::kInvalidArgument) return bytes;
  return InvalidIdentityToken(
      base::StrCat("Response signature invalid: ", bytes.status().message()));
}

// A document of signed bytes, in which the assertion is the root or a child of the root. Everything
// from here on is read from it, nothing from the document as received.
absl::StatusOr<XmlDocument> VerifiedDocument(xmlNode* response, xmlNode* assertion,
                                             const SamlProviderMetadata& metadata) {
  ASSIGN_OR_RETURN(const std::string response_bytes, SignedBytes(response, metadata));
  ASSIGN_OR_RETURN(const std::string assertion_bytes, SignedBytes(assertion, metadata));
  return ParseResponse(assertion_bytes.empty() ? response_bytes : assertion_bytes);
}

absl::StatusOr<const xmlNode*> VerifiedAssertion(const xmlDoc* verified) {
  const xmlNode* const root = xmlDocGetRootElement(verified);
  if (IsElement(root, kSamlAssertionNamespace, "Assertion")) return root;
  const std::vector<xmlNode*> assertions =
      ChildElements(root, kSamlAssertionNamespace, "Assertion");
  if (IsElement(root, kSamlProtocolNamespace, "Response") && assertions.size() == 1) {
    return assertions[0];
  }
  return InvalidIdentityToken("no assertion is signed");
}

//
std::string NameQualifier(std::string_view issuer, const SamlExpectations& expectations) {
  const std::string text =
      base::Concat({issuer, expectations.account_id, "/", expectations.provider_name});
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::Base64Escape({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

//
void AddIdentityKeys(const SamlExpectations& expectations, SamlAssertion* assertion) {
  assertion->name_qualifier = NameQualifier(assertion->issuer, expectations);
  const auto add = [&](std::string_view name, const std::string& value) {
    assertion->condition_keys.push_back({.name = std::string(name), .values = {value}});
  };
  add("saml:aud", assertion->audience);
  add("saml:doc", base::Concat({expectations.account_id, "/", expectations.provider_name}));
  add("saml:iss", assertion->issuer);
  add("saml:namequalifier", assertion->name_qualifier);
  add("saml:sub", assertion->subject);
  add("saml:sub_type", assertion->subject_type);
  std::sort(assertion->condition_keys.begin(), assertion->condition_keys.end(),
            [](const SamlConditionKey& a, const SamlConditionKey& b) { return a.name < b.name; });
}

}  // namespace

absl::StatusOr<SamlAssertion> VerifySamlAssertion(std::string_view response,
                                                  const SamlExpectations& expectations,
                                                  absl::Time now) {
  RETURN_IF_ERROR(CheckLength(response));
  const SamlProviderMetadata& metadata = *expectations.metadata;
  if (now >= metadata.valid_until) {
    return InvalidIdentityToken("the metadata of the SAML provider has expired");
  }
  const std::optional<std::string> xml = DecodeBase64(response, "\r\n");
  if (!xml.has_value()) return InvalidIdentityToken("Invalid base64 SAMLResponse");
  ASSIGN_OR_RETURN(const XmlDocument received, ParseResponse(*xml));
  xmlNode* const root = xmlDocGetRootElement(received.get());
  if (!IsElement(root, kSamlProtocolNamespace, "Response")) {
    return InvalidIdentityToken("Invalid SAML response: it is no `Response` of SAML 2.0");
  }
  RETURN_IF_ERROR(CheckEnvelope(root, expectations));
  RETURN_IF_ERROR(CheckResponseChildren(root));
  ASSIGN_OR_RETURN(xmlNode* const claimed, FindAssertion(root));
  if (absl::Status status = CheckIdsAreUnique(received.get()); !status.ok()) {
    return InvalidResponse(status);
  }
  ASSIGN_OR_RETURN(const XmlDocument verified, VerifiedDocument(root, claimed, metadata));
  ASSIGN_OR_RETURN(const xmlNode* const element, VerifiedAssertion(verified.get()));
  SamlAssertion assertion;
  RETURN_IF_ERROR(ReadStatements(element, expectations, now, &assertion));
  RETURN_IF_ERROR(ReadAttributes(element, expectations, &assertion));
  AddIdentityKeys(expectations, &assertion);
  return assertion;
}

}  // namespace portcullis::federation
