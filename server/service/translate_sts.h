// Between the messages of SecurityTokenService and the engine's sessions.
#ifndef PORTCULLIS_SERVER_SERVICE_TRANSLATE_STS_H_
#define PORTCULLIS_SERVER_SERVICE_TRANSLATE_STS_H_

#include "absl/status/statusor.h"

#include "portcullis/v1/security_token_service.pb.h"
#include "server/engine/query.h"
#include "server/engine/sessions.h"

namespace portcullis::service {

// The proof in `credentials`; views of the message. INVALID_ARGUMENT if none is set.
// PERMISSION_DENIED "INSECURE_TRANSPORT" for an access key on a connection where anybody may have
// read it along: `private_transport` as PeerFacts tells.
absl::StatusOr<engine::CallerProof> ToProof(const v1::CallerCredentials& credentials,
                                            bool private_transport);

// The parameters as sent. Members that have no presence in the message count as not passed when
// they are empty or 0. Checking them is the engine's part.
session::AssumeRoleParameters ToParameters(const v1::AssumeRoleRequest& request);
session::WebIdentityParameters ToParameters(const v1::AssumeRoleWithWebIdentityRequest& request);
session::SamlParameters ToParameters(const v1::AssumeRoleWithSAMLRequest& request);
engine::WorkloadParameters ToParameters(const v1::AssumeRoleWithWorkloadIdentityRequest& request);
session::SessionTokenParameters ToParameters(const v1::GetSessionTokenRequest& request);
session::FederationTokenParameters ToParameters(const v1::GetFederationTokenRequest& request);

// Translate an answer. Overwrite the message.
void ToProto(const engine::AssumedRole& role, v1::AssumeRoleResponse* response);
void ToProto(const engine::WebIdentityRole& issued,
             v1::AssumeRoleWithWebIdentityResponse* response);
void ToProto(const engine::SamlRole& issued, v1::AssumeRoleWithSAMLResponse* response);
void ToProto(const engine::WorkloadRole& issued,
             v1::AssumeRoleWithWorkloadIdentityResponse* response);
void ToProto(const session::Credentials& credentials, v1::GetSessionTokenResponse* response);
void ToProto(const engine::FederatedUser& user, v1::GetFederationTokenResponse* response);
void ToProto(const engine::SessionDescription& session, v1::ValidateSessionResponse* response);
void ToProto(const engine::CallerIdentity& identity, v1::GetCallerIdentityResponse* response);

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_TRANSLATE_STS_H_
