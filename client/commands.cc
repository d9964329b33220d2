#include "client/commands.h"

#include <ostream>

namespace portcullis::client {
namespace {

constexpr Command kCommands[] = {
    // In the order in which a newcomer meets them.
    {"authorize", "May this caller do this? Asks the server for one decision", SetUpAuthorize},
    {"assume-role", "Exchange who you are for a session of a role", SetUpAssumeRole},
    {"validate-session", "Tell whether a session token is good, and whose it is",
     SetUpValidateSession},
    {"whoami", "Tell who the server takes you for", SetUpWhoAmI},
    {"status", "Tell which policies are served, and what is wrong with the latest ones",
     SetUpStatus},
    {"reload", "Make the server read its policies again, and wait for the outcome", SetUpReload},
    {"policy check", "Check a directory of policies without a server", SetUpPolicyCheck},
    {"simulate-custom-policy", "Answer SimulateCustomPolicy requests, one JSON object a line",
     SetUpSimulateCustomPolicy},
    {"healthcheck", "Succeed if the server is ready; for container probes", SetUpHealthCheck},
    {"version", "Print the version", SetUpVersion},
};

}  // namespace

absl::Span<const Command> Commands() {
  return kCommands;
}

CommandAction SetUpVersion(CLI::App& /*app*/) {
  return [](const CommandContext& context) {
    if (context.json()) {
      context.out() << "{\"version\":\"" PORTCULLIS_VERSION "\"}\n";
    } else {
      context.out() << "portcullis " PORTCULLIS_VERSION "\n";
    }
    return ExitCode::kOk;
  };
}

}  // namespace portcullis::client
