// Many questions on one stream, asked without waiting for the answers to those before.
#ifndef PORTCULLIS_CLIENT_AUTHORIZE_STREAM_H_
#define PORTCULLIS_CLIENT_AUTHORIZE_STREAM_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_stream.h"

#include "client/connection.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"

namespace portcullis::client {

struct AuthorizeStreamOptions {
  // Questions without an answer, before whoever asks another has to wait.
  size_t in_flight_max = 1000;
  // Of the messages that questions are put into, if there are several: no more than the server
  // takes in one (its --request-bytes-max).
  size_t request_bytes_max = 64 * 1024;
  // Waits for a server that is not there yet instead of failing at once.
  bool wait_for_ready = false;
};

// A stream of decisions (AuthorizationService.StreamAuthorize), for services that ask often: next
// to a call per question it costs the server a half to a seventh. Any number of threads may ask;
// what they ask while a message is being sent goes into the next one together. Each question is
// decided by itself, as Connection::Authorize would have it decided.
//
// A stream lives until Finish(), until the connection or the server goes, or until the server's
// --connection-age-max. Then every question without an answer gets the status that it ended with,
// UNAVAILABLE as a rule, and so does every one that is asked afterwards; nothing is repeated. No
// question has an effect: open another stream and ask again.
//
// Has one thread. Thread-safe, but for the destructor and what is said at the functions.
class AuthorizeStream {
 public:
  // Told exactly once what became of a question: an answer, which may be a denial, or why there is
  // none, with the codes and reasons of Connection::Authorize.
  using Answered = std::function<void(absl::StatusOr<v1::AuthorizeResponse> answer)>;

  // Opens the stream without waiting for the server. `connection` outlives the object.
  explicit AuthorizeStream(Connection& connection, const AuthorizeStreamOptions& options = {});
  // Gives up what has no answer yet: that is CANCELLED.
  ~AuthorizeStream();
  AuthorizeStream(const AuthorizeStream&) = delete;
  AuthorizeStream& operator=(const AuthorizeStream&) = delete;

  // Asks. `answered` is called by the stream's thread, in the order of the questions; it should be
  // quick, and must not use this object. If too many are in flight this waits, until `deadline` at
  // most; then, and if the stream has ended, `answered` is called before this returns.
  void Ask(v1::AuthorizeRequest question, Answered answered,
           absl::Time deadline = absl::InfiniteFuture());

  // Asks and waits for the answer. DEADLINE_EXCEEDED if there is none in time; zero: the
  // connection's timeout for calls. Not to be called by `answered`.
  absl::StatusOr<v1::AuthorizeResponse> Authorize(const v1::AuthorizeRequest& question,
                                                  absl::Duration timeout = absl::ZeroDuration());

  // OK while questions are taken; otherwise what the stream has ended with.
  absl::Status status() const;

  // Takes no more questions, waits for the answers to those there are, and returns how the stream
  // ended: OK if nothing was left without a result. May be called more than once, by one thread.
  absl::Status Finish();

 private:
  using Stream =
      grpc::ClientAsyncReaderWriter<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>;
  // What the completion queue reports; a tag is the address of one.
  struct Event {
    void (AuthorizeStream::*handle)(bool ok);
  };

  // All run on the stream's thread.
  void Run();
  void OnStarted(bool ok);
  void OnWritten(bool ok);
  void OnRead(bool ok);
  void OnFinished(bool ok);
  // False if there were not as many questions.
  bool HandOut(v1::StreamAuthorizeResponse* response);

  absl::Status WhyEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Sends what is waiting, or the end, if nothing is on its way.
  void Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoomOrEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return waiting_.size() < options_.in_flight_max || !status_.ok();
  }

  // Constant after construction; events are not const, as tags are not.
  const AuthorizeStreamOptions options_;
  const absl::Duration call_timeout_;
  Event started_{&AuthorizeStream::OnStarted};
  Event written_{&AuthorizeStream::OnWritten};
  Event read_{&AuthorizeStream::OnRead};
  Event finished_{&AuthorizeStream::OnFinished};

  grpc::ClientContext context_;
  grpc::CompletionQueue events_;
  std::unique_ptr<Stream> stream_;

  // Of the stream's thread.
  v1::StreamAuthorizeResponse response_;
  absl::Status broken_;  // Why we gave up, if it was the server's answers.
  grpc::Status end_;

  // Guarded by mutex_, which is held neither while waiting for gRPC nor while calling back.
  mutable absl::Mutex mutex_;
  std::deque<v1::AuthorizeRequest> unsent_ ABSL_GUARDED_BY(mutex_);
  std::deque<Answered> waiting_ ABSL_GUARDED_BY(mutex_);  // For results, in their order.
  bool sending_ ABSL_GUARDED_BY(mutex_) = true;           // Until it has started.
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;          // No more questions.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;           // The server knows, or is gone.
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // Of status().
  absl::Status result_ ABSL_GUARDED_BY(mutex_);  // Of Finish().

  std::thread thread_;  // The last member: it uses the others.
};

}  // namespace portcullis::client

#endif  // PORTCULLIS_CLIENT_AUTHORIZE_STREAM_H_
