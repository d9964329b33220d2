#include "server/rpc/call_queue.h"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "server/rpc/byte_service.h"
#include "server/rpc/unary_call.h"

namespace portcullis::rpc {
namespace {

using Service = ByteService<v1::AuthorizationService>;
using Method = UnaryMethod<v1::AuthorizeRequest, v1::AuthorizeResponse>;

// A real server with one method whose handler the test gives.
class CallQueueTest : public ::testing::Test {
 protected:
  void Start(Method::Handler handler, WorkerPool* pool, size_t in_flight_max = 1000,
             Method::MayWait may_wait = nullptr) {
    pool_ = pool;
    trust_.everyone = true;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    queue_ = std::make_unique<CallQueue>(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    ServingOptions options;
    options.in_flight_max = in_flight_max;
    options.trust = &trust_;
    queue_->Add(std::make_unique<Method>(
        queue_.get(), pool, options, Demand::kHigh,
        [this](auto* context, auto* request, auto* writer, auto* events, void* tag) {
          static const int kAuthorize =
              Service::IndexOf<v1::AuthorizeRequest, v1::AuthorizeResponse>("Authorize");
          service_.RequestUnary(kAuthorize, context, request, writer, events, tag);
        },
        std::move(handler), CallMeter{&metrics_, metrics::RpcMethod::kAuthorize},
        std::move(may_wait)));
    queue_->Start();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
    stub_ = v1::AuthorizationService::NewStub(channel_);
  }

  void Stop(std::chrono::milliseconds grace = std::chrono::milliseconds(0)) {
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    if (pool_ != nullptr) pool_->Stop();
    queue_->Stop();
  }

  grpc::Status Ask(const std::string& action, v1::AuthorizeResponse* response,
                   std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    v1::AuthorizeRequest request;
    request.set_action(action);
    const grpc::Status status = stub_->Authorize(&context, request, response);
    if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused_;
    return status;
  }

  // Echo, after a millisecond of work; sets `pressed` when the queue is.
  Method::Handler WorkHard(std::atomic<bool>* pressed) {
    return [this, pressed](const CallFacts& facts, const v1::AuthorizeRequest& request,
                           v1::AuthorizeResponse* response) {
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
      while (std::chrono::steady_clock::now() < end) {
      }
      if (queue_->pressed()) *pressed = true;
      return Echo(facts, request, response);
    };
  }

  static grpc::Status Echo(const CallFacts&, const v1::AuthorizeRequest& request,
                           v1::AuthorizeResponse* response) {
    response->Clear();
    response->set_reason(request.action());
    return grpc::Status::OK;
  }

  ListenerTrust trust_;
  Service service_;
  WorkerPool* pool_ = nullptr;
  std::unique_ptr<CallQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AuthorizationService::Stub> stub_;
  metrics::Registry metrics_;
  std::atomic<int> refused_ = 0;
};

TEST_F(CallQueueTest, AnswersManyCallersWithTheirOwnAnswers) {
  Start(Echo, nullptr);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([this, caller, &wrong] {
      for (int i = 0; i < 100; ++i) {
        const std::string action = "a:" + std::to_string(caller) + "-" + std::to_string(i);
        v1::AuthorizeResponse response;
        if (!Ask(action, &response).ok() || response.reason() != action) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  Stop();
  EXPECT_EQ(wrong, 0);
  const std::string text = metrics_.TextExposition();
  EXPECT_NE(text.find("method=\"Authorize\",code=\"OK\"} 800"), std::string::npos) << text;
}

// More callers than the queue's thread can serve, until they were told to stop.
class Flood {
 public:
  template <typename Ask>
  explicit Flood(Ask ask) {
    for (int caller = 0; caller < 16; ++caller) {
      callers_.emplace_back([this, ask] {
        while (!stop_) ask();
      });
    }
  }
  ~Flood() {
    stop_ = true;
    for (std::thread& caller : callers_) caller.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> callers_;
};

bool ComesTrue(const std::atomic<bool>& condition) {
  for (int i = 0; i < 2000 && !condition; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition;
}

TEST_F(CallQueueTest, AnswersEverybodyWhilePressed) {
  std::atomic<bool> pressed = false;
  Start(WorkHard(&pressed), nullptr);
  std::atomic<int> number = 0;
  std::atomic<int> wrong = 0;
  {
    const Flood flood([&] {
      const std::string action = "a:" + std::to_string(++number);
      v1::AuthorizeResponse response;
      if (!Ask(action, &response).ok() || response.reason() != action) ++wrong;
    });
    EXPECT_TRUE(ComesTrue(pressed));
  }
  EXPECT_EQ(wrong, 0);
  v1::AuthorizeResponse response;
  EXPECT_TRUE(Ask("after", &response).ok());
  Stop();
}

TEST_F(CallQueueTest, EndsCleanlyWhilePressed) {
  std::atomic<bool> pressed = false;
  Start(WorkHard(&pressed), nullptr);
  std::atomic<int> wrong = 0;
  const Flood flood([&] {
    v1::AuthorizeResponse response;
    const grpc::Status status = Ask("a:b", &response, std::chrono::seconds(1));
    const bool ended = status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                       status.error_code() == grpc::StatusCode::CANCELLED ||
                       status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    if (!status.ok() && !ended) ++wrong;
  });
  EXPECT_TRUE(ComesTrue(pressed));
  Stop();
  EXPECT_EQ(wrong, 0);
}

TEST_F(CallQueueTest, LeavesNothingOfALargeCallInTheNext) {
  Start(Echo, nullptr);
  const std::string large(200'000, 'x');
  v1::AuthorizeResponse response;
  ASSERT_TRUE(Ask(large, &response).ok());
  EXPECT_EQ(response.reason(), large);
  ASSERT_TRUE(Ask("small", &response).ok());
  EXPECT_EQ(response.reason(), "small");
  Stop();
}

TEST_F(CallQueueTest, RefusesWhatIsNoMessageAndServesOn) {
  Start(Echo, nullptr);
  grpc::GenericStub generic(channel_);
  const grpc::Slice text("\xff\xff\xff\xff");
  const grpc::ByteBuffer bytes(&text, 1);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto reader = generic.PrepareUnaryCall(&context, "/portcullis.v1.AuthorizationService/Authorize",
                                         bytes, &queue);
  reader->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  reader->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorReasonOf(status), "MALFORMED_REQUEST");
  v1::AuthorizeResponse response;
  ASSERT_TRUE(Ask("a:b", &response).ok());
  EXPECT_EQ(response.reason(), "a:b");
  Stop();
}

TEST_F(CallQueueTest, SendsErrorsWithTheirDetails) {
  Start(
      [](const CallFacts&, const v1::AuthorizeRequest&, v1::AuthorizeResponse*) {
        return ToGrpcStatus(base::ErrorWithReason(absl::StatusCode::kUnauthenticated,
                                                  "TOKEN_EXPIRED", "the token has expired"));
      },
      nullptr);
  v1::AuthorizeResponse response;
  const grpc::Status status = Ask("a:b", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ErrorReasonOf(status), "TOKEN_EXPIRED");
  Stop();
}

TEST_F(CallQueueTest, ShedsCallsBeyondTheLimit) {
  WorkerPool pool(1, 1);
  std::promise<void> started;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<bool> first = true;
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        if (first.exchange(false)) started.set_value();
        released.wait();
        return Echo(facts, request, response);
      },
      &pool);
  std::future<grpc::Status> running = std::async(std::launch::async, [this] {
    v1::AuthorizeResponse response;
    return Ask("running", &response);
  });
  started.get_future().wait();
  // One more may wait; of these three at least two must be refused at once.
  std::vector<std::future<grpc::Status>> more;
  for (int i = 0; i < 3; ++i) {
    more.push_back(std::async(std::launch::async, [this] {
      v1::AuthorizeResponse response;
      return Ask("more", &response);
    }));
  }
  while (refused_ < 2) std::this_thread::yield();
  release.set_value();
  EXPECT_TRUE(running.get().ok());
  for (auto& call : more) {
    const grpc::Status status = call.get();
    if (status.ok()) continue;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ErrorReasonOf(status), "OVERLOADED");
  }
  EXPECT_EQ(refused_, 2);
  Stop();
}

TEST_F(CallQueueTest, HandsOnlyCallsThatMayWaitToThePool) {
  WorkerPool pool(1, 1);
  std::promise<void> started;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::thread::id waited_on;
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        if (request.action() == "slow") {
          waited_on = std::this_thread::get_id();
          started.set_value();
          released.wait();
        } else {
          EXPECT_NE(std::this_thread::get_id(), waited_on);
        }
        return Echo(facts, request, response);
      },
      &pool, 1000,
      [](const CallFacts&, const v1::AuthorizeRequest& request) {
        return request.action() == "slow";
      });
  std::future<grpc::Status> slow = std::async(std::launch::async, [this] {
    v1::AuthorizeResponse response;
    return Ask("slow", &response);
  });
  started.get_future().wait();
  // The pool's only thread is taken, and more than fit into its queue are answered all the same.
  for (int i = 0; i < 10; ++i) {
    v1::AuthorizeResponse response;
    EXPECT_TRUE(Ask("quick", &response).ok());
  }
  release.set_value();
  EXPECT_TRUE(slow.get().ok());
  Stop();
}

TEST_F(CallQueueTest, RefusesBeyondTheInFlightLimitOfAQueue) {
  WorkerPool pool(1, 100);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        released.wait();
        return Echo(facts, request, response);
      },
      &pool, 2);
  std::vector<std::future<grpc::Status>> calls;
  for (int i = 0; i < 5; ++i) {
    calls.push_back(std::async(std::launch::async, [this] {
      v1::AuthorizeResponse response;
      return Ask("a:b", &response);
    }));
  }
  while (refused_ < 3) std::this_thread::yield();
  release.set_value();
  int answered = 0;
  for (auto& call : calls) answered += call.get().ok() ? 1 : 0;
  EXPECT_EQ(answered, 2);
  Stop();
}

TEST_F(CallQueueTest, EndsCleanlyWhileCallsAreRunning) {
  WorkerPool pool(2, 4);
  std::promise<void> started;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<bool> first = true;
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        if (first.exchange(false)) started.set_value();
        released.wait();
        return Echo(facts, request, response);
      },
      &pool);
  std::future<grpc::Status> running = std::async(std::launch::async, [this] {
    v1::AuthorizeResponse response;
    return Ask("a:b", &response);
  });
  started.get_future().wait();
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    release.set_value();
  });
  Stop(std::chrono::seconds(10));
  releaser.join();
  EXPECT_TRUE(running.get().ok()) << "a call that was accepted must be answered while draining";
  v1::AuthorizeResponse response;
  EXPECT_EQ(Ask("late", &response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(CallQueueTest, CancelsCallsThatOutliveTheGrace) {
  WorkerPool pool(1, 4);
  std::promise<void> started;
  std::promise<void> release;
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        started.set_value();
        release.get_future().wait();
        return Echo(facts, request, response);
      },
      &pool);
  std::future<grpc::Status> running = std::async(std::launch::async, [this] {
    v1::AuthorizeResponse response;
    return Ask("a:b", &response);
  });
  started.get_future().wait();
  std::thread releaser([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    release.set_value();
  });
  Stop(std::chrono::milliseconds(50));
  releaser.join();
  EXPECT_FALSE(running.get().ok());
}

