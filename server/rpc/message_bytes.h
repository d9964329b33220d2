// Messages between protobuf and the bytes that gRPC carries.
#ifndef PORTCULLIS_SERVER_RPC_MESSAGE_BYTES_H_
#define PORTCULLIS_SERVER_RPC_MESSAGE_BYTES_H_

#include <cstddef>

#include "google/protobuf/message_lite.h"
#include "grpcpp/impl/serialization_traits.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "grpcpp/support/status.h"

namespace portcullis::rpc {

// A message as it came in. gRPC would parse it before anybody knows whether there is time for it;
// this way a call that is refused costs no parsing, and one that is not is parsed from the memory
// that the bytes arrived in instead of through a stream.
class ReceivedMessage {
 public:
  size_t size() const { return bytes_.Length(); }

  // Parses it; what `message` held is gone, its memory is used again. False if the bytes are no
  // such message: then `message` is half read.
  bool ReadInto(google::protobuf::MessageLite* message);

  // Gives the bytes back. Otherwise they stay until the next message.
  void Clear() { bytes_.Clear(); }

 private:
  friend class grpc::SerializationTraits<ReceivedMessage>;

  grpc::ByteBuffer bytes_;
};

// INVALID_ARGUMENT: what a call is told whose message ReadInto() could not read.
grpc::Status NotAMessage();

// A message that is to be sent, serialized into one piece of memory at the moment it is handed to
// gRPC. Refers to `message` no longer than that.
class SentMessage {
 public:
  explicit SentMessage(const google::protobuf::MessageLite& message) : message_(message) {}

 private:
  friend class grpc::SerializationTraits<SentMessage>;

  grpc::Status WriteTo(grpc::ByteBuffer* bytes) const;

  const google::protobuf::MessageLite& message_;
};

// Writes `message` into one piece of memory. False if it is larger than a message may be, 2 GiB.
bool Serialize(const google::protobuf::MessageLite& message, grpc::Slice* bytes);

}  // namespace portcullis::rpc

// What gRPC asks about types that are no protobuf messages.
template <>
class grpc::SerializationTraits<portcullis::rpc::ReceivedMessage> {
 public:
  static grpc::Status Deserialize(grpc::ByteBuffer* bytes,
                                  portcullis::rpc::ReceivedMessage* message) {
    message->bytes_.Swap(bytes);
    bytes->Clear();
    return grpc::Status::OK;
  }
};

template <>
class grpc::SerializationTraits<portcullis::rpc::SentMessage> {
 public:
  static grpc::Status Serialize(const portcullis::rpc::SentMessage& message,
                                grpc::ByteBuffer* bytes, bool* own_buffer) {
    *own_buffer = true;
    return message.WriteTo(bytes);
  }
};

#endif  // PORTCULLIS_SERVER_RPC_MESSAGE_BYTES_H_
