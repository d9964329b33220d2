// A gRPC service as a server offers it, whatever it is about.
#ifndef PORTCULLIS_SERVER_RPC_RPC_SERVICE_H_
#define PORTCULLIS_SERVER_RPC_RPC_SERVICE_H_

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "grpcpp/impl/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"

#include "server/metrics/registry.h"
#include "server/rpc/byte_service.h"
#include "server/rpc/call_queue.h"
#include "server/rpc/stream_method.h"
#include "server/rpc/unary_call.h"
#include "server/rpc/worker_pool.h"

namespace portcullis::rpc {

// Two, so that a slow identity provider keeps no administrator waiting, and the other way round.
struct WorkerPools {
  WorkerPool* slow = nullptr;     // For work that takes long, such as a reload.
  WorkerPool* waiting = nullptr;  // For calls that wait for somebody else's answer.
};

// What RpcServer knows of a service. gRPC binds the object to one server: each listener needs its
// own.
class RpcService {
 public:
  virtual ~RpcService() = default;

  // What is registered with gRPC: the generated AsyncService.
  virtual grpc::Service* service() = 0;

  // "package.Service": the name that health checks ask for.
  virtual std::string_view name() const = 0;

  // Adds the methods to `queue`. Called once for every queue, before it starts. `queue` and what
  // `pools` and `options` refer to outlive the calls.
  virtual void Serve(CallQueue* queue, const WorkerPools& pools, const ServingOptions& options) = 0;

  // Ends what would otherwise go on as long as clients please: streams. Returns at once. Called at
  // most once, on any thread, before the server is shut down.
  virtual void SendAway() {}
};

using RpcServices = std::vector<std::unique_ptr<RpcService>>;

// Where a handler runs.
enum class RunsOn : uint8_t {
  kQueue,    // On the queue's thread: quick, and waits for nothing.
  kSlow,     // In the pool for work that takes long.
  kWaiting,  // In the pool for calls that wait for others, if they may have to.
};

// nullptr: none, the handler runs on the queue's thread.
inline WorkerPool* PoolFor(RunsOn place, const WorkerPools& pools) {
  switch (place) {
    case RunsOn::kQueue:
      break;
    case RunsOn::kSlow:
      return pools.slow;
    case RunsOn::kWaiting:
      return pools.waiting;
  }
  return nullptr;
}

// A service made of unary methods, and of ones with a stream each way. Methods are added before the
// server starts.
template <typename Generated>
class MethodService final : public RpcService {
 public:
  // `metrics` outlives the object; nullptr: nothing is counted.
  explicit MethodService(metrics::Registry* metrics) : metrics_(metrics) {}

  // Adds the method `name`, which the member function of `*handlers` answers. `handlers` outlives
  // the server.
  template <typename Handlers, typename Request, typename Response>
  void Add(metrics::RpcMethod method, RunsOn place, Demand demand, std::string_view name,
           Handlers* handlers,
           grpc::Status (Handlers::*handle)(const CallFacts&, const Request&, Response*)) {
    AddMethod<Request, Response>(method, place, demand, name, Bind(handlers, handle), nullptr);
  }

  // Adds a method whose handler runs in the waiting pool, and only for the requests that
  // `may_wait`, which is asked on the queue's thread.
  template <typename Handlers, typename Request, typename Response>
  void AddWaiting(metrics::RpcMethod method, Demand demand, std::string_view name,
                  Handlers* handlers,
                  grpc::Status (Handlers::*handle)(const CallFacts&, const Request&, Response*),
                  bool (Handlers::*may_wait)(const CallFacts&, const Request&)) {
    AddMethod<Request, Response>(method, RunsOn::kWaiting, demand, name, Bind(handlers, handle),
                                 [handlers, may_wait](const CallFacts& facts, const Request& r) {
                                   return (handlers->*may_wait)(facts, r);
                                 });
  }

  // Adds the method `name`, whose requests and answers are streams. Its handler runs on the queue's
  // thread; StreamMethod::Handler says what may be a `Response`.
  template <typename Handlers, typename Request, typename Response>
  void AddStream(metrics::RpcMethod method, std::string_view name, Handlers* handlers,
                 grpc::Status (Handlers::*handle)(const CallFacts&, const Request&, Response*)) {
    const int index = ByteService<Generated>::template IndexOf<Request, Response>(name);
    const auto wait_for_stream = [this, index](auto* context, auto* stream, auto* events,
                                               void* tag) {
      service_.RequestStream(index, context, stream, events, tag);
    };
    methods_.push_back([=, this, meter = CallMeter{metrics_, method}](
                           CallQueue* queue, const WorkerPools& /*pools*/,
                           const ServingOptions& options) {
      // The handler of every queue has messages of its own.
      auto served =
          std::make_unique<StreamMethod>(queue, options, wait_for_stream,
                                         OfBytes<Request, Response>(Bind(handlers, handle)), meter);
      streams_.push_back(served.get());
      return served;
    });
  }

  grpc::Service* service() override { return &service_; }
  std::string_view name() const override { return Generated::service_full_name(); }
  void Serve(CallQueue* queue, const WorkerPools& pools, const ServingOptions& options) override {
    for (const auto& serve : methods_) queue->Add(serve(queue, pools, options));
  }
  void SendAway() override {
    for (StreamMethod* stream : streams_) stream->SendAway();
  }

 private:
  template <typename Handlers, typename Request, typename Response>
  static typename UnaryMethod<Request, Response>::Handler Bind(
      Handlers* handlers,
      grpc::Status (Handlers::*handle)(const CallFacts&, const Request&, Response*)) {
    return [handlers, handle](const CallFacts& facts, const Request& request, Response* response) {
      return (handlers->*handle)(facts, request, response);
    };
  }

  template <typename Request, typename Response>
  void AddMethod(metrics::RpcMethod method, RunsOn place, Demand demand, std::string_view name,
                 typename UnaryMethod<Request, Response>::Handler handler,
                 typename UnaryMethod<Request, Response>::MayWait may_wait) {
    const int index = ByteService<Generated>::template IndexOf<Request, Response>(name);
    const auto wait_for_call = [this, index](auto* context, auto* request, auto* writer,
                                             auto* events, void* tag) {
      service_.RequestUnary(index, context, request, writer, events, tag);
    };
    methods_.push_back([=, meter = CallMeter{metrics_, method}](CallQueue* queue,
                                                                const WorkerPools& pools,
                                                                const ServingOptions& options) {
      return std::make_unique<UnaryMethod<Request, Response>>(
          queue, PoolFor(place, pools), options, demand, wait_for_call, handler, meter, may_wait);
    });
  }

  metrics::Registry* const metrics_;
  ByteService<Generated> service_;
  std::vector<std::function<std::unique_ptr<ServedMethod>(CallQueue*, const WorkerPools&,
                                                          const ServingOptions&)>>
      methods_;
  std::vector<StreamMethod*> streams_;  // Of the queues.
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_RPC_SERVICE_H_
