#include "client/session_options.h"

#include <ostream>

#include "absl/strings/str_cat.h"

#include "client/assignments.h"
#include "client/line_input.h"
#include "server/base/numbers.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr size_t kPolicyBytesMax = 1 << 20;
constexpr int64_t kDurationSecondsMax = 365 * 24 * 3600;  // The server has the real limit.

constexpr char kRoleArnVariable[] = "AWS_ROLE_ARN";
constexpr char kSessionNameVariable[] = "AWS_ROLE_SESSION_NAME";

}  // namespace

void DurationOption::AddTo(CLI::App& app, const std::string& left_out) {
  app.add_option("--duration,--duration-seconds", text_,
                 "How long the session lives: 3600, 15m, 1h, ...; " + left_out + " if left out");
}

absl::StatusOr<int64_t> DurationOption::Seconds() const {
  if (text_.empty()) return 0;
  if (const auto seconds = base::ParseInteger(text_, 1, kDurationSecondsMax)) return *seconds;
  const auto milliseconds = base::ParseDurationMilliseconds(text_);
  if (!milliseconds.has_value() || *milliseconds == 0 || *milliseconds % 1000 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--duration: ", base::Quoted(text_), " is neither seconds nor a duration such as `1h`"));
  }
  return *milliseconds / 1000;
}

void SessionPolicyOptions::AddTo(CLI::App& app) {
  CLI::Option* policy =
      app.add_option("--policy", policy_,
                     "A policy document that narrows the session: JSON that begins with `{`, or "
                     "a file of it");
  app.add_option("--policy-file", policy_file_, "The same, always a file")->excludes(policy);
  app.add_option("--policy-arn", policy_arns_,
                 "A managed policy that narrows the session; may be repeated")
      ->allow_extra_args(false);
}

absl::StatusOr<std::string> SessionPolicyOptions::Document() const {
  if (!policy_file_.empty()) return ReadWholeFile(policy_file_, kPolicyBytesMax);
  const size_t begin = policy_.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || policy_[begin] == '{') return policy_;
  return ReadWholeFile(policy_, kPolicyBytesMax);
}

void TagOptions::AddTo(CLI::App& app, bool may_be_transitive) {
  app.add_option("--tag", tags_, "A session tag as key=value; may be repeated")
      ->allow_extra_args(false);
  if (!may_be_transitive) return;
  app.add_option("--transitive,--transitive-tag", transitive_keys_,
                 "The key of a tag that later sessions of the chain inherit; may be repeated")
      ->allow_extra_args(false);
}

absl::StatusOr<std::vector<v1::Tag>> TagOptions::Tags() const {
  ASSIGN_OR_RETURN(const std::vector<Assignment> assignments, ParseAssignments("--tag", tags_));
  std::vector<v1::Tag> tags;
  for (const Assignment& assignment : assignments) {
    if (assignment.values.size() > 1 || assignment.multivalued) {
      return absl::InvalidArgumentError(
          absl::StrCat("--tag: ", base::Quoted(assignment.key), " has more than one value"));
    }
    v1::Tag& tag = tags.emplace_back();
    tag.set_key(assignment.key);
    tag.set_value(assignment.values.front());
  }
  return tags;
}

absl::Status TagOptions::Fill(v1::AssumeRoleRequest* request) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Tag> tags, Tags());
  request->mutable_tags()->Add(tags.begin(), tags.end());
  request->mutable_transitive_tag_keys()->Add(transitive_keys_.begin(), transitive_keys_.end());
  return absl::OkStatus();
}

absl::Status TagOptions::Fill(v1::GetFederationTokenRequest* request) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Tag> tags, Tags());
  request->mutable_tags()->Add(tags.begin(), tags.end());
  return absl::OkStatus();
}

void MfaOptions::AddTo(CLI::App& app) {
  CLI::Option* serial = app.add_option("--mfa,--serial-number", serial_number_,
                                       "Your MFA device, by ARN or serial number; its code is "
                                       "asked for if --token-code is left out");
  app.add_option("--token-code", token_code_, "The MFA device's six digits")->needs(serial);
}

absl::StatusOr<std::string> MfaOptions::TokenCode(const Console& console) const {
  if (serial_number_.empty() || !token_code_.empty()) return token_code_;
  if (!console.interactive) {
    return absl::InvalidArgumentError("--mfa needs --token-code, or a terminal to ask on");
  }
  *console.err << "MFA code of " << serial_number_ << ": " << std::flush;
  return ReadOneLine(console.input_fd);
}

void RoleOptions::AddTo(CLI::App& app) {
  app.add_option("--role-arn", role_arn_, "The role's ARN, with its path")->required();
  app.add_option("--session-name,--role-session-name", session_name_, "A name for the session")
      ->required();
}

void RoleOptions::AddWithEnvironmentTo(CLI::App& app) {
  app.add_option("--role-arn", role_arn_, "The role's ARN, with its path [env AWS_ROLE_ARN]");
  app.add_option("--session-name,--role-session-name", session_name_,
                 "A name for the session [env AWS_ROLE_SESSION_NAME, else made up]");
}

absl::StatusOr<std::string> RoleOptions::RoleArn(const Console& console) const {
  if (!role_arn_.empty()) return role_arn_;
  const auto from_environment = console.environment(kRoleArnVariable);
  if (!from_environment.has_value()) {
    return absl::InvalidArgumentError("no role: give --role-arn, or set AWS_ROLE_ARN");
  }
  return *from_environment;
}

std::string RoleOptions::SessionName(const Console& console) const {
  if (!session_name_.empty()) return session_name_;
  return console.environment(kSessionNameVariable)
      .value_or(absl::StrCat("portcullis-session-", absl::ToUnixSeconds(console.clock->Now())));
}

}  // namespace portcullis::client
