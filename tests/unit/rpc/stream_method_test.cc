#include "server/rpc/stream_method.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "server/base/error_reason.h"
#include "server/rpc/byte_service.h"
#include "server/rpc/status.h"

namespace portcullis::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using Service = v1::AuthorizationService;
using ClientStream =
    grpc::ClientReaderWriter<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>;

constexpr int kMessageBytesMax = 1 << 20;

v1::StreamAuthorizeRequest Asking(const std::vector<std::string>& actions) {
  v1::StreamAuthorizeRequest request;
  for (const std::string& action : actions) request.add_questions()->set_action(action);
  return request;
}

// A real server with one method, whose results say what was asked. The action "end" ends the
// stream.
class StreamMethodTest : public ::testing::Test {
 protected:
  struct Client {
    explicit Client(Service::Stub* stub, seconds timeout = seconds(20)) {
      context.set_deadline(system_clock::now() + timeout);
      stream = stub->StreamAuthorize(&context);
    }
    bool Ask(const std::vector<std::string>& actions) { return stream->Write(Asking(actions)); }

    // The actions of the next `count` results; fewer if the stream ends.
    std::vector<std::string> Read(size_t count) {
      std::vector<std::string> actions;
      v1::StreamAuthorizeResponse response;
      while (actions.size() < count && stream->Read(&response)) {
        largest_response = std::max(largest_response, response.results_size());
        for (const v1::StreamAuthorizeResult& result : response.results()) {
          actions.push_back(result.answer().reason());
        }
      }
      return actions;
    }
    grpc::Status End() {
      stream->WritesDone();
      return stream->Finish();
    }

    grpc::ClientContext context;
    std::unique_ptr<ClientStream> stream;
    int largest_response = 0;
  };

  ~StreamMethodTest() override { Stop(); }

