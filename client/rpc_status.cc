#include "client/rpc_status.h"

#include <string>

#include "portcullis/rpc/error_details.pb.h"
#include "server/base/error_reason.h"
#include "server/base/text.h"

namespace portcullis::client {
namespace {

constexpr char kDomain[] = "portcullis";
constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";

absl::StatusCode CodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return absl::StatusCode::kOk;
    case grpc::StatusCode::CANCELLED:
      return absl::StatusCode::kCancelled;
    case grpc::StatusCode::UNKNOWN:
      return absl::StatusCode::kUnknown;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return absl::StatusCode::kInvalidArgument;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::StatusCode::kDeadlineExceeded;
    case grpc::StatusCode::NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case grpc::StatusCode::ALREADY_EXISTS:
      return absl::StatusCode::kAlreadyExists;
    case grpc::StatusCode::PERMISSION_DENIED:
      return absl::StatusCode::kPermissionDenied;
    case grpc::StatusCode::UNAUTHENTICATED:
      return absl::StatusCode::kUnauthenticated;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return absl::StatusCode::kResourceExhausted;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return absl::StatusCode::kFailedPrecondition;
    case grpc::StatusCode::ABORTED:
      return absl::StatusCode::kAborted;
    case grpc::StatusCode::OUT_OF_RANGE:
      return absl::StatusCode::kOutOfRange;
    case grpc::StatusCode::UNIMPLEMENTED:
      return absl::StatusCode::kUnimplemented;
    case grpc::StatusCode::INTERNAL:
      return absl::StatusCode::kInternal;
    case grpc::StatusCode::UNAVAILABLE:
      return absl::StatusCode::kUnavailable;
    case grpc::StatusCode::DATA_LOSS:
      return absl::StatusCode::kDataLoss;
    case grpc::StatusCode::DO_NOT_USE:
      break;
  }
  return absl::StatusCode::kUnknown;
}

std::string ReasonInDetails(const std::string& serialized) {
  rpc::Status details;
  if (!details.ParseFromString(serialized)) return "";
  for (const google::protobuf::Any& detail : details.details()) {
    rpc::ErrorInfo info;
    if (detail.type_url() == kErrorInfoType && info.ParseFromString(detail.value()) &&
        info.domain() == kDomain) {
      return info.reason();
    }
  }
  return "";
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const absl::StatusCode code = CodeOf(status.error_code());
  const std::string reason = ReasonInDetails(status.error_details());
  if (!reason.empty()) return base::ErrorWithReason(code, reason, status.error_message());
  return absl::Status(code, base::AbslView(status.error_message()));
}

absl::Status FromStreamError(const v1::StreamAuthorizeError& error) {
  absl::StatusCode code = CodeOf(static_cast<grpc::StatusCode>(error.code()));
  if (code == absl::StatusCode::kOk) code = absl::StatusCode::kUnknown;
  return base::ErrorWithReason(code, error.reason(), error.message());
}

absl::Status AsUnavailableIfCancelled(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kCancelled) return status;
  return base::ErrorWithReason(absl::StatusCode::kUnavailable, base::ReasonOf(status),
                               {status.message().data(), status.message().size()});
}

}  // namespace portcullis::client
