// The commands that tell whose a session or a credential is.
#include <memory>

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/output.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

absl::StatusOr<ExitCode> ValidateSession(const CallerOptions& options,
                                         const CommandContext& context) {
  ASSIGN_OR_RETURN(const v1::CallerCredentials caller, options.Resolve(context.console));
  if (!caller.has_session_token()) {
    return absl::InvalidArgumentError(
        "no session token: give --session-token-file, or set PORTCULLIS_SESSION_TOKEN");
  }
  v1::ValidateSessionRequest request;
  request.set_session_token(caller.session_token());
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::ValidateSessionResponse response,
                   connection->ValidateSession(request));
  context.out() << (context.json() ? ToJson(response) : ValidateSessionText(response));
  return response.status() == v1::SESSION_STATUS_VALID ? ExitCode::kOk : ExitCode::kDenied;
}

absl::StatusOr<ExitCode> WhoAmI(const CallerOptions& options, const CommandContext& context) {
  v1::GetCallerIdentityRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetCallerIdentityResponse response,
                   connection->GetCallerIdentity(request));
  context.out() << (context.json() ? ToJson(response) : CallerIdentityText(response));
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpValidateSession(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app, /*token_only=*/true);
  app.footer("Exits with 0 if the session is good, 1 if it is not, 2 if that is not known.");
  return ActionOf<CallerOptions>(options, ValidateSession);
}

CommandAction SetUpWhoAmI(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app);
  return ActionOf<CallerOptions>(options, WhoAmI);
}

}  // namespace portcullis::client