TEST_F(CallQueueTest, DoesNoWorkPastTheDeadline) {
  WorkerPool pool(1, 8);
  std::atomic<int> handled = 0;
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Start(
      [&](const CallFacts& facts, const v1::AuthorizeRequest& request,
          v1::AuthorizeResponse* response) {
        ++handled;
        released.wait();
        return Echo(facts, request, response);
      },
      &pool);
  std::future<grpc::Status> blocking = std::async(std::launch::async, [this] {
    v1::AuthorizeResponse response;
    return Ask("blocking", &response);
  });
  while (handled == 0) std::this_thread::yield();
  v1::AuthorizeResponse response;
  EXPECT_EQ(Ask("hasty", &response, std::chrono::milliseconds(50)).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The server counts from when the call arrived, so its deadline is a little later.
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  release.set_value();
  EXPECT_TRUE(blocking.get().ok());
  Stop();
  EXPECT_EQ(handled, 1) << "a call whose client has gone away must not be worked on";
}

TEST(CallQueue, CanBeStoppedWithoutHavingBeenStarted) {
  grpc::ServerBuilder builder;
  CallQueue queue(builder.AddCompletionQueue());
  queue.Stop();
  queue.Stop();
  SUCCEED();
}

}  // namespace
}  // namespace portcullis::rpc
