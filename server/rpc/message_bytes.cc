#include "server/rpc/message_bytes.h"

#include <cstdint>
#include <limits>

#include "grpcpp/support/proto_buffer_reader.h"
#include "grpcpp/support/slice.h"

namespace portcullis::rpc {

bool ReceivedMessage::ReadInto(google::protobuf::MessageLite* message) {
  // Most messages arrive in one piece.
  if (grpc::Slice slice; bytes_.TrySingleSlice(&slice).ok()) {
    return message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ProtoBufferReader reader(&bytes_);
  return reader.status().ok() && message->ParseFromZeroCopyStream(&reader);
}

grpc::Status SentMessage::WriteTo(grpc::ByteBuffer* bytes) const {
  const size_t size = message_.ByteSizeLong();
  if (size > std::numeric_limits<int>::max()) {
    return {grpc::StatusCode::INTERNAL, "the answer is too large"};
  }
  const grpc::Slice slice(size);
  message_.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  grpc::ByteBuffer written(&slice, 1);
  bytes->Swap(&written);
  return grpc::Status::OK;
}

}  // namespace portcullis::rpc
