// The options that say who asks, shared by all commands that ask for somebody.
#ifndef PORTCULLIS_CLIENT_CALLER_OPTIONS_H_
#define PORTCULLIS_CLIENT_CALLER_OPTIONS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"

#include "client/command.h"
#include "portcullis/v1/security_token_service.pb.h"

namespace portcullis::client {

// As given on the command line; Resolve() adds what is in files and in the environment. A secret
// access key is never taken from the command line, where other users of the machine could read it.
class CallerOptions {
 public:
  // Declares --session-token, --session-token-file and, unless `token_only`, --principal,
  // --access-key-id and --secret-access-key-file. They exclude each other as they must.
  // The object outlives the parsing of `app`.
  void AddTo(CLI::App& app, bool token_only = false);

  // Who asks. What the command line says comes first; without any of it the environment counts:
  // PORTCULLIS_SESSION_TOKEN, then PORTCULLIS_ACCESS_KEY_ID with PORTCULLIS_SECRET_ACCESS_KEY.
  // INVALID_ARGUMENT with the reason "CALLER_MISSING" if nobody is named.
  absl::StatusOr<v1::CallerCredentials> Resolve(const Console& console) const;

 private:
  absl::StatusOr<v1::CallerCredentials> AccessKey(const Console& console) const;

  std::string session_token_;
  std::string session_token_file_;
  std::string principal_;
  std::string access_key_id_;
  std::string secret_access_key_file_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CALLER_OPTIONS_H_
