// The engine in the process: engine::Authorizer over a published snapshot.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "benchmark/benchmark.h"

#include "server/audit/queue.h"
#include "server/audit/sink.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/engine/authorizer.h"
#include "server/engine/mfa.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/metrics/registry.h"
#include "tests/bench/decision/question.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using engine::CallerProof;
using policy::Effect;

std::unique_ptr<Question> AskAsUser(size_t user) {
  auto question = std::make_unique<Question>(CallerProof::Kind::kPrincipalArn, UserArn(user),
                                             "s3:GetObject", ObjectArn(user));
  question->Supply("app:department", "blue");
  return question;
}

constexpr Expectation kAllowedByUserSid = {Effect::kAllow, kUserSid};

// One caller with ten policies of one statement and one condition each, of range(0) in the store.
void BM_Authorize_PoliciesInStore(benchmark::State& state) {
  const auto policy_count = static_cast<size_t>(state.range(0));
  const World& world = WorldOfUsers(policy_count);
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  const auto question = AskAsUser(policy_count / kPoliciesPerUser / 2);
  MeasureAuthorize(authorizer, *question, kAllowedByUserSid, state);
}
BENCHMARK(BM_Authorize_PoliciesInStore)->Arg(10)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

// range(0) statements on the caller, in documents of ten.
void BM_Authorize_StatementsOnPrincipal(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  World world;
  store::UserDefinition& user = world.AddUser("user-0");
  for (size_t begin = 0; begin < count; begin += 10) {
    std::string document = R"({"Version":"2012-10-17","Statement":[)";
    for (size_t i = begin; i < std::min(begin + 10, count); ++i) {
      const std::string number = std::to_string(i);
      document += Concat({i == begin ? "" : ",", R"({"Sid":"S)", number,
                          R"(","Effect":"Allow","Action":"s3:GetObject",)",
                          R"("Resource":"arn:aws:s3:::bucket-)", number,
                          R"(/*","Condition":{"StringEquals":{"app:department":"blue"}}})"});
    }
    World::AddPolicy(Concat({"p", std::to_string(begin)}), document + "]}", &user);
  }
  world.Publish();
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  Question question(CallerProof::Kind::kPrincipalArn, UserArn(0), "s3:GetObject",
                    ObjectArn(count / 2));
  question.Supply("app:department", "blue");
  const std::string sid = Concat({"S", std::to_string(count / 2)});
  MeasureAuthorize(authorizer, question, {Effect::kAllow, sid}, state);
}
BENCHMARK(BM_Authorize_StatementsOnPrincipal)->RangeMultiplier(10)->Range(1, 10000);

// Denied: the sentence that says why has to be made, too.
void BM_Authorize_ImplicitDeny(benchmark::State& state) {
  const World& world = WorldOfUsers(1000);
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  Question question(CallerProof::Kind::kPrincipalArn, UserArn(1), "s3:GetObject", ObjectArn(2));
  question.Supply("app:department", "blue");
  MeasureAuthorize(authorizer, question, {Effect::kImplicitDeny, ""}, state);
}
BENCHMARK(BM_Authorize_ImplicitDeny);

// Thirty items in one question, time per item in items_per_second.
void BM_Authorize_BatchOf30(benchmark::State& state) {
  const World& world = WorldOfUsers(1000);
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  const auto question = AskAsUser(3);
  question->RepeatItem(30);
  MeasureAuthorize(authorizer, *question, kAllowedByUserSid, state);
}
BENCHMARK(BM_Authorize_BatchOf30);

// Two threads share a store: they must not slow each other down.
void BM_Authorize_Threads(benchmark::State& state) {
  static const World* const world = [] {
    auto* made = new World();
    made->AddUsers(1000);
    made->Publish();
    return made;
  }();
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world->store(), base::Clock::System(), recorder, nullptr);
  const auto question = AskAsUser(static_cast<size_t>(state.thread_index()));
  MeasureAuthorize(authorizer, *question, kAllowedByUserSid, state);
}
BENCHMARK(BM_Authorize_Threads)->Threads(1)->Threads(2)->UseRealTime();

// ---- Sessions -----------------------------------------------------------------------------------

constexpr std::string_view kRoleArn = "arn:aws:iam::111111111111:role/reader";
constexpr std::string_view kBucketArn = "arn:aws:s3:::shared-bucket";

// A role with ten policies and a boundary, and a bucket whose policy speaks of the account.
std::unique_ptr<const World> MakeSessionWorld() {
  auto world = std::make_unique<World>();
  world->AddUsers(100);
  World::AddPolicy("assume",
                   Concat({R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)",
                           R"("Action":"sts:AssumeRole","Resource":")", kRoleArn, R"("}})"}),
                   &world->AddUser("ana"));
  world->AddManagedPolicy("Boundary",
                          R"({"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:*","sqs:*","sns:*"],"Resource":"*"},
        {"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}]})");
  store::RoleDefinition& role =
      world->AddRole("reader", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
        "Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}})");
  role.permissions_boundary = {"arn:aws:iam::111111111111:policy/Boundary", {1, 1}};
  for (int i = 0; i < 10; ++i) {
    const std::string number = std::to_string(i);
    World::AddPolicy(Concat({"p", number}),
                     Concat({R"({"Version":"2012-10-17","Statement":{"Sid":"S)", number,
                             R"(","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],)",
                             R"("Resource":"arn:aws:s3:::shared-bucket/part-)", number,
                             R"(/*","Condition":{"StringEquals":{"app:department":"blue"}}}})"}),
                     &role);
  }
  // Denies that do not apply: the resource's policy is asked, and leaves the grant to the role's.
  world->AddResource(kBucketArn, R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Deny","Principal":"*","Action":"s3:*",
       "Resource":["arn:aws:s3:::shared-bucket","arn:aws:s3:::shared-bucket/*"],
       "Condition":{"Bool":{"aws:SecureTransport":"false"}}},
      {"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
       "Resource":"arn:aws:s3:::shared-bucket/frozen/*"}]})");
  world->Publish();
  return world;
}

