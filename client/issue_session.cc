#include "client/issue_session.h"

#include <utility>

#include "client/files.h"
#include "server/base/status_macros.h"

namespace portcullis::client {

IssueSession ByAssumingRole(Connection& connection, v1::AssumeRoleRequest request,
                            std::shared_ptr<CredentialsProvider> source) {
  return [&connection, request = std::move(request),
          source = std::move(source)]() mutable -> absl::StatusOr<v1::Credentials> {
    ASSIGN_OR_RETURN(*request.mutable_caller(), source->Get());
    ASSIGN_OR_RETURN(v1::AssumeRoleResponse response, connection.AssumeRole(request));
    return std::move(*response.mutable_credentials());
  };
}

IssueSession ByWebIdentity(Connection& connection, v1::AssumeRoleWithWebIdentityRequest request,
                           std::string token_file) {
  return [&connection, request = std::move(request),
          token_file = std::move(token_file)]() mutable -> absl::StatusOr<v1::Credentials> {
    ASSIGN_OR_RETURN(*request.mutable_web_identity_token(), ReadSecretFile(token_file));
    ASSIGN_OR_RETURN(v1::AssumeRoleWithWebIdentityResponse response,
                     connection.AssumeRoleWithWebIdentity(request));
    return std::move(*response.mutable_credentials());
  };
}

IssueSession ByWorkloadIdentity(Connection& connection,
                                v1::AssumeRoleWithWorkloadIdentityRequest request) {
  return [&connection, request = std::move(request)]() mutable -> absl::StatusOr<v1::Credentials> {
    ASSIGN_OR_RETURN(v1::AssumeRoleWithWorkloadIdentityResponse response,
                     connection.AssumeRoleWithWorkloadIdentity(request));
    return std::move(*response.mutable_credentials());
  };
}

}  // namespace portcullis::client
