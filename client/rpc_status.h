// From what gRPC reports to what a program can act on.
#ifndef PORTCULLIS_CLIENT_RPC_STATUS_H_
#define PORTCULLIS_CLIENT_RPC_STATUS_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

#include "portcullis/v1/authorization_service.pb.h"

namespace portcullis::client {

// The same code and text. The reason of the server's google.rpc.ErrorInfo (trailer
// grpc-status-details-bin, domain "portcullis") becomes base::ReasonOf of the result; errors that
// did not come from Portcullis, such as a refused connection, have none. A code that is not gRPC's
// becomes UNKNOWN: an error never turns into OK. Thread-safe.
absl::Status FromGrpcStatus(const grpc::Status& status);

// The status that a call of Authorize would have ended with. Never OK.
absl::Status FromStreamError(const v1::StreamAuthorizeError& error);

// UNAVAILABLE instead of CANCELLED: where nobody on our side cancels, it was the server, on its way
// out, or what stands before it.
absl::Status AsUnavailableIfCancelled(const absl::Status& status);

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_RPC_STATUS_H_
