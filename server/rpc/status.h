// The one mapping from what went wrong to what a gRPC client sees.
#ifndef PORTCULLIS_SERVER_RPC_STATUS_H_
#define PORTCULLIS_SERVER_RPC_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace portcullis::rpc {

// The same code, the same text, and a google.rpc.Status with one google.rpc.ErrorInfo: the domain
// is "portcullis", the reason is base::ReasonOf or, where there is none, the name of the code.
// Texts of INTERNAL, UNKNOWN and DATA_LOSS stay here: they describe us, not the caller's mistake.
// OK maps to OK without details. Never maps an error to OK. Thread-safe.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same for an error that is part of an answer.
struct ErrorWords {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;  // Never OK.
  std::string message;
  std::string reason;
};
// REQUIRES: !status.ok().
ErrorWords ToErrorWords(const absl::Status& status);

// UNAVAILABLE: what a call is told that comes, or waits, or goes on while the server is shut down.
grpc::Status ServerStopping();

// Called, on the thread where it happened, with every status whose text these keep to
// themselves, so that it can be logged. One for the process, set before serving begins; nullptr:
// nobody.
using InternalErrorHook = void (*)(const absl::Status& status);
void SetInternalErrorHook(InternalErrorHook hook);

// The reason that `status` carries in its details; "" if it carries none of ours.
std::string ErrorReasonOf(const grpc::Status& status);

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_STATUS_H_
