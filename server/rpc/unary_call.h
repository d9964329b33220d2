// Serves one unary method on one completion queue, with call objects that are used again and again.
#ifndef PORTCULLIS_SERVER_RPC_UNARY_CALL_H_
#define PORTCULLIS_SERVER_RPC_UNARY_CALL_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"
#include "grpcpp/support/string_ref.h"

#include "server/base/error_reason.h"
#include "server/metrics/registry.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/kept_messages.h"
#include "server/rpc/message_bytes.h"
#include "server/rpc/peer_identity.h"
#include "server/rpc/status.h"
#include "server/rpc/worker_pool.h"

namespace portcullis::rpc {

// What a handler is told beside the request.
struct CallFacts {
  const engine::Peer& peer;
  bool private_transport = false;                // As PeerFacts::private_transport.
  absl::Time deadline = absl::InfiniteFuture();  // The client's.
  // As PeerFacts::certificate_names.
  absl::Span<const std::string_view> certificate_names = {};
  const grpc::ServerContext* context = nullptr;  // The call's; nullptr: it has none.

  // The value of the call's only header of that name (in lower case); empty if there is none or
  // several. Only for methods that need it: the first time gRPC makes a map.
  std::string_view FindMetadata(std::string_view name) const;
};

inline std::string_view CallFacts::FindMetadata(std::string_view name) const {
  if (context == nullptr) return {};
  const auto [begin, end] =
      context->client_metadata().equal_range(grpc::string_ref(name.data(), name.size()));
  if (begin == end || std::next(begin) != end) return {};
  return {begin->second.data(), begin->second.size()};
}

// Where the calls of a method are counted; nowhere without a registry.
struct CallMeter {
  metrics::Registry* registry = nullptr;  // Not owned.
  metrics::RpcMethod method = metrics::RpcMethod::kAuthorize;
};

// How many call objects of a method wait in gRPC. As many calls can arrive at once without a
// detour, but with every event gRPC looks through whatever waits, of all methods: with 32 of each
// of thirty methods that was a sixth of what a call cost. And they have their turns one after the
// other, so that with many of them a call finds its own, and what gRPC keeps for it, in no cache.
enum class Demand : uint8_t { kLow = 1, kHigh = 4 };

// What all methods of one queue share.
struct ServingOptions {
  // Calls of a method that a queue works on or sends answers of, before it refuses more.
  size_t in_flight_max = 1000;
  const ListenerTrust* trust = nullptr;  // Not owned.
};

// Serves a method. `Request` and `Response` are its messages.
//
// At any time call objects wait for calls in gRPC, as many as the method's Demand says; when a call
// arrives its place is taken by another one, so that a client that does not take its answer holds
// up nobody. They are small: what a call is about is read when its turn comes, into messages that
// all calls of the method share, and forgotten when its answer is serialized.
//
// All members are used by the queue's thread alone. With a pool the handler runs there; its call is
// then the pool's until it has been finished.
template <typename Request, typename Response>
class UnaryMethod final : public ServedMethod {
 public:
  // Asks gRPC for a call: see ByteService.
  using RequestCall = std::function<void(grpc::ServerContext*, ReceivedMessage*,
                                         grpc::ServerAsyncResponseWriter<SentMessage>*,
                                         grpc::ServerCompletionQueue*, void* tag)>;
  // Answers one call. What it leaves in the response is sent if it returns OK.
  using Handler = std::function<grpc::Status(const CallFacts&, const Request&, Response*)>;
  // Whether the handler may have to wait for this request. Quick; runs on the queue's thread.
  using MayWait = std::function<bool(const CallFacts&, const Request&)>;

  // `pool`, `queue` and what `options` refers to outlive the object. `pool` may be nullptr: then
  // the handler runs on the queue's thread and must be quick. With a pool and `may_wait` it runs in
  // the pool only for the requests that this is true of, with a pool alone always.
  UnaryMethod(CallQueue* queue, WorkerPool* pool, const ServingOptions& options, Demand demand,
              RequestCall request_call, Handler handler, CallMeter meter = {},
              MayWait may_wait = nullptr)
      : queue_(*queue),
        pool_(pool),
        options_(options),
        waiting_wanted_(static_cast<size_t>(demand)),
        request_call_(std::move(request_call)),
        handler_(std::move(handler)),
        meter_(meter),
        may_wait_(std::move(may_wait)) {}

