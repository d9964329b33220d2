// The methods of AuthorizationService.
#ifndef PORTCULLIS_SERVER_SERVICE_AUTHORIZATION_SERVICE_H_
#define PORTCULLIS_SERVER_SERVICE_AUTHORIZATION_SERVICE_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

#include "portcullis/v1/authorization_service.pb.h"
#include "server/engine/authorizer.h"
#include "server/rpc/unary_call.h"

namespace portcullis::service {

// Translates in, asks the engine, translates out. Thread-safe; every thread keeps its own scratch
// memory. Quick enough for a completion queue's thread.
class AuthorizationService {
 public:
  // The authorizer outlives the object.
  explicit AuthorizationService(engine::Authorizer& authorizer) : authorizer_(authorizer) {}

  grpc::Status Authorize(const rpc::CallFacts& facts, const v1::AuthorizeRequest& request,
                         v1::AuthorizeResponse* response);
  grpc::Status BatchAuthorize(const rpc::CallFacts& facts, const v1::BatchAuthorizeRequest& request,
                              v1::BatchAuthorizeResponse* response);
  // Answers one request of a stream. INVALID_ARGUMENT if there is no telling how many results it
  // ought to have; a question's own error is its result.
  grpc::Status StreamAuthorize(const rpc::CallFacts& facts,
                               const v1::StreamAuthorizeRequest& request,
                               v1::StreamAuthorizeResponse* response);

 private:
  template <typename Request, typename Response>
  absl::Status Answer(const rpc::CallFacts& facts, const Request& request, Response* response);

  engine::Authorizer& authorizer_;
};

}  // namespace portcullis::service

#endif  // PORTCULLIS_SERVER_SERVICE_AUTHORIZATION_SERVICE_H_
