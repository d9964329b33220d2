// Verdicts in the words of HTTP: the same statuses, headers and bodies at every kind of proxy.
#ifndef PORTCULLIS_SERVER_GATEWAY_REPLY_H_
#define PORTCULLIS_SERVER_GATEWAY_REPLY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

#include "server/gateway/gatekeeper.h"
#include "server/route/request.h"

namespace portcullis::gateway {

struct ReplyHeader {
  std::string name;   // Lower case.
  std::string value;  // UTF-8 without control characters.
};

// What the application gets to know. Every name that we ever send is here with every allowed
// verdict, empty where there is nothing to say, so that a proxy that sets them all overwrites what
// the client made up:
//   x-portcullis-principal     the ARN that policies call the caller
//   x-portcullis-account       12 digits
//   x-portcullis-user-id       aws:userid
//   x-portcullis-decision-id   joins the application's log with ours
// REQUIRES: verdict.outcome == kAllowed.
std::vector<ReplyHeader> IdentityHeaders(const Verdict& verdict);

// Headers of the request that must not reach the application: everything of the client's that an
// application could take for a header of ours (`x-portcullis-...`, also with underscores) and that
// IdentityHeaders() does not overwrite; and, unless the gateway forwards them, its credentials:
// `authorization` and `x-amz-security-token` where they were the caller's proof. As the request
// names them, each once, none of them a name of IdentityHeaders().
// REQUIRES: verdict.outcome == kAllowed.
std::vector<std::string> HeadersToRemove(const route::Request& request, const Verdict& verdict);

// Parameters of a presigned request's query that must not reach the application, unless the
// gateway forwards credentials: X-Amz-Signature, X-Amz-Security-Token. Spelled as in the target,
// where they may be percent-encoded.
// REQUIRES: verdict.outcome == kAllowed.
std::vector<std::string> QueryParametersToRemove(const route::Request& request,
                                                 const Verdict& verdict);

// The answer to a client that was turned away.
struct Denial {
  // kUnauthenticated 401, kDenied 403, kRefused 400; kUndecided 503, or 429 if we are overloaded.
  // To gRPC clients 403 instead of 400, of which proxies would make INTERNAL.
  int status = 403;
  // content-type, cache-control, www-authenticate (once per challenge), retry-after,
  // x-portcullis-decision-id, x-portcullis-reason.
  std::vector<ReplyHeader> headers;
  std::string body;
};

// By the request's Accept: JSON {"message":...,"reason":...,"decisionId":...}, HTML, or one line of
// text; to gRPC clients always the latter, which proxies make grpc-message of. To HEAD no body.
// Nothing in it tells of policies.
// REQUIRES: verdict.outcome != kAllowed.
Denial MakeDenial(const route::Request& request, const Verdict& verdict);

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_REPLY_H_
