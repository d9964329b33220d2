// The ways in which a service gets a session of its role, for RoleCredentials.
#ifndef PORTCULLIS_CLIENT_ISSUE_SESSION_H_
#define PORTCULLIS_CLIENT_ISSUE_SESSION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "client/connection.h"
#include "client/credentials.h"

namespace portcullis::client {

// Gets one session from the server; an error means that there is none. Called by one thread at a
// time, again and again while the service runs. Thread-compatible.
using IssueSession = std::function<absl::StatusOr<v1::Credentials>()>;

// AssumeRole as whoever `source` says; `request.caller` is filled in for every call. A `source`
// that is itself a RoleCredentials chains roles, with sessions of an hour at most. The
// connection outlives the result.
IssueSession ByAssumingRole(Connection& connection, v1::AssumeRoleRequest request,
                            std::shared_ptr<CredentialsProvider> source);

// AssumeRoleWithWebIdentity with the token that `token_file` holds at the time: the file is read
// for every call, because whoever wrote it renews it. The connection outlives the result.
IssueSession ByWebIdentity(Connection& connection, v1::AssumeRoleWithWebIdentityRequest request,
                           std::string token_file);

// AssumeRoleWithWorkloadIdentity with the connection's client certificate. Certificates are read
// when a connection is opened: open a new one after a rotation. The connection outlives the result.
IssueSession ByWorkloadIdentity(Connection& connection,
                                v1::AssumeRoleWithWorkloadIdentityRequest request);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_ISSUE_SESSION_H_