  void Start(size_t streams_max = 1000) {
    trust_.everyone = true;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(kMessageBytesMax);
    builder.RegisterService(&service_);
    queue_ = std::make_unique<CallQueue>(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    ServingOptions options;
    options.in_flight_max = streams_max;
    options.trust = &trust_;
    const int index =
        ByteService<Service>::IndexOf<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>(
            "StreamAuthorize");
    auto method = std::make_unique<StreamMethod>(
        queue_.get(), options,
        [this, index](auto* context, auto* stream, auto* events, void* tag) {
          service_.RequestStream(index, context, stream, events, tag);
        },
        OfBytes<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>(
            [this](const CallFacts& facts, const auto& request, auto* response) {
              return Answer(facts, request, response);
            }),
        CallMeter{&metrics_, metrics::RpcMethod::kStreamAuthorize});
    method_ = method.get();
    queue_->Add(std::move(method));
    queue_->Start();
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
    stub_ = Service::NewStub(channel_);
  }

  void Stop(milliseconds grace = milliseconds(0)) {
    if (server_ == nullptr) return;
    server_->Shutdown(system_clock::now() + grace);
    queue_->Stop();
    server_ = nullptr;
  }

  grpc::Status Answer(const CallFacts& facts, const v1::StreamAuthorizeRequest& request,
                      v1::StreamAuthorizeResponse* response) {
    EXPECT_TRUE(facts.peer.may_assert_principals);
    response->Clear();
    for (const v1::AuthorizeRequest& question : request.questions()) {
      if (question.action() == "end") {
        return ToGrpcStatus(base::ErrorWithReason(absl::StatusCode::kInvalidArgument,
                                                  "MALFORMED_REQUEST", "no more"));
      }
      ++answered_;
      if (question.action() == "hard") WorkHard();
      if (queue_->pressed()) was_pressed_ = true;
      response->add_results()->mutable_answer()->set_reason(question.action());
    }
    return grpc::Status::OK;
  }

  static void WorkHard() {
    const auto end = std::chrono::steady_clock::now() + milliseconds(1);
    while (std::chrono::steady_clock::now() < end) {
    }
  }

  // How many streams have ended with this status.
  bool EndedWith(const std::string& code, int count) const {
    const std::string row =
        "portcullis_rpc_seconds_count{service=\"portcullis.v1."
        "AuthorizationService\",method=\"StreamAuthorize\",code=\"" +
        code + "\"} " + std::to_string(count) + "\n";
    return metrics_.TextExposition().find(row) != std::string::npos;
  }
  static bool Eventually(const std::function<bool()>& is_so) {
    for (int i = 0; i < 1000; ++i) {
      if (is_so()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }

  ListenerTrust trust_;
  metrics::Registry metrics_;
  std::atomic<int> answered_ = 0;
  std::atomic<bool> was_pressed_ = false;  // A question was answered while the queue was.
  ByteService<Service> service_;
  std::unique_ptr<CallQueue> queue_;
  StreamMethod* method_ = nullptr;  // Of queue_.
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Service::Stub> stub_;
};

TEST_F(StreamMethodTest, AnswersEachRequestAtOnce) {
  Start();
  Client client(stub_.get());
  for (int i = 0; i < 20; ++i) {
    const std::string action = "a:" + std::to_string(i);
    ASSERT_TRUE(client.Ask({action}));
    EXPECT_EQ(client.Read(1), std::vector<std::string>{action});
  }
  EXPECT_TRUE(client.End().ok());
  EXPECT_TRUE(Eventually([this] { return EndedWith("OK", 1); }));
}

TEST_F(StreamMethodTest, AnswersInTheOrderOfTheQuestions) {
  Start();
  Client client(stub_.get());
  constexpr size_t kQuestions = 3000;
  std::thread asker([&client] {
    std::vector<std::string> actions;
    for (size_t i = 0; i < kQuestions; ++i) {
      actions.push_back(std::to_string(i));
      if (actions.size() > i % 7) {  // Requests of different sizes.
        EXPECT_TRUE(client.Ask(actions));
        actions.clear();
      }
    }
    if (!actions.empty()) {
      EXPECT_TRUE(client.Ask(actions));
    }
    client.stream->WritesDone();
  });
  const std::vector<std::string> results = client.Read(kQuestions + 1);
  asker.join();
  ASSERT_EQ(results.size(), kQuestions);
  for (size_t i = 0; i < kQuestions; ++i) ASSERT_EQ(results[i], std::to_string(i));
  EXPECT_TRUE(client.stream->Finish().ok());
}

TEST_F(StreamMethodTest, SendsAllResultsAfterTheLastRequest) {
  Start();
  Client client(stub_.get());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(client.Ask({"a", "b"}));
  client.stream->WritesDone();
  EXPECT_EQ(client.Read(1000).size(), 200u);
  EXPECT_TRUE(client.stream->Finish().ok());
}

TEST_F(StreamMethodTest, MayBeEndedWithoutAQuestion) {
  Start();
  EXPECT_TRUE(Client(stub_.get()).End().ok());
}

TEST_F(StreamMethodTest, EndsWithAnErrorAfterTheResultsBefore) {
  Start();
  Client client(stub_.get());
  ASSERT_TRUE(client.Ask({"a", "b"}));
  ASSERT_TRUE(client.Ask({"end"}));
  client.Ask({"never"});
  EXPECT_EQ(client.Read(10), (std::vector<std::string>{"a", "b"}));
  const grpc::Status status = client.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorReasonOf(status), "MALFORMED_REQUEST");
  EXPECT_TRUE(Eventually([this] { return EndedWith("INVALID_ARGUMENT", 1); }));
  EXPECT_EQ(answered_, 2);
}

TEST_F(StreamMethodTest, EndsWhenBytesAreNoRequest) {
  Start();
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + seconds(20));
  grpc::CompletionQueue events;
  const auto stream =
      stub.PrepareCall(&context, "/portcullis.v1.AuthorizationService/StreamAuthorize", &events);
  const auto wait = [&events] {
    void* tag = nullptr;
    bool ok = false;
    return events.Next(&tag, &ok) && ok;
  };
  stream->StartCall(nullptr);
  ASSERT_TRUE(wait());
  const grpc::Slice garbage("\xff\xff\xff");
  stream->Write(grpc::ByteBuffer(&garbage, 1), nullptr);
  ASSERT_TRUE(wait());
  grpc::ByteBuffer response;
  stream->Read(&response, nullptr);
  EXPECT_FALSE(wait());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  ASSERT_TRUE(wait());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ErrorReasonOf(status), "MALFORMED_REQUEST");
}

