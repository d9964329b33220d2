// Asks a server as fast as it answers.
#ifndef PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_
#define PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grpcpp/grpcpp.h"

namespace portcullis::bench {

struct LoadResult {
  double seconds = 0;
  int wrong = 0;                     // Not OK, or not the answer that was expected.
  std::vector<double> microseconds;  // From asking to the answer, as the client sees it.
};

// A client with several connections, one completion queue and one thread.
class Load {
 public:
  virtual ~Load() = default;

  // Asks `count` questions, `in_flight` at a time, and waits for all answers. Questions are made
  // before the time that is measured.
  virtual LoadResult Run(int count, int in_flight) = 0;
};

// Several connections to one server.
std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address);

// Calls one method of `Service`.
template <typename Service, typename Request, typename Response>
class LoadOf : public Load {
 public:
  using Stub = typename Service::Stub;
  using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;
  using Method = Reader (Stub::*)(grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

  struct Questions {
    // As many as will be asked, or fewer, which are then asked in turn; at least one.
    std::function<std::vector<Request>(int count)> make;
    std::function<bool(const Request&, const Response&)> is_right;
  };

  LoadOf(const std::string& address, Method method, Questions questions)
      : method_(method), questions_(std::move(questions)) {
    for (const auto& channel : Connect(address)) stubs_.push_back(Service::NewStub(channel));
  }
  ~LoadOf() override {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  LoadResult Run(int count, int in_flight) override {
    LoadResult result;
    result.microseconds.reserve(static_cast<size_t>(count));
    requests_ = questions_.make(count);
    next_request_ = 0;
    std::vector<std::unique_ptr<Call>> calls;
    const auto started = Clock::now();
    int asked = 0;
    for (; asked < std::min(count, in_flight); ++asked) {
      calls.push_back(std::make_unique<Call>());
      Ask(calls.back().get());
    }
    void* tag = nullptr;
    bool ok = false;
    for (int answered = 0; answered < count && queue_.Next(&tag, &ok); ++answered) {
      Call* const call = static_cast<Call*>(tag);
      result.microseconds.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - call->asked).count());
      const bool right =
          ok && call->status.ok() && questions_.is_right(*call->request, call->response);
      if (!right) ++result.wrong;
      if (asked < count) {
        ++asked;
        Ask(call);
      }
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Call {
    const Request* request = nullptr;
    Clock::time_point asked;
    std::optional<grpc::ClientContext> context;
    Reader reader;
    Response response;
    grpc::Status status;
  };

  void Ask(Call* call) {
    call->context.emplace();
    call->response.Clear();
    call->request = &requests_[next_request_];
    next_request_ = next_request_ + 1 == requests_.size() ? 0 : next_request_ + 1;
    Stub* const stub = stubs_[next_stub_].get();
    next_stub_ = next_stub_ + 1 == stubs_.size() ? 0 : next_stub_ + 1;
    call->asked = Clock::now();
    call->reader = (stub->*method_)(&*call->context, *call->request, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
  }

  const Method method_;
  const Questions questions_;
  std::vector<std::unique_ptr<Stub>> stubs_;
  size_t next_stub_ = 0;
  std::vector<Request> requests_;
  size_t next_request_ = 0;
  grpc::CompletionQueue queue_;
};

// Asks Authorize about user-5. The question has four context entries; the right answer is
// DECISION_ALLOW.
std::unique_ptr<Load> UserLoad(const std::string& address);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_RPC_LOAD_H_
