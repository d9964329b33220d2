// The commands that look at gateways and their rules, without a server.
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "client/commands.h"
#include "client/offline_tree.h"
#include "client/route_trial.h"
#include "client/text_lines.h"
#include "server/base/error_reason.h"
#include "server/base/json_writer.h"
#include "server/base/status_macros.h"
#include "server/base/str_cat.h"
#include "server/store/definitions.h"

namespace portcullis::client {
namespace {

struct RouteTestOptions {
  OfflineTreeOptions tree;
  TrialRequest trial;
  bool verbose = false;
};

struct RouteListOptions {
  OfflineTreeOptions tree;
};

// Empty, after its mistakes have been printed, is an error.
absl::StatusOr<std::shared_ptr<const store::Snapshot>> Load(const OfflineTreeOptions& options,
                                                            const CommandContext& context) {
  ASSIGN_OR_RETURN(const OfflineTree tree, LoadOfflineTree(options));
  if (tree.snapshot != nullptr) return tree.snapshot;
  for (store::SourceDiagnostic found : tree.diagnostics) {
    if (found.diagnostic.severity != policy::Severity::kError) continue;
    found.file = PathInTree(options.directory, found.file);
    context.err() << store::FormatSourceDiagnostic(found) << "\n";
  }
  return absl::InvalidArgumentError("a server would not serve the directory");
}

std::string PlaceOf(const OfflineTreeOptions& options, const route::Gateway& gateway,
                    base::Position position) {
  return base::StrCat(PathInTree(options.directory, gateway.file), ":", position.line, ":",
                      position.column);
}

std::vector<std::string_view> MethodsOf(const route::Identification& identification) {
  std::vector<std::string_view> names;
  for (const route::Method method : identification.methods) {
    names.push_back(route::MethodNames()[static_cast<size_t>(method)]);
  }
  return names;
}

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", base::AbslView(word));
  }
  return text;
}

std::string_view PayloadName(const route::Identification& identification) {
  return route::PayloadNames()[static_cast<size_t>(identification.payload)];
}

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// ---- Text ---------------------------------------------------------------------------------------

void AddRules(const RouteTestOptions& options, const TrialOutcome& outcome, std::string* text) {
  bool passed = false;  // Rules behind the one that was taken are not looked at.
  for (const route::RuleAccount& account : outcome.accounts) {
    const bool taken =
        outcome.route.has_value() && outcome.route->position == account.position && !passed;
    std::string_view why = account.why;
    if (why.empty()) why = taken ? "taken" : "would be taken, but for a rule before it";
    AddLine(passed ? "(rule)" : "rule",
            base::StrCat(account.rule, " at ",
                         PlaceOf(options.tree, *outcome.gateway, account.position), ": ", why),
            text);
    passed = passed || taken;
  }
}

void AddQuestion(const route::Question& question, std::string* text) {
  for (const route::QuestionItem& item : question.items) {
    AddLine("asks", base::StrCat(item.action, " on ", item.resource), text);
  }
  for (const route::ContextEntry& entry : question.context) {
    AddLine("context", base::StrCat(entry.key, " = ", absl::StrJoin(entry.values, ", ")), text);
  }
}

std::string Text(const RouteTestOptions& options, const TrialOutcome& outcome) {
  std::string text;
  if (!outcome.refusal.ok()) {
    text = base::StrCat("refused: ", base::ReasonOf(outcome.refusal), "\n");
    AddLine("because", MessageOf(outcome.refusal), &text);
  } else {
    text = outcome.route->is_public ? "public: anybody may\n" : "asked about\n";
  }
  if (outcome.gateway != nullptr) AddLine("gateway", outcome.gateway->name, &text);
  if (outcome.canonical.has_value()) {
    AddLine("host", outcome.canonical->host, &text);
    AddLine("path", outcome.canonical->path, &text);
    if (!outcome.canonical->grpc_service.empty()) {
      AddLine("gRPC",
              base::StrCat(outcome.canonical->grpc_service, "/", outcome.canonical->grpc_method),
              &text);
    }
  }
  if (options.verbose) {
    AddRules(options, outcome, &text);
  } else if (outcome.route.has_value()) {
    AddLine("rule",
            base::StrCat(outcome.route->rule, " at ",
                         PlaceOf(options.tree, *outcome.gateway, outcome.route->position)),
            &text);
  }
  if (outcome.route.has_value() && !outcome.route->is_public) {
    const route::Identification& identification = *outcome.route->identification;
    AddLine("identify", Joined(MethodsOf(identification)), &text);
    AddLine("payload", PayloadName(identification), &text);
  }
  if (outcome.question.has_value()) AddQuestion(*outcome.question, &text);
  return text;
}

