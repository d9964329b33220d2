#include "server/service/authorization_service.h"

#include "server/rpc/status.h"
#include "server/service/translate.h"

namespace portcullis::service {

grpc::Status AuthorizationService::Authorize(const rpc::CallFacts& facts,
                                             const v1::AuthorizeRequest& request,
                                             v1::AuthorizeResponse* response) {
  return rpc::ToGrpcStatus(Answer(facts, request, response));
}

grpc::Status AuthorizationService::BatchAuthorize(const rpc::CallFacts& facts,
                                                  const v1::BatchAuthorizeRequest& request,
                                                  v1::BatchAuthorizeResponse* response) {
  return rpc::ToGrpcStatus(Answer(facts, request, response));
}

grpc::Status AuthorizationService::StreamAuthorize(const rpc::CallFacts& facts,
                                                   const v1::StreamAuthorizeRequest& request,
                                                   v1::StreamAuthorizeResponse* response) {
  response->Clear();
  if (absl::Status status = CheckQuestions(request); !status.ok()) return rpc::ToGrpcStatus(status);
  response->mutable_results()->Reserve(request.questions_size());
  for (const v1::AuthorizeRequest& question : request.questions()) {
    v1::StreamAuthorizeResult* const result = response->add_results();
    const absl::Status status = Answer(facts, question, result->mutable_answer());
    if (!status.ok()) ToProto(rpc::ToErrorWords(status), result->mutable_error());
  }
  return grpc::Status::OK;
}

template <typename Request, typename Response>
absl::Status AuthorizationService::Answer(const rpc::CallFacts& facts, const Request& request,
                                          Response* response) {
  thread_local QueryScratch scratch;
  thread_local engine::Answer answer;

  engine::Query query;
  absl::Status status = ToQuery(request, facts.peer, &scratch, &query);
  if (status.ok()) status = authorizer_.Authorize(query, &answer);
  if (status.ok()) ToProto(answer, query.explain, response);

  // An idle thread must not keep policies alive that nobody serves any more.
  answer.session_policies.reset();
  answer.snapshot.reset();
  return status;
}

}  // namespace portcullis::service
