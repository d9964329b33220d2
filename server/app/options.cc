#include "server/app/options.h"

#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"

#include "server/app/option_table.h"
#include "server/base/node.h"
#include "server/base/position.h"
#include "server/base/text.h"
#include "server/source/yaml_reader.h"

namespace portcullis::app {
namespace {

constexpr int kExitUsage = 2;
constexpr char kConfigName[] = "config";
constexpr char kDescription[] =
    "portcullisd answers who may do what, by policies in the language of AWS IAM.\n"
    "\n"
    "Every option can also be given in the environment (--drain-delay as\n"
    "PORTCULLIS_DRAIN_DELAY; several values separated by blanks) and in a file of --config\n"
    "(drain-delay: 5s). The command line comes first, then the environment, then the file.";
constexpr char kFooter[] =
    "Signals: SIGTERM and SIGINT drain and exit, a second one exits at once; SIGHUP reads the\n"
    "policies again and opens the audit log anew; SIGUSR1 only opens the audit log anew.\n"
    "Exit codes: 0 ended as asked, 1 could not start or was cut short, 2 wrong options, or "
    "--check\n"
    "found mistakes.\n"
    "\n"
    "Example: portcullisd --policies policies --session-keys keys --create-session-key \\\n"
    "           --listen 'tcp://127.0.0.1:7443?trusted=true' --admin-listen 127.0.0.1:9090";

// One value and where it was found, for messages: "--queues", "PORTCULLIS_QUEUES", "a.yaml:3:1".
struct FoundValue {
  std::string text;
  std::string place;
};
using FoundValues = std::map<std::string, std::vector<FoundValue>, std::less<>>;

std::string EnvironmentName(std::string_view option) {
  std::string name = "PORTCULLIS_";
  for (const char c : option) {
    name.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

const OptionRow* FindRow(std::string_view name) {
  for (const OptionRow& row : OptionTable()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// ---- Command line ---------------------------------------------------------------------------

struct CommandLine {
  CLI::App app{kDescription, "portcullisd"};
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::map<std::string, bool, std::less<>> switches;
};

void DescribeOptions(CommandLine* line) {
  CLI::App& app = line->app;
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  app.set_version_flag("--version", "portcullisd " PORTCULLIS_VERSION, "Print the version.");
  app.add_option(std::string("--") + kConfigName, line->values[kConfigName],
                 "A file of options in YAML. Unknown names in it are errors.")
      ->type_name("FILE")
      ->expected(1);
  for (const OptionRow& row : OptionTable()) {
    const std::string name = absl::StrCat("--", base::AbslView(row.name));
    const std::string key(row.name);
    CLI::Option* option = nullptr;
    if (row.value.empty()) {
      option = app.add_flag(name, line->switches[key], std::string(row.help));
    } else {
      option = app.add_option(name, line->values[key], std::string(row.help));
      option->type_name(std::string(row.value))->expected(1);
      if (row.repeatable) option->take_all();
    }
    option->group(std::string(row.group));
  }
}

// Returns false after --help, --version or a syntax error, with what to print and how to exit.
bool ReadCommandLine(const std::vector<std::string>& arguments, FoundValues* found,
                     ParsedOptions* parsed) {
  CommandLine line;
  DescribeOptions(&line);
  try {
    // CLI11 takes them from the back.
    line.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream problem;
    const int code = line.app.exit(error, out, problem);
    parsed->exit_code = code == 0 ? 0 : kExitUsage;
    parsed->text = code == 0 ? out.str() : absl::StrCat("error: ", error.what(), "\n");
    return false;
  }
  for (const auto& [name, values] : line.values) {
    for (const std::string& value : values) (*found)[name].push_back({value, "--" + name});
  }
  for (const auto& [name, set] : line.switches) {
    if (set) (*found)[name].push_back({"true", "--" + name});
  }
  return true;
}

// ---- Environment ----------------------------------------------------------------------------

void ReadEnvironment(const Environment& environment, FoundValues* found) {
  std::vector<std::string_view> names = {kConfigName};
  for (const OptionRow& row : OptionTable()) names.push_back(row.name);
  for (const std::string_view name : names) {
    if (found->contains(name)) continue;
    const std::string variable = EnvironmentName(name);
    const char* text = environment(variable.c_str());
    if (text == nullptr || *text == '\0') continue;
    const OptionRow* row = FindRow(name);
    std::vector<FoundValue>& values = (*found)[std::string(name)];
    if (row == nullptr || !row->repeatable) {
      values.push_back({text, variable});
      continue;
    }
    std::istringstream words(text);
    for (std::string word; words >> word;) values.push_back({word, variable});
  }
}

// ---- Configuration file -----------------------------------------------------------------------

class ConfigReader {
 public:
  ConfigReader(std::string file, FoundValues* found, std::vector<std::string>* errors)
      : file_(std::move(file)), found_(*found), errors_(*errors) {}

  void Read() {
    std::ifstream stream(file_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream) {
      errors_.push_back(absl::StrCat(file_, ": cannot be read"));
      return;
    }
    base::NodeTree tree;
    std::vector<base::TextError> mistakes;
    if (!source::ReadYaml(text, {}, &tree, &mistakes)) {
      for (const base::TextError& mistake : mistakes) Report(mistake.position, mistake.message);
      return;
    }
    const base::Node& root = tree.root();
    if (!root.is_mapping()) return Report(root.begin, "expected a mapping of options");
    for (const base::Node& member : root.children()) ReadMember(member);
  }

 private:
  std::string Place(base::Position position) const {
    return absl::StrCat(file_, ":", position.line, ":", position.column);
  }
  void Report(base::Position position, std::string_view message) {
    errors_.push_back(base::Concat({Place(position), ": error: ", message}));
  }

  void ReadMember(const base::Node& member) {
    const OptionRow* row = FindRow(member.key);
    if (row == nullptr) return ReportUnknown(member);
    const bool known = found_.contains(member.key);
    std::vector<FoundValue> values;
    if (member.is_scalar() && member.kind != base::NodeKind::kNull) {
      values.push_back({std::string(member.text), Place(member.begin)});
    } else if (member.is_sequence() && row->repeatable) {
      for (const base::Node& item : member.children()) {
        if (!item.is_scalar()) return Report(item.begin, "expected a value");
        values.push_back({std::string(item.text), Place(item.begin)});
      }
    } else {
      return Report(member.begin,
                    row->repeatable ? "expected a value or a list of values" : "expected a value");
    }
    if (!known) found_.emplace(std::string(member.key), std::move(values));
  }

  void ReportUnknown(const base::Node& member) {
    std::string message = base::Concat({"unknown option ", base::Quoted(member.key)});
    std::vector<std::string_view> names;
    for (const OptionRow& row : OptionTable()) names.push_back(row.name);
    if (const auto close = base::ClosestName(member.key, names)) {
      message.append("; did you mean `").append(*close).append("`?");
    }
    Report(member.key_begin, message);
  }

  const std::string file_;
  FoundValues& found_;
  std::vector<std::string>& errors_;
};

void SetFound(const FoundValues& found, ServerOptions* options, std::vector<std::string>* errors) {
  for (const OptionRow& row : OptionTable()) {
    const auto values = found.find(row.name);
    if (values == found.end()) continue;
    if (values->second.size() > 1 && !row.repeatable) {
      errors->push_back(absl::StrCat(values->second.back().place, ": is given more than once"));
    }
    for (const FoundValue& value : values->second) {
      if (const absl::Status status = row.set(value.text, options); !status.ok()) {
        errors->push_back(absl::StrCat(value.place, ": ", status.message()));
      }
    }
  }
}

}  // namespace

ParsedOptions ParseOptions(const std::vector<std::string>& arguments,
                           const Environment& environment) {
  ParsedOptions parsed;
  FoundValues found;
  if (!ReadCommandLine(arguments, &found, &parsed)) return parsed;
  ReadEnvironment(environment, &found);
  std::vector<std::string> errors;
  if (const auto config = found.find(std::string_view(kConfigName)); config != found.end()) {
    ConfigReader(config->second.front().text, &found, &errors).Read();
  }
  SetFound(found, &parsed.options, &errors);
  if (errors.empty()) {
    const absl::Status status = CheckOptions(parsed.options);
    if (!status.ok()) errors.push_back(std::string(status.message()));
  }
  if (errors.empty()) return parsed;
  parsed.exit_code = kExitUsage;
  for (const std::string& error : errors) {
    const bool positioned = error.find(": error: ") != std::string::npos;
    parsed.text += absl::StrCat(positioned ? "" : "error: ", error, "\n");
  }
  parsed.text += "Try `portcullisd --help`.\n";
  return parsed;
}

}  // namespace portcullis::app
