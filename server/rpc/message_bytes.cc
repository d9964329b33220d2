#include "server/rpc/message_bytes.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "grpcpp/support/proto_buffer_reader.h"

#include "server/base/error_reason.h"
#include "server/rpc/status.h"

namespace portcullis::rpc {

bool ReceivedMessage::ReadInto(google::protobuf::MessageLite* message) {
  // Most messages arrive in one piece.
  if (grpc::Slice slice; bytes_.TrySingleSlice(&slice).ok()) {
    return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ProtoBufferReader reader(&bytes_);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

grpc::Status NotAMessage() {
  return ToGrpcStatus(base::ErrorWithReason(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                                            "the request is not a message of this method's type"));
}

grpc::Status SentMessage::WriteTo(grpc::ByteBuffer* bytes) const {
  grpc::Slice slice;
  if (!Serialize(message_, &slice)) {
    return {grpc::StatusCode::INTERNAL, "the answer is too large"};
  }
  grpc::ByteBuffer written(&slice, 1);
  bytes->Swap(&written);
  return grpc::Status::OK;
}

bool Serialize(const google::protobuf::MessageLite& message, grpc::Slice* bytes) {
  const size_t size = message.ByteSizeLong();
  if (size > std::numeric_limits<int>::max()) return false;
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  *bytes = std::move(slice);
  return true;
}

}  // namespace portcullis::rpc
