// The commands that report about an account: credentials, last uses, grants, rules for passwords.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/report_output.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(500);
constexpr char kComplete[] = "COMPLETE";
constexpr char kJobRunning[] = "IN_PROGRESS";
constexpr char kJobCompleted[] = "COMPLETED";

// How long to wait for a report that the server makes: --wait.
class WaitOption {
 public:
  void AddTo(CLI::App& app) {
    app.add_option("--wait", text_,
                   "How long to wait for the report: 30s, 5m, ...; 1m if left out");
  }

  absl::StatusOr<int> Polls() const {
    const auto milliseconds = base::ParseDurationMilliseconds(text_);
    if (!milliseconds.has_value()) {
      return absl::InvalidArgumentError(
          base::Concat({"--wait: ", base::Quoted(text_), " is not a duration such as `30s`"}));
    }
    return static_cast<int>(absl::Milliseconds(*milliseconds) / kPollInterval) + 1;
  }

 private:
  std::string text_ = "1m";
};

absl::Status NotReady() {
  return absl::FailedPreconditionError("the report is not ready yet; --wait 10m waits longer");
}

// ---- Credential report --------------------------------------------------------------------------

struct CredentialReportOptions {
  CallerOptions caller;
  WaitOption wait;
};

absl::Status WaitForCredentialReport(const v1::CallerCredentials& caller, int polls,
                                     const Console& console, Connection& connection) {
  v1::GenerateCredentialReportRequest request;
  *request.mutable_caller() = caller;
  for (int poll = 0; poll < polls; ++poll) {
    if (poll > 0) console.sleep(kPollInterval);
    ASSIGN_OR_RETURN(const v1::GenerateCredentialReportResponse response,
                     connection.GenerateCredentialReport(request));
    if (response.state() == kComplete) return absl::OkStatus();
  }
  return NotReady();
}

absl::StatusOr<ExitCode> CredentialReport(const CredentialReportOptions& options,
                                          const CommandContext& context) {
  ASSIGN_OR_RETURN(const int polls, options.wait.Polls());
  v1::GetCredentialReportRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  RETURN_IF_ERROR(WaitForCredentialReport(request.caller(), polls, context.console, *connection));
  ASSIGN_OR_RETURN(const v1::GetCredentialReportResponse response,
                   connection->GetCredentialReport(request));
  if (context.json()) {
    context.out() << ToJson(response);
    return ExitCode::kOk;
  }
  context.out() << response.content();  // It ends without a line end.
  if (!response.content().ends_with('\n')) context.out() << "\n";
  return ExitCode::kOk;
}

// ---- Service last accessed ----------------------------------------------------------------------

struct LastAccessedOptions {
  CallerOptions caller;
  std::string arn;
  bool actions = false;
  std::string service;
  WaitOption wait;
};

// Gets all pages of a finished report with `get`, appending their rows to the first one's.
template <typename Request, typename Response, typename Get, typename Rows>
absl::StatusOr<Response> AllPages(Request request, int polls, const Console& console,
                                  const Get& get, const Rows& rows) {
  Response report;
  for (int poll = 0; poll < polls;) {
    ASSIGN_OR_RETURN(Response page, get(request));
    if (page.job_status() == kJobRunning) {
      ++poll;
      console.sleep(kPollInterval);
      continue;
    }
    if (page.job_status() != kJobCompleted) {
      return absl::InternalError(absl::StrCat("the server could not make the report: it is ",
                                              base::Quoted(page.job_status())));
    }
    const bool more = page.is_truncated();
    if (more && (page.marker().empty() || page.marker() == request.marker())) {
      return absl::InternalError("the server does not say where the report goes on");
    }
    request.set_marker(page.marker());
    if (report.job_status().empty()) {
      report = std::move(page);
    } else {
      rows(&report)->MergeFrom(*rows(&page));
    }
    report.set_is_truncated(false);
    report.clear_marker();
    if (!more) return report;
  }
  return NotReady();
}