  void Start() override { Replenish(); }

 private:
  class Call;
  using MessagePair = Messages<Request, Response>;

  void Replenish();
  void Release(Call* call);  // `call` is idle again.
  bool overloaded() const {
    return calls_.size() - idle_.size() - waiting_ - postponed_ > options_.in_flight_max;
  }

  CallQueue& queue_;
  WorkerPool* const pool_;
  const ServingOptions options_;
  const size_t waiting_wanted_;
  const RequestCall request_call_;
  const Handler handler_;
  const CallMeter meter_;
  const MayWait may_wait_;
  KeptMessages<Request, Response> messages_;

  std::vector<std::unique_ptr<Call>> calls_;  // All there are; as many as were ever needed at once.
  std::vector<Call*> idle_;
  size_t waiting_ = 0;
  size_t postponed_ = 0;  // Waiting in the queue's backlog.
};

// One call object: waits in gRPC, works, sends, and is idle until it is used again.
template <typename Request, typename Response>
class UnaryMethod<Request, Response>::Call final : public Tag, private PostponedCall {
 public:
  explicit Call(UnaryMethod* method) : method_(*method) {}

  void Wait();
  void Run(bool ok) override;

 private:
  enum class State : uint8_t { kIdle, kWaiting, kWorking, kSending };

  void Arrive();
  void Resume() override;
  void Refuse() override;
  void Begin();
  bool Late() const { return deadline_ != absl::InfiniteFuture() && deadline_ <= absl::Now(); }
  static grpc::Status TooLate() {
    return ToGrpcStatus(absl::DeadlineExceededError("the deadline passed before the work began"));
  }
  static grpc::Status Refused(absl::StatusCode code, std::string_view reason,
                              std::string_view message) {
    return ToGrpcStatus(base::ErrorWithReason(code, reason, message));
  }
  CallFacts Facts() const {
    return {peer_.peer(), peer_.private_transport(), deadline_, peer_.certificate_names(),
            &*context_};
  }
  bool NeedsPool(const Request& request) const;
  void Handle(MessagePair& messages, size_t request_bytes);
  void HandOver();  // To the pool.
  void HandleInPool();
  void Finish(const Response& response);
  void Fail(const grpc::Status& status);
  void Count(absl::StatusCode code);
  void Forget();

