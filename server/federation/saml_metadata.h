// What a SAML identity provider says of itself: its metadata document (SAML 2.0 Metadata; ).
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_METADATA_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_METADATA_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace portcullis::federation {

inline constexpr size_t kSamlMetadataCharactersMin = 1000;
inline constexpr size_t kSamlMetadataCharactersMax = 10000000;
inline constexpr size_t kSamlSigningCertificatesMax = 10;       // Each may cost a verification.

// A key that signs for the provider. It is trusted because the metadata names it, and for nothing
// else: neither the certificate's issuer nor its own signature nor its dates are looked at, as SAML
// Metadata Interoperability asks for. So a certificate that has run out still counts. To end trust
// in a key, take its certificate out of the document. The dates are for whoever wants to warn.
struct SamlSigningCertificate {
  std::string public_key_der;      // SubjectPublicKeyInfo; a key that is strong enough.
  std::string fingerprint_sha256;  // Of the whole certificate, lower-case hex.
  absl::Time not_before;
  absl::Time not_after;

  friend bool operator==(const SamlSigningCertificate&, const SamlSigningCertificate&) = default;
};

// Invariants: entity_id is not empty; there is at least one certificate and no two with one
// fingerprint. A plain value: copies are independent, const use is thread-safe.
struct SamlProviderMetadata {
  std::string entity_id;
  std::vector<SamlSigningCertificate> signing_certificates;  // In the order of the document.
  // From then on the provider is as if it were not there: its assertions are refused.
  // InfiniteFuture() if the document does not say.
  absl::Time valid_until = absl::InfiniteFuture();
  std::string sso_url;  // Where browsers are sent to sign in; "" if the document does not say.

  friend bool operator==(const SamlProviderMetadata&, const SamlProviderMetadata&) = default;
};

// Reads the document of exactly one provider: an EntityDescriptor with one IDPSSODescriptor for
// SAML 2.0. Its certificates are those of each KeyDescriptor for signing or for no particular use.
// A signature on the document is not checked: whoever puts the file in place vouches for it.
//
// INVALID_ARGUMENT, reason "InvalidInput", with everything that is wrong, "line N: ..." each,
// separated by "; ". Document types and thus entities are refused. No I/O. Thread-safe.
absl::StatusOr<SamlProviderMetadata> ParseSamlMetadata(std::string_view xml);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_METADATA_H_
