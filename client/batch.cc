#include "client/batch.h"

#include <algorithm>

#include "server/base/status_macros.h"

namespace portcullis::client {
namespace {

constexpr int kAttemptsMax = 5;

v1::BatchAuthorizeRequest WithoutItems(const v1::BatchAuthorizeRequest& request) {
  v1::BatchAuthorizeRequest copy;
  *copy.mutable_context() = request.context();
  copy.set_explain(request.explain());
  switch (request.caller_case()) {
    case v1::BatchAuthorizeRequest::kSessionToken:
      copy.set_session_token(request.session_token());
      break;
    case v1::BatchAuthorizeRequest::kPrincipalArn:
      copy.set_principal_arn(request.principal_arn());
      break;
    case v1::BatchAuthorizeRequest::CALLER_NOT_SET:
      break;
  }
  return copy;
}

// Sends all items once. Leaves `answer` incomplete if the policies change in between.
absl::Status Attempt(Connection& connection, const v1::BatchAuthorizeRequest& request,
                     const CallOptions& options, v1::BatchAuthorizeResponse* answer) {
  v1::BatchAuthorizeRequest part = WithoutItems(request);
  for (int begin = 0; begin < request.items_size(); begin += kBatchItemsMax) {
    const int end = std::min(request.items_size(), begin + kBatchItemsMax);
    part.clear_items();
    part.mutable_items()->Add(request.items().begin() + begin, request.items().begin() + end);
    ASSIGN_OR_RETURN(const v1::BatchAuthorizeResponse part_answer,
                     connection.BatchAuthorize(part, options));
    if (part_answer.results_size() != part.items_size()) {
      return absl::InternalError("the server did not answer every item of a batch");
    }
    if (begin > 0 && part_answer.policy_revision() != answer->policy_revision()) break;
    answer->MergeFrom(part_answer);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::BatchAuthorizeResponse> AuthorizeAll(Connection& connection,
                                                        const v1::BatchAuthorizeRequest& request,
                                                        const CallOptions& options) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    v1::BatchAuthorizeResponse answer;
    RETURN_IF_ERROR(Attempt(connection, request, options, &answer));
    if (answer.results_size() == request.items_size()) return answer;
  }
  return absl::AbortedError("the policies changed during every attempt");
}

}  // namespace portcullis::client
