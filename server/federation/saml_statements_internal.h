// Who, for whom and when: the parts of a verified assertion other than its attributes.
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_STATEMENTS_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_STATEMENTS_INTERNAL_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <libxml/tree.h>

#include "server/federation/saml_assertion.h"

namespace portcullis::federation {

inline constexpr std::string_view kSamlAssertionNamespace = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr std::string_view kSamlProtocolNamespace = "urn:oasis:names:tc:SAML:2.0:protocol";

// INVALID_ARGUMENT with the reason "InvalidIdentityToken".
absl::Status InvalidIdentityToken(std::string_view message);
// INVALID_ARGUMENT with the reason "ExpiredTokenException".
absl::Status ExpiredToken(absl::Time now, absl::Time expiration);

// The text of `element`, not empty; otherwise "InvalidIdentityToken".
absl::StatusOr<std::string> RequiredText(const xmlNode* element);

// Checks that the Issuer `element` is the provider's entity: SAML core, 2.2.5.
absl::Status CheckIssuer(const xmlNode* element, const SamlProviderMetadata& metadata);

// Checks version, issuer, age, subject, conditions and authentication of the Assertion `element`,
// which has been verified, and fills in what of `assertion` they say.
absl::Status ReadStatements(const xmlNode* element, const SamlExpectations& expectations,
                            absl::Time now, SamlAssertion* assertion);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_STATEMENTS_INTERNAL_H_
