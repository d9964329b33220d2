// One question, asked so that a mistake cannot allow anything.
#ifndef PORTCULLIS_CLIENT_AUTHORIZE_H_
#define PORTCULLIS_CLIENT_AUTHORIZE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "client/connection.h"
#include "portcullis/v1/authorization_service.pb.h"
#include "portcullis/v1/security_token_service.pb.h"

namespace portcullis::client {

// The caller of a decision: a session token or a principal. INVALID_ARGUMENT for an access key,
// which is exchanged for a session first, and for nobody.
absl::Status SetCaller(const v1::CallerCredentials& caller, v1::AuthorizeRequest* request);

// One question.
struct Question {
  std::string action;                     // "s3:GetObject".
  std::string resource = "*";             // An ARN; "*" for actions without a resource.
  std::vector<v1::ContextEntry> context;  // Condition keys of the request.
};

// OK if and only if `caller` may. PERMISSION_DENIED with the reason "AccessDenied" and the server's
// explanation if not; any other code means that there is no decision, so do not go on either.
// Thread-safe.
absl::Status CheckAllowed(Connection& connection, const v1::CallerCredentials& caller,
                          const Question& question, const CallOptions& options = {});

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_AUTHORIZE_H_
