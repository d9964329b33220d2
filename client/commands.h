// The setup function of every command. Only the table in commands.cc calls them.
#ifndef PORTCULLIS_CLIENT_COMMANDS_H_
#define PORTCULLIS_CLIENT_COMMANDS_H_

#include "CLI/CLI.hpp"

#include "client/command.h"

namespace portcullis::client {

CommandAction SetUpAssumeRole(CLI::App& app);
CommandAction SetUpAuthorize(CLI::App& app);
CommandAction SetUpHealthCheck(CLI::App& app);
CommandAction SetUpPolicyCheck(CLI::App& app);
CommandAction SetUpReload(CLI::App& app);
CommandAction SetUpSimulateCustomPolicy(CLI::App& app);
CommandAction SetUpStatus(CLI::App& app);
CommandAction SetUpValidateSession(CLI::App& app);
CommandAction SetUpVersion(CLI::App& app);
CommandAction SetUpWhoAmI(CLI::App& app);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_COMMANDS_H_
