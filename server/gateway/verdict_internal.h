// What the engine and the routes say, in the words of verdicts.
#ifndef PORTCULLIS_SERVER_GATEWAY_VERDICT_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_VERDICT_INTERNAL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/gateway/gatekeeper.h"
#include "server/route/definition.h"

namespace portcullis::gateway {

// Reasons of this directory on statuses (base::ReasonOf); each has a row in verdict_internal.cc.
inline constexpr std::string_view kReasonUnknownProxy = "UNKNOWN_PROXY";
inline constexpr std::string_view kReasonNoCredentials = "NO_CREDENTIALS";
inline constexpr std::string_view kReasonUnsupportedCredentials = "UNSUPPORTED_CREDENTIALS";
inline constexpr std::string_view kReasonConflictingCredentials = "CONFLICTING_CREDENTIALS";
inline constexpr std::string_view kReasonUnknownIssuer = "UNKNOWN_ISSUER";
inline constexpr std::string_view kReasonInvalidIdentityToken = "InvalidIdentityToken";
// The trust policy of the role that a caller stands for does not admit them.
inline constexpr std::string_view kReasonNotAdmitted = "NOT_ADMITTED";
// The policies' own answers, PERMISSION_DENIED.
inline constexpr std::string_view kReasonExplicitDeny = "EXPLICIT_DENY";
inline constexpr std::string_view kReasonImplicitDeny = "IMPLICIT_DENY";

// What became of a request, and how whoever sent it is told. Texts are constants.
struct Words {
  Verdict::Outcome outcome = Verdict::Outcome::kUndecided;
  std::string_view reason;
  std::string_view message;
};

// For a failure: never kAllowed. A status whose reason has no row is told by its code: a bad proof
// (UNAUTHENTICATED), a question that cannot be (INVALID_ARGUMENT), and anything else is kUndecided.
// REQUIRES: !status.ok().
Words WordsFor(const absl::Status& status);

// What the exchange of a proof for a session refused, with a reason of this directory where it is
// about the caller: the engine's reasons are about roles, which are not the caller's concern.
absl::Status AsProofStatus(const absl::Status& exchange_status);

// What a proxy's transport gets to know of a failure of ours: texts of INTERNAL stay here.
absl::Status ForTransport(const absl::Status& status);

// WWW-Authenticate challenges for callers of `gateway`, one per scheme, in the order of `methods`
// (RFC 9110 section 11.6.1). `bad_bearer`: a bearer token was shown that is not good, which RFC
// 6750 section 3 has a word for. Where only certificates count there is a challenge too, since
// every 401 has to have one.
std::vector<std::string> Challenges(absl::Span<const route::Method> methods,
                                    std::string_view gateway, bool bad_bearer);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_VERDICT_INTERNAL_H_
