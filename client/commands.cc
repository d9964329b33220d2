#include "client/commands.h"

#include <ostream>

namespace portcullis::client {
namespace {

constexpr Command kCommands[] = {
    // In the order in which a newcomer meets them.
    {"authorize", "May this caller do this? Asks the server for one decision", SetUpAuthorize},
    {"authorize-stream", "Ask for many decisions, one question a line", SetUpAuthorizeStream},
    {"assume-role", "Exchange who you are for a session of a role", SetUpAssumeRole},
    {"assume-role-with-web-identity", "Exchange an OpenID Connect token for a session of a role",
     SetUpAssumeRoleWithWebIdentity},
    {"assume-role-with-saml", "Exchange a SAML assertion for a session of a role",
     SetUpAssumeRoleWithSaml},
    {"assume-role-with-workload-identity",
     "Exchange a workload's SPIFFE ID for a session of a role",
     SetUpAssumeRoleWithWorkloadIdentity},
    {"session-token", "Get temporary credentials of your own, to show an MFA code once",
     SetUpSessionToken},
    {"federation-token", "Get temporary credentials for somebody you vouch for",
     SetUpFederationToken},
    {"validate-session", "Tell whether a session token is good, and whose it is",
     SetUpValidateSession},
    {"whoami", "Tell who the server takes you for", SetUpWhoAmI},
    {"revoke", "End sessions of a role, a user or an access key, or one session", SetUpRevoke},
    {"revocations", "List which sessions were ended", SetUpRevocations},
    {"mfa enroll", "Make an MFA device: its seed, its otpauth URI and its QR code", SetUpMfaEnroll},
    {"external-id new", "Make an external id for a customer", SetUpExternalIdNew},
    {"external-id verify", "Check that a role wants its external id, and no other",
     SetUpExternalIdVerify},
    {"credential-report", "Report on all users' passwords, keys and MFA devices, as CSV",
     SetUpCredentialReport},
    {"last-accessed", "Tell which services a user, group, role or policy used last",
     SetUpLastAccessed},
    {"grants", "Tell which policies of a user, group or role allow something in a service",
     SetUpGrants},
    {"password-policy", "Tell the account's rules for passwords", SetUpPasswordPolicy},
    {"access-key-info", "Tell to which account an access key belongs", SetUpAccessKeyInfo},
    {"access-key-last-used", "Tell when an access key was used last, and for what",
     SetUpAccessKeyLastUsed},
    {"decode-authorization-message", "Open a sealed account of a denial",
     SetUpDecodeAuthorizationMessage},
    {"status", "Tell which policies are served, and what is wrong with the latest ones",
     SetUpStatus},
    {"reload", "Make the server read its policies again, and wait for the outcome", SetUpReload},
    {"policy check", "Check a directory of policies without a server", SetUpPolicyCheck},
    {"route test", "Tell which rule of a gateway a request takes, and what is asked",
     SetUpRouteTest},
    {"route list", "List gateways and their rules", SetUpRouteList},
    {"probe", "Send a proxy crafted requests, and report those that get by it", SetUpProbe},
    {"import aws-account", "Turn an account of AWS into a directory of policies",
     SetUpImportAwsAccount},
    {"export", "Print an account of a directory in the JSON of AWS", SetUpExport},
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