// ---- JSON ---------------------------------------------------------------------------------------

void WriteRoute(const RouteTestOptions& options, const TrialOutcome& outcome,
                base::JsonWriter& writer) {
  const route::Route& route = *outcome.route;
  writer.Key("rule").BeginObject();
  writer.Member("name", route.rule);
  writer.Member("place", PlaceOf(options.tree, *outcome.gateway, route.position));
  writer.Member("public", route.is_public);
  if (!route.is_public) {
    writer.Key("identify").BeginArray();
    for (const std::string_view name : MethodsOf(*route.identification)) writer.String(name);
    writer.EndArray();
    writer.Member("payload", PayloadName(*route.identification));
  }
  writer.EndObject();
}

void WriteQuestion(const route::Question& question, base::JsonWriter& writer) {
  writer.Key("question").BeginObject().Key("items").BeginArray();
  for (const route::QuestionItem& item : question.items) {
    writer.BeginObject().Member("action", item.action).Member("resource", item.resource);
    writer.EndObject();
  }
  writer.EndArray().Key("context").BeginObject();
  for (const route::ContextEntry& entry : question.context) {
    writer.Key(entry.key).BeginArray();
    for (const std::string& value : entry.values) writer.String(value);
    writer.EndArray();
  }
  writer.EndObject().EndObject();
}

void WriteAccounts(const RouteTestOptions& options, const TrialOutcome& outcome,
                   base::JsonWriter& writer) {
  writer.Key("rules").BeginArray();
  for (const route::RuleAccount& account : outcome.accounts) {
    writer.BeginObject().Member("name", account.rule);
    writer.Member("place", PlaceOf(options.tree, *outcome.gateway, account.position));
    writer.Member("fits", account.why.empty());
    if (!account.why.empty()) writer.Member("why", account.why);
    writer.EndObject();
  }
  writer.EndArray();
}

std::string Json(const RouteTestOptions& options, const TrialOutcome& outcome) {
  base::JsonWriter writer;
  writer.BeginObject();
  const bool asks = outcome.refusal.ok() && !outcome.route->is_public;
  writer.Member("outcome", !outcome.refusal.ok() ? "refused" : asks ? "question" : "public");
  if (!outcome.refusal.ok()) {
    writer.Member("reason", base::ReasonOf(outcome.refusal));
    writer.Member("message", MessageOf(outcome.refusal));
  }
  if (outcome.gateway != nullptr) writer.Member("gateway", outcome.gateway->name);
  if (outcome.canonical.has_value()) {
    writer.Member("host", outcome.canonical->host).Member("path", outcome.canonical->path);
  }
  if (outcome.route.has_value()) WriteRoute(options, outcome, writer);
  if (outcome.question.has_value()) WriteQuestion(*outcome.question, writer);
  if (options.verbose) WriteAccounts(options, outcome, writer);
  writer.EndObject();
  return base::StrCat(writer.text(), "\n");
}

absl::StatusOr<ExitCode> RouteTest(const RouteTestOptions& options, const CommandContext& context) {
  if (!options.trial.connection && options.trial.url.empty()) {
    return absl::InvalidArgumentError("a request needs METHOD and URL; a connection --connection");
  }
  if (options.trial.connection && !options.trial.method.empty()) {
    return absl::InvalidArgumentError(
        "a bare connection has no METHOD and URL, but perhaps a --host");
  }
  ASSIGN_OR_RETURN(const auto arrival, TrialArrival::Parse(options.trial));
  ASSIGN_OR_RETURN(const auto snapshot, Load(options.tree, context));
  const TrialOutcome outcome = TryRoute(snapshot->routes(), options.trial, arrival->request());
  context.out() << (context.json() ? Json(options, outcome) : Text(options, outcome));
  return outcome.refusal.ok() ? ExitCode::kOk : ExitCode::kDenied;
}

