// From verdicts to Envoy's CheckResponse.
#ifndef PORTCULLIS_SERVER_EXT_AUTHZ_REPLY_H_
#define PORTCULLIS_SERVER_EXT_AUTHZ_REPLY_H_

#include "absl/status/status.h"

#include "envoy/service/auth/v3/external_auth.pb.h"
#include "server/gateway/gatekeeper.h"
#include "server/route/request.h"

namespace portcullis::ext_authz {

// Writes the answer to `request`; overwrites `*response`. To Envoy an empty response lets the
// request pass, and so does one without a status. So the first thing written is a status that keeps
// it back, and only the end of the way of an allowed verdict takes that away.
//
//   kAllowed           0, what the application is to know and what it is not to see
//   kDenied            7 PERMISSION_DENIED, 403
//   kUnauthenticated   16 UNAUTHENTICATED, 401
//   kRefused           3 INVALID_ARGUMENT, 400
//   kUndecided         an error: the call is to fail with it, and Envoy does as its
//                      failure_mode_allow says; or, if the proxy understands them, OK and an
//                      error_response, with 14 UNAVAILABLE
//
// Every answer carries dynamic metadata: decision_id, decision ("allow", "deny", "error"), reason,
// policy_revision. Headers are set by both of Envoy's fields for how, as versions differ in what
// the absence of one means. INTERNAL if something of an allowed request could not be said: without
// an identity header a client's own copy would pass for it.
absl::Status ToCheckResponse(const route::Request& request, const gateway::Verdict& verdict,
                             envoy::service::auth::v3::CheckResponse* response);

}  // namespace portcullis::ext_authz

#endif  // PORTCULLIS_SERVER_EXT_AUTHZ_REPLY_H_
