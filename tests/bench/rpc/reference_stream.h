// The least that a server of a stream of decisions could do: what a stream would save, before there
// is one.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_STREAM_H_
#define PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_STREAM_H_

#include <memory>
#include <vector>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"

#include "portcullis/v1/authorization_service.pb.h"

namespace portcullis::bench {

// What the completion queue of the server of constant answers has as tags.
class Event {
 public:
  virtual ~Event() = default;
  virtual void Proceed(bool ok) = 0;
};

// Answers every AuthorizeRequest of every stream with the same AuthorizeResponse, in order.
class ReferenceStreams {
 public:
  explicit ReferenceStreams(v1::AuthorizeResponse answer);
  ~ReferenceStreams();

  grpc::AsyncGenericService* service() { return &service_; }
  // Once the server has started.
  void Start(grpc::ServerCompletionQueue* queue);

 private:
  class Stream;

  const v1::AuthorizeResponse answer_;
  grpc::AsyncGenericService service_;
  std::vector<std::unique_ptr<Stream>> streams_;
};

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_REFERENCE_STREAM_H_
