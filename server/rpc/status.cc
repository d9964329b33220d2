#include "server/rpc/status.h"

#include <atomic>

#include "portcullis/rpc/error_details.pb.h"
#include "server/base/error_reason.h"

namespace portcullis::rpc {
namespace {

constexpr char kDomain[] = "portcullis";
constexpr char kErrorInfoType[] = "type.googleapis.com/google.rpc.ErrorInfo";

std::atomic<InternalErrorHook> internal_error_hook = nullptr;

// Abseil's codes have gRPC's numbers; spelled out so that a change of either fails to compile.
grpc::StatusCode CodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return grpc::StatusCode::OK;
    case absl::StatusCode::kCancelled:
      return grpc::StatusCode::CANCELLED;
    case absl::StatusCode::kUnknown:
      return grpc::StatusCode::UNKNOWN;
    case absl::StatusCode::kInvalidArgument:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case absl::StatusCode::kDeadlineExceeded:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    case absl::StatusCode::kNotFound:
      return grpc::StatusCode::NOT_FOUND;
    case absl::StatusCode::kAlreadyExists:
      return grpc::StatusCode::ALREADY_EXISTS;
    case absl::StatusCode::kPermissionDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case absl::StatusCode::kResourceExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case absl::StatusCode::kFailedPrecondition:
      return grpc::StatusCode::FAILED_PRECONDITION;
    case absl::StatusCode::kAborted:
      return grpc::StatusCode::ABORTED;
    case absl::StatusCode::kOutOfRange:
      return grpc::StatusCode::OUT_OF_RANGE;
    case absl::StatusCode::kUnimplemented:
      return grpc::StatusCode::UNIMPLEMENTED;
    case absl::StatusCode::kInternal:
      return grpc::StatusCode::INTERNAL;
    case absl::StatusCode::kUnavailable:
      return grpc::StatusCode::UNAVAILABLE;
    case absl::StatusCode::kDataLoss:
      return grpc::StatusCode::DATA_LOSS;
    case absl::StatusCode::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case absl::StatusCode::kDoNotUseReservedForFutureExpansionUseDefaultInSwitchInstead_:
      break;
  }
  return grpc::StatusCode::UNKNOWN;
}

bool TextIsOurs(grpc::StatusCode code) {
  return code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::DATA_LOSS;
}

}  // namespace

ErrorWords ToErrorWords(const absl::Status& status) {
  ErrorWords words{CodeOf(status.code()), std::string(status.message()),
                   std::string(base::ReasonOf(status))};
  if (words.code == grpc::StatusCode::OK) words.code = grpc::StatusCode::UNKNOWN;
  if (TextIsOurs(words.code)) {
    words.message = "internal error";
    if (const InternalErrorHook hook = internal_error_hook.load()) hook(status);
  }
  if (words.reason.empty()) words.reason = absl::StatusCodeToString(status.code());
  return words;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorWords words = ToErrorWords(status);

  ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(words.reason);

  Status details;
  details.set_code(words.code);
  details.set_message(words.message);
  google::protobuf::Any* detail = details.add_details();
  detail->set_type_url(kErrorInfoType);
  info.SerializeToString(detail->mutable_value());
  return grpc::Status(words.code, words.message, details.SerializeAsString());
}

grpc::Status ServerStopping() {
  return ToGrpcStatus(base::ErrorWithReason(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                                            "the server is stopping"));
}

void SetInternalErrorHook(InternalErrorHook hook) {
  internal_error_hook = hook;
}

std::string ErrorReasonOf(const grpc::Status& status) {
  Status details;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const google::protobuf::Any& detail : details.details()) {
    ErrorInfo info;
    if (detail.type_url() == kErrorInfoType && info.ParseFromString(detail.value()) &&
        info.domain() == kDomain) {
      return info.reason();
    }
  }
  return "";
}

}  // namespace portcullis::rpc
