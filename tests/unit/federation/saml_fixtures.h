// A SAML identity provider for tests: makes keys, metadata and signed responses.
#ifndef PORTCULLIS_TESTS_UNIT_FEDERATION_SAML_FIXTURES_H_
#define PORTCULLIS_TESTS_UNIT_FEDERATION_SAML_FIXTURES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include <openssl/evp.h>

#include "server/federation/saml_assertion.h"

namespace portcullis::federation {

// A key pair with its self-signed certificate, valid from 2020 to `last_year`.
class SamlTestKey {
 public:
  static SamlTestKey Rsa(int bits, unsigned exponent = 65537, int last_year = 2040);
  static SamlTestKey Ec(const char* curve);
  static SamlTestKey Ed25519();

  // Keys that the process makes once.
  static const SamlTestKey& Provider();  // RSA of 2048 bits: the one in SamlTestMetadata().
  static const SamlTestKey& Stranger();  // Another one, which nobody knows.

  EVP_PKEY* key() const { return key_.get(); }
  const std::string& certificate() const { return certificate_; }  // Base64 of DER.

 private:
  SamlTestKey(EVP_PKEY* key, int last_year);

  std::shared_ptr<EVP_PKEY> key_;
  std::string certificate_;
};

inline constexpr std::string_view kSamlTestEntity = "https://idp.example.com/saml";
inline constexpr std::string_view kSamlTestRole = "arn:aws:iam::123456789012:role/Analysts";
inline constexpr std::string_view kSamlTestProvider =
    "arn:aws:iam::123456789012:saml-provider/ExampleCorp";

// 2026-11-22T12:00:00Z, a minute after the response below was issued.
absl::Time SamlTestNow();

// A metadata document of this provider with these certificates for signing.
std::string SamlTestMetadataXml(const std::vector<std::string>& certificates);

// The parsed metadata of SamlTestKey::Provider().
const SamlProviderMetadata& SamlTestMetadata();

// What a request for kSamlTestRole expects.
SamlExpectations SamlTestExpectations();

// An unsigned response that is in order, issued at 11:59:00Z. IDs `_response` and `_assertion`.
std::string SamlTestResponseXml();

struct SamlSignOptions {
  std::string signature = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
  std::string digest = "http://www.w3.org/2001/04/xmlenc#sha256";
  std::string canonicalization = "http://www.w3.org/2001/10/xml-exc-c14n#";
  // What stands inside Transforms; "" for what SAML asks for.
  std::string transforms = "";
  std::string key_info = "";  // The whole element, or "".
  std::string uri = "";       // Of the reference; "" for `#` and the ID.
};

// `xml` with the element whose ID is `id` signed: the signature follows its Issuer, or is its first
// child. Fails the current test and returns "" if that does not work.
std::string SamlSign(const std::string& xml, const std::string& id, const SamlTestKey& key,
                     const SamlSignOptions& options = {});

// The response above, its assertion signed by the provider.
std::string SamlTestSignedXml();

// `text` with the first `from` replaced; fails the current test if there is none.
std::string SamlReplace(std::string text, std::string_view from, std::string_view to);

// The element of `xml` from its start tag `<start` to its end tag, which is the last one of that
// name if `last`.
std::string SamlElement(const std::string& xml, std::string_view qualified_name, bool last = false);

// As a browser would post it.
std::string SamlEncode(std::string_view xml);

// VerifySamlAssertion() of the encoded `xml` at SamlTestNow().
absl::StatusOr<SamlAssertion> SamlVerify(const std::string& xml);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_TESTS_UNIT_FEDERATION_SAML_FIXTURES_H_
