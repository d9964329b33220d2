// What every command of `portcullis` is made of.
#ifndef PORTCULLIS_CLIENT_COMMAND_H_
#define PORTCULLIS_CLIENT_COMMAND_H_

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "client/connection.h"
#include "server/base/clock.h"

namespace portcullis::client {

// How a command ends; the process's exit code.
enum class ExitCode : int {
  kOk = 0,      // Allowed, valid, serving, done.
  kDenied = 1,  // The answer is no: denied, not a good session, not serving.
  kError = 2,   // There is no answer: a mistake in the command line, no server, a failure.
};

enum class OutputFormat { kText, kJson };

// What a command may touch of the world outside, so that tests can give it another one.
struct Console {
  int input_fd = 0;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool interactive = false;  // A person sits at the input and can be asked.
  // The value of an environment variable; nullopt if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<absl::StatusOr<std::unique_ptr<Connection>>(const ConnectionOptions&)> connect;
  const base::Clock* clock = &base::Clock::System();
  // That many bytes which nobody can guess.
  std::function<absl::StatusOr<std::string>(size_t byte_count)> random_bytes;
  // Waits between two looks at work that the server has not finished.
  std::function<void(absl::Duration)> sleep;
};

// The options that come before or after the name of any command.
struct GlobalOptions {
  ConnectionOptions connection;
  OutputFormat output = OutputFormat::kText;
};

// What a command runs with. Not owned; outlives the run.
struct CommandContext {
  const Console& console;
  const GlobalOptions& options;

  bool json() const { return options.output == OutputFormat::kJson; }
  std::ostream& out() const { return *console.out; }
  std::ostream& err() const { return *console.err; }
  absl::StatusOr<std::unique_ptr<Connection>> Connect() const {
    return console.connect(options.connection);
  }
};

// Runs a command whose options have been parsed.
using CommandAction = std::function<ExitCode(const CommandContext& context)>;

// One row of the table of commands.
struct Command {
  const char* name;  // "policy check" is the command `check` of the group `policy`.
  const char* help;  // One line.
  // Declares the command's options and returns what runs it; the action owns the values.
  CommandAction (*setup)(CLI::App& app);
};

// All commands, in the order of the help. Lives for the whole process.
absl::Span<const Command> Commands();

// Prints `status` with its reason and what to do about it to the console's error stream. Returns
// kDenied if policies said no to the call itself ("AccessDenied"), kError otherwise.
// REQUIRES: !status.ok().
ExitCode ReportFailure(const CommandContext& context, const absl::Status& status);

// An action that runs `run` with `options`, and reports its failure.
template <typename Options>
CommandAction ActionOf(std::shared_ptr<const Options> options,
                       absl::StatusOr<ExitCode> (*run)(const Options& options,
                                                       const CommandContext& context)) {
  return [options = std::move(options), run](const CommandContext& context) {
    const absl::StatusOr<ExitCode> code = run(*options, context);
    return code.ok() ? *code : ReportFailure(context, code.status());
  };
}

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_COMMAND_H_