  UnaryMethod& method_;
  // Released by whoever finishes the call, acquired by the queue's thread: the one hand-over.
  std::atomic<State> state_{State::kIdle};
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<SentMessage>> writer_;
  ReceivedMessage received_;
  std::unique_ptr<MessagePair> own_messages_;  // While the call is the pool's.
  PeerFacts peer_;
  absl::Time deadline_;  // InfiniteFuture(): none.
  std::chrono::steady_clock::time_point begin_;
};

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Replenish() {
  // Waiting in the backlog and refusing take a call object too. Past this many, clients wait in
  // gRPC.
  const size_t calls_max = waiting_wanted_ + 2 * options_.in_flight_max;
  while (queue_.open() && waiting_ < waiting_wanted_ && calls_.size() - idle_.size() < calls_max) {
    if (idle_.empty()) {
      calls_.push_back(std::make_unique<Call>(this));
      idle_.push_back(calls_.back().get());
    }
    Call* call = idle_.back();
    idle_.pop_back();
    ++waiting_;
    call->Wait();
  }
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Release(Call* call) {
  idle_.push_back(call);
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Wait() {
  context_.emplace();
  writer_.emplace(&*context_);
  state_.store(State::kWaiting, std::memory_order_release);
  method_.request_call_(&*context_, &received_, &*writer_, method_.queue_.get(),
                        static_cast<Tag*>(this));
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Run(bool ok) {
  if (state_.load(std::memory_order_acquire) == State::kWaiting) {
    --method_.waiting_;
    if (ok && method_.queue_.open()) {
      Arrive();
      method_.Replenish();
    } else {  // The server was shut down: there will be no more calls.
      Forget();
      method_.Release(this);
    }
    return;
  }
  // The answer was sent, or the client is gone, which makes no difference to us.
  Forget();
  method_.Release(this);
  method_.Replenish();
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Arrive() {
  state_.store(State::kWorking, std::memory_order_relaxed);
  begin_ = std::chrono::steady_clock::now();
  if (metrics::Registry* registry = method_.meter_.registry; registry != nullptr) {
    registry->RpcStarted(method_.meter_.method);
  }
  if (!method_.queue_.pressed()) return Begin();
  ++method_.postponed_;
  method_.queue_.Postpone(
      {this, std::chrono::system_clock::now(), context_->deadline(), received_.size()});
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Resume() {
  --method_.postponed_;
  Begin();
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Refuse() {
  --method_.postponed_;
  // Made once: what is told to thousands a second, when there is no time, should not take any.
  static const auto* const refused = new grpc::Status(
      Refused(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many calls waiting"));
  Fail(*refused);
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Begin() {
  const auto deadline = context_->deadline();
  deadline_ = deadline == std::chrono::system_clock::time_point::max()  // None was given.
                  ? absl::InfiniteFuture()
                  : absl::FromChrono(deadline);
  if (Late()) return Fail(TooLate());
  if (method_.overloaded()) {
    return Fail(
        Refused(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many calls in flight"));
  }
  const size_t request_bytes = received_.size();
  MessagePair& messages = method_.messages_.Get();
  const bool read = received_.ReadInto(&messages.request);
  received_.Clear();
  if (!read) {
    method_.messages_.Forget();
    return Fail(NotAMessage());
  }
  peer_.Read(*context_, *method_.options_.trust);
  if (NeedsPool(messages.request)) return HandOver();
  Handle(messages, request_bytes);
}

template <typename Request, typename Response>
bool UnaryMethod<Request, Response>::Call::NeedsPool(const Request& request) const {
  if (method_.pool_ == nullptr) return false;
  return method_.may_wait_ == nullptr || method_.may_wait_(Facts(), request);
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Handle(MessagePair& messages, size_t request_bytes) {
  const grpc::Status status = method_.handler_(Facts(), messages.request, &messages.response);
  if (!status.ok()) {
    method_.messages_.Forget();
    return Fail(status);
  }
  Finish(messages.response);
  // Serializing it has left its size in it.
  method_.messages_.Done(request_bytes + static_cast<size_t>(messages.response.GetCachedSize()));
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::HandOver() {
  own_messages_ = method_.messages_.Take();
  if (method_.pool_->TryRun([this] { HandleInPool(); })) return;
  Fail(Refused(absl::StatusCode::kResourceExhausted, "OVERLOADED", "too many slow calls"));
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::HandleInPool() {
  if (method_.pool_->stopping()) return Fail(ServerStopping());
  if (Late()) return Fail(TooLate());  // It waited for its turn.
  const grpc::Status status =
      method_.handler_(Facts(), own_messages_->request, &own_messages_->response);
  if (!status.ok()) return Fail(status);
  Finish(own_messages_->response);
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Count(absl::StatusCode code) {
  metrics::Registry* const registry = method_.meter_.registry;
  if (registry == nullptr) return;
  const auto passed = std::chrono::steady_clock::now() - begin_;
  registry->RpcFinished(method_.meter_.method, code, std::chrono::nanoseconds(passed).count());
}

// After this and after Fail the call belongs to gRPC, and then to the queue's thread: touch
// nothing.
template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Finish(const Response& response) {
  Count(absl::StatusCode::kOk);
  state_.store(State::kSending, std::memory_order_release);
  writer_->Finish(SentMessage(response), grpc::Status::OK, static_cast<Tag*>(this));
}

template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Fail(const grpc::Status& status) {
  Count(static_cast<absl::StatusCode>(status.error_code()));
  state_.store(State::kSending, std::memory_order_release);
  writer_->FinishWithError(status, static_cast<Tag*>(this));
}

// Gives back what gRPC keeps for the call.
template <typename Request, typename Response>
void UnaryMethod<Request, Response>::Call::Forget() {
  state_.store(State::kIdle, std::memory_order_relaxed);
  received_.Clear();
  own_messages_.reset();
  writer_.reset();
  context_.reset();
}

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_UNARY_CALL_H_
