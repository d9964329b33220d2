// Every question is about another caller, so that nothing about it is in the processor's caches:
// what a large store costs when it is asked at random. Next to it what the questions cost without
// their answers, and what the machine's memory does.

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/recorder.h"
#include "tests/bench/decision/question.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using engine::CallerProof;
using policy::Effect;

// All users in an order of no order.
std::vector<uint32_t> Shuffled(size_t count) {
  std::vector<uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937(1));
  return numbers;
}

// One user's question and what grants it. They lie in the order in which they are asked, because a
// server has just read its questions: they are in its caches, as what comes next in a row is.
struct alignas(64) Asked {
  const policy::CompiledStatement* granted_by = nullptr;
  uint8_t caller_size = 0;
  uint8_t resource_size = 0;
  char texts[112] = {};  // Caller, resource.

  explicit Asked(size_t user) {
    const std::string caller = UserArn(user);
    const std::string resource = ObjectArn(user);
    caller_size = static_cast<uint8_t>(caller.size());
    resource_size = static_cast<uint8_t>(resource.size());
    (caller + resource).copy(texts, sizeof(texts));
  }
  std::string_view caller() const { return {texts, caller_size}; }
  std::string_view resource() const { return {texts + caller_size, resource_size}; }
};
static_assert(sizeof(Asked) == 128);

std::vector<Asked> QuestionsAbout(size_t policy_count) {
  std::vector<Asked> questions;
  for (const uint32_t user : Shuffled(policy_count / kPoliciesPerUser)) {
    questions.emplace_back(user);
  }
  return questions;
}

// A query that is made of one question after the other.
class Asker {
 public:
  Asker() {
    query_.peer = TrustedPeer();
    query_.items = absl::MakeConstSpan(&item_, 1);
    query_.context = absl::MakeConstSpan(&context_, 1);
  }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  const engine::Query& Ask(const Asked& asked) {
    query_.caller = {CallerProof::Kind::kPrincipalArn, asked.caller(), {}};
    item_.resource = asked.resource();
    return query_;
  }

 private:
  static constexpr std::string_view kDepartments[] = {"blue"};

  engine::QueryItem item_ = {"s3:GetObject", {}, {}};
  engine::ContextInput context_ = {"app:department", kDepartments, false};
  engine::Query query_;
};

// The statement that grants what is asked; nullptr if none does, or not as it should.
const policy::CompiledStatement* GrantedBy(const absl::Status& status,
                                           const engine::Answer& answer) {
  if (!status.ok()) return nullptr;
  const policy::Decision& decision = answer.items[0].decision;
  const bool granted = decision.effect == Effect::kAllow && decision.determining.size() == 1;
  return granted ? decision.determining[0].statement : nullptr;
}

// Of range(0) policies in the store, ten to a caller, all callers in turn.
void BM_Authorize_PoliciesInStore_EveryTimeAnotherCaller(benchmark::State& state) {
  const auto policy_count = static_cast<size_t>(state.range(0));
  const World& world = WorldOfUsers(policy_count);
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  std::vector<Asked> questions = QuestionsAbout(policy_count);
  Asker asker;
  engine::Answer answer;
  for (Asked& question : questions) {
    const absl::Status status = authorizer.Authorize(asker.Ask(question), &answer);
    question.granted_by = GrantedBy(status, answer);
    if (question.granted_by == nullptr || question.granted_by->sid != kUserSid) {
      return state.SkipWithError("wrong decision");
    }
  }
  size_t next = 0;
  for (auto _ : state) {
    const Asked& question = questions[next];
    next = next + 1 == questions.size() ? 0 : next + 1;
    const absl::Status status = authorizer.Authorize(asker.Ask(question), &answer);
    if (GrantedBy(status, answer) != question.granted_by) {
      return state.SkipWithError("wrong decision");
    }
  }
}
BENCHMARK(BM_Authorize_PoliciesInStore_EveryTimeAnotherCaller)
    ->Arg(10)
    ->Arg(1000)
    ->Arg(100'000)
    ->Arg(1'000'000);

// The same without the decision: every byte of a question is read, and it is asked of nobody.
void BM_Reference_QuestionsOnly(benchmark::State& state) {
  const std::vector<Asked> questions = QuestionsAbout(static_cast<size_t>(state.range(0)));
  Asker asker;
  size_t next = 0;
  for (auto _ : state) {
    const Asked& question = questions[next];
    next = next + 1 == questions.size() ? 0 : next + 1;
    const engine::Query& query = asker.Ask(question);
    uint64_t sum = 0;
    for (size_t i = 0; i + sizeof(sum) <= sizeof(question.texts); i += sizeof(sum)) {
      uint64_t eight;
      std::memcpy(&eight, question.texts + i, sizeof(eight));
      sum += eight;
    }
    benchmark::DoNotOptimize(sum);
    benchmark::DoNotOptimize(query.caller.value.size() + query.items[0].resource.size());
  }
}
BENCHMARK(BM_Reference_QuestionsOnly)->Arg(10)->Arg(1'000'000);

// What no decision about a caller who has not asked lately can do without: to find the caller in a
// table, to read the caller, to read a statement. Each is somewhere in memory where only the one
// before says. This is the time of that and of nothing else, in as much memory as the store has.
constexpr size_t kDependentReads = 3;
constexpr size_t kBytesPerPolicy = 600;

constexpr size_t kLineBytes = 64;
constexpr size_t kLargePageBytes = size_t{2} << 20;

struct alignas(kLineBytes) Line {
  uint32_t next = 0;
};

class Lines {
 public:
  Lines(size_t count, bool large_pages)
      : bytes_((count * sizeof(Line) + kLargePageBytes - 1) / kLargePageBytes * kLargePageBytes),
        lines_(static_cast<Line*>(::operator new(bytes_, kAlignment))) {
    (void)madvise(lines_, bytes_, large_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    const std::vector<uint32_t> order = Shuffled(count);
    for (size_t i = 0; i < count; ++i) {
      new (&lines_[order[i]]) Line{order[i + 1 == count ? 0 : i + 1]};
    }
  }
  ~Lines() {
    (void)madvise(lines_, bytes_, MADV_NOHUGEPAGE);  // Others get the memory as it was.
    ::operator delete(lines_, kAlignment);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  uint32_t After(uint32_t line) const { return lines_[line].next; }

 private:
  static constexpr std::align_val_t kAlignment{kLargePageBytes};
  size_t bytes_;
  Line* lines_;
};

// range(0) as above; range(1): whether the memory is in pages of 2 MiB.
void BM_Reference_DependentReads(benchmark::State& state) {
  const size_t bytes = static_cast<size_t>(state.range(0)) * kBytesPerPolicy;
  const Lines lines(bytes / kLineBytes, state.range(1) == 1);
  uint32_t line = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < kDependentReads; ++i) line = lines.After(line);
    benchmark::DoNotOptimize(line);
  }
}
BENCHMARK(BM_Reference_DependentReads)
    ->ArgNames({"", "large_pages"})
    ->Args({100'000, 0})
    ->Args({1'000'000, 0})
    ->Args({1'000'000, 1});

}  // namespace
}  // namespace portcullis::bench
