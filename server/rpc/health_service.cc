#include "server/rpc/health_service.h"

#include <algorithm>
#include <chrono>

#include "grpcpp/alarm.h"
#include "grpcpp/support/async_stream.h"

namespace portcullis::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthState::Status HealthState::StatusOf(std::string_view name) const {
  if (name == "liveness") return HealthCheckResponse::SERVING;
  const bool known = name.empty() || name == "readiness" ||
                     std::find(names_.begin(), names_.end(), name) != names_.end();
  if (!known) return HealthCheckResponse::SERVICE_UNKNOWN;
  return phase() == Phase::kReady ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

grpc::Status HealthState::Check(const CallFacts& /*facts*/, const HealthCheckRequest& request,
                                HealthCheckResponse* response) {
  const Status status = StatusOf(request.service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    return ToGrpcStatus(absl::NotFoundError("service: not known here"));
  }
  response->set_status(status);
  return grpc::Status::OK;
}

// One client that watches. Ends itself when gRPC has nothing more to report about it.
class HealthWatch::Watcher {
 public:
  explicit Watcher(HealthWatch* watch) : watch_(*watch), writer_(&context_) {}

  void Wait() {
    context_.AsyncNotifyWhenDone(static_cast<Tag*>(&done_tag_));
    watch_.service_.RequestWatch(&context_, &request_, &writer_, watch_.queue_.get(),
                                 watch_.queue_.get(), static_cast<Tag*>(&arrived_tag_));
  }

  // Sends what is new, unless something is on its way; then that is looked at afterwards.
  void Update() {
    if (!arrived_ || busy_ || finished_ || done_ || !watch_.queue_.open()) return;
    if (watch_.state_.phase() == HealthState::Phase::kEnding)
      return Finish("the server is stopping");
    if (watch_.watchers_.size() > kWatchersMax) return Finish("too many clients watch");
    const HealthState::Status status = watch_.state_.StatusOf(request_.service());
    if (status == sent_) return;
    sent_ = status;
    HealthCheckResponse response;
    response.set_status(status);
    busy_ = true;
    writer_.Write(response, static_cast<Tag*>(&written_tag_));
  }

 private:
  class Event final : public Tag {
   public:
    Event(Watcher* watcher, void (Watcher::*member)(bool)) : watcher_(*watcher), member_(member) {}
    void Run(bool ok) override { (watcher_.*member_)(ok); }

   private:
    Watcher& watcher_;
    void (Watcher::*const member_)(bool);
  };

  void OnArrived(bool ok) {
    if (!ok) return End();  // The server was shut down; there is no done event without a call.
    arrived_ = true;
    watch_.WaitForOne();
    Update();
  }

  void OnWritten(bool ok) {
    busy_ = false;
    if (done_) return End();
    if (ok && !finished_) return Update();
  }

  void OnDone(bool /*ok*/) {
    done_ = true;
    if (!busy_) End();
  }

  void Finish(const char* why) {
    finished_ = true;
    busy_ = true;
    writer_.Finish(ToGrpcStatus(absl::UnavailableError(why)), static_cast<Tag*>(&written_tag_));
  }

  void End() { watch_.watchers_.erase(this); }  // Destroys *this.

  HealthWatch& watch_;
  grpc::ServerContext context_;
  HealthCheckRequest request_;
  grpc::ServerAsyncWriter<HealthCheckResponse> writer_;
  Event arrived_tag_{this, &Watcher::OnArrived};
  Event written_tag_{this, &Watcher::OnWritten};
  Event done_tag_{this, &Watcher::OnDone};
  HealthState::Status sent_ = HealthCheckResponse::UNKNOWN;
  bool arrived_ = false;
  bool busy_ = false;  // A write or the finish is on its way.
  bool finished_ = false;
  bool done_ = false;
};

// Brings UpdateAll to the queue's thread.
class HealthWatch::WakeUp final : public Tag {
 public:
  explicit WakeUp(HealthWatch* watch) : watch_(*watch) {}
  void Send() {
    alarm_.Set(watch_.queue_.get(), std::chrono::system_clock::now(), static_cast<Tag*>(this));
  }
  void Run(bool /*ok*/) override {
    watch_.UpdateAll();
    delete this;
  }

 private:
  HealthWatch& watch_;
  grpc::Alarm alarm_;
};

HealthWatch::HealthWatch(CallQueue* queue, const HealthState* state,
                         grpc::health::v1::Health::AsyncService* service)
    : queue_(*queue), state_(*state), service_(*service) {}

HealthWatch::~HealthWatch() = default;

void HealthWatch::Start() {
  WaitForOne();
}

void HealthWatch::Wake() {
  (new WakeUp(this))->Send();
}

void HealthWatch::WaitForOne() {
  if (!queue_.open()) return;
  auto watcher = std::make_unique<Watcher>(this);
  Watcher* const waiting = watcher.get();
  watchers_.emplace(waiting, std::move(watcher));
  waiting->Wait();
}

void HealthWatch::UpdateAll() {
  for (const auto& [watcher, owner] : watchers_) watcher->Update();
}

}  // namespace portcullis::rpc