TEST_F(StreamMethodTest, EndsOnARequestThatIsTooLarge) {
  Start();
  Client client(stub_.get());
  client.Ask({std::string(kMessageBytesMax + 1, 'x')});
  EXPECT_TRUE(client.Read(1).empty());
  EXPECT_EQ(client.stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(StreamMethodTest, LeavesNothingOfALargeRequestInTheNext) {
  Start();
  Client client(stub_.get());
  const std::string large(kMessageBytesMax - 100, 'x');
  ASSERT_TRUE(client.Ask({large}));
  EXPECT_EQ(client.Read(1), std::vector<std::string>{large});
  ASSERT_TRUE(client.Ask({"small"}));
  EXPECT_EQ(client.Read(1), std::vector<std::string>{"small"});
}

// A client that takes no results is not read any more, keeps nobody waiting, and loses nothing.
TEST_F(StreamMethodTest, WaitsForAClientThatTakesNothing) {
  Start();
  Client slow(stub_.get());
  constexpr int kRequests = 400;
  constexpr size_t kBytes = 100'000;  // Of a question and of its result: 40 MB in all.
  std::atomic<bool> asked = false;
  std::thread asker([&slow, &asked] {
    for (int i = 0; i < kRequests; ++i) {
      if (!slow.Ask({std::to_string(i) + std::string(kBytes, 'x')})) break;
    }
    asked = true;
    slow.stream->WritesDone();
  });
  int before = -1;
  // Until it stands still.
  EXPECT_TRUE(Eventually([&before, this] {
    std::this_thread::sleep_for(milliseconds(200));
    return before == std::exchange(before, answered_.load()) && before > 0;
  }));
  EXPECT_FALSE(asked);
  EXPECT_LT(before, kRequests / 2);
  Client other(stub_.get());
  ASSERT_TRUE(other.Ask({"quick"}));
  EXPECT_EQ(other.Read(1), std::vector<std::string>{"quick"});
  EXPECT_TRUE(other.End().ok());

  const std::vector<std::string> results = slow.Read(kRequests + 1);
  asker.join();
  ASSERT_EQ(results.size(), static_cast<size_t>(kRequests));
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(results[static_cast<size_t>(i)], std::to_string(i) + std::string(kBytes, 'x'));
  }
  // What waited was put together, but not into messages that a client refuses for their size.
  EXPECT_GT(slow.largest_response, 1);
  EXPECT_LE(slow.largest_response, 3);
  EXPECT_TRUE(slow.stream->Finish().ok());
}

TEST_F(StreamMethodTest, RefusesStreamsBeyondTheLimit) {
  Start(2);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(std::make_unique<Client>(stub_.get()));
    ASSERT_TRUE(clients.back()->Ask({"a"}));
    ASSERT_EQ(clients.back()->Read(1).size(), 1u);
  }
  for (int i = 0; i < 20; ++i) {
    const grpc::Status status = Client(stub_.get()).End();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ErrorReasonOf(status), "OVERLOADED");
  }
  ASSERT_TRUE(clients.back()->Ask({"still"}));
  EXPECT_EQ(clients.back()->Read(1), std::vector<std::string>{"still"});
  EXPECT_TRUE(clients.back()->End().ok());
  EXPECT_TRUE(Eventually([this] { return EndedWith("OK", 1); }));
  Client next(stub_.get());
  ASSERT_TRUE(next.Ask({"a"}));
  EXPECT_EQ(next.Read(1).size(), 1u);
}

