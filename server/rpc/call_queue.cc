#include "server/rpc/call_queue.h"

#include <chrono>

namespace portcullis::rpc {

CallQueue::CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : queue_(std::move(queue)) {}

CallQueue::~CallQueue() {
  Stop();
}

void CallQueue::Start() {
  thread_ = std::thread([this] { Serve(); });
}

void CallQueue::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (!thread_.joinable()) {  // Never started: nothing was asked for.
    queue_->Shutdown();
    Drain();
    return;
  }
  stop_alarm_.Set(queue_.get(), std::chrono::system_clock::now(), static_cast<Tag*>(this));
  thread_.join();
}

void CallQueue::Run(bool /*ok*/) {
  open_ = false;
  queue_->Shutdown();
}

void CallQueue::Serve() {
  for (const std::unique_ptr<ServedMethod>& method : methods_) method->Start();
  Drain();
}

void CallQueue::Drain() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Tag*>(tag)->Run(ok);
}

}  // namespace portcullis::rpc
