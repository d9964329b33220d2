// A completion queue with the one thread that serves it.
#ifndef PORTCULLIS_SERVER_RPC_CALL_QUEUE_H_
#define PORTCULLIS_SERVER_RPC_CALL_QUEUE_H_

#include <cstddef>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"

#include "server/rpc/backlog.h"
#include "server/rpc/sleep_watch.h"

namespace portcullis::rpc {

// Something a completion queue reports. Its address is the tag.
class Tag {
 public:
  // Runs on the queue's thread. `ok` as grpc::CompletionQueue::Next tells.
  virtual void Run(bool ok) = 0;

 protected:
  ~Tag() = default;
};

// One method as a queue serves it: see UnaryMethod.
class ServedMethod {
 public:
  virtual ~ServedMethod() = default;

  // Asks gRPC for the first calls. Called once, on the queue's thread.
  virtual void Start() = 0;
};

// Everything a call needs on its way happens on this one thread, so that calls share nothing and
// hand nothing over: waking another thread costs more than deciding.
//
// Normally a call is begun when it is handed over. When the thread has not slept for a while, calls
// wait longer and longer in gRPC and in sockets, where their deadlines do not count yet, and most
// answers would be late. Then the queue is pressed: it takes in all that arrived before it works on
// any, and a Backlog says what comes next. Usually that was all, because there is a client who
// always has some calls in flight and so leaves no time for sleep. Otherwise the queue takes in
// again what arrived meanwhile: every ten milliseconds, every two while it is urgent.
//
// Life: construct, Add methods, Start after the server was built, Stop after the server was shut
// down. Stop is what makes it safe to destroy: gRPC aborts the process if a queue is destroyed with
// events left, or asked for anything after its shutdown: see open().
class CallQueue final : private Tag {
 public:
  // What may wait in a backlog: calls, and bytes of their messages.
  static constexpr size_t kBacklogCallsMax = 1000;
  static constexpr size_t kBacklogBytesMax = size_t{64} << 20;

  explicit CallQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~CallQueue();  // Stops.
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  void Add(std::unique_ptr<ServedMethod> method) { methods_.push_back(std::move(method)); }

  // Starts the thread. REQUIRES: the server that the queue belongs to runs.
  void Start();

  // Shuts the queue down, waits until it is empty, and ends the thread. May be called more than
  // once. REQUIRES: grpc::Server::Shutdown has returned, and nobody but the queue's thread finishes
  // calls.
  void Stop();

  grpc::ServerCompletionQueue* get() { return queue_.get(); }

  // Whether gRPC may be asked for anything: a call, a message, to send one. It aborts the process
  // if that happens in a queue that was shut down and has nothing else under way. On the queue's
  // thread only.
  bool open() const { return open_; }

  // Whether a call that arrives has to be postponed. On the queue's thread only, as all that
  // follows.
  bool pressed() const { return pressed_; }

  // Has the call begun, or refused, when its turn comes. REQUIRES: pressed().
  void Postpone(const Backlog::Entry& entry);

 private:
  void Run(bool ok) override;  // The alarm of Stop: shuts the queue down on its own thread.
  void Serve();
  void Drain();
  bool WaitForOne();
  void TakeIn();
  void WorkForAWhile();
  void Look();

  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::vector<std::unique_ptr<ServedMethod>> methods_;
  grpc::Alarm stop_alarm_;
  // Of the queue's thread:
  bool open_ = true;
  long events_ = 0;  // Since the last look at the clock.
  SleepWatch sleep_;
  bool pressed_ = false;
  bool urgent_ = false;
  Backlog backlog_{kBacklogCallsMax, kBacklogBytesMax};
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_CALL_QUEUE_H_
