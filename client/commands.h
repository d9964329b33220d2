// The setup function of every command. Only the table in commands.cc calls them.
#ifndef PORTCULLIS_CLIENT_COMMANDS_H_
#define PORTCULLIS_CLIENT_COMMANDS_H_

#include "CLI/CLI.hpp"

#include "client/command.h"

namespace portcullis::client {

CommandAction SetUpAccessKeyInfo(CLI::App& app);
CommandAction SetUpAccessKeyLastUsed(CLI::App& app);
CommandAction SetUpAssumeRole(CLI::App& app);
CommandAction SetUpAssumeRoleWithSaml(CLI::App& app);
CommandAction SetUpAssumeRoleWithWebIdentity(CLI::App& app);
CommandAction SetUpAssumeRoleWithWorkloadIdentity(CLI::App& app);
CommandAction SetUpAuthorize(CLI::App& app);
CommandAction SetUpAuthorizeStream(CLI::App& app);
CommandAction SetUpCredentialReport(CLI::App& app);
CommandAction SetUpDecodeAuthorizationMessage(CLI::App& app);
CommandAction SetUpExport(CLI::App& app);
CommandAction SetUpExternalIdNew(CLI::App& app);
CommandAction SetUpExternalIdVerify(CLI::App& app);
CommandAction SetUpFederationToken(CLI::App& app);
CommandAction SetUpGrants(CLI::App& app);
CommandAction SetUpHealthCheck(CLI::App& app);
CommandAction SetUpImportAwsAccount(CLI::App& app);
CommandAction SetUpLastAccessed(CLI::App& app);
CommandAction SetUpMfaEnroll(CLI::App& app);
CommandAction SetUpPasswordPolicy(CLI::App& app);
CommandAction SetUpPolicyCheck(CLI::App& app);
CommandAction SetUpProbe(CLI::App& app);
CommandAction SetUpReload(CLI::App& app);
CommandAction SetUpRevocations(CLI::App& app);
CommandAction SetUpRevoke(CLI::App& app);
CommandAction SetUpRouteList(CLI::App& app);
CommandAction SetUpRouteTest(CLI::App& app);
CommandAction SetUpSessionToken(CLI::App& app);
CommandAction SetUpSimulateCustomPolicy(CLI::App& app);
CommandAction SetUpStatus(CLI::App& app);
CommandAction SetUpValidateSession(CLI::App& app);
CommandAction SetUpVersion(CLI::App& app);
CommandAction SetUpWhoAmI(CLI::App& app);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_COMMANDS_H_
