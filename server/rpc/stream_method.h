// Serves one method that takes a stream of requests and returns a stream of answers, on one
// completion queue.
#ifndef PORTCULLIS_SERVER_RPC_STREAM_METHOD_H_
#define PORTCULLIS_SERVER_RPC_STREAM_METHOD_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "grpcpp/support/status.h"

#include "server/rpc/call_queue.h"
#include "server/rpc/kept_messages.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/unary_call.h"

namespace portcullis::rpc {

// Everything about a stream happens on the queue's thread: each request is answered as soon as it
// is read, one request of a stream at a time, so that other calls of the queue have their turns in
// between. At any time a stream reads, or writes, or both. Answers that are ready while others are
// on their way wait together and leave in one message; past kWaitingBytesMax the stream is not read
// until the client has taken some, and HTTP/2's flow control then holds up the client. So a stream
// takes no more memory than that, one request and its answer.
//
// A stream ends when its client says so or is gone, when a request cannot be answered, or when
// clients are sent away before a shutdown; whatever was answered before is sent first.
class StreamMethod final : public ServedMethod {
 public:
  using Stream = grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, ReceivedMessage>;
  // Asks gRPC for a stream: see ByteService.
  using RequestStream =
      std::function<void(grpc::ServerContext*, Stream*, grpc::ServerCompletionQueue*, void* tag)>;
  // Answers one request. Two answers one after the other must make one that says both, as messages
  // of nothing but repeated fields do. Ends the stream if it returns an error. The facts are those
  // of the stream; its connection's, that is, which stay the same.
  using Handler =
      std::function<grpc::Status(const CallFacts&, ReceivedMessage* request, grpc::Slice* answer)>;

  static constexpr size_t kWaitingBytesMax = 256 * 1024;

  // `queue` and what `options` and `meter` refer to outlive the object. No more than
  // options.in_flight_max streams are served at once, busy or not; more are refused.
  StreamMethod(CallQueue* queue, const ServingOptions& options, RequestStream request_stream,
               Handler handler, CallMeter meter = {});
  ~StreamMethod() override;

  void Start() override { Replenish(); }

  // Ends all streams, and those that still come. Returns at once. On any thread, at most once,
  // before the queue is stopped.
  void SendAway();

 private:
  class Call;
  // Brings SendAway to the queue's thread.
  class AwaySender final : public Tag {
   public:
    explicit AwaySender(StreamMethod* method) : method_(*method) {}
    void Run(bool /*ok*/) override { method_.EndAll(); }

   private:
    StreamMethod& method_;
  };

  void Replenish();
  void EndAll();
  bool overloaded() const { return calls_.size() - waiting_ > options_.in_flight_max; }

  CallQueue& queue_;
  const ServingOptions options_;
  const RequestStream request_stream_;
  const Handler handler_;
  const CallMeter meter_;

  // All of the queue's thread.
  absl::flat_hash_map<Call*, std::unique_ptr<Call>> calls_;
  size_t waiting_ = 0;  // Of calls_: no client has come yet.
  bool sending_away_ = false;

  AwaySender away_sender_{this};
  grpc::Alarm away_alarm_;
};

grpc::Status TooLarge();  // INTERNAL.

// A handler of messages as one of bytes. A request that is none ends the stream. Messages are kept,
// for all streams of the queue.
template <typename Request, typename Response>
StreamMethod::Handler OfBytes(
    std::function<grpc::Status(const CallFacts&, const Request&, Response*)> handler) {
  return [handler = std::move(handler), kept = std::make_shared<KeptMessages<Request, Response>>()](
             const CallFacts& facts, ReceivedMessage* received, grpc::Slice* answer) {
    Messages<Request, Response>& messages = kept->Get();
    grpc::Status status = NotAMessage();
    if (received->ReadInto(&messages.request)) {
      status = handler(facts, messages.request, &messages.response);
    }
    if (status.ok() && !Serialize(messages.response, answer)) status = TooLarge();
    if (status.ok()) {
      kept->Done(received->size() + answer->size());
    } else {
      kept->Forget();
    }
    return status;
  };
}

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_STREAM_METHOD_H_
