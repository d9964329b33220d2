// The commands about external ids, which keep the customers of a third party apart (R-5.42,
//
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/text_lines.h"
#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr int64_t kShortestSession = 900;  // Seconds. The sessions of a trial are thrown away.

// A random UUID (RFC 9562, version 4).
absl::StatusOr<std::string> NewUuid(const Console& console) {
  ASSIGN_OR_RETURN(std::string bytes, console.random_bytes(kUuidBytes));
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  std::string uuid = absl::BytesToHexString(bytes);
  for (const size_t dash : {8, 13, 18, 23}) uuid.insert(dash, 1, '-');
  return uuid;
}

struct NewOptions {};

absl::StatusOr<ExitCode> PrintNew(const NewOptions& /*options*/, const CommandContext& context) {
  ASSIGN_OR_RETURN(const std::string uuid, NewUuid(context.console));
  if (context.json()) {
    context.out() << "{\"externalId\":\"" << uuid << "\"}\n";
  } else {
    context.out() << uuid << "\n";
  }
  return ExitCode::kOk;
}

struct VerifyOptions {
  CallerOptions caller;
  std::string role_arn;
  std::string session_name = "external-id-verify";
  std::string external_id;
};

// What the three trials found.
struct Findings {
  absl::Status with;  // OK, or why policies said no.
  bool without = false;
  bool with_another = false;

  bool verified() const { return with.ok() && !without && !with_another; }
};

// Assumes the role and throws the session away. `outcome` becomes OK or "AccessDenied"; any other
// error is no answer to the question, and is returned.
absl::Status Try(const v1::AssumeRoleRequest& request, Connection& connection,
                 absl::Status* outcome) {
  *outcome = connection.AssumeRole(request).status();
  const bool answered = outcome->ok() || (outcome->code() == absl::StatusCode::kPermissionDenied &&
                                          base::ReasonOf(*outcome) == "AccessDenied");
  return answered ? absl::OkStatus() : *outcome;
}

absl::StatusOr<Findings> RunTrials(v1::AssumeRoleRequest request, const std::string& another,
                                   Connection& connection) {
  Findings findings;
  absl::Status outcome;
  RETURN_IF_ERROR(Try(request, connection, &findings.with));
  request.clear_external_id();
  RETURN_IF_ERROR(Try(request, connection, &outcome));
  findings.without = outcome.ok();
  request.set_external_id(another);
  RETURN_IF_ERROR(Try(request, connection, &outcome));
  findings.with_another = outcome.ok();
  return findings;
}

std::string_view YesNo(bool value) {
  return value ? "yes" : "no";
}

std::string_view Verdict(const Findings& findings) {
  if (findings.without) {
    return "UNSAFE  the role can be assumed without the external id: do not use it";
  }
  if (findings.with_another) {
    return "UNSAFE  the role can be assumed with any external id: do not use it";
  }
  if (!findings.with.ok()) return "NOT USABLE  the role cannot be assumed with the external id";
  return "VERIFIED  the role can be assumed with the external id, and not otherwise";
}

std::string FindingsText(const Findings& findings) {
  std::string text = absl::StrCat(std::string(Verdict(findings)), "\n");
  AddLine("with it", YesNo(findings.with.ok()), &text);
  AddLine("without it", YesNo(findings.without), &text);
  AddLine("with another", YesNo(findings.with_another), &text);
  AddLine("why not", {findings.with.message().data(), findings.with.message().size()}, &text);
  return text;
}

std::string FindingsJson(const Findings& findings) {
  base::JsonWriter json;
  json.BeginObject().Member("verified", findings.verified());
  json.Member("assumableWithExternalId", findings.with.ok());
  json.Member("assumableWithoutExternalId", findings.without);
  json.Member("assumableWithAnotherExternalId", findings.with_another).EndObject();
  return std::string(json.text()) + "\n";
}

absl::StatusOr<ExitCode> Verify(const VerifyOptions& options, const CommandContext& context) {
  v1::AssumeRoleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_role_arn(options.role_arn);
  request.set_role_session_name(options.session_name);
  request.set_duration_seconds(kShortestSession);
  request.set_external_id(options.external_id);
  ASSIGN_OR_RETURN(const std::string another, NewUuid(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const Findings findings, RunTrials(request, another, *connection));
  context.out() << (context.json() ? FindingsJson(findings) : FindingsText(findings));
  return findings.verified() ? ExitCode::kOk : ExitCode::kDenied;
}

}  // namespace

CommandAction SetUpExternalIdNew(CLI::App& app) {
  app.footer(
      "For the third party: make one for each customer, and never let customers choose theirs.");
  return ActionOf<NewOptions>(std::make_shared<NewOptions>(), PrintNew);
}

CommandAction SetUpExternalIdVerify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  app.add_option("--role-arn", options->role_arn, "The customer's role")->required();
  app.add_option("--external-id", options->external_id, "The customer's external id")->required();
  app.add_option("--session-name,--role-session-name", options->session_name,
                 "The name of the sessions of the trials, `external-id-verify` if left out");
  options->caller.AddTo(app);
  app.footer(
      "Assumes the role with the external id, without one and with a random one, and throws the\n"
      "sessions away. Exits with 0 if only the first succeeds, 1 if not, 2 if that is not known.");
  return ActionOf<VerifyOptions>(options, Verify);
}

}  // namespace portcullis::client