TEST_F(StreamMethodTest, ForgetsClientsThatGoAway) {
  Start(1);
  for (int i = 0; i < 3; ++i) {
    Client client(stub_.get());
    ASSERT_TRUE(client.Ask({"a"}));
    ASSERT_EQ(client.Read(1).size(), 1u);
    client.context.TryCancel();
    EXPECT_EQ(client.stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(Eventually([this, i] { return EndedWith("CANCELLED", i + 1); }));
  }
}

TEST_F(StreamMethodTest, EndsAtTheDeadline) {
  Start();
  Client client(stub_.get(), seconds(1));
  ASSERT_TRUE(client.Ask({"a"}));
  EXPECT_EQ(client.Read(10).size(), 1u);
  EXPECT_EQ(client.stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(Eventually([this] { return EndedWith("CANCELLED", 1); }));
}

TEST_F(StreamMethodTest, SendsClientsAwayBeforeAShutdown) {
  Start();
  Client idle(stub_.get());
  Client used(stub_.get());
  ASSERT_TRUE(used.Ask({"a"}));
  ASSERT_EQ(used.Read(1).size(), 1u);
  method_->SendAway();
  for (Client* client : {&idle, &used}) {
    EXPECT_TRUE(client->Read(1).empty());
    const grpc::Status status = client->stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(ErrorReasonOf(status), "SHUTTING_DOWN");
  }
  const grpc::Status late = Client(stub_.get()).End();
  EXPECT_EQ(ErrorReasonOf(late), "SHUTTING_DOWN");
  const auto begin = system_clock::now();
  Stop(seconds(30));
  EXPECT_LT(system_clock::now() - begin, seconds(10));
}

// More is asked than can be answered: requests wait in the queue's backlog, those of clients that
// go away and of a server that ends among them.
TEST_F(StreamMethodTest, AnswersEverybodyWhileTheQueueIsPressed) {
  Start();
  std::atomic<int> wrong = 0;
  std::atomic<bool> stop = false;
  const auto ask = [this, &wrong, &stop](int number) {
    const std::string name = std::to_string(number);
    while (!stop) {
      Client client(stub_.get());
      for (int i = 0; i < 20; ++i) client.Ask({"hard", name});
      const bool goes_away = number % 2 == 0;
      if (client.Read(goes_away ? 10 : 40).back() != name) ++wrong;
      if (goes_away) client.context.TryCancel();
      const grpc::Status status = client.End();
      if (!goes_away && !status.ok()) ++wrong;
    }
  };
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(ask, i);
  EXPECT_TRUE(Eventually([this] { return was_pressed_.load(); }));
  std::this_thread::sleep_for(milliseconds(300));
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(StreamMethodTest, EndsWhileTheQueueIsPressed) {
  Start();
  std::atomic<int> silent = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([this, &silent] {
      Client client(stub_.get());
      while (client.Ask({"hard"}) && client.Read(1).size() == 1) {
      }
      if (client.stream->Finish().ok()) ++silent;
    });
  }
  EXPECT_TRUE(Eventually([this] { return was_pressed_.load(); }));
  method_->SendAway();
  Stop(milliseconds(5));
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(silent, 0);
}

// Clients that go on asking while they are sent away get results or a status, never silence.
TEST_F(StreamMethodTest, SendsBusyClientsAway) {
  Start();
  std::vector<std::thread> threads;
  std::atomic<int> sent_away = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, &sent_away] {
      Client client(stub_.get());
      while (client.Ask({"a"}) && client.Read(1).size() == 1) {
      }
      sent_away += ErrorReasonOf(client.stream->Finish()) == "SHUTTING_DOWN" ? 1 : 0;
    });
  }
  EXPECT_TRUE(Eventually([this] { return answered_ > 500; }));
  method_->SendAway();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sent_away, 8);
  Stop(seconds(30));
}

TEST_F(StreamMethodTest, IsShutDownWhoeverIsThere) {
  Start();
  Client client(stub_.get());
  ASSERT_TRUE(client.Ask({"a"}));
  ASSERT_EQ(client.Read(1).size(), 1u);
  Stop(milliseconds(100));
  EXPECT_FALSE(client.stream->Finish().ok());
}

}  // namespace
}  // namespace portcullis::rpc
