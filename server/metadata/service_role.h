// Roles for services: a role that the server assumes in the name of a service principal.
#ifndef PORTCULLIS_SERVER_METADATA_SERVICE_ROLE_H_
#define PORTCULLIS_SERVER_METADATA_SERVICE_ROLE_H_

#include <string>
#include <vector>

#include "server/engine/sessions.h"
#include "server/metadata/role_credentials.h"

namespace portcullis::metadata {

struct ContextValue {
  std::string key;
  std::string value;
};

struct ServiceRole {
  std::string role_arn;
  std::string service;       // "ec2.amazonaws.com": whom the role must trust.
  std::string session_name;  // The id of the instance or task.
  std::vector<ContextValue> context = {};  // What the service says of itself: aws:SourceAccount.
};

// The account in a role's ARN; empty if it is none.
std::string AccountOf(const std::string& role_arn);
// What follows the last slash of a role's ARN.
std::string NameOf(const std::string& role_arn);

// Assumes the role through the engine: the service is taken at its word, since it is this process,
// but the role's trust policy decides, and everything is recorded. Not role chaining, so the life
// of the session is a role's usual hour. `sessions` outlives the result.
RoleSource MakeRoleSource(engine::Sessions& sessions, ServiceRole role);

}  // namespace portcullis::metadata

#endif  // PORTCULLIS_SERVER_METADATA_SERVICE_ROLE_H_
