#include "tests/bench/rpc/reference_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "grpcpp/grpcpp.h"

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "tests/bench/rpc/processes.h"
#include "tests/bench/rpc/reference_stream.h"

namespace portcullis::bench {
namespace {

// As many calls wait in gRPC; the others are idle, and what was used last is used first, while it
// is in the processor's caches.
constexpr int kWaiting = 32;

class Call;

v1::AuthorizeResponse ConstantAnswer() {
  v1::AuthorizeResponse answer;
  answer.set_decision(v1::DECISION_ALLOW);
  answer.set_principal_arn("arn:aws:iam::111111111111:user/user-5");
  answer.set_policy_revision(std::string(64, 'a'));
  answer.set_decision_id("01JD8ZQW4N0000000000000000");
  return answer;
}

struct Calls {
  v1::AuthorizationService::AsyncService service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::vector<std::unique_ptr<Call>> all;
  std::vector<Call*> idle;
};

// One place for a call: waits for one, answers it, is idle.
class Call final : public Event {
 public:
  explicit Call(Calls* calls) : calls_(*calls), answer_(ConstantAnswer()) {}

  static void WaitForOne(Calls* calls) {
    if (calls->idle.empty()) {
      calls->all.push_back(std::make_unique<Call>(calls));
      calls->idle.push_back(calls->all.back().get());
    }
    Call* const call = calls->idle.back();
    calls->idle.pop_back();
    call->Wait();
  }

  // Something happened: a call came in, or its answer is sent.
  void Proceed(bool ok) override {
    if (!ok) return;
    if (answering_) {
      calls_.idle.push_back(this);
      return;
    }
    answering_ = true;
    writer_->Finish(answer_, grpc::Status::OK, static_cast<Event*>(this));
    WaitForOne(&calls_);
  }

 private:
  void Wait() {
    answering_ = false;
    context_.emplace();
    writer_.emplace(&*context_);
    calls_.service.RequestAuthorize(&*context_, &request_, &*writer_, calls_.queue.get(),
                                    calls_.queue.get(), static_cast<Event*>(this));
  }

  Calls& calls_;
  bool answering_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<v1::AuthorizeResponse>> writer_;
  v1::AuthorizeRequest request_;
  v1::AuthorizeResponse answer_;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const std::vector<std::string>& arguments) {
  if (arguments.size() < 4) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({ReadFile(arguments[3]), ReadFile(arguments[2])});
  return grpc::SslServerCredentials(options);
}

}  // namespace

void ServeReference(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) std::exit(EXIT_FAILURE);
  const std::string& port_file = arguments[0];
  std::string address = arguments[1];
  Calls calls;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, CredentialsOf(arguments), &port);
  ReferenceStreams streams(ConstantAnswer());
  builder.RegisterService(&calls.service);
  builder.RegisterAsyncGenericService(streams.service());
  calls.queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) std::exit(EXIT_FAILURE);
  for (int i = 0; i < kWaiting; ++i) Call::WaitForOne(&calls);
  streams.Start(calls.queue.get());
  if (address.ends_with(":0")) address = "127.0.0.1:" + std::to_string(port);
  std::ofstream(port_file + ".new") << R"({"grpc":[")" << address << "\"]}\n";
  std::filesystem::rename(port_file + ".new", port_file);
  void* tag = nullptr;
  bool ok = false;
  while (calls.queue->Next(&tag, &ok)) {
    static_cast<Event*>(tag)->Proceed(ok);
  }
  std::exit(EXIT_SUCCESS);
}

}  // namespace portcullis::bench