// ---- List ---------------------------------------------------------------------------------------

std::string ListText(const OfflineTreeOptions& options, const route::Table& table) {
  if (table.empty()) return "no gateways\n";
  std::string text;
  for (const auto& gateway : table.gateways()) {
    absl::StrAppend(&text, gateway->name, "\n");
    AddLine("hosts", absl::StrJoin(gateway->hosts, ", "), &text);
    for (const route::RuleAccount& rule : route::ListRules(*gateway)) {
      AddLine(rule.is_public ? "public" : "rule",
              base::StrCat(rule.rule, " at ", PlaceOf(options, *gateway, rule.position)), &text);
    }
  }
  return text;
}

std::string ListJson(const OfflineTreeOptions& options, const route::Table& table) {
  base::JsonWriter writer;
  writer.BeginObject().Key("gateways").BeginArray();
  for (const auto& gateway : table.gateways()) {
    writer.BeginObject().Member("name", gateway->name).Key("hosts").BeginArray();
    for (const std::string& host : gateway->hosts) writer.String(host);
    writer.EndArray().Key("rules").BeginArray();
    for (const route::RuleAccount& rule : route::ListRules(*gateway)) {
      writer.BeginObject().Member("name", rule.rule);
      writer.Member("place", PlaceOf(options, *gateway, rule.position));
      writer.Member("public", rule.is_public);
      writer.EndObject();
    }
    writer.EndArray().EndObject();
  }
  writer.EndArray().EndObject();
  return base::StrCat(writer.text(), "\n");
}

absl::StatusOr<ExitCode> RouteList(const RouteListOptions& options, const CommandContext& context) {
  ASSIGN_OR_RETURN(const auto snapshot, Load(options.tree, context));
  const route::Table& table = snapshot->routes();
  context.out() << (context.json() ? ListJson(options.tree, table) : ListText(options.tree, table));
  return ExitCode::kOk;
}

void AddTreeOptions(OfflineTreeOptions* options, CLI::App& app) {
  app.add_option("--policies", options->directory, "The directory, as portcullisd's --policies")
      ->required();
  app.add_option("--secrets", options->secrets,
                 "What `File` references of secrets are relative to, if there are any");
  app.add_flag("--allow-wildcard-trust", options->allow_wildcard_trust,
               "As the option of portcullisd");
}

}  // namespace

CommandAction SetUpRouteTest(CLI::App& app) {
  auto options = std::make_shared<RouteTestOptions>();
  TrialRequest& trial = options->trial;
  AddTreeOptions(&options->tree, app);
  app.add_option("method", trial.method, "The method, for example GET");
  app.add_option("url", trial.url, "The URL as a client would send it, or its path");
  app.add_option("--host", trial.host, "The host, instead of the URL's");
  app.add_option("--gateway", trial.gateway, "The gateway, instead of the host's");
  app.add_option("-H,--header", trial.headers, "A header, `name: value`; any number")
      ->allow_extra_args(false);
  app.add_option("--extension", trial.extensions,
                 "What the proxy's configuration says, name=value; any number")
      ->allow_extra_args(false);
  app.add_flag("--connection", trial.connection,
               "A bare connection, of which only the host is known");
  app.add_flag("-v,--verbose", options->verbose, "Tell why every other rule is not taken");
  app.footer(
      "Prints the rule that the request takes, and the question that is asked about whoever sends\n"
      "it, or why it is refused. Needs no server, and says nothing of who may.\n"
      "Exits with 0 for a question or a public rule, 1 for a refusal, 2 for a mistake.");
  return ActionOf<RouteTestOptions>(options, RouteTest);
}

CommandAction SetUpRouteList(CLI::App& app) {
  auto options = std::make_shared<RouteListOptions>();
  AddTreeOptions(&options->tree, app);
  app.footer("Prints each gateway with its hosts and rules, in their order. Needs no server.");
  return ActionOf<RouteListOptions>(options, RouteList);
}

}  // namespace portcullis::client
