#include "server/service/account_service.h"

#include <string>
#include <vector>

#include "server/base/status_macros.h"
#include "server/rpc/status.h"
#include "server/service/translate_account.h"
#include "server/service/translate_sts.h"

namespace portcullis::service {
namespace {

// `ask` is called with the caller's proof; its answer is written by ToProto.
template <typename Request, typename Response, typename Ask>
grpc::Status Answer(const rpc::CallFacts& facts, const Request& request, Response* response,
                    Ask ask) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());
  const auto answer = ask(*proof);
  if (!answer.ok()) return rpc::ToGrpcStatus(answer.status());
  ToProto(*answer, response);
  return grpc::Status::OK;
}

// The same for answers in pages.
template <typename Request, typename Response, typename Ask>
grpc::Status AnswerPage(const rpc::CallFacts& facts, const Request& request, Response* response,
                        Ask ask) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());
  const absl::StatusOr<ReportPage> page = ToPage(request);
  if (!page.ok()) return rpc::ToGrpcStatus(page.status());
  const auto answer = ask(*proof);
  if (!answer.ok()) return rpc::ToGrpcStatus(answer.status());
  return rpc::ToGrpcStatus(ToProto(*answer, *page, response));
}

}  // namespace

grpc::Status AccountService::RevokeSessions(const rpc::CallFacts& facts,
                                            const v1::RevokeSessionsRequest& request,
                                            v1::RevokeSessionsResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.RevokeSessions(proof, ToParameters(request), facts.peer);
  });
}

grpc::Status AccountService::ListRevocations(const rpc::CallFacts& facts,
                                             const v1::ListRevocationsRequest& request,
                                             v1::ListRevocationsResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.ListRevocations(proof, facts.peer);
  });
}

grpc::Status AccountService::GetAccountPasswordPolicy(
    const rpc::CallFacts& facts, const v1::GetAccountPasswordPolicyRequest& request,
    v1::GetAccountPasswordPolicyResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GetAccountPasswordPolicy(proof, facts.peer);
  });
}

grpc::Status AccountService::GenerateCredentialReport(
    const rpc::CallFacts& facts, const v1::GenerateCredentialReportRequest& request,
    v1::GenerateCredentialReportResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GenerateCredentialReport(proof, facts.peer);
  });
}

grpc::Status AccountService::GetCredentialReport(const rpc::CallFacts& facts,
                                                 const v1::GetCredentialReportRequest& request,
                                                 v1::GetCredentialReportResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GetCredentialReport(proof, facts.peer);
  });
}

grpc::Status AccountService::GetAccessKeyLastUsed(const rpc::CallFacts& facts,
                                                  const v1::GetAccessKeyLastUsedRequest& request,
                                                  v1::GetAccessKeyLastUsedResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GetAccessKeyLastUsed(proof, request.access_key_id(), facts.peer);
  });
}

grpc::Status AccountService::GenerateServiceLastAccessedDetails(
    const rpc::CallFacts& facts, const v1::GenerateServiceLastAccessedDetailsRequest& request,
    v1::GenerateServiceLastAccessedDetailsResponse* response) {
  const absl::StatusOr<engine::CallerProof> proof =
      ToProof(request.caller(), facts.private_transport);
  if (!proof.ok()) return rpc::ToGrpcStatus(proof.status());
  const absl::StatusOr<engine::Granularity> granularity = ToGranularity(request.granularity());
  if (!granularity.ok()) return rpc::ToGrpcStatus(granularity.status());
  const absl::StatusOr<std::string> job_id =
      accounts_.GenerateServiceLastAccessedDetails(*proof, request.arn(), *granularity, facts.peer);
  if (!job_id.ok()) return rpc::ToGrpcStatus(job_id.status());
  response->set_job_id(*job_id);
  return grpc::Status::OK;
}

grpc::Status AccountService::GetServiceLastAccessedDetails(
    const rpc::CallFacts& facts, const v1::GetServiceLastAccessedDetailsRequest& request,
    v1::GetServiceLastAccessedDetailsResponse* response) {
  return AnswerPage(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GetServiceLastAccessedDetails(proof, request.job_id(), facts.peer);
  });
}

grpc::Status AccountService::GetServiceLastAccessedDetailsWithEntities(
    const rpc::CallFacts& facts,
    const v1::GetServiceLastAccessedDetailsWithEntitiesRequest& request,
    v1::GetServiceLastAccessedDetailsWithEntitiesResponse* response) {
  return AnswerPage(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.GetServiceLastAccessedDetailsWithEntities(
        proof, request.job_id(), request.service_namespace(), facts.peer);
  });
}

grpc::Status AccountService::ListPoliciesGrantingServiceAccess(
    const rpc::CallFacts& facts, const v1::ListPoliciesGrantingServiceAccessRequest& request,
    v1::ListPoliciesGrantingServiceAccessResponse* response) {
  return Answer(facts, request, response, [&](const engine::CallerProof& proof) {
    return accounts_.ListPoliciesGrantingServiceAccess(
        proof, request.arn(),
        {request.service_namespaces().begin(), request.service_namespaces().end()}, facts.peer);
  });
}

}  // namespace portcullis::service
