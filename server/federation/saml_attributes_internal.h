// The attributes of a verified assertion: AWS's own and those of directories.
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_ATTRIBUTES_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_ATTRIBUTES_INTERNAL_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include <libxml/tree.h>

#include "server/federation/saml_assertion.h"

namespace portcullis::federation {

inline constexpr std::string_view kSamlAttributePrefix = "https://aws.amazon.com/SAML/Attributes/";

// A directory attribute that is a condition key.
struct SamlAttributeKey {
  std::string_view attribute;  // Its Name in the assertion.
  std::string_view key;
  bool multivalued;
};

// All of them. Several names may stand for one key; its values are then put together.
absl::Span<const SamlAttributeKey> SamlAttributeKeys();

// Reads all attributes of the Assertion `element`, which has been verified: role, session name,
// duration, tags and source identity as AWS names them, and the condition keys of the others. An
// attribute given twice has the values of both. Names that AWS's prefix stands before must be
// known; others that are not are skipped.
absl::Status ReadAttributes(const xmlNode* element, const SamlExpectations& expectations,
                            SamlAssertion* assertion);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_ATTRIBUTES_INTERNAL_H_
