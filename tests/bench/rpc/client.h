// Asks a server: as fast as it answers, or at times that do not depend on its answers.
//
// One client for every server that is measured here, whatever its messages are: questions are
// serialized before the time that is measured and answers are parsed and compared in it, so that a
// server has as much of the machine's other core to itself as can be.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_CLIENT_H_
#define PORTCULLIS_TESTS_BENCH_RPC_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"

namespace portcullis::bench {

// Where a server is.
struct Endpoint {
  std::string address;    // As gRPC writes it.
  std::string authority;  // The certificate that a TLS server's was signed with; empty: no TLS.
};

// A connection of its own, which knows nothing of earlier attempts.
std::shared_ptr<grpc::Channel> Connect(const Endpoint& endpoint);

// What is asked, and what must be answered.
struct Questions {
  std::string method;  // "/portcullis.v1.AuthorizationService/Authorize"
  // At most `count`, at least one; they are asked in turn.
  std::function<std::vector<grpc::ByteBuffer>(int count)> make;
  // Called by one thread at a time, with the place of the question among what make() returned.
  std::function<bool(size_t question, grpc::ByteBuffer* answer)> is_right;
};

template <typename Message>
grpc::ByteBuffer Serialized(const Message& message) {
  grpc::ByteBuffer bytes;
  bool own = false;
  grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own);
  return bytes;
}

// The same questions each time.
template <typename Response, typename Request, typename IsRight>
Questions Asking(std::string method, const std::vector<Request>& requests, IsRight is_right) {
  std::vector<grpc::ByteBuffer> bytes;
  bytes.reserve(requests.size());
  for (const Request& request : requests) bytes.push_back(Serialized(request));
  return {std::move(method), [bytes = std::move(bytes)](int) { return bytes; },
          [is_right, parsed = std::make_shared<Response>()](size_t question, auto* answer) {
            return grpc::SerializationTraits<Response>::Deserialize(answer, parsed.get()).ok() &&
                   is_right(question, *parsed);
          }};
}

struct LoadResult {
  double seconds = 0;
  int wrong = 0;                     // Not OK, or not the answer that was expected.
  std::vector<double> microseconds;  // From asking to the answer, as the client sees it.
};

// An open loop: when to ask.
struct Phase {
  double calls_per_second = 0;
  double seconds = 0;
};

// What became of one call of an open loop.
struct Outcome {
  enum class Kind : uint8_t {
    kWrong,    // Something else than the following: what may never happen.
    kRight,    // The right answer in time.
    kLate,     // The deadline passed.
    kRefused,  // The server said that it has too much to do.
  };
  Kind kind = Kind::kWrong;
  double due = 0;           // Seconds from the beginning: when it was to be asked.
  double microseconds = 0;  // From then to the answer, so that a late question is a slow answer.
  double lag_microseconds = 0;  // From then to when it was asked.
};

// A client with several connections and one completion queue. Not thread-safe.
class Client {
 public:
  Client(const Endpoint& endpoint, Questions questions);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Asks `count` questions, `in_flight` at a time, and waits for all answers. One thread.
  LoadResult Run(int count, int in_flight);

  // Asks at random times (a Poisson process) as often as the phases say, one after the other, and
  // gives up on each call when `deadline` is over. Two threads: one asks and one listens.
  std::vector<Outcome> RunOpen(const std::vector<Phase>& phases,
                               std::chrono::milliseconds deadline);

 private:
  using Clock = std::chrono::steady_clock;
  using Reader = std::unique_ptr<grpc::GenericClientAsyncResponseReader>;

  struct Call {
    size_t question = 0;
    Clock::time_point due;  // Of open loops.
    Clock::time_point asked;
    std::optional<grpc::ClientContext> context;
    Reader reader;
    grpc::ByteBuffer answer;
    grpc::Status status;
  };

  void MakeQuestions(int count);
  // Asks the next question.
  void Ask(Call* call, std::optional<std::chrono::milliseconds> deadline);
  bool IsRight(bool ok, Call* call) const;
  Call* TakeCall();
  // Collects answers until there are as many as `asked` says once `done` is set.
  struct Progress;
  void Listen(Clock::time_point started, Progress* progress);

  const Questions questions_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  size_t next_stub_ = 0;
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_request_ = 0;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;  // Of open loops.
  std::mutex mutex_;
  std::vector<Call*> idle_;  // Guarded by mutex_.
};

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_CLIENT_H_
