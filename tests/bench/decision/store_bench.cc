// What does not belong to the caller must not cost: principals and resources that nobody asks
// about.

#include <cstddef>
#include <memory>
#include <string>

#include "benchmark/benchmark.h"

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/engine/authorizer.h"
#include "server/engine/recorder.h"
#include "tests/bench/decision/question.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using engine::CallerProof;
using policy::Effect;

constexpr std::string_view kSid = "S";

std::string Bucket(size_t number) {
  return Concat({"arn:aws:s3:::bucket-", std::to_string(number)});
}

std::string Document(std::string_view principal, std::string_view resource) {
  return Concat({R"({"Version":"2012-10-17","Statement":{"Sid":")", kSid, R"(","Effect":"Allow",)",
                 principal, R"("Action":"s3:GetObject","Resource":")", resource,
                 R"(/*","Condition":{"StringEquals":{"app:department":"blue"}}}})"});
}

void Measure(const World& world, size_t user, size_t bucket, benchmark::State& state) {
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  Question question(CallerProof::Kind::kPrincipalArn, UserArn(user), "s3:GetObject",
                    Concat({Bucket(bucket), "/reports/2026/summary.csv"}));
  question.Supply("app:department", "blue");
  MeasureAuthorize(authorizer, question, {Effect::kAllow, kSid}, state);
}

// range(0) users with one policy each; one is asked about.
void BM_Authorize_PrincipalsInStore(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  // One world at a time, made once: a million users take seconds.
  static size_t made_for = 0;
  static std::unique_ptr<World> world;
  if (made_for != count) {
    world.reset();
    world = std::make_unique<World>();
    for (size_t user = 0; user < count; ++user) {
      World::AddPolicy("p", Document("", Bucket(user)),
                       &world->AddUser(Concat({"user-", std::to_string(user)})));
    }
    world->Publish();
    made_for = count;
  }
  Measure(*world, count / 2, count / 2, state);
}
BENCHMARK(BM_Authorize_PrincipalsInStore)->Arg(10)->Arg(10'000)->Arg(1'000'000);

// range(0) resources with a policy each; the one that is asked about grants what its user's own
// policies do not.
void BM_Authorize_ResourcePolicies(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  World world;
  world.AddUser("user-0");
  const std::string principal = Concat({R"("Principal":{"AWS":")", UserArn(0), R"("},)"});
  for (size_t i = 0; i < count; ++i) {
    world.AddResource(Bucket(i), Document(principal, Bucket(i)));
  }
  world.Publish();
  Measure(world, 0, count / 2, state);
}
BENCHMARK(BM_Authorize_ResourcePolicies)->Arg(1)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace portcullis::bench
