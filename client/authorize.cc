#include "client/authorize.h"

#include "client/batch.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace portcullis::client {

absl::Status SetCaller(const v1::CallerCredentials& caller, v1::AuthorizeRequest* request) {
  switch (caller.credentials_case()) {
    case v1::CallerCredentials::kSessionToken:
      request->set_session_token(caller.session_token());
      return absl::OkStatus();
    case v1::CallerCredentials::kPrincipalArn:
      request->set_principal_arn(caller.principal_arn());
      return absl::OkStatus();
    case v1::CallerCredentials::kAccessKey:
      return absl::InvalidArgumentError(
          "decisions are asked for with a session token or a principal; exchange the access key "
          "for a session with `portcullis assume-role` or `portcullis session-token`");
    case v1::CallerCredentials::CREDENTIALS_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("nobody is named who asks");
}

absl::Status CheckAllowed(Connection& connection, const v1::CallerCredentials& caller,
                          const Question& question, const CallOptions& options) {
  v1::AuthorizeRequest request;
  RETURN_IF_ERROR(SetCaller(caller, &request));
  request.set_action(question.action);
  request.set_resource(question.resource);
  request.mutable_context()->Add(question.context.begin(), question.context.end());
  ASSIGN_OR_RETURN(const v1::AuthorizeResponse answer, connection.Authorize(request, options));
  if (IsAllowed(answer)) return absl::OkStatus();
  return base::ErrorWithReason(absl::StatusCode::kPermissionDenied, "AccessDenied",
                               answer.reason());
}

}  // namespace portcullis::client
