// Asks a server on streams, as Client does by calls.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_STREAM_CLIENT_H_
#define PORTCULLIS_TESTS_BENCH_RPC_STREAM_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "tests/bench/rpc/client.h"

namespace portcullis::bench {

// What is asked, always the same.
struct StreamQuestions {
  std::string method;
  // A message with one question. With `gathers` several of them one after the other are a message
  // with as many questions, and one is sent with all that may be asked.
  grpc::Slice question;
  bool gathers = false;
  // How many answers there are in a message; 0 if one is not what it must be.
  std::function<int(grpc::ByteBuffer*)> count_answers;
};

// A client with several streams, each on a connection of its own, and one completion queue. Not
// thread-safe.
class StreamClient {
 public:
  StreamClient(const Endpoint& endpoint, StreamQuestions questions);
  ~StreamClient();
  StreamClient(const StreamClient&) = delete;
  StreamClient& operator=(const StreamClient&) = delete;

  // Asks `count` questions, of which `in_flight` have no answer at any time. Answers per second; 0
  // if one was wrong.
  double Run(int count, int in_flight);

 private:
  class Stream;

  bool Done() const;
  bool Next();

  const StreamQuestions questions_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
  bool right_ = true;
};

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_STREAM_CLIENT_H_
