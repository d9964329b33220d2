// The options that say what a session is to be like, shared by all commands that ask for one.
#ifndef PORTCULLIS_CLIENT_SESSION_OPTIONS_H_
#define PORTCULLIS_CLIENT_SESSION_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/command.h"
#include "client/files.h"
#include "portcullis/v1/security_token_service.pb.h"
#include "server/base/status_macros.h"

namespace portcullis::client {

// Each class declares its options with AddTo() and outlives the parsing of `app`; Fill() then sets
// the fields of a request that has them. Limits are the server's: it explains them in AWS's words.

// --duration.
class DurationOption {
 public:
  // `left_out` says what is meant without the option: "an hour".
  void AddTo(CLI::App& app, const std::string& left_out);

  template <typename Request>
  absl::Status Fill(Request* request) const {
    ASSIGN_OR_RETURN(const int64_t seconds, Seconds());
    request->set_duration_seconds(seconds);
    return absl::OkStatus();
  }

 private:
  // "3600", as AWS writes it, or "1h"; 0 if left out.
  absl::StatusOr<int64_t> Seconds() const;

  std::string text_;
};

// --policy, --policy-file and --policy-arn.
class SessionPolicyOptions {
 public:
  void AddTo(CLI::App& app);

  template <typename Request>
  absl::Status Fill(Request* request) const {
    ASSIGN_OR_RETURN(*request->mutable_policy(), Document());
    request->mutable_policy_arns()->Add(policy_arns_.begin(), policy_arns_.end());
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::string> Document() const;

  std::string policy_;  // JSON, or a file.
  std::string policy_file_;
  std::vector<std::string> policy_arns_;
};

// --tag and, for roles, --transitive.
class TagOptions {
 public:
  void AddTo(CLI::App& app, bool may_be_transitive);

  absl::Status Fill(v1::AssumeRoleRequest* request) const;
  absl::Status Fill(v1::GetFederationTokenRequest* request) const;

 private:
  absl::StatusOr<std::vector<v1::Tag>> Tags() const;

  std::vector<std::string> tags_;
  std::vector<std::string> transitive_keys_;
};

// --mfa and --token-code. A code that was not given is asked for, if a person can answer.
class MfaOptions {
 public:
  void AddTo(CLI::App& app);

  template <typename Request>
  absl::Status Fill(const Console& console, Request* request) const {
    request->set_serial_number(serial_number_);
    ASSIGN_OR_RETURN(*request->mutable_token_code(), TokenCode(console));
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::string> TokenCode(const Console& console) const;

  std::string serial_number_;
  std::string token_code_;
};

// --role-arn and --session-name, which may come from the environment where AWS's own variables say
// them.
class RoleOptions {
 public:
  // Declares both options as required.
  void AddTo(CLI::App& app);

  // Declares them with AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME in their stead.
  void AddWithEnvironmentTo(CLI::App& app);

  template <typename Request>
  absl::Status Fill(const Console& console, Request* request) const {
    ASSIGN_OR_RETURN(*request->mutable_role_arn(), RoleArn(console));
    request->set_role_session_name(SessionName(console));
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::string> RoleArn(const Console& console) const;
  std::string SessionName(const Console& console) const;

  std::string role_arn_;
  std::string session_name_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_SESSION_OPTIONS_H_
