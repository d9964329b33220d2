#include <memory>
#include <string>
#include <vector>

#include "client/assignments.h"
#include "client/caller_options.h"
#include "client/commands.h"
#include "client/credentials_output.h"
#include "client/session_options.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

struct AssumeRoleOptions {
  CallerOptions caller;
  RoleOptions role;
  DurationOption duration;
  std::string external_id;
  MfaOptions mfa;
  TagOptions tags;
  std::string source_identity;
  SessionPolicyOptions policies;
  std::vector<std::string> context;
  CredentialsFormat format;
};

absl::Status SetContext(const AssumeRoleOptions& options, v1::AssumeRoleRequest* request) {
  ASSIGN_OR_RETURN(const std::vector<Assignment> context,
                   ParseAssignments("--context", options.context));
  for (const Assignment& assignment : context) {
    v1::StsContextEntry* entry = request->add_context();
    entry->set_key(assignment.key);
    entry->mutable_values()->Add(assignment.values.begin(), assignment.values.end());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::AssumeRoleRequest> MakeRequest(const AssumeRoleOptions& options,
                                                  const Console& console) {
  v1::AssumeRoleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(console));
  RETURN_IF_ERROR(options.role.Fill(console, &request));
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.policies.Fill(&request));
  RETURN_IF_ERROR(options.tags.Fill(&request));
  RETURN_IF_ERROR(SetContext(options, &request));
  request.set_external_id(options.external_id);
  request.set_source_identity(options.source_identity);
  RETURN_IF_ERROR(options.mfa.Fill(console, &request));  // Last: it may ask.
  return request;
}

absl::StatusOr<ExitCode> AssumeRole(const AssumeRoleOptions& options,
                                    const CommandContext& context) {
  ASSIGN_OR_RETURN(const v1::AssumeRoleRequest request, MakeRequest(options, context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AssumeRoleResponse response, connection->AssumeRole(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpAssumeRole(CLI::App& app) {
  auto options = std::make_shared<AssumeRoleOptions>();
  options->role.AddTo(app);
  options->duration.AddTo(app, "an hour");
  app.add_option("--external-id", options->external_id,
                 "What a third party sends for its customer");
  options->mfa.AddTo(app);
  options->tags.AddTo(app, /*may_be_transitive=*/true);
  app.add_option("--source-identity", options->source_identity,
                 "An identity that every session of the chain keeps");
  options->policies.AddTo(app);
  app.add_option("--context", options->context,
                 "A condition key of the request as key=value; may be repeated")
      ->allow_extra_args(false);
  options->format.AddTo(app);
  options->caller.AddTo(app);
  app.footer("Exits with 0 if the session was issued, 1 if denied, 2 otherwise.");
  return ActionOf<AssumeRoleOptions>(options, AssumeRole);
}

}  // namespace portcullis::client
