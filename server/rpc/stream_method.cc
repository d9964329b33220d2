#include "server/rpc/stream_method.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "server/base/error_reason.h"
#include "server/rpc/status.h"

namespace portcullis::rpc {

// One stream: waits for its client in gRPC, goes to and fro, and is destroyed when gRPC has nothing
// more to report about it.
class StreamMethod::Call final : private PostponedCall {
 public:
  explicit Call(StreamMethod* method) : method_(*method) {}

  void Wait() {
    method_.request_stream_(&context_, &stream_, method_.queue_.get(),
                            static_cast<Tag*>(&arrived_event_));
  }

  // Ends the stream with `status` as soon as what was answered is sent; unless it ends already.
  void End(const grpc::Status& status) {
    if (!arrived_) return;
    if (!end_.has_value()) end_ = status;
    Proceed();
  }

 private:
  class Event final : public Tag {
   public:
    Event(Call* call, void (Call::*member)(bool)) : call_(*call), member_(member) {}
    void Run(bool ok) override { (call_.*member_)(ok); }

   private:
    Call& call_;
    void (Call::*const member_)(bool);
  };

  void OnArrived(bool ok);
  void OnRead(bool ok);
  // What was read waits in the queue's backlog meanwhile, and the stream goes on reading, as far as
  // it knows.
  void Resume() override { HaveRead(true); }
  void Refuse() override { HaveRead(true); }  // No stream has two, so there are never many.
  void HaveRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);

  grpc::Status ReasonToRefuse() const;
  // Starts whatever can be started. Nothing touches the call after it: it may be gone.
  void Proceed();
  void GiveUp();
  void Count(grpc::StatusCode code) const;
  void Answer();
  void Read();
  void Write();
  void Finish();
  void Forget();  // Destroys *this.

  StreamMethod& method_;
  grpc::ServerContext context_;
  Stream stream_{&context_};
  PeerFacts peer_;
  absl::Time deadline_;
  std::chrono::steady_clock::time_point begin_;

  ReceivedMessage request_;
  std::vector<grpc::Slice> answers_;  // Not sent yet.
  size_t answers_bytes_ = 0;
  std::optional<grpc::Status> end_;  // What the stream is to end with, once answers_ are sent.

  Event arrived_event_{this, &Call::OnArrived};
  Event read_event_{this, &Call::OnRead};
  Event written_event_{this, &Call::OnWritten};
  Event finished_event_{this, &Call::OnFinished};
  bool arrived_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool finishing_ = false;  // gRPC has been told how the stream ends.
  bool finished_ = false;   // And has told the client.
};

void StreamMethod::Call::OnArrived(bool ok) {
  --method_.waiting_;
  if (!ok) return Forget();  // The server was shut down.
  arrived_ = true;
  begin_ = std::chrono::steady_clock::now();
  if (metrics::Registry* registry = method_.meter_.registry; registry != nullptr) {
    registry->RpcStarted(method_.meter_.method);
  }
  method_.Replenish();
  if (const grpc::Status refusal = ReasonToRefuse(); !refusal.ok()) return End(refusal);
  deadline_ = absl::FromChrono(context_.deadline());
  peer_.Read(context_, *method_.options_.trust);
  Proceed();
}

grpc::Status StreamMethod::Call::ReasonToRefuse() const {
  if (method_.sending_away_) return ServerStopping();
  if (!method_.overloaded()) return grpc::Status::OK;
  return ToGrpcStatus(base::ErrorWithReason(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                                            "too many streams are open"));
}

void StreamMethod::Call::Proceed() {
  if (finishing_) return;
  if (!method_.queue_.open()) return GiveUp();
  if (!writing_ && !answers_.empty()) Write();
  if (end_.has_value()) {
    if (!writing_) Finish();
  } else if (!reading_ && answers_bytes_ <= kWaitingBytesMax) {
    Read();
  }
}

// The server was shut down before the stream was finished. Its client is told by gRPC, which must
// not be asked for anything any more.
void StreamMethod::Call::GiveUp() {
  if (reading_ || writing_) return;
  Count(grpc::StatusCode::CANCELLED);
  Forget();
}

