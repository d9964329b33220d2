// How temporary credentials are printed: for people, shells, programs and AWS profiles.
#ifndef PORTCULLIS_CLIENT_CREDENTIALS_OUTPUT_H_
#define PORTCULLIS_CLIENT_CREDENTIALS_OUTPUT_H_

#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

#include "client/command.h"
#include "client/output.h"
#include "client/text_lines.h"
#include "portcullis/v1/security_token_service.pb.h"

namespace portcullis::client {

// What every operation that issues credentials answers, whatever else it tells.
struct IssuedSession {
  // One more thing that an operation tells; not shown if empty.
  struct Fact {
    const char* label;     // For people.
    const char* aws_name;  // In AWS's JSON.
    std::string value;
  };

  v1::Credentials credentials;
  const char* user_member = nullptr;  // "AssumedRoleUser" or "FederatedUser"; nullptr: none.
  const char* id_member = nullptr;    // What `id` is called in it.
  std::string arn;
  std::string id;
  std::optional<int> packed_policy_size;  // In percent.
  std::vector<Fact> facts;
};

// Pure.
IssuedSession Describe(v1::AssumeRoleResponse response);
IssuedSession Describe(v1::AssumeRoleWithWebIdentityResponse response);
IssuedSession Describe(v1::AssumeRoleWithSAMLResponse response);
IssuedSession Describe(v1::AssumeRoleWithWorkloadIdentityResponse response);
IssuedSession Describe(v1::GetSessionTokenResponse response);
IssuedSession Describe(v1::GetFederationTokenResponse response);

// The session in labelled lines, its ARN first. Pure, as are those that follow.
std::string SessionText(const IssuedSession& session);

// Assignments that a POSIX shell evaluates: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
// AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION and PORTCULLIS_SESSION_TOKEN.
std::string SessionExports(const IssuedSession& session);

// One line of JSON with the members that the AWS command line prints for the operation.
std::string SessionAwsJson(const IssuedSession& session);

// One line of JSON as `credential_process` of an AWS profile expects it.
std::string CredentialProcessJson(const IssuedSession& session);

// The options --format and --export.
class CredentialsFormat {
 public:
  // The object outlives the parsing of `app`.
  void AddTo(CLI::App& app);

  // Prints `response` to the console's output. Without --format it is text, or with --output json
  // the message of the API.
  template <typename Response>
  void Print(const Response& response, const CommandContext& context) const {
    context.out() << (format_.empty() && context.json() ? ToJson(response)
                                                        : Formatted(Describe(response)));
  }

 private:
  std::string Formatted(const IssuedSession& session) const;

  std::string format_;
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_CREDENTIALS_OUTPUT_H_
