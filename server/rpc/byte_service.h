// A generated service whose calls arrive as bytes.
#ifndef PORTCULLIS_SERVER_RPC_BYTE_SERVICE_H_
#define PORTCULLIS_SERVER_RPC_BYTE_SERVICE_H_

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/byte_buffer.h"

#include "server/base/text.h"
#include "server/rpc/message_bytes.h"

namespace portcullis::rpc {

// Hands calls over as bytes. `Generated` is the class that the compiler made of the service, such
// as v1::AuthorizationService; the generated requests would parse messages at once.
template <typename Generated>
class ByteService final : public Generated::AsyncService {
 public:
  // The number of a method, as the compiler counts them. Ends the process if the service has no
  // method of this name with these messages: that is a mistake in the program.
  template <typename Request, typename Response>
  static int IndexOf(std::string_view method) {
    const google::protobuf::MethodDescriptor* const descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
            base::Concat({Generated::service_full_name(), ".", method}));
    if (descriptor == nullptr || descriptor->input_type() != Request::descriptor() ||
        descriptor->output_type() != Response::descriptor()) {
      std::cerr << "no such method: " << Generated::service_full_name() << "." << method << "\n";
      std::abort();
    }
    return descriptor->index();
  }

  // Asks gRPC for a call of method `index`, a unary one.
  void RequestUnary(int index, grpc::ServerContext* context, ReceivedMessage* request,
                    grpc::ServerAsyncResponseWriter<SentMessage>* writer,
                    grpc::ServerCompletionQueue* queue, void* tag) {
    this->RequestAsyncUnary(index, context, request, writer, queue, queue, tag);
  }

  // The same for a method with a stream each way. Answers are bytes already.
  void RequestStream(int index, grpc::ServerContext* context,
                     grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, ReceivedMessage>* stream,
                     grpc::ServerCompletionQueue* queue, void* tag) {
    this->RequestAsyncBidiStreaming(index, context, stream, queue, queue, tag);
  }
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_BYTE_SERVICE_H_
