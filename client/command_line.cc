#include "client/command_line.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "server/base/numbers.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr char kAddressVariable[] = "PORTCULLIS_ADDRESS";
constexpr char kServerGroup[] = "The server";

// The options as CLI11 fills them in.
struct RawOptions {
  std::string address;
  std::string timeout = "5s";
  std::string output = "text";
  bool tls = false;
  TlsOptions tls_files;
};

void AddGlobalOptions(CLI::App& app, RawOptions* raw) {
  app.add_option("--address", raw->address,
                 "host:port or unix:/path [env PORTCULLIS_ADDRESS, else " +
                     std::string(kDefaultAddress) + "]")
      ->group(kServerGroup);
  app.add_option("--timeout", raw->timeout, "How long to wait for an answer: 500ms, 5s, 1m; 5s")
      ->group(kServerGroup);
  app.add_flag("--tls", raw->tls, "Use TLS, trusting the system's certificate authorities")
      ->group(kServerGroup);
  app.add_option("--tls-ca", raw->tls_files.ca_file,
                 "Use TLS, trusting the authorities of this file")
      ->group(kServerGroup);
  CLI::Option* certificate =
      app.add_option("--tls-cert", raw->tls_files.certificate_file, "Your certificate chain")
          ->group(kServerGroup);
  CLI::Option* key =
      app.add_option("--tls-key", raw->tls_files.key_file, "Its key")->group(kServerGroup);
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--tls-server-name", raw->tls_files.server_name,
                 "The name that the server's certificate must bear")
      ->group(kServerGroup);
  app.add_option("--output", raw->output, "`text` for people (the default) or `json` for programs")
      ->check(CLI::IsMember({"text", "json"}));
}

absl::StatusOr<GlobalOptions> MakeGlobalOptions(const RawOptions& raw, const Console& console) {
  GlobalOptions options;
  options.connection.target = !raw.address.empty()
                                  ? raw.address
                                  : console.environment(kAddressVariable).value_or(kDefaultAddress);
  const auto timeout_ms = base::ParseDurationMilliseconds(raw.timeout);
  if (!timeout_ms.has_value() || *timeout_ms == 0) {
    return absl::InvalidArgumentError(base::Concat(
        {"--timeout: ", base::Quoted(raw.timeout), " is not a duration such as `5s`"}));
  }
  options.connection.call_timeout = absl::Milliseconds(*timeout_ms);
  const TlsOptions& tls = raw.tls_files;
  if (raw.tls || !tls.ca_file.empty() || !tls.certificate_file.empty() ||
      !tls.server_name.empty()) {
    options.connection.tls = tls;
  }
  options.output = raw.output == "json" ? OutputFormat::kJson : OutputFormat::kText;
  return options;
}

// The parser with its commands, and what runs each of them.
struct CommandLine {
  CLI::App app{"Asks Portcullis who may do what, and works on its policies.", "portcullis"};
  RawOptions raw;
  std::vector<std::pair<CLI::App*, CommandAction>> actions;
};

// What is said about a group of commands.
const char* GroupHelp(const std::string& name) {
  if (name == "external-id") return "Make and check what keeps a third party's customers apart";
  if (name == "import") return "Make directories of policies from what other systems have";
  if (name == "mfa") return "Set up MFA devices";
  return "Work on a directory of policies";
}

// The group `name`, added when it is first needed.
CLI::App* FindOrAddGroup(const std::string& name, std::map<std::string, CLI::App*>* groups,
                         CLI::App* app) {
  CLI::App*& group = (*groups)[name];
  if (group == nullptr) {
    group = app->add_subcommand(name, GroupHelp(name));
    group->require_subcommand(1)->fallthrough();
  }
  return group;
}

void AddCommands(CommandLine* line) {
  AddGlobalOptions(line->app, &line->raw);
  line->app.set_version_flag("--version", "portcullis " PORTCULLIS_VERSION);
  line->app.require_subcommand(1);
  std::map<std::string, CLI::App*> groups;
  for (const Command& command : Commands()) {
    const std::string name = command.name;
    const size_t blank = name.find(' ');
    CLI::App* parent = blank == std::string::npos
                           ? &line->app
                           : FindOrAddGroup(name.substr(0, blank), &groups, &line->app);
    CLI::App* app = parent->add_subcommand(
        blank == std::string::npos ? name : name.substr(blank + 1), command.help);
    app->fallthrough();  // Global options are welcome behind the command's name too.
    line->actions.emplace_back(app, command.setup(*app));
  }
}

// `word` if it should be a command but is none; empty otherwise.
std::string UnknownCommand(const std::string& word, const CommandLine& line) {
  const bool known =
      word.empty() || word.front() == '-' ||
      !line.app.get_subcommands([&word](const CLI::App* app) { return app->get_name() == word; })
           .empty();
  return known ? "" : word;
}

void ExplainMistake(const std::string& first_word, const std::string& message,
                    const CommandLine& line, const Console& console) {
  const std::string unknown = UnknownCommand(first_word, line);
  std::vector<std::string_view> names;
  for (const Command& command : Commands()) {
    const std::string_view name = command.name;
    names.push_back(name.substr(0, name.find(' ')));
  }
  const auto closest = unknown.empty() ? std::nullopt : base::ClosestName(unknown, names);
  *console.err << "portcullis: "
               << (unknown.empty() ? message : "unknown command " + base::Quoted(unknown)) << "\n"
               << (closest.has_value()
                       ? "  hint: did you mean `" + std::string(*closest) + "`?\n"
                       : "  hint: --help lists the commands, and the options of each\n");
}

int RunParsed(CommandLine* line, const Console& console) {
  GlobalOptions defaults;
  const absl::StatusOr<GlobalOptions> options = MakeGlobalOptions(line->raw, console);
  if (!options.ok()) {
    return static_cast<int>(ReportFailure({console, defaults}, options.status()));
  }
  for (const auto& [app, action] : line->actions) {
    if (app->parsed()) return static_cast<int>(action({console, *options}));
  }
  return static_cast<int>(ExitCode::kError);
}

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

absl::StatusOr<std::string> RandomBytes(size_t byte_count) {
  std::string bytes(byte_count, '\0');
  // Up to 256 bytes come whole or not at all.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(byte_count)) {
    return absl::ErrnoToStatus(errno, "the system has no random bytes");
  }
  return bytes;
}

}  // namespace

Console SystemConsole() {
  std::ios::sync_with_stdio(false);
  Console console;
  console.input_fd = STDIN_FILENO;
  console.out = &std::cout;
  console.err = &std::cerr;
  console.interactive = isatty(STDIN_FILENO) == 1;
  console.environment = EnvironmentVariable;
  console.connect = Connection::Open;
  console.random_bytes = RandomBytes;
  console.sleep = absl::SleepFor;
  return console;
}

int RunCommandLine(int argc, const char* const* argv, const Console& console) {
  CommandLine line;
  try {
    AddCommands(&line);
    line.app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version.
    return line.app.exit(request, *console.out, *console.err);
  } catch (const CLI::ParseError& error) {
    ExplainMistake(argc > 1 ? argv[1] : "", error.what(), line, console);
    return static_cast<int>(ExitCode::kError);
  }
  const int code = RunParsed(&line, console);
  console.out->flush();
  if (!console.out->good()) {
    *console.err << "portcullis: cannot write the output\n";
    return static_cast<int>(ExitCode::kError);
  }
  return code;
}

}  // namespace portcullis::client
