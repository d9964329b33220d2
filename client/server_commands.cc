// The commands about the server itself: what it serves, and whether it is well.
#include <memory>
#include <string>

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/output.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

ExitCode CodeOf(const v1::PolicyStatus& status) {
  return status.latest_ok() ? ExitCode::kOk : ExitCode::kError;
}

absl::StatusOr<ExitCode> ShowStatus(const CallerOptions& options, const CommandContext& context) {
  v1::GetStatusRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetStatusResponse response, connection->GetStatus(request));
  context.out() << (context.json() ? ToJson(response)
                                   : StatusText(response.status(), response.version()));
  return CodeOf(response.status());
}

absl::StatusOr<ExitCode> Reload(const CallerOptions& options, const CommandContext& context) {
  v1::ReloadPoliciesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::ReloadPoliciesResponse response, connection->ReloadPolicies(request));
  context.out() << (context.json() ? ToJson(response) : StatusText(response.status(), ""));
  return CodeOf(response.status());
}

absl::StatusOr<ExitCode> HealthCheck(const std::string& service, const CommandContext& context) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const Health health, connection->CheckHealth(service));
  const bool serving = health == Health::kServing;
  if (context.json()) {
    context.out() << (serving ? "{\"serving\":true}\n" : "{\"serving\":false}\n");
  } else {
    context.out() << (serving ? "SERVING\n" : "NOT SERVING\n");
  }
  return serving ? ExitCode::kOk : ExitCode::kDenied;
}

}  // namespace

CommandAction SetUpStatus(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app);
  app.footer("Exits with 0 if the latest policies are served, 2 otherwise.");
  return ActionOf<CallerOptions>(options, ShowStatus);
}

CommandAction SetUpReload(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app);
  app.footer("Exits with 0 if the latest policies are served afterwards, 2 otherwise.");
  return ActionOf<CallerOptions>(options, Reload);
}

CommandAction SetUpHealthCheck(CLI::App& app) {
  auto service = std::make_shared<std::string>("readiness");
  app.add_option("--service", *service,
                 "Whose health: `readiness` (the default), `liveness`, or a service's full name");
  app.footer("Exits with 0 if serving, 1 if not, 2 if the server does not answer.");
  return ActionOf<std::string>(service, HealthCheck);
}

}  // namespace portcullis::client
