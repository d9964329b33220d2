// What threads that answer requests share.
//
// Without options: the cost of a decision with one thread and with two, with everything that is
// written down about it. With --trace and under `valgrind --tool=lackey --trace-mem=yes`: two
// threads answer kTraced requests each, one after the other, between writes to a mark, so that
// tests/bench/run can tell from the trace which memory both of them touch.

#include <array>
#include <cinttypes>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/audit/queue.h"
#include "server/audit/sink.h"
#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/metrics/registry.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using engine::CallerProof;

constexpr int kWarmUp = 200;
constexpr int kTraced = 100;

constexpr std::string_view kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"AWS":"arn:aws:iam::111111111111:user/user-0"}}})";
constexpr std::string_view kRoleArn = "arn:aws:iam::111111111111:role/reader";
constexpr std::string_view kUser = "arn:aws:iam::111111111111:user/user-0";

class NullSink : public audit::Sink {
 public:
  absl::Status Write(std::string_view) override { return absl::OkStatus(); }
  absl::Status Flush() override { return absl::OkStatus(); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kFile; }
};

// A server without network: two users with ten policies each, a role that they may assume, metrics
// and perhaps an audit log.
class Subject {
 public:
  explicit Subject(bool audited) {
    world_.AddUsers(2 * kPoliciesPerUser);
    store::RoleDefinition& role = world_.AddRole("reader", kTrust);
    World::AddPolicy("read", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
          "Action":"s3:GetObject","Resource":"*"}})",
                     &role);
    world_.Publish();
    audit::QueueOptions options;
    options.capacity = 65'536;
    std::vector<std::unique_ptr<audit::Sink>> sinks;
    sinks.push_back(std::make_unique<NullSink>());
    if (audited) queue_ = std::make_unique<audit::Queue>(options, std::move(sinks), &registry_);
    recorder_ = std::make_unique<engine::Recorder>(queue_.get(), &registry_);
    authorizer_ = std::make_unique<engine::Authorizer>(world_.store(), base::Clock::System(),
                                                       *recorder_, nullptr);
    token_ = Assume();
  }

  // Answers one request of a thread: of a user of its own, and of the session that all share.
  bool AskAsUser(size_t thread, engine::Answer* answer) {
    return Ask({CallerProof::Kind::kPrincipalArn, users_[thread], {}}, thread, answer);
  }
  bool AskAsSession(size_t thread, engine::Answer* answer) {
    return Ask({CallerProof::Kind::kSessionToken, token_, {}}, thread, answer);
  }

 private:
  bool Ask(const CallerProof& caller, size_t thread, engine::Answer* answer) {
    const std::string_view department = "blue";
    const engine::ContextInput context{"app:department", absl::MakeConstSpan(&department, 1)};
    const engine::QueryItem item{"s3:GetObject", objects_[thread], {}};
    engine::Query query;
    query.peer = TrustedPeer();
    query.caller = caller;
    query.context = absl::MakeConstSpan(&context, 1);
    query.items = absl::MakeConstSpan(&item, 1);
    return authorizer_->Authorize(query, answer).ok() &&
           answer->items[0].decision.effect == policy::Effect::kAllow;
  }

  // A session's token. Ends the program if there is none.
  std::string Assume() {
    engine::Mfa mfa;
    engine::IdentityProviders providers(base::Clock::System(), nullptr, {});
    engine::Sessions sessions(world_.store(), base::Clock::System(),
                              {mfa, *recorder_, providers, *authorizer_, nullptr});
    session::AssumeRoleParameters parameters;
    parameters.role_arn = std::string(kRoleArn);
    parameters.role_session_name = "bench";
    const auto assumed = sessions.AssumeRole({CallerProof::Kind::kPrincipalArn, kUser, {}},
                                             parameters, {}, TrustedPeer());
    if (!assumed.ok()) std::abort();
    return assumed->credentials.session_token;
  }

  const std::array<std::string, 2> users_ = {UserArn(0), UserArn(1)};
  const std::array<std::string, 2> objects_ = {ObjectArn(0), ObjectArn(1)};
  World world_;
  metrics::Registry registry_;
  std::unique_ptr<audit::Queue> queue_;
  std::unique_ptr<engine::Recorder> recorder_;
  std::unique_ptr<engine::Authorizer> authorizer_;
  std::string token_;
};

// ---- By the clock -------------------------------------------------------------------------------

// range(0): 1 with an audit log.
void BM_Contention(benchmark::State& state) {
  static Subject* const plain = new Subject(false);
  static Subject* const audited = new Subject(true);
  Subject* const subject = state.range(0) == 1 ? audited : plain;
  const auto thread = static_cast<size_t>(state.thread_index());
  engine::Answer answer;
  // All threads but the first are new in every run.
  for (int i = 0; i < kWarmUp; ++i) subject->AskAsUser(thread, &answer);
  for (auto _ : state) {
    if (!subject->AskAsUser(thread, &answer)) {
      state.SkipWithError("wrong answer");
      return;
    }
  }
}
BENCHMARK(BM_Contention)->Arg(0)->Iterations(1'000'000)->Threads(1)->Threads(2);
// No more than fit into the queue.
BENCHMARK(BM_Contention)->Arg(1)->Iterations(30'000)->Threads(1)->Threads(2);

// ---- By the addresses ---------------------------------------------------------------------------

volatile uint64_t mark = 0;

// Two threads take turns; whose it is not sleeps, and touches nothing.
class Turns {
 public:
  void Await(int turn) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == turn; });
  }
  void Pass() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++turn_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int turn_ = 0;
};

void AskMany(Subject* subject, size_t thread, int count, engine::Answer* answer) {
  for (int i = 0; i < count; ++i) {
    const bool right =
        i % 2 == 0 ? subject->AskAsUser(thread, answer) : subject->AskAsSession(thread, answer);
    if (!right) std::abort();
  }
}

// The mark is 1 while the first thread answers, and 2 while the second does.
int Trace(bool audited) {
  Subject subject(audited);
  Turns turns;
  const auto work = [&](size_t thread) {
    const int own = static_cast<int>(thread);
    engine::Answer answer;
    turns.Await(own);
    AskMany(&subject, thread, kWarmUp, &answer);
    turns.Pass();
    turns.Await(2 + own);
    mark = thread + 1;
    AskMany(&subject, thread, kTraced, &answer);
    mark = 0;
    turns.Pass();
  };
  std::printf("{\"mark\":%" PRIuPTR ",\"requests\":%d}\n", reinterpret_cast<uintptr_t>(&mark),
              kTraced);
  std::fflush(stdout);
  std::thread first(work, 0);
  std::thread second(work, 1);
  first.join();
  second.join();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace portcullis::bench

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--trace") return portcullis::bench::Trace(false);
  if (first == "--trace-audited") return portcullis::bench::Trace(true);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  benchmark::RunSpecifiedBenchmarks();
  return EXIT_SUCCESS;
}
