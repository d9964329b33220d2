// What is signed, as text: for those who make a request, and to find out why one does not match.
#ifndef PORTCULLIS_SERVER_SIGNATURE_CANONICAL_REQUEST_H_
#define PORTCULLIS_SERVER_SIGNATURE_CANONICAL_REQUEST_H_

#include <optional>
#include <string>
#include <string_view>

#include "server/signature/request.h"

namespace portcullis::signature {

struct CanonicalRules {
  PathRule path_rule = PathRule::kStandard;
  bool presigned = false;  // X-Amz-Signature is left out of the query.
};

// The canonical request: method, path, query, headers, their names, payload hash. It is the
// same text for all requests with the same signature, and different for all others; its path, its
// query and its header values are canonical forms of themselves (the path under kS3).
//
// nullopt if a signed header is not there or has a control character in it. **May contain the
// session token: not for logs.** Pure and thread-safe.
//
// REQUIRES: `request` has passed ParseAuthentication or will pass it when signed; `signed_headers`
// is as in Authentication.
std::optional<std::string> CanonicalRequest(const SignedRequest& request,
                                            std::string_view signed_headers,
                                            std::string_view payload_hash,
                                            const CanonicalRules& rules);

// SHA-256 of a body in the form of SignedRequest::body_sha256. "" if the cryptographic library
// fails; with that nothing verifies.
std::string BodySha256(std::string_view body);

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_CANONICAL_REQUEST_H_
