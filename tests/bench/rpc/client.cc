#include "tests/bench/rpc/client.h"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

namespace portcullis::bench {
namespace {

constexpr int kConnections = 8;

// How many different questions an open loop asks.
constexpr int kOpenQuestions = 10'000;

Outcome::Kind KindOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Outcome::Kind::kLate;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Outcome::Kind::kRefused;
    default:
      return Outcome::Kind::kWrong;
  }
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const Endpoint& endpoint) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (endpoint.authority.empty()) {
    return grpc::CreateCustomChannel(endpoint.address, grpc::InsecureChannelCredentials(),
                                     arguments);
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = endpoint.authority;
  return grpc::CreateCustomChannel(endpoint.address, grpc::SslCredentials(options), arguments);
}

Client::Client(const Endpoint& endpoint, Questions questions) : questions_(std::move(questions)) {
  for (int i = 0; i < kConnections; ++i) {
    stubs_.push_back(std::make_unique<grpc::GenericStub>(Connect(endpoint)));
  }
}

Client::~Client() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void Client::MakeQuestions(int count) {
  requests_ = questions_.make(count);
  next_request_ = 0;
}

void Client::Ask(Call* call, std::optional<std::chrono::milliseconds> deadline) {
  call->context.emplace();
  if (deadline.has_value()) {
    call->context->set_deadline(std::chrono::system_clock::now() + *deadline);
  }
  call->answer.Clear();
  call->question = next_request_;
  next_request_ = next_request_ + 1 == requests_.size() ? 0 : next_request_ + 1;
  grpc::GenericStub* const stub = stubs_[next_stub_].get();
  next_stub_ = next_stub_ + 1 == stubs_.size() ? 0 : next_stub_ + 1;
  call->reader = stub->PrepareUnaryCall(&*call->context, questions_.method,
                                        requests_[call->question], &queue_);
  call->reader->StartCall();
  call->reader->Finish(&call->answer, &call->status, call);
}

bool Client::IsRight(bool ok, Call* call) const {
  return ok && call->status.ok() && questions_.is_right(call->question, &call->answer);
}

LoadResult Client::Run(int count, int in_flight) {
  LoadResult result;
  result.microseconds.reserve(static_cast<size_t>(count));
  MakeQuestions(count);
  std::vector<std::unique_ptr<Call>> calls;
  const auto started = Clock::now();
  const auto ask = [this](Call* call) {
    call->asked = Clock::now();
    Ask(call, std::nullopt);
  };
  int asked = 0;
  for (; asked < std::min(count, in_flight); ++asked) {
    calls.push_back(std::make_unique<Call>());
    ask(calls.back().get());
  }
  void* tag = nullptr;
  bool ok = false;
  for (int answered = 0; answered < count && queue_.Next(&tag, &ok); ++answered) {
    Call* const call = static_cast<Call*>(tag);
    result.microseconds.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - call->asked).count());
    if (!IsRight(ok, call)) ++result.wrong;
    if (asked < count) {
      ++asked;
      ask(call);
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  return result;
}

Client::Call* Client::TakeCall() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) {
    calls_.push_back(std::make_unique<Call>());
    return calls_.back().get();
  }
  Call* const call = idle_.back();
  idle_.pop_back();
  return call;
}

struct Client::Progress {
  std::atomic<size_t> asked = 0;
  std::atomic<bool> done = false;
  std::vector<Outcome> outcomes;  // Of the listener.
};

void Client::Listen(Clock::time_point started, Progress* progress) {
  constexpr std::chrono::milliseconds kLook(20);  // Whether it was the last answer.
  void* tag = nullptr;
  bool ok = false;
  while (!progress->done || progress->outcomes.size() < progress->asked) {
    const auto status = queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kLook);
    if (status != grpc::CompletionQueue::GOT_EVENT) continue;
    Call* const call = static_cast<Call*>(tag);
    Outcome outcome;
    using Microseconds = std::chrono::duration<double, std::micro>;
    outcome.due = std::chrono::duration<double>(call->due - started).count();
    outcome.microseconds = Microseconds(Clock::now() - call->due).count();
    outcome.lag_microseconds = Microseconds(call->asked - call->due).count();
    if (IsRight(ok, call)) {
      outcome.kind = Outcome::Kind::kRight;
    } else if (ok) {
      outcome.kind = KindOf(call->status);
    }
    progress->outcomes.push_back(outcome);
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(call);
  }
}

std::vector<Outcome> Client::RunOpen(const std::vector<Phase>& phases,
                                     std::chrono::milliseconds deadline) {
  prctl(PR_SET_TIMERSLACK, 1);  // Sleep as long as was asked for, not 50 microseconds longer.
  MakeQuestions(kOpenQuestions);
  std::mt19937_64 random(1);
  Progress progress;
  const auto started = Clock::now();
  std::thread listener(&Client::Listen, this, started, &progress);
  std::chrono::duration<double> due(0);
  std::chrono::duration<double> end(0);
  for (const Phase& phase : phases) {
    end += std::chrono::duration<double>(phase.seconds);
    std::exponential_distribution<double> gap(phase.calls_per_second);
    for (; due < end; due += std::chrono::duration<double>(gap(random))) {
      const auto when = started + std::chrono::duration_cast<Clock::duration>(due);
      std::this_thread::sleep_until(when);
      Call* const call = TakeCall();
      call->due = when;
      call->asked = Clock::now();
      Ask(call, deadline);
      ++progress.asked;
    }
  }
  progress.done = true;
  listener.join();
  return std::move(progress.outcomes);
}

}  // namespace portcullis::bench
