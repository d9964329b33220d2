#include "server/service/security_token_service.h"

#include <string>
#include <utility>

#include "server/rpc/status.h"
#include "server/service/translate.h"
#include "server/service/translate_sts.h"

namespace portcullis::service {
namespace {

template <typename Result, typename Response>
grpc::Status Answer(const absl::StatusOr<Result>& result, Response* response) {
  if (!result.ok()) return rpc::ToGrpcStatus(result.status());
  ToProto(*result, response);
  return grpc::Status::OK;
}

}  // namespace

grpc::Status SecurityTokenService::AssumeRole(const rpc::CallFacts& facts,
                                              const v1::AssumeRoleRequest& request,
                                              v1::AssumeRoleResponse* response) {
  thread_local QueryScratch scratch;
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  return Answer(sessions_.AssumeRole(*proof, ToParameters(request),
                                     ToContext(request.context(), &scratch), facts.peer),
                response);
}

grpc::Status SecurityTokenService::AssumeRoleWithWebIdentity(
    const rpc::CallFacts& facts, const v1::AssumeRoleWithWebIdentityRequest& request,
    v1::AssumeRoleWithWebIdentityResponse* response) {
  return Answer(sessions_.AssumeRoleWithWebIdentity(ToParameters(request), facts.peer), response);
}

grpc::Status SecurityTokenService::AssumeRoleWithSAML(const rpc::CallFacts& facts,
                                                      const v1::AssumeRoleWithSAMLRequest& request,
                                                      v1::AssumeRoleWithSAMLResponse* response) {
  return Answer(sessions_.AssumeRoleWithSaml(ToParameters(request), facts.peer), response);
}

grpc::Status SecurityTokenService::AssumeRoleWithWorkloadIdentity(
    const rpc::CallFacts& facts, const v1::AssumeRoleWithWorkloadIdentityRequest& request,
    v1::AssumeRoleWithWorkloadIdentityResponse* response) {
  return Answer(sessions_.AssumeRoleWithWorkloadIdentity(ToParameters(request), facts.peer),
                response);
}

grpc::Status SecurityTokenService::GetSessionToken(const rpc::CallFacts& facts,
                                                   const v1::GetSessionTokenRequest& request,
                                                   v1::GetSessionTokenResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  return Answer(sessions_.GetSessionToken(*proof, ToParameters(request), facts.peer), response);
}

grpc::Status SecurityTokenService::GetFederationToken(const rpc::CallFacts& facts,
                                                      const v1::GetFederationTokenRequest& request,
                                                      v1::GetFederationTokenResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  return Answer(sessions_.GetFederationToken(*proof, ToParameters(request), facts.peer), response);
}

grpc::Status SecurityTokenService::ValidateSession(const rpc::CallFacts& facts,
                                                   const v1::ValidateSessionRequest& request,
                                                   v1::ValidateSessionResponse* response) {
  return Answer(sessions_.Validate(request.session_token(), facts.peer), response);
}

grpc::Status SecurityTokenService::GetCallerIdentity(const rpc::CallFacts& facts,
                                                     const v1::GetCallerIdentityRequest& request,
                                                     v1::GetCallerIdentityResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  return Answer(sessions_.GetCallerIdentity(*proof, facts.peer), response);
}

grpc::Status SecurityTokenService::GetAccessKeyInfo(const rpc::CallFacts& facts,
                                                    const v1::GetAccessKeyInfoRequest& request,
                                                    v1::GetAccessKeyInfoResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  absl::StatusOr<std::string> account =
      sessions_.GetAccessKeyInfo(*proof, request.access_key_id(), facts.peer);
  if (!account.ok()) return rpc::ToGrpcStatus(account.status());
  response->set_account(*std::move(account));
  return grpc::Status::OK;
}

grpc::Status SecurityTokenService::DecodeAuthorizationMessage(
    const rpc::CallFacts& facts, const v1::DecodeAuthorizationMessageRequest& request,
    v1::DecodeAuthorizationMessageResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());

  absl::StatusOr<std::string> message =
      sessions_.DecodeAuthorizationMessage(*proof, request.encoded_message(), facts.peer);
  if (!message.ok()) return rpc::ToGrpcStatus(message.status());
  response->set_decoded_message(*std::move(message));
  return grpc::Status::OK;
}

}  // namespace portcullis::service