void StreamMethod::Call::Count(grpc::StatusCode code) const {
  metrics::Registry* const registry = method_.meter_.registry;
  if (registry == nullptr) return;
  const auto passed = std::chrono::steady_clock::now() - begin_;
  registry->RpcFinished(method_.meter_.method, static_cast<absl::StatusCode>(code),
                        std::chrono::nanoseconds(passed).count());
}

void StreamMethod::Call::OnRead(bool ok) {
  if (!ok || !method_.queue_.pressed()) return HaveRead(ok);
  method_.queue_.Postpone(
      {this, std::chrono::system_clock::now(), Backlog::Time::max(), request_.size()});
}

void StreamMethod::Call::HaveRead(bool ok) {
  reading_ = false;
  if (finished_) return Forget();
  if (!end_.has_value() && method_.queue_.open()) {
    if (ok) {
      Answer();
    } else {  // There will be no more requests, for which the client may have other reasons, too.
      end_ = grpc::Status::OK;
    }
  }
  Proceed();
}

void StreamMethod::Call::Answer() {
  const CallFacts facts{peer_.peer(), peer_.private_transport(), deadline_,
                        peer_.certificate_names(), &context_};
  grpc::Slice answer;
  const grpc::Status status = method_.handler_(facts, &request_, &answer);
  request_.Clear();
  if (!status.ok()) {
    end_ = status;
    return;
  }
  answers_bytes_ += answer.size();
  answers_.push_back(std::move(answer));
}

void StreamMethod::Call::OnWritten(bool ok) {
  writing_ = false;
  if (!ok) {  // Nobody is there any more.
    answers_.clear();
    end_ = grpc::Status::CANCELLED;
  }
  Proceed();
}

void StreamMethod::Call::OnFinished(bool ok) {
  finished_ = true;
  Count(ok ? end_->error_code() : grpc::StatusCode::CANCELLED);
  if (!reading_) Forget();
}

void StreamMethod::Call::Read() {
  reading_ = true;
  stream_.Read(&request_, static_cast<Tag*>(&read_event_));
}

// As much as makes a message of a size that every client takes; one answer in any case.
void StreamMethod::Call::Write() {
  size_t count = 0;
  size_t bytes = 0;
  do {
    bytes += answers_[count++].size();
  } while (count < answers_.size() && bytes + answers_[count].size() <= kWaitingBytesMax);
  const grpc::ByteBuffer message(answers_.data(), count);
  answers_.erase(answers_.begin(), answers_.begin() + static_cast<ptrdiff_t>(count));
  answers_bytes_ -= bytes;
  writing_ = true;
  stream_.Write(message, static_cast<Tag*>(&written_event_));
}

// A read that goes on meanwhile ends without a message.
void StreamMethod::Call::Finish() {
  finishing_ = true;
  stream_.Finish(*end_, static_cast<Tag*>(&finished_event_));
}

void StreamMethod::Call::Forget() {
  StreamMethod& method = method_;
  method.calls_.erase(this);
  method.Replenish();
}

StreamMethod::StreamMethod(CallQueue* queue, const ServingOptions& options,
                           RequestStream request_stream, Handler handler, CallMeter meter)
    : queue_(*queue),
      options_(options),
      request_stream_(std::move(request_stream)),
      handler_(std::move(handler)),
      meter_(meter) {}

StreamMethod::~StreamMethod() = default;

void StreamMethod::Replenish() {
  // Refusing takes an object too. Past this many, clients wait in gRPC; one object waits there for
  // them (see Demand).
  const size_t calls_max = 1 + 2 * options_.in_flight_max;
  if (!queue_.open() || waiting_ > 0 || calls_.size() >= calls_max) return;
  auto call = std::make_unique<Call>(this);
  Call* const waiting = call.get();
  calls_.emplace(waiting, std::move(call));
  ++waiting_;
  waiting->Wait();
}

void StreamMethod::SendAway() {
  away_alarm_.Set(queue_.get(), std::chrono::system_clock::now(), static_cast<Tag*>(&away_sender_));
}

void StreamMethod::EndAll() {
  sending_away_ = true;
  if (!queue_.open()) return;
  const grpc::Status status = ServerStopping();
  for (const auto& [call, owner] : calls_) call->End(status);  // Forgets nothing yet.
}

grpc::Status TooLarge() {
  return ToGrpcStatus(absl::InternalError("the answer is too large"));
}

}  // namespace portcullis::rpc
