#include "server/service/security_token_service.h"

#include "server/service/status.h"
#include "server/service/translate.h"
#include "server/service/translate_sts.h"

namespace portcullis::service {

grpc::Status SecurityTokenService::AssumeRole(const CallFacts& facts,
                                              const v1::AssumeRoleRequest& request,
                                              v1::AssumeRoleResponse* response) {
  thread_local QueryScratch scratch;
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return ToGrpcStatus(proof.status());

  const absl::StatusOr<engine::AssumedRole> role = sessions_.AssumeRole(
      *proof, ToParameters(request), ToContext(request.context(), &scratch), facts.peer);
  if (!role.ok()) return ToGrpcStatus(role.status());

  ToProto(*role, response);
  return grpc::Status::OK;
}

grpc::Status SecurityTokenService::ValidateSession(const CallFacts& facts,
                                                   const v1::ValidateSessionRequest& request,
                                                   v1::ValidateSessionResponse* response) {
  const absl::StatusOr<engine::SessionDescription> session =
      sessions_.Validate(request.session_token(), facts.peer);
  if (!session.ok()) return ToGrpcStatus(session.status());

  ToProto(*session, response);
  return grpc::Status::OK;
}

grpc::Status SecurityTokenService::GetCallerIdentity(const CallFacts& facts,
                                                     const v1::GetCallerIdentityRequest& request,
                                                     v1::GetCallerIdentityResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return ToGrpcStatus(proof.status());

  const absl::StatusOr<engine::CallerIdentity> identity =
      sessions_.GetCallerIdentity(*proof, facts.peer);
  if (!identity.ok()) return ToGrpcStatus(identity.status());

  ToProto(*identity, response);
  return grpc::Status::OK;
}

}  // namespace portcullis::service
