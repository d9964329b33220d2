#include "tests/bench/decision/question.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "tests/bench/allocations.h"
#include "tests/bench/world.h"

namespace portcullis::bench {

Question::Question(engine::CallerProof::Kind kind, std::string caller, std::string action,
                   std::string resource)
    : caller_(std::move(caller)), action_(std::move(action)), resource_(std::move(resource)) {
  query_.caller = {kind, caller_, {}};
  query_.peer = TrustedPeer();
  RepeatItem(1);
}

void Question::Supply(std::string key, std::string value) {
  auto supplied = std::make_unique<Supplied>();
  supplied->key = std::move(key);
  supplied->text = std::move(value);
  supplied->values[0] = supplied->text;
  context_.push_back({supplied->key, supplied->values, false});
  supplied_.push_back(std::move(supplied));
  query_.context = context_;
}

void Question::RepeatItem(size_t count) {
  items_.assign(count, engine::QueryItem{action_, resource_, {}});
  query_.items = items_;
}

bool Checker::Learn(engine::Authorizer& authorizer, const Question& question,
                    const Expectation& expectation, benchmark::State& state) {
  engine::Answer answer;
  const absl::Status status = authorizer.Authorize(question.query(), &answer);
  if (!status.ok()) {
    state.SkipWithError(status.ToString().c_str());
    return false;
  }
  const policy::Decision& decision = answer.items[0].decision;
  effect_ = expectation.effect;
  const bool determined = expectation.sid.empty()
                              ? decision.determining.empty()
                              : decision.determining.size() == 1 &&
                                    decision.determining[0].statement->sid == expectation.sid;
  if (decision.effect != expectation.effect || !determined) {
    state.SkipWithError("wrong decision");
    return false;
  }
  statement_ = expectation.sid.empty() ? nullptr : decision.determining[0].statement;
  return true;
}

namespace {

bool IsRight(const absl::Status& status, const engine::Answer& answer, const Checker& checker) {
  return status.ok() &&
         std::all_of(answer.items.begin(), answer.items.end(), [&](const engine::AnswerItem& item) {
           return checker.Matches(item.decision);
         });
}

// Of one call after warm-up. The least of several rounds, because texts of the current time are
// made once a second.
double AllocationsPerCall(engine::Authorizer& authorizer, const Question& question,
                          engine::Answer* answer) {
  constexpr int kCalls = 64;
  constexpr int kRounds = 4;
  uint64_t least = UINT64_MAX;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t before = AllocationCount();
    for (int i = 0; i < kCalls; ++i) authorizer.Authorize(question.query(), answer).IgnoreError();
    least = std::min(least, AllocationCount() - before);
  }
  return static_cast<double>(least) / kCalls;
}

}  // namespace

void MeasureAuthorize(engine::Authorizer& authorizer, const Question& question,
                      const Expectation& expectation, benchmark::State& state) {
  Checker checker;
  if (!checker.Learn(authorizer, question, expectation, state)) return;
  engine::Answer answer;
  const double allocations = AllocationsPerCall(authorizer, question, &answer);
  if (allocations > 0) {
    state.SkipWithError("a decision allocates after warm-up");
    return;
  }
  for (auto _ : state) {
    const absl::Status status = authorizer.Authorize(question.query(), &answer);
    if (!IsRight(status, answer, checker)) {
      state.SkipWithError("wrong decision");
      return;
    }
  }
  state.counters["allocations"] = allocations;
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(question.query().items.size()));
}

}  // namespace portcullis::bench
