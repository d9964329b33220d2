#include "client/credentials_output.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "server/base/json_writer.h"

namespace portcullis::client {
namespace {

constexpr char kEnv[] = "env";
constexpr char kJson[] = "json";
constexpr char kCredentialProcess[] = "credential-process";

constexpr int kCredentialProcessVersion = 1;  // The only one there is.

template <typename Response>
IssuedSession DescribeRole(Response* response, std::vector<IssuedSession::Fact> facts) {
  IssuedSession session;
  session.credentials = std::move(*response->mutable_credentials());
  session.user_member = "AssumedRoleUser";
  session.id_member = "AssumedRoleId";
  session.arn = response->assumed_role_user().arn();
  session.id = response->assumed_role_user().assumed_role_id();
  if (response->has_packed_policy_size()) {
    session.packed_policy_size = response->packed_policy_size();
  }
  session.facts = std::move(facts);
  return session;
}

// The four members that both JSON shapes have.
void AddCredentials(const v1::Credentials& credentials, base::JsonWriter* json) {
  json->Member("AccessKeyId", credentials.access_key_id())
      .Member("SecretAccessKey", credentials.secret_access_key())
      .Member("SessionToken", credentials.session_token());
  if (credentials.has_expiration()) json->Member("Expiration", TimeText(credentials.expiration()));
}

std::string Line(const base::JsonWriter& json) {
  return std::string(json.text()).append("\n");
}

}  // namespace

IssuedSession Describe(v1::AssumeRoleResponse response) {
  return DescribeRole(&response,
                      {{"source identity", "SourceIdentity", response.source_identity()}});
}

IssuedSession Describe(v1::AssumeRoleWithWebIdentityResponse response) {
  return DescribeRole(
      &response,
      {{"provider", "Provider", response.provider()},
       {"subject", "SubjectFromWebIdentityToken", response.subject_from_web_identity_token()},
       {"audience", "Audience", response.audience()},
       {"source identity", "SourceIdentity", response.source_identity()}});
}

IssuedSession Describe(v1::AssumeRoleWithSAMLResponse response) {
  return DescribeRole(&response,
                      {{"issuer", "Issuer", response.issuer()},
                       {"subject", "Subject", response.subject()},
                       {"subject type", "SubjectType", response.subject_type()},
                       {"audience", "Audience", response.audience()},
                       {"name qualifier", "NameQualifier", response.name_qualifier()},
                       {"source identity", "SourceIdentity", response.source_identity()}});
}

IssuedSession Describe(v1::AssumeRoleWithWorkloadIdentityResponse response) {
  return DescribeRole(&response, {{"provider", "ProviderArn", response.provider_arn()},
                                  {"workload", "SpiffeId", response.spiffe_id()}});
}

IssuedSession Describe(v1::GetSessionTokenResponse response) {
  IssuedSession session;
  session.credentials = std::move(*response.mutable_credentials());
  return session;
}

IssuedSession Describe(v1::GetFederationTokenResponse response) {
  IssuedSession session;
  session.credentials = std::move(*response.mutable_credentials());
  session.user_member = "FederatedUser";
  session.id_member = "FederatedUserId";
  session.arn = response.federated_user().arn();
  session.id = response.federated_user().federated_user_id();
  if (response.has_packed_policy_size()) {
    session.packed_policy_size = response.packed_policy_size();
  }
  return session;
}

std::string SessionText(const IssuedSession& session) {
  std::string text =
      session.arn.empty() ? "temporary credentials\n" : Printable(session.arn).append("\n");
  const v1::Credentials& credentials = session.credentials;
  AddLine("user id", session.id, &text);
  if (credentials.has_expiration()) AddLine("expires", TimeText(credentials.expiration()), &text);
  for (const IssuedSession::Fact& fact : session.facts) AddLine(fact.label, fact.value, &text);
  if (session.packed_policy_size.has_value()) {
    AddLine("packed policy", absl::StrCat(*session.packed_policy_size, " %"), &text);
  }
  AddLine("access key id", credentials.access_key_id(), &text);
  AddLine("secret key", credentials.secret_access_key(), &text);
  AddLine("session token", credentials.session_token(), &text);
  return text;
}

std::string SessionExports(const IssuedSession& session) {
  const v1::Credentials& credentials = session.credentials;
  const std::string token = ShellQuoted(credentials.session_token());
  std::string text =
      absl::StrCat("export AWS_ACCESS_KEY_ID=", ShellQuoted(credentials.access_key_id()), "\n",
                   "export AWS_SECRET_ACCESS_KEY=", ShellQuoted(credentials.secret_access_key()),
                   "\n", "export AWS_SESSION_TOKEN=", token, "\n");
  if (credentials.has_expiration()) {
    absl::StrAppend(&text, "export AWS_CREDENTIAL_EXPIRATION=",
                    ShellQuoted(TimeText(credentials.expiration())), "\n");
  }
  return absl::StrCat(text, "export PORTCULLIS_SESSION_TOKEN=", token, "\n");
}

std::string SessionAwsJson(const IssuedSession& session) {
  base::JsonWriter json;
  json.BeginObject().Key("Credentials").BeginObject();
  AddCredentials(session.credentials, &json);
  json.EndObject();
  if (session.user_member != nullptr) {
    json.Key(session.user_member).BeginObject();
    json.Member(session.id_member, session.id).Member("Arn", session.arn).EndObject();
  }
  if (session.packed_policy_size.has_value()) {
    json.Member("PackedPolicySize", int64_t{*session.packed_policy_size});
  }
  for (const IssuedSession::Fact& fact : session.facts) {
    if (!fact.value.empty()) json.Member(fact.aws_name, fact.value);
  }
  return Line(json.EndObject());
}

std::string CredentialProcessJson(const IssuedSession& session) {
  base::JsonWriter json;
  json.BeginObject().Member("Version", int64_t{kCredentialProcessVersion});
  AddCredentials(session.credentials, &json);
  return Line(json.EndObject());
}

void CredentialsFormat::AddTo(CLI::App& app) {
  CLI::Option* format =
      app.add_option("--format", format_,
                     "How to print the credentials: `env` as shell assignments, `json` as the AWS "
                     "command line does, `credential-process` for an AWS profile; text if left out")
          ->check(CLI::IsMember({kEnv, kJson, kCredentialProcess}));
  app.add_flag_callback(
         "--export", [this] { format_ = kEnv; },
         "The same as --format env: eval \"$(portcullis assume-role ... --export)\"")
      ->excludes(format);
}

std::string CredentialsFormat::Formatted(const IssuedSession& session) const {
  if (format_ == kEnv) return SessionExports(session);
  if (format_ == kJson) return SessionAwsJson(session);
  if (format_ == kCredentialProcess) return CredentialProcessJson(session);
  return SessionText(session);
}

}  // namespace portcullis::client