constexpr std::string_view kSessionPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*",)"
    R"("Resource":"arn:aws:s3:::shared-bucket/*"}})";

// The token of a session of kRoleArn, limited by kSessionPolicy.
std::string AssumeRole(const World& world, engine::Recorder* recorder) {
  engine::Mfa mfa;
  engine::Authorizer authorizer(world.store(), base::Clock::System(), *recorder, nullptr);
  engine::IdentityProviders providers(base::Clock::System(), nullptr, {});
  engine::Sessions sessions(world.store(), base::Clock::System(),
                            {mfa, *recorder, providers, authorizer, nullptr});
  session::AssumeRoleParameters parameters;
  parameters.role_arn = std::string(kRoleArn);
  parameters.role_session_name = "bench";
  parameters.policy = std::string(kSessionPolicy);
  const absl::StatusOr<engine::AssumedRole> assumed = sessions.AssumeRole(
      {CallerProof::Kind::kPrincipalArn, "arn:aws:iam::111111111111:user/ana", {}}, parameters, {},
      TrustedPeer());
  if (!assumed.ok()) {
    std::fprintf(stderr, "%s\n", assumed.status().ToString().c_str());
    std::abort();
  }
  return assumed->credentials.session_token;
}

// A role session with boundary, session policy and resource policy, proved by its token.
void BM_Authorize_RoleSession(benchmark::State& state) {
  static const World* const world = MakeSessionWorld().release();
  engine::Recorder recorder(nullptr, nullptr);
  engine::Authorizer authorizer(world->store(), base::Clock::System(), recorder, nullptr);
  Question question(CallerProof::Kind::kSessionToken, AssumeRole(*world, &recorder), "s3:GetObject",
                    "arn:aws:s3:::shared-bucket/part-6/report.csv");
  question.Supply("app:department", "blue");
  question.Supply("aws:SourceIp", "10.1.2.3");
  MeasureAuthorize(authorizer, question, {Effect::kAllow, "S6"}, state);
}
BENCHMARK(BM_Authorize_RoleSession);

// ---- With audit log and metrics -----------------------------------------------------------------

// Takes lines and forgets them: what writing costs is measured elsewhere.
class NullSink : public audit::Sink {
 public:
  absl::Status Write(std::string_view) override { return absl::OkStatus(); }
  absl::Status Flush() override { return absl::OkStatus(); }
  metrics::AuditSink label() const override { return metrics::AuditSink::kFile; }
};

constexpr int kRecordedIterations = 30'000;

struct Recording {
  metrics::Registry registry;
  std::unique_ptr<audit::Queue> queue;

  Recording() {
    audit::QueueOptions options;
    options.capacity = 65'536;  // More than one run pushes: nothing is dropped.
    std::vector<std::unique_ptr<audit::Sink>> sinks;
    sinks.push_back(std::make_unique<NullSink>());
    queue = std::make_unique<audit::Queue>(options, std::move(sinks), &registry);
  }

  bool WaitUntilWritten() const {
    for (int i = 0; i < 20'000; ++i) {
      if (queue->stats().written == queue->stats().accepted) return true;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return false;
  }
};

// With metrics only (range 0), and with the audit log too (range 1). The writer's thread works at
// the same time, on another core if there is one.
void BM_Authorize_Recorded(benchmark::State& state) {
  const World& world = WorldOfUsers(1000);
  static Recording* const recording = new Recording();
  engine::Recorder recorder(state.range(0) == 1 ? recording->queue.get() : nullptr,
                            &recording->registry);
  engine::Authorizer authorizer(world.store(), base::Clock::System(), recorder, nullptr);
  const auto question = AskAsUser(5);
  // The places of the ring get their memory the first time round.
  engine::Answer answer;
  for (int i = 0; i < 70'000; ++i) {
    authorizer.Authorize(question->query(), &answer).IgnoreError();
    if (i % 20'000 == 0) recording->WaitUntilWritten();
  }
  if (!recording->WaitUntilWritten()) state.SkipWithError("the audit log is not written");
  const uint64_t dropped = recording->queue->stats().dropped;
  MeasureAuthorize(authorizer, *question, kAllowedByUserSid, state);
  if (recording->queue->stats().dropped != dropped) state.SkipWithError("a record was dropped");
}
BENCHMARK(BM_Authorize_Recorded)->Arg(0)->Arg(1)->Iterations(kRecordedIterations);

}  // namespace
}  // namespace portcullis::bench
