// The one place that believes a signature on XML.
//
// xmlsec does the cryptography and the canonical form. What it is shown has been narrowed down
// before: of all that XML Signature can express, the one shape that SAML uses (core, 5.4).
#ifndef PORTCULLIS_SERVER_FEDERATION_SAML_SIGNATURE_INTERNAL_H_
#define PORTCULLIS_SERVER_FEDERATION_SAML_SIGNATURE_INTERNAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include <libxml/tree.h>

namespace portcullis::federation {

// What of a public key a signature may rest on: RSA of 2048 to 8192 bits, or ECDSA on P-256, P-384
// or P-521. `public_key_der` is a SubjectPublicKeyInfo. INVALID_ARGUMENT with what is wrong.
absl::Status CheckSigningKey(std::string_view public_key_der);

// Whether `text` is an identifier as this module accepts them: letters, digits, `_`, `-`, `.`, not
// beginning with a digit, `-` or `.`, at most 256. Narrower than XML's, so that one can stand in an
// expression unquoted.
bool IsXmlId(std::string_view text);

// INVALID_ARGUMENT unless every attribute that anyone could take for an identifier (`ID`, `Id` or
// `id`, in whatever namespace) occurs with one value once in the document; `xml:id` never.
absl::Status CheckIdsAreUnique(const xmlDoc* document);

// The exact bytes that a valid signature of one of the keys covers, and nothing else: the canonical
// form of `element` without its signature. Whoever wants to know what was signed parses these bytes
// and never looks at `element` again; so it does not matter what else is in the document, or where.
//
// `element` has an attribute `ID` and exactly one child `Signature`, which has one reference, to
// that ID, with the transforms enveloped-signature and exclusive canonicalisation; SHA-2
// digests; RSA (PKCS #1 v1.5) or ECDSA. KeyInfo is not looked at: the keys are the caller's, each a
// SubjectPublicKeyInfo. Anything else is INVALID_ARGUMENT.
//
// The document is changed (the ID is registered) and so must not be shared between threads.
absl::StatusOr<std::string> VerifiedBytes(xmlNode* element,
                                          absl::Span<const std::string_view> public_keys_der);

}  // namespace portcullis::federation

#endif  // PORTCULLIS_SERVER_FEDERATION_SAML_SIGNATURE_INTERNAL_H_
