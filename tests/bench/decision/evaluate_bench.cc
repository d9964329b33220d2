// The evaluator alone: policy::PrepareRequest and policy::Evaluate over one set of policies, and
// patterns that are meant to be slow.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "server/policy/evaluate.h"
#include "tests/bench/allocations.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using policy::CompiledPolicySet;

constexpr std::string_view kCaller = "arn:aws:iam::111111111111:user/user-0";

policy::NamedPolicy Named(std::string_view document) {
  return {CompileOrDie(document, policy::PolicyType::kInlineIdentity), "policy", nullptr};
}

std::string Statement(std::string_view sid, std::string_view resource, std::string_view condition) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Sid":")", sid,
                 R"(","Effect":"Allow","Action":"s3:GetObject","Resource":")", resource, R"(")",
                 condition.empty() ? "" : R"(,"Condition":)", condition, "}}"});
}

// A caller with an identity policy set and a context like a real request's.
class Scene {
 public:
  Scene(const std::vector<policy::NamedPolicy>& policies, std::string resource)
      : set_(CompiledPolicySet::Make(policies)), resource_(std::move(resource)) {
    static const auto* const names = [] {
      auto* made = new std::vector<policy::ConditionKeyName>;
      for (const std::string_view name :
           {"aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid",
            "aws:username", "aws:PrincipalIsAWSService", "aws:CurrentTime", "aws:EpochTime",
            "aws:ResourceAccount", "aws:RequestedRegion", "aws:ViaAWSService",
            "aws:SecureTransport"}) {
        made->emplace_back(name);
      }
      return made;
    }();
    for (const policy::ConditionKeyName& name : *names) context_.Add(name, "value");
    context_.Add(department_, "blue");
    caller_.kind = policy::PrincipalKind::kUser;
    caller_.arn = kCaller;
    caller_.account = kAccount;
    policies_.identity.push_back(set_.get());
  }

  policy::Decision Decide() {
    policy::PrepareRequest(caller_, "s3:GetObject", resource_, {}, &context_, &request_);
    return policy::Evaluate(policies_, request_);
  }

 private:
  const std::unique_ptr<const CompiledPolicySet> set_;
  const std::string resource_;
  const policy::ConditionKeyName department_{"app:department"};
  policy::Principal caller_;
  policy::RequestContext context_;
  policy::AuthorizationRequest request_;
  policy::EffectivePolicies policies_;
};

// Decides again and again; the one determining statement must be `sid`, or, if that is empty,
// nothing may be allowed. Fails if a decision allocates.
void Measure(Scene* scene, std::string_view sid, benchmark::State& state) {
  const auto right = [sid](const policy::Decision& decision) {
    if (sid.empty()) return decision.effect == policy::Effect::kImplicitDeny;
    return decision.effect == policy::Effect::kAllow && decision.determining.size() == 1 &&
           decision.determining[0].statement->sid == sid;
  };
  benchmark::DoNotOptimize(scene->Decide());
  const uint64_t before = AllocationCount();
  benchmark::DoNotOptimize(scene->Decide());
  const uint64_t allocations = AllocationCount() - before;
  if (allocations > 0) {
    state.SkipWithError("a decision allocates after warm-up");
    return;
  }
  for (auto _ : state) {
    if (!right(scene->Decide())) {
      state.SkipWithError("wrong decision");
      return;
    }
  }
  state.counters["allocations"] = static_cast<double>(allocations);
}

// `count` statements on one caller, of which the one in the middle applies, under a condition.
void BM_Evaluate_StatementsOnPrincipal(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  std::vector<policy::NamedPolicy> policies;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    policies.push_back(
        Named(Statement(Concat({"S", number}), Concat({"arn:aws:s3:::bucket-", number, "/*"}),
                        R"({"StringEquals":{"app:department":"blue"}})")));
  }
  const std::string middle = std::to_string(count / 2);
  Scene scene(policies, Concat({"arn:aws:s3:::bucket-", middle, "/reports/2026.csv"}));
  Measure(&scene, Concat({"S", middle}), state);
}
BENCHMARK(BM_Evaluate_StatementsOnPrincipal)->RangeMultiplier(10)->Range(1, 10000);

// A-42: patterns that make a backtracking matcher take exponential time. R-2.40: time must grow no
// faster than pattern and text do.
void BM_Evaluate_WorstPattern(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  std::string pattern = "arn:aws:s3:::";
  for (size_t i = 0; i < size / 2; ++i) pattern += "*a";
  pattern += "*b";
  std::vector<policy::NamedPolicy> policies;
  policies.push_back(Named(Statement("S", pattern, "")));
  Scene scene(policies, Concat({"arn:aws:s3:::", std::string(size, 'a')}));
  Measure(&scene, "", state);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_Evaluate_WorstPattern)
    ->Arg(250)
    ->Arg(500)
    ->Arg(1000)
    ->Arg(2000)
    ->Complexity(benchmark::oN);

// The largest legal pattern of this kind against the largest legal resource (R-9.5): `?` after
// every star, so that literal search does not help.
void BM_Evaluate_WorstPatternQuestionMarks(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  std::string pattern = "arn:aws:s3:::";
  for (int i = 0; i < 256; ++i) pattern += "*a?";
  pattern += "*b";
  std::vector<policy::NamedPolicy> policies;
  policies.push_back(Named(Statement("S", pattern, "")));
  Scene scene(policies, Concat({"arn:aws:s3:::", std::string(size, 'a')}));
  Measure(&scene, "", state);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_Evaluate_WorstPatternQuestionMarks)
    ->Arg(250)
    ->Arg(500)
    ->Arg(1000)
    ->Arg(2000)
    ->Complexity(benchmark::oN);

// One star and a long literal that nearly matches everywhere.
void BM_Evaluate_WorstPatternNearMisses(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const std::string pattern = Concat({"arn:aws:s3:::*", std::string(100, 'a'), "b*"});
  std::vector<policy::NamedPolicy> policies;
  policies.push_back(Named(Statement("S", pattern, "")));
  Scene scene(policies, Concat({"arn:aws:s3:::", std::string(size, 'a')}));
  Measure(&scene, "", state);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(BM_Evaluate_WorstPatternNearMisses)
    ->Arg(250)
    ->Arg(500)
    ->Arg(1000)
    ->Arg(2000)
    ->Complexity(benchmark::oN);

}  // namespace
}  // namespace portcullis::bench
