// The methods of SecurityTokenService.
#ifndef PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_
#define PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_

#include "grpcpp/support/status.h"

#include "portcullis/v1/security_token_service.pb.h"
#include "server/engine/sessions.h"
#include "server/rpc/unary_call.h"

namespace portcullis::service {

// Translates in, asks the engine, translates out. Thread-safe. Quick enough for a completion
// queue's thread, except AssumeRoleWithWebIdentity and AssumeRoleWithSAML, which may wait.
class SecurityTokenService {
 public:
  // The sessions outlive the object.
  explicit SecurityTokenService(engine::Sessions& sessions) : sessions_(sessions) {}

  grpc::Status AssumeRole(const rpc::CallFacts& facts, const v1::AssumeRoleRequest& request,
                          v1::AssumeRoleResponse* response);
  grpc::Status ValidateSession(const rpc::CallFacts& facts,
                               const v1::ValidateSessionRequest& request,
                               v1::ValidateSessionResponse* response);
  grpc::Status GetCallerIdentity(const rpc::CallFacts& facts,
                                 const v1::GetCallerIdentityRequest& request,
                                 v1::GetCallerIdentityResponse* response);
  grpc::Status AssumeRoleWithWebIdentity(const rpc::CallFacts& facts,
                                         const v1::AssumeRoleWithWebIdentityRequest& request,
                                         v1::AssumeRoleWithWebIdentityResponse* response);
  grpc::Status AssumeRoleWithSAML(const rpc::CallFacts& facts,
                                  const v1::AssumeRoleWithSAMLRequest& request,
                                  v1::AssumeRoleWithSAMLResponse* response);
  grpc::Status AssumeRoleWithWorkloadIdentity(
      const rpc::CallFacts& facts, const v1::AssumeRoleWithWorkloadIdentityRequest& request,
      v1::AssumeRoleWithWorkloadIdentityResponse* response);
  grpc::Status GetSessionToken(const rpc::CallFacts& facts,
                               const v1::GetSessionTokenRequest& request,
                               v1::GetSessionTokenResponse* response);
  grpc::Status GetFederationToken(const rpc::CallFacts& facts,
                                  const v1::GetFederationTokenRequest& request,
                                  v1::GetFederationTokenResponse* response);
  grpc::Status GetAccessKeyInfo(const rpc::CallFacts& facts,
                                const v1::GetAccessKeyInfoRequest& request,
                                v1::GetAccessKeyInfoResponse* response);
  grpc::Status DecodeAuthorizationMessage(const rpc::CallFacts& facts,
                                          const v1::DecodeAuthorizationMessageRequest& request,
                                          v1::DecodeAuthorizationMessageResponse* response);

 private:
  engine::Sessions& sessions_;
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_
