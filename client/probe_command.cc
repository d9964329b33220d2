// portcullis probe: the doctor for a deployed proxy.
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"

#include "client/caller_options.h"
#include "client/commands.h"
#include "client/probe_report.h"
#include "client/probe_run.h"
#include "server/base/error_reason.h"
#include "server/base/numbers.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kNonceBytes = 6;
constexpr size_t kRequestsMax = 1000;

struct ProbeCommandOptions {
  CallerOptions caller;
  ProbeSettings settings;
  std::string url;
  std::string host;
  std::string region = "us-east-1";
  std::string service = "execute-api";
  std::string delay = "20ms";
  bool strict = false;
  bool verbose = false;
};

absl::StatusOr<ProbeCredentials> CredentialsOf(const ProbeCommandOptions& options,
                                               const Console& console) {
  const absl::StatusOr<v1::CallerCredentials> caller = options.caller.Resolve(console);
  if (!caller.ok()) {
    if (base::ReasonOf(caller.status()) == "CALLER_MISSING") return ProbeCredentials();
    return caller.status();
  }
  if (caller->has_access_key()) {
    return ProbeAccessKey{caller->access_key().access_key_id(),
                          caller->access_key().secret_access_key(), options.region,
                          options.service};
  }
  if (caller->session_token().empty()) {
    return absl::InvalidArgumentError("--principal: a proxy takes nobody's word for it");
  }
  for (const char c : caller->session_token()) {
    if (c <= ' ' || c > '~') return absl::InvalidArgumentError("the session token is no token");
  }
  return ProbeBearer{caller->session_token()};
}

absl::Status CheckHost(const std::string& host) {
  const bool good = host.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-_:[]") == std::string::npos;
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      base::StrCat("--host: ", base::Quoted(host), " is not a host such as `orders.example.com`"));
}

absl::StatusOr<ProbeSettings> SettingsOf(const ProbeCommandOptions& options,
                                         const CommandContext& context) {
  ProbeSettings settings = options.settings;
  ASSIGN_OR_RETURN(settings.subject.target, ParseProbeTarget(options.url));
  RETURN_IF_ERROR(CheckHost(options.host));
  if (!options.host.empty()) settings.subject.target.authority = options.host;
  ASSIGN_OR_RETURN(settings.subject.credentials, CredentialsOf(options, context.console));
  const auto delay_ms = base::ParseDurationMilliseconds(options.delay);
  if (!delay_ms.has_value()) {
    return absl::InvalidArgumentError(base::StrCat("--delay: ", base::Quoted(options.delay),
                                                   " is not a duration such as `20ms`"));
  }
  settings.delay = absl::Milliseconds(*delay_ms);
  if (settings.requests_max == 0 || settings.requests_max > kRequestsMax) {
    return absl::InvalidArgumentError("--requests-max: a number from 1 to 1000");
  }
  ASSIGN_OR_RETURN(const std::string random, context.console.random_bytes(kNonceBytes));
  settings.subject.nonce = base::StrCat("probe", absl::BytesToHexString(random));
  RETURN_IF_ERROR(CheckSubject(settings.subject));
  for (const std::string& path : settings.also) RETURN_IF_ERROR(CheckAlsoPath(path));
  return settings;
}

absl::StatusOr<TlsOptions> TlsOf(const CommandContext& context) {
  const TlsOptions tls = context.options.connection.tls.value_or(TlsOptions());
  if (!tls.server_name.empty()) {
    return absl::InvalidArgumentError(
        "--tls-server-name: the proxy's certificate has to bear the name in the URL");
  }
  return tls;
}

absl::StatusOr<ProbeReport> Probe(const ProbeSettings& settings, const CommandContext& context) {
  ASSIGN_OR_RETURN(const TlsOptions tls, TlsOf(context));
  const ProbeExchange exchange =
      NewProbeExchange(settings.subject.target, tls, context.options.connection.call_timeout);
  absl::StatusOr<ProbeReport> report =
      RunProbe(settings, {exchange, context.console.sleep, *context.console.clock});
  if (absl::IsUnavailable(report.status())) {
    // What is unavailable is the proxy, not the server that the hint for this code is about.
    return absl::FailedPreconditionError(report.status().message());
  }
  return report;
}

absl::StatusOr<ExitCode> RunCommand(const ProbeCommandOptions& options,
                                    const CommandContext& context) {
  ASSIGN_OR_RETURN(const ProbeSettings settings, SettingsOf(options, context));
  ASSIGN_OR_RETURN(const ProbeReport report, Probe(settings, context));
  context.out() << (context.json() ? ProbeJson(report, options.url)
                                   : ProbeText(report, options.url, options.verbose));
  const size_t findings = report.Count(ProbeOutcome::kFinding) +
                          (options.strict ? report.Count(ProbeOutcome::kSuspect) : 0);
  if (findings > 0) return ExitCode::kDenied;
  const bool complete = !report.cut && report.Count(ProbeOutcome::kUnclear) == 0;
  return complete ? ExitCode::kOk : ExitCode::kError;
}

}  // namespace

CommandAction SetUpProbe(CLI::App& app) {
  auto options = std::make_shared<ProbeCommandOptions>();
  ProbeSettings& settings = options->settings;
  app.add_option("url", options->url, "What nobody without credentials may reach, with GET")
      ->required();
  app.add_option("--public", settings.subject.public_path,
                 "A path that everybody may reach, to try ways from there");
  app.add_option("--echo", settings.subject.echo_path,
                 "A path whose answer repeats the request's headers, to see what comes through");
  app.add_option("--also", settings.also,
                 "Another path that nobody without credentials may reach; any number")
      ->allow_extra_args(false);
  app.add_option("--host", options->host, "The host to ask for, instead of the URL's");
  app.add_option("-H,--header", settings.subject.headers,
                 "A header of every request, `name: value`; any number")
      ->allow_extra_args(false);
  options->caller.AddTo(app);
  app.add_option("--region", options->region, "Of signatures with an access key; us-east-1");
  app.add_option("--service", options->service, "The same; execute-api");
  app.add_option("--requests-max", settings.requests_max, "Send no more than this; 250");
  app.add_option("--delay", options->delay, "Between two requests; 20ms");
  app.add_flag(
      "--intrusive", settings.intrusive,
      "Also what does harm where it gets through: DELETE and other methods, hidden requests");
  app.add_flag("--pdp-down", settings.pdp_down,
               "You have stopped Portcullis: see whether the proxy lets requests through");
  app.add_flag("--strict", options->strict, "Take suspects for findings");
  app.add_flag("-v,--verbose", options->verbose, "Print every row");
  app.footer(
      "Sends crafted requests to the host of the URL, one after another, and reports those that\n"
      "get by. Give credentials of somebody who may reach the URL, and it knows what it looks\n"
      "like. Probe only what is yours.\n"
      "Exits with 0 if there is no finding, 1 if there are findings, 2 if it could not find out.");
  return ActionOf<ProbeCommandOptions>(options, RunCommand);
}

}  // namespace portcullis::client