absl::StatusOr<ExitCode> ShowServices(v1::GetServiceLastAccessedDetailsRequest request, int polls,
                                      const CommandContext& context, Connection& connection) {
  using Response = v1::GetServiceLastAccessedDetailsResponse;
  ASSIGN_OR_RETURN(const Response report,
                   (AllPages<v1::GetServiceLastAccessedDetailsRequest, Response>(
                       std::move(request), polls, context.console,
                       [&connection](const auto& page) {
                         return connection.GetServiceLastAccessedDetails(page);
                       },
                       [](Response* page) { return page->mutable_services_last_accessed(); })));
  context.out() << (context.json() ? ToJson(report) : LastAccessedText(report));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ShowEntities(v1::GetServiceLastAccessedDetailsWithEntitiesRequest request,
                                      int polls, const CommandContext& context,
                                      Connection& connection) {
  using Response = v1::GetServiceLastAccessedDetailsWithEntitiesResponse;
  ASSIGN_OR_RETURN(const Response report,
                   (AllPages<v1::GetServiceLastAccessedDetailsWithEntitiesRequest, Response>(
                       std::move(request), polls, context.console,
                       [&connection](const auto& page) {
                         return connection.GetServiceLastAccessedDetailsWithEntities(page);
                       },
                       [](Response* page) { return page->mutable_entity_details(); })));
  context.out() << (context.json() ? ToJson(report) : EntitiesText(report));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> LastAccessed(const LastAccessedOptions& options,
                                      const CommandContext& context) {
  ASSIGN_OR_RETURN(const int polls, options.wait.Polls());
  v1::GenerateServiceLastAccessedDetailsRequest start;
  ASSIGN_OR_RETURN(*start.mutable_caller(), options.caller.Resolve(context.console));
  start.set_arn(options.arn);
  start.set_granularity(options.actions ? v1::ACCESS_GRANULARITY_ACTION_LEVEL
                                        : v1::ACCESS_GRANULARITY_SERVICE_LEVEL);
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GenerateServiceLastAccessedDetailsResponse started,
                   connection->GenerateServiceLastAccessedDetails(start));
  if (!options.service.empty()) {
    v1::GetServiceLastAccessedDetailsWithEntitiesRequest request;
    *request.mutable_caller() = start.caller();
    request.set_job_id(started.job_id());
    request.set_service_namespace(options.service);
    return ShowEntities(std::move(request), polls, context, *connection);
  }
  v1::GetServiceLastAccessedDetailsRequest request;
  *request.mutable_caller() = start.caller();
  request.set_job_id(started.job_id());
  return ShowServices(std::move(request), polls, context, *connection);
}

// ---- Grants and passwords -----------------------------------------------------------------------

struct GrantsOptions {
  CallerOptions caller;
  std::string arn;
  std::vector<std::string> services;
};

absl::StatusOr<ExitCode> Grants(const GrantsOptions& options, const CommandContext& context) {
  v1::ListPoliciesGrantingServiceAccessRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.caller.Resolve(context.console));
  request.set_arn(options.arn);
  request.mutable_service_namespaces()->Add(options.services.begin(), options.services.end());
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::ListPoliciesGrantingServiceAccessResponse response,
                   connection->ListPoliciesGrantingServiceAccess(request));
  context.out() << (context.json() ? ToJson(response) : GrantsText(response));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ShowPasswordPolicy(const CallerOptions& options,
                                            const CommandContext& context) {
  v1::GetAccountPasswordPolicyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_caller(), options.Resolve(context.console));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::GetAccountPasswordPolicyResponse response,
                   connection->GetAccountPasswordPolicy(request));
  context.out() << (context.json() ? ToJson(response)
                                   : PasswordPolicyText(response.password_policy()));
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpCredentialReport(CLI::App& app) {
  auto options = std::make_shared<CredentialReportOptions>();
  options->wait.AddTo(app);
  options->caller.AddTo(app);
  app.footer(
      "Prints comma-separated values. The server makes a new report at most every four hours.");
  return ActionOf<CredentialReportOptions>(options, CredentialReport);
}

CommandAction SetUpLastAccessed(CLI::App& app) {
  auto options = std::make_shared<LastAccessedOptions>();
  app.add_option("--arn,arn", options->arn, "A user, group, role or managed policy")->required();
  CLI::Option* actions =
      app.add_flag("--actions", options->actions, "Report on every action, not on services alone");
  app.add_option("--service", options->service,
                 "Tell instead who of the group, role or policy used this service")
      ->excludes(actions);
  options->wait.AddTo(app);
  options->caller.AddTo(app);
  return ActionOf<LastAccessedOptions>(options, LastAccessed);
}

CommandAction SetUpGrants(CLI::App& app) {
  auto options = std::make_shared<GrantsOptions>();
  app.add_option("arn", options->arn, "A user, group or role")->required();
  app.add_option("services", options->services, "What actions begin with: s3, sts, ...")
      ->required();
  options->caller.AddTo(app);
  return ActionOf<GrantsOptions>(options, Grants);
}

CommandAction SetUpPasswordPolicy(CLI::App& app) {
  auto options = std::make_shared<CallerOptions>();
  options->AddTo(app);
  return ActionOf<CallerOptions>(options, ShowPasswordPolicy);
}

}  // namespace portcullis::client
