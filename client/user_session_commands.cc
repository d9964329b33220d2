// The commands by which a user gets temporary credentials without a role.
#include <memory>
#include <string>

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/credentials_output.h"
#include "client/session_options.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr char kLeftOut[] = "twelve hours";
constexpr char kFooter[] = "Exits with 0 if the credentials were issued, 1 if denied, 2 otherwise.";

struct SessionTokenOptions {
  CallerOptions caller;
  DurationOption duration;
  MfaOptions mfa;
  CredentialsFormat format;
};

absl::StatusOr<ExitCode> GetSessionToken(const SessionTokenOptions& options,
                                         const CommandContext& context) {
  v1::GetSessionTokenRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.mfa.Fill(context.console, &request));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetSessionTokenResponse response,
                   connection->GetSessionToken(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

struct FederationTokenOptions {
  CallerOptions caller;
  std::string name;
  DurationOption duration;
  SessionPolicyOptions policies;
  TagOptions tags;
  CredentialsFormat format;
};

absl::StatusOr<ExitCode> GetFederationToken(const FederationTokenOptions& options,
                                            const CommandContext& context) {
  v1::GetFederationTokenRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_name(options.name);
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.policies.Fill(&request));
  RETURN_IF_ERROR(options.tags.Fill(&request));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetFederationTokenResponse response,
                   connection->GetFederationToken(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpSessionToken(CLI::App& app) {
  auto options = std::make_shared<SessionTokenOptions>();
  options->duration.AddTo(app, kLeftOut);
  options->mfa.AddTo(app);
  options->format.AddTo(app);
  options->caller.AddTo(app);
  app.footer(kFooter);
  return ActionOf<SessionTokenOptions>(options, GetSessionToken);
}

CommandAction SetUpFederationToken(CLI::App& app) {
  auto options = std::make_shared<FederationTokenOptions>();
  app.add_option("--name,name", options->name, "The federated user's name")->required();
  options->duration.AddTo(app, kLeftOut);
  options->policies.AddTo(app);
  options->tags.AddTo(app, /*may_be_transitive=*/false);
  options->format.AddTo(app);
  options->caller.AddTo(app);
  app.footer(kFooter);
  return ActionOf<FederationTokenOptions>(options, GetFederationToken);
}

}  // namespace portcullis::client
