// One question to the engine and what its answer must be.
#ifndef PORTCULLIS_TESTS_BENCH_DECISION_QUESTION_H_
#define PORTCULLIS_TESTS_BENCH_DECISION_QUESTION_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/engine/authorizer.h"
#include "server/engine/query.h"
#include "server/policy/compiled_policy.h"
#include "server/policy/decision.h"

namespace portcullis::bench {

// Owns the texts of a query.
class Question {
 public:
  Question(engine::CallerProof::Kind kind, std::string caller, std::string action,
           std::string resource);
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  // Adds a condition key with one value.
  void Supply(std::string key, std::string value);
  // Asks for the same thing `count` times at once.
  void RepeatItem(size_t count);

  const engine::Query& query() const { return query_; }

 private:
  struct Supplied {
    std::string key;
    std::string text;
    std::array<std::string_view, 1> values;
  };

  std::string caller_;
  std::string action_;
  std::string resource_;
  std::vector<std::unique_ptr<Supplied>> supplied_;
  std::vector<engine::ContextInput> context_;
  std::vector<engine::QueryItem> items_;
  engine::Query query_;
};

// What every answer must say. `sid` of the one statement that determines it; empty: none does.
struct Expectation {
  policy::Effect effect = policy::Effect::kAllow;
  std::string_view sid;
};

// Asks once and compares the answer with the expectation by name; later answers need only be the
// same statement. False, and the benchmark fails, if the answer is another one.
class Checker {
 public:
  bool Learn(engine::Authorizer& authorizer, const Question& question,
             const Expectation& expectation, benchmark::State& state);

  bool Matches(const policy::Decision& decision) const {
    if (decision.effect != effect_) return false;
    if (statement_ == nullptr) return decision.determining.empty();
    return decision.determining.size() == 1 && decision.determining[0].statement == statement_;
  }

 private:
  policy::Effect effect_ = policy::Effect::kImplicitDeny;
  const policy::CompiledStatement* statement_ = nullptr;
};

// Measures Authorizer::Authorize. Every answer is checked. Reports heap allocations per call after
// warm-up, and fails if there are any.
void MeasureAuthorize(engine::Authorizer& authorizer, const Question& question,
                      const Expectation& expectation, benchmark::State& state);

}  // namespace portcullis::bench

#endif  // PORTCULLIS_TESTS_BENCH_DECISION_QUESTION_H_
