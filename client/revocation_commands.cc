// The commands that end sessions before their time, and list what was ended.
#include <memory>
#include <string>

#include "absl/time/time.h"

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/text_lines.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

struct RevokeOptions {
  CallerOptions caller;
  std::string role;
  std::string user;
  std::string access_key;
  std::string session;
  std::string before;
  std::string reason;
};

// "2026-11-22T01:02:03Z" or with an offset; Abseil alone would also take blanks and "infinite".
absl::StatusOr<google::protobuf::Timestamp> ParseInstant(const std::string& text) {
  absl::Time time;
  std::string error;
  const bool plain =
      text.find_first_not_of("0123456789-:.+TZ") == std::string::npos && text.size() >= 20;
  if (!plain || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return absl::InvalidArgumentError(base::Concat(
        {"--before: ", base::Quoted(text), " is not a time such as `2026-11-22T01:02:03Z`"}));
  }
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return timestamp;
}

absl::StatusOr<v1::RevokeSessionsRequest> MakeRequest(const RevokeOptions& options,
                                                      const Console& console) {
  v1::RevokeSessionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(console));
  if (!options.role.empty()) request.set_role_arn(options.role);
  if (!options.user.empty()) request.set_user_arn(options.user);
  if (!options.access_key.empty()) request.set_access_key_id(options.access_key);
  if (!options.session.empty()) request.set_session_access_key_id(options.session);
  if (request.sessions_case() == v1::RevokeSessionsRequest::SESSIONS_NOT_SET) {
    return absl::InvalidArgumentError(
        "nothing to revoke: give --role, --user, --access-key or --session");
  }
  if (!options.before.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_issued_before(), ParseInstant(options.before));
  }
  request.set_reason(options.reason);
  return request;
}

absl::StatusOr<ExitCode> Revoke(const RevokeOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const v1::RevokeSessionsRequest request, MakeRequest(options, context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::RevokeSessionsResponse response, connection->RevokeSessions(request));
  if (context.json()) {
    context.out() << ToJson(response);
    return ExitCode::kOk;
  }
  const v1::Revocation& revocation = response.revocation();
  context.err() << "portcullis: ended on this server, from now on: "
                << Printable(revocation.subject())
                << (revocation.has_issued_before()
                        ? ", issued before " + TimeText(revocation.issued_before())
                        : "")
                << "\n  for "
                << (response.durable() ? "the other replicas"
                                       : "the other replicas, and for this one after a restart")
                << ", add to the account's policies below `Revocations:`\n";
  context.out() << response.policy_entry();
  if (!response.policy_entry().ends_with('\n')) context.out() << "\n";
  return ExitCode::kOk;
}

std::string RevocationsText(const v1::ListRevocationsResponse& response) {
  if (response.revocations().empty()) return "no revocations\n";
  std::string text;
  for (const v1::Revocation& revocation : response.revocations()) {
    text += Printable(revocation.subject()) + "\n";
    AddLine("issued before",
            revocation.has_issued_before() ? TimeText(revocation.issued_before()) : "any time",
            &text);
    AddLine("reason", revocation.reason(), &text);
    AddLine("made by", revocation.created_by(), &text);
    AddLine("written in", revocation.source(), &text);
  }
  return text;
}

absl::StatusOr<ExitCode> ListRevocations(const CallerOptions& options,
                                         const CommandContext& context) {
  v1::ListRevocationsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::ListRevocationsResponse response,
                   connection->ListRevocations(request));
  context.out() << (context.json() ? ToJson(response) : RevocationsText(response));
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpRevoke(CLI::App& app) {
  auto options = std::make_shared<RevokeOptions>();
  CLI::Option* role = app.add_option("--role", options->role, "All sessions of this role, by ARN");
  CLI::Option* user = app.add_option("--user", options->user,
                                     "The sessions of this user, by ARN; not those of its roles");
  CLI::Option* access_key =
      app.add_option("--access-key", options->access_key,
                     "All sessions that were obtained with this long-term access key");
  CLI::Option* session =
      app.add_option("--session", options->session, "One session, by its access key id ASIA...");
  user->excludes(role);
  access_key->excludes(role)->excludes(user);
  session->excludes(role)->excludes(user)->excludes(access_key);
  app.add_option("--before", options->before,
                 "Only sessions issued before this time, 2026-11-22T01:02:03Z; now if left out")
      ->excludes(session);
  app.add_option("--reason", options->reason, "Why, for the record");
  options->caller.AddTo(app);
  app.footer(
      "Prints the entry that the account's policies need for all replicas to end the sessions.\n"
      "Exits with 0 if they were ended, 1 if you may not, 2 otherwise.");
  return ActionOf<RevokeOptions>(options, Revoke);
}

CommandAction SetUpRevocations(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app);
  return ActionOf<CallerOptions>(options, ListRevocations);
}

}  // namespace portcullis::client
