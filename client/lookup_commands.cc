// The commands that look one thing up: an access key, a sealed denial.
#include <memory>
#include <string>

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/files.h"
#include "client/output.h"
#include "client/report_output.h"
#include "client/text_lines.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

struct AccessKeyOptions {
  CallerOptions caller;
  std::string access_key_id;
};

absl::StatusOr<ExitCode> AccessKeyLastUsed(const AccessKeyOptions& options,
                                           const CommandContext& context) {
  v1::GetAccessKeyLastUsedRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_access_key_id(options.access_key_id);
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetAccessKeyLastUsedResponse response,
                   connection->GetAccessKeyLastUsed(request));
  context.out() << (context.json() ? ToJson(response) : AccessKeyLastUsedText(response));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> AccessKeyInfo(const AccessKeyOptions& options,
                                       const CommandContext& context) {
  v1::GetAccessKeyInfoRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_access_key_id(options.access_key_id);
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetAccessKeyInfoResponse response,
                   connection->GetAccessKeyInfo(request));
  context.out() << (context.json() ? ToJson(response) : Printable(response.account()) + "\n");
  return ExitCode::kOk;
}

struct DecodeOptions {
  CallerOptions caller;
  std::string message;
  std::string message_file;
};

absl::StatusOr<ExitCode> Decode(const DecodeOptions& options, const CommandContext& context) {
  v1::DecodeAuthorizationMessageRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_encoded_message(options.message);
  if (!options.message_file.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_encoded_message(), ReadSecretFile(options.message_file));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::DecodeAuthorizationMessageResponse response,
                   connection->DecodeAuthorizationMessage(request));
  // The message is JSON itself, for people and programs alike.
  context.out() << (context.json() ? ToJson(response)
                                   : Printable(response.decoded_message()) + "\n");
  return ExitCode::kOk;
}

CommandAction SetUpForKey(CLI::App& app,
                          absl::StatusOr<ExitCode> (*run)(const AccessKeyOptions& options,
                                                          const CommandContext& context)) {
  auto options = std::make_shared<AccessKeyOptions>();
  // Not --access-key-id: that says who asks.
  app.add_option("key", options->access_key_id, "The access key id, AKIA... or ASIA...")
      ->required();
  options->caller.AddTo(app);
  return ActionOf<AccessKeyOptions>(options, run);
}

}  // namespace

CommandAction SetUpAccessKeyLastUsed(CLI::App& app) {
  return SetUpForKey(app, AccessKeyLastUsed);
}

CommandAction SetUpAccessKeyInfo(CLI::App& app) {
  return SetUpForKey(app, AccessKeyInfo);
}

CommandAction SetUpDecodeAuthorizationMessage(CLI::App& app) {
  auto options = std::make_shared<DecodeOptions>();
  CLI::Option* message = app.add_option("message", options->message,
                                        "What `authorize --encode-denial` printed as sealed");
  CLI::Option* file = app.add_option("--message-file", options->message_file,
                                     "A file that holds nothing but the message");
  file->excludes(message);
  options->caller.AddTo(app);
  return ActionOf<DecodeOptions>(options, Decode);
}

}  // namespace portcullis::client
