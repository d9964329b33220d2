#include <memory>
#include <string>
#include <vector>

#include "client/assignments.h"
#include "client/authorize.h"
#include "client/caller_options.h"
#include "client/commands.h"
#include "client/output.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

struct AuthorizeOptions {
  CallerOptions caller;
  std::string action;
  std::string resource = "*";
  std::vector<std::string> context;
  bool brief = false;
  bool encode_denial = false;
};

absl::StatusOr<v1::AuthorizeRequest> MakeRequest(const AuthorizeOptions& options,
                                                 const Console& console) {
  v1::AuthorizeRequest request;
  ASSIGN_OR_RETURN(const v1::CallerCredentials caller, options.caller.Resolve(console));
  RETURN_IF_ERROR(SetCaller(caller, &request));
  request.set_action(options.action);
  request.set_resource(options.resource);
  ASSIGN_OR_RETURN(const std::vector<Assignment> context,
                   ParseAssignments("--context", options.context));
  for (const Assignment& assignment : context) {
    v1::ContextEntry* entry = request.add_context();
    entry->set_key(assignment.key);
    entry->mutable_values()->Add(assignment.values.begin(), assignment.values.end());
    entry->set_multivalued(assignment.multivalued);
  }
  request.set_explain(!options.brief);
  request.set_encode_denial(options.encode_denial);
  return request;
}

absl::StatusOr<ExitCode> Authorize(const AuthorizeOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const v1::AuthorizeRequest request, MakeRequest(options, context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AuthorizeResponse response, connection->Authorize(request));
  context.out() << (context.json() ? ToJson(response) : AuthorizeText(request, response));
  return response.decision() == v1::DECISION_ALLOW ? ExitCode::kOk : ExitCode::kDenied;
}

}  // namespace

CommandAction SetUpAuthorize(CLI::App& app) {
  auto options = std::make_shared<AuthorizeOptions>();
  app.add_option("--action,action", options->action, "The action, for example s3:GetObject")
      ->required();
  app.add_option("--resource,resource", options->resource, "The resource's ARN; `*` if left out");
  app.add_option(
         "--context", options->context,
         "A condition key of the request as key=value; repeat it for more keys, or for more "
         "values of one. key[]=value makes a key with one value multivalued")
      ->allow_extra_args(false);
  app.add_flag("--brief", options->brief, "Do not ask for the statements that determined it");
  app.add_flag("--encode-denial", options->encode_denial,
               "Ask for a sealed account of a denial, for decode-authorization-message");
  options->caller.AddTo(app);
  app.footer("Exits with 0 if allowed, 1 if denied, 2 if there is no decision.");
  return ActionOf<AuthorizeOptions>(options, Authorize);
}

}  // namespace portcullis::client
