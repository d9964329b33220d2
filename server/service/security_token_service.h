// The methods of SecurityTokenService.
#ifndef PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_
#define PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_

#include "grpcpp/support/status.h"

#include "portcullis/v1/security_token_service.pb.h"
#include "server/engine/sessions.h"
#include "server/service/unary_call.h"

namespace portcullis::service {

// Translates in, asks the engine, translates out. Thread-safe. Quick enough for a completion
// queue's thread.
class SecurityTokenService {
 public:
  // The sessions outlive the object.
  explicit SecurityTokenService(engine::Sessions& sessions) : sessions_(sessions) {}

  grpc::Status AssumeRole(const CallFacts& facts, const v1::AssumeRoleRequest& request,
                          v1::AssumeRoleResponse* response);
  grpc::Status ValidateSession(const CallFacts& facts, const v1::ValidateSessionRequest& request,
                               v1::ValidateSessionResponse* response);
  grpc::Status GetCallerIdentity(const CallFacts& facts,
                                 const v1::GetCallerIdentityRequest& request,
                                 v1::GetCallerIdentityResponse* response);

 private:
  engine::Sessions& sessions_;
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_SECURITY_TOKEN_SERVICE_H_
