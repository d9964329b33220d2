#include "client/caller_options.h"

#include "client/files.h"
#include "server/base/error_reason.h"
#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr char kGroup[] = "Who asks";
constexpr char kTokenVariable[] = "PORTCULLIS_SESSION_TOKEN";
constexpr char kAccessKeyVariable[] = "PORTCULLIS_ACCESS_KEY_ID";
constexpr char kSecretVariable[] = "PORTCULLIS_SECRET_ACCESS_KEY";

v1::CallerCredentials WithToken(const std::string& token) {
  v1::CallerCredentials caller;
  caller.set_session_token(token);
  return caller;
}

absl::StatusOr<v1::CallerCredentials> FromEnvironment(const Console& console) {
  if (const auto token = console.environment(kTokenVariable); token.has_value()) {
    return WithToken(*token);
  }
  v1::CallerCredentials caller;
  if (const auto id = console.environment(kAccessKeyVariable); id.has_value()) {
    const auto secret = console.environment(kSecretVariable);
    if (!secret.has_value()) {
      return absl::InvalidArgumentError(
          "PORTCULLIS_ACCESS_KEY_ID is set, but PORTCULLIS_SECRET_ACCESS_KEY is not");
    }
    caller.mutable_access_key()->set_access_key_id(*id);
    caller.mutable_access_key()->set_secret_access_key(*secret);
    return caller;
  }
  return base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "CALLER_MISSING",
                               "nobody is named who asks");
}

}  // namespace

void CallerOptions::AddTo(CLI::App& app, bool token_only) {
  CLI::Option* token =
      app.add_option("--session-token", session_token_,
                     "A session token [env PORTCULLIS_SESSION_TOKEN keeps it off the screen]");
  CLI::Option* token_file = app.add_option("--session-token-file", session_token_file_,
                                           "A file that holds nothing but a session token");
  token->group(kGroup)->excludes(token_file);
  token_file->group(kGroup);
  if (token_only) return;

  CLI::Option* principal = app.add_option(
      "--principal", principal_, "The ARN of a principal, if the server trusts you to assert it");
  CLI::Option* access_key = app.add_option(
      "--access-key-id", access_key_id_,
      "A long-term access key, its secret in a file or [env PORTCULLIS_SECRET_ACCESS_KEY]");
  CLI::Option* secret = app.add_option("--secret-access-key-file", secret_access_key_file_,
                                       "A file that holds nothing but the key's secret");
  principal->group(kGroup)->excludes(token)->excludes(token_file)->excludes(access_key);
  access_key->group(kGroup)->excludes(token)->excludes(token_file);
  secret->group(kGroup)->needs(access_key);
}

absl::StatusOr<v1::CallerCredentials> CallerOptions::Resolve(const Console& console) const {
  if (!session_token_.empty()) return WithToken(session_token_);
  if (!session_token_file_.empty()) {
    ASSIGN_OR_RETURN(const std::string token, ReadSecretFile(session_token_file_));
    return WithToken(token);
  }
  if (!principal_.empty()) {
    v1::CallerCredentials caller;
    caller.set_principal_arn(principal_);
    return caller;
  }
  if (!access_key_id_.empty()) return AccessKey(console);
  return FromEnvironment(console);
}

absl::StatusOr<v1::CallerCredentials> CallerOptions::AccessKey(const Console& console) const {
  v1::CallerCredentials caller;
  caller.mutable_access_key()->set_access_key_id(access_key_id_);
  std::string* secret = caller.mutable_access_key()->mutable_secret_access_key();
  if (!secret_access_key_file_.empty()) {
    ASSIGN_OR_RETURN(*secret, ReadSecretFile(secret_access_key_file_));
    return caller;
  }
  const auto from_environment = console.environment(kSecretVariable);
  if (!from_environment.has_value()) {
    return absl::InvalidArgumentError(
        "--access-key-id: the secret is missing; put it into PORTCULLIS_SECRET_ACCESS_KEY or a "
        "file named by --secret-access-key-file");
  }
  *secret = *from_environment;
  return caller;
}

}  // namespace portcullis::client
