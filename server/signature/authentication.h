// What a request says about who signed it, and how: checks 1 to 4 of section 7.4.
#ifndef PORTCULLIS_SERVER_SIGNATURE_AUTHENTICATION_H_
#define PORTCULLIS_SERVER_SIGNATURE_AUTHENTICATION_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/signature/request.h"

namespace portcullis::signature {

// Reasons on the statuses of this directory (base::ReasonOf), named as AWS names its error codes
// . Their codes: the first and the last are UNAUTHENTICATED, since other
// credentials may help; the second is INVALID_ARGUMENT, since the request is not well-formed.
inline constexpr std::string_view kReasonMissingAuthenticationToken = "MissingAuthenticationToken";
inline constexpr std::string_view kReasonIncompleteSignature = "IncompleteSignature";
inline constexpr std::string_view kReasonSignatureDoesNotMatch = "SignatureDoesNotMatch";

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kScopeTerminator = "aws4_request";

// The claims of a signature, well-formed and nothing more: **none of them is true before
// VerifySignature has said so.** Owns its texts, so it may outlive the request.
struct Authentication {
  std::string access_key_id;  // 1 to 128 of [A-Za-z0-9_].

  // The credential scope, not yet compared with anything.
  std::string scope_date;
  std::string region;
  std::string service;
  std::string terminator;

  std::string signed_headers;  // Lower-case names in strictly ascending order, joined by ";".
  std::string signature;       // As given. Not for logs: it may be right.

  absl::Time time;   // When it was signed, to the second.
  std::string date;  // The same as it is signed: 20261121T120000Z.

  // Of X-Amz-Security-Token, header or query parameter. Not for logs.
  std::optional<std::string> security_token;

  bool presigned = false;                         // The query form.
  absl::Duration expires = absl::ZeroDuration();  // X-Amz-Expires; zero unless presigned.
};

struct ParseOptions {
  bool presigned_allowed = true;
};

// Finds and parses the header form or the query form. Errors, with the messages
// of section 7.4:
// - "MissingAuthenticationToken" if there are no credentials at all.
// - "IncompleteSignature" for everything else that is wrong: bounds exceeded, a request that cannot
//   be one, both forms at once, a header or parameter of the signature given twice,
//   another algorithm, parts missing, a malformed date.
// Messages quote little of what the client sent, never its signature or token. Pure and
// thread-safe; work is linear in the request.
absl::StatusOr<Authentication> ParseAuthentication(const SignedRequest& request,
                                                   const ParseOptions& options = {});

}  // namespace portcullis::signature

#endif  // PORTCULLIS_SERVER_SIGNATURE_AUTHENTICATION_H_
