// The commands that exchange a proof from elsewhere for a session of a role.
#include <memory>
#include <string>

#include "client/commands.h"
#include "client/credentials_output.h"
#include "client/files.h"
#include "client/session_options.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr char kTokenFileVariable[] = "AWS_WEB_IDENTITY_TOKEN_FILE";

// Where deployments project a service account's token for Portcullis. Not the token that Kubernetes
// mounts by itself: that one is meant for the cluster's API, and is shown to nobody else.
constexpr char kKubernetesTokenFile[] = "/var/run/secrets/portcullis/token";

constexpr size_t kAssertionBytesMax = 1 << 20;  // The server has the real limit.
constexpr char kLeftOut[] = "an hour";
constexpr char kFooter[] = "Exits with 0 if the session was issued, 1 if denied, 2 otherwise.";

struct WebIdentityOptions {
  RoleOptions role;
  std::string token_file;
  bool kubernetes = false;
  DurationOption duration;
  SessionPolicyOptions policies;
  CredentialsFormat format;
};

absl::StatusOr<std::string> WebIdentityToken(const WebIdentityOptions& options,
                                             const Console& console) {
  if (!options.token_file.empty()) return ReadSecretFile(options.token_file);
  if (options.kubernetes) return ReadSecretFile(kKubernetesTokenFile);
  const auto from_environment = console.environment(kTokenFileVariable);
  if (!from_environment.has_value()) {
    return absl::InvalidArgumentError(
        "no token: give --token-file or --kubernetes, or set AWS_WEB_IDENTITY_TOKEN_FILE");
  }
  return ReadSecretFile(*from_environment);
}

absl::StatusOr<ExitCode> AssumeWithWebIdentity(const WebIdentityOptions& options,
                                               const CommandContext& context) {
  v1::AssumeRoleWithWebIdentityRequest request;
  RETURN_IF_ERROR(options.role.Fill(context.console, &request));
  ASSIGN_OR_RETURN(*request.mutable_web_identity_token(),
                   WebIdentityToken(options, context.console));
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.policies.Fill(&request));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AssumeRoleWithWebIdentityResponse response,
                   connection->AssumeRoleWithWebIdentity(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

struct SamlOptions {
  std::string role_arn;
  std::string principal_arn;
  std::string assertion_file;
  DurationOption duration;
  SessionPolicyOptions policies;
  CredentialsFormat format;
};

// The base64 of the file, without the line breaks that some tools put into it.
absl::StatusOr<std::string> ReadAssertion(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path, kAssertionBytesMax));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return text;
}

absl::StatusOr<ExitCode> AssumeWithSaml(const SamlOptions& options, const CommandContext& context) {
  v1::AssumeRoleWithSAMLRequest request;
  request.set_role_arn(options.role_arn);
  request.set_principal_arn(options.principal_arn);
  ASSIGN_OR_RETURN(*request.mutable_saml_assertion(), ReadAssertion(options.assertion_file));
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.policies.Fill(&request));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AssumeRoleWithSAMLResponse response,
                   connection->AssumeRoleWithSAML(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

struct WorkloadOptions {
  std::string role_arn;
  std::string session_name;
  std::string spiffe_id;
  DurationOption duration;
  SessionPolicyOptions policies;
  CredentialsFormat format;
};

absl::StatusOr<ExitCode> AssumeWithWorkload(const WorkloadOptions& options,
                                            const CommandContext& context) {
  v1::AssumeRoleWithWorkloadIdentityRequest request;
  request.set_role_arn(options.role_arn);
  request.set_role_session_name(options.session_name);
  request.set_spiffe_id(options.spiffe_id);
  RETURN_IF_ERROR(options.duration.Fill(&request));
  RETURN_IF_ERROR(options.policies.Fill(&request));
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, context.Connect());
  ASSIGN_OR_RETURN(const v1::AssumeRoleWithWorkloadIdentityResponse response,
                   connection->AssumeRoleWithWorkloadIdentity(request));
  options.format.Print(response, context);
  return ExitCode::kOk;
}

}  // namespace

CommandAction SetUpAssumeRoleWithWebIdentity(CLI::App& app) {
  auto options = std::make_shared<WebIdentityOptions>();
  options->role.AddWithEnvironmentTo(app);
  CLI::Option* token_file = app.add_option(
      "--token-file,--web-identity-token-file", options->token_file,
      "A file that holds nothing but the identity provider's token, read anew each time "
      "[env AWS_WEB_IDENTITY_TOKEN_FILE]");
  app.add_flag("--kubernetes", options->kubernetes,
               std::string("The same as --token-file ") + kKubernetesTokenFile)
      ->excludes(token_file);
  options->duration.AddTo(app, kLeftOut);
  options->policies.AddTo(app);
  options->format.AddTo(app);
  app.footer(kFooter);
  return ActionOf<WebIdentityOptions>(options, AssumeWithWebIdentity);
}

CommandAction SetUpAssumeRoleWithSaml(CLI::App& app) {
  auto options = std::make_shared<SamlOptions>();
  app.add_option("--role-arn", options->role_arn, "The role's ARN, with its path")->required();
  app.add_option("--principal-arn", options->principal_arn, "The SAML provider's ARN")->required();
  app.add_option("--assertion-file", options->assertion_file,
                 "The identity provider's response in base64, as browsers post it")
      ->required();
  options->duration.AddTo(app, kLeftOut);
  options->policies.AddTo(app);
  options->format.AddTo(app);
  app.footer(kFooter);
  return ActionOf<SamlOptions>(options, AssumeWithSaml);
}

CommandAction SetUpAssumeRoleWithWorkloadIdentity(CLI::App& app) {
  auto options = std::make_shared<WorkloadOptions>();
  app.add_option("--role-arn", options->role_arn, "The role's ARN, with its path")->required();
  app.add_option("--session-name,--role-session-name", options->session_name,
                 "A name for the session; the last part of the SPIFFE ID if left out");
  app.add_option("--spiffe-id", options->spiffe_id,
                 "The workload, if the server trusts you to report it; otherwise that of your "
                 "certificate (--tls-cert)");
  options->duration.AddTo(app, kLeftOut);
  options->policies.AddTo(app);
  options->format.AddTo(app);
  app.footer(kFooter);
  return ActionOf<WorkloadOptions>(options, AssumeWithWorkload);
}

}  // namespace portcullis::client
