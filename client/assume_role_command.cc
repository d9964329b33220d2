#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "client/assignments.h"
#include "client/caller_options.h"
#include "client/commands.h"
#include "client/files.h"
#include "client/line_input.h"
#include "client/output.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kPolicyBytesMax = 1 << 20;
constexpr int64_t kDurationSecondsMax = 365 * 24 * 3600;  // The server has the real limit.

struct AssumeRoleOptions {
  CallerOptions caller;
  std::string role_arn;
  std::string session_name;
  std::string duration;
  std::string external_id;
  std::string serial_number;
  std::string token_code;
  std::vector<std::string> tags;
  std::vector<std::string> transitive_tags;
  std::string source_identity;
  std::string policy_file;
  std::vector<std::string> policy_arns;
  std::vector<std::string> context;
  bool print_exports = false;
};

// "3600", as AWS writes it, or "1h".
absl::StatusOr<int64_t> ParseDurationSeconds(const std::string& text) {
  if (text.empty()) return 0;
  if (const auto seconds = base::ParseInteger(text, 1, kDurationSecondsMax)) return *seconds;
  const auto milliseconds = base::ParseDurationMilliseconds(text);
  if (!milliseconds.has_value() || *milliseconds == 0 || *milliseconds % 1000 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--duration: ", base::Quoted(text), " is neither seconds nor a duration such as `1h`"));
  }
  return *milliseconds / 1000;
}

absl::Status SetTags(const AssumeRoleOptions& options, v1::AssumeRoleRequest* request) {
  ASSIGN_OR_RETURN(const std::vector<Assignment> tags, ParseAssignments("--tag", options.tags));
  for (const Assignment& assignment : tags) {
    if (assignment.values.size() > 1 || assignment.multivalued) {
      return absl::InvalidArgumentError(
          absl::StrCat("--tag: ", base::Quoted(assignment.key), " has more than one value"));
    }
    v1::Tag* tag = request->add_tags();
    tag->set_key(assignment.key);
    tag->set_value(assignment.values.front());
  }
  request->mutable_transitive_tag_keys()->Add(options.transitive_tags.begin(),
                                              options.transitive_tags.end());
  return absl::OkStatus();
}

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

// The MFA device's code, asked for if a person can answer.
absl::StatusOr<std::string> TokenCode(const AssumeRoleOptions& options, const Console& console) {
  if (options.serial_number.empty() || !options.token_code.empty()) return options.token_code;
  if (!console.interactive) {
    return absl::InvalidArgumentError(
        "--serial-number needs --token-code, or a terminal to ask on");
  }
  *console.err << "MFA code of " << options.serial_number << ": " << std::flush;
  return ReadOneLine(console.input_fd);
}

absl::StatusOr<v1::AssumeRoleRequest> MakeRequest(const AssumeRoleOptions& options,
                                                  const Console& console) {
  v1::AssumeRoleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(console));
  request.set_role_arn(options.role_arn);
  request.set_role_session_name(options.session_name);
  ASSIGN_OR_RETURN(const int64_t seconds, ParseDurationSeconds(options.duration));
  request.set_duration_seconds(seconds);
  if (!options.policy_file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_policy(),
                     ReadWholeFile(options.policy_file, kPolicyBytesMax));
  }
  request.mutable_policy_arns()->Add(options.policy_arns.begin(), options.policy_arns.end());
  RETURN_IF_ERROR(SetTags(options, &request));
  RETURN_IF_ERROR(SetContext(options, &request));
  request.set_external_id(options.external_id);
  request.set_source_identity(options.source_identity);
  request.set_serial_number(options.serial_number);
  ASSIGN_OR_RETURN(*request.mutable_token_code(), TokenCode(options, console));
  return request;
}

absl::StatusOr<ExitCode> AssumeRole(const AssumeRoleOptions& options,
                                    const CommandContext& context) {
  ASSIGN_OR_RETURN(const v1::AssumeRoleRequest request, MakeRequest(options, context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AssumeRoleResponse response, connection->AssumeRole(request));
  if (options.print_exports) {
    context.out() << AssumeRoleExports(response);
  } else {
    context.out() << (context.json() ? ToJson(response) : AssumeRoleText(response));
  }
  return ExitCode::kOk;
}

void AddSessionOptions(CLI::App& app, AssumeRoleOptions* options) {
  app.add_option("--role-arn", options->role_arn, "The role's ARN, with its path")->required();
  app.add_option("--session-name", options->session_name, "A name for the session")->required();
  app.add_option("--duration", options->duration,
                 "How long the session lives: 3600, 15m, 1h, ...; an hour if left out");
  app.add_option("--external-id", options->external_id,
                 "What a third party sends for its customer");
  app.add_option("--serial-number", options->serial_number,
                 "Your MFA device; its code is asked for if --token-code is left out");
  app.add_option("--token-code", options->token_code, "The MFA device's six digits")
      ->needs("--serial-number");
}

void AddContentsOptions(CLI::App& app, AssumeRoleOptions* options) {
  app.add_option("--tag", options->tags, "A session tag as key=value; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--transitive-tag", options->transitive_tags,
                 "The key of a tag that later sessions of the chain inherit; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--source-identity", options->source_identity,
                 "An identity that every session of the chain keeps");
  app.add_option("--policy-file", options->policy_file,
                 "A JSON policy document that narrows the session");
  app.add_option("--policy-arn", options->policy_arns,
                 "A managed policy that narrows the session; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--context", options->context,
                 "A condition key of the request as key=value; may be repeated")
      ->allow_extra_args(false);
}

}  // namespace

CommandAction SetUpAssumeRole(CLI::App& app) {
  auto options = std::make_shared<AssumeRoleOptions>();
  AddSessionOptions(app, options.get());
  AddContentsOptions(app, options.get());
  app.add_flag("--export", options->print_exports,
               "Print shell assignments: eval \"$(portcullis assume-role ... --export)\"");
  options->caller.AddTo(app);
  app.footer("Exits with 0 if the session was issued, 1 if denied, 2 otherwise.");
  return ActionOf<AssumeRoleOptions>(options, AssumeRole);
}

}  // namespace portcullis::client
