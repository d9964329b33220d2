// From a verdict to what the proxy that asked understands.
#ifndef PORTCULLIS_SERVER_FORWARD_AUTH_ANSWER_H_
#define PORTCULLIS_SERVER_FORWARD_AUTH_ANSWER_H_

#include "server/forward_auth/profile.h"
#include "server/gateway/gatekeeper.h"
#include "server/http/message.h"
#include "server/route/request.h"

namespace portcullis::forward_auth {

// The status by which a proxy of `profile` does what the outcome says:
//   kAllowed          200: Envoy takes nothing else, and all others take it
//   kUnauthenticated  401
//   kDenied           403
//   kRefused          400; 403 where the client would see a 500 instead
//   kUndecided        503: of Envoy's statuses the ones from 500 are failures, not denials
int StatusOf(const Profile& profile, gateway::Verdict::Outcome outcome);

// The answer about `original`. Allowed: with every identity header, empty where there is nothing to
// say, so that a proxy that copies them overwrites what the client made up. Otherwise the denial of
// gateway/reply.h, for the proxy to hand on or to drop.
http::Response ToResponse(const Profile& profile, const route::Request& original,
                          const gateway::Verdict& verdict);

}  // namespace portcullis::forward_auth

#endif  // PORTCULLIS_SERVER_FORWARD_AUTH_ANSWER_H_
