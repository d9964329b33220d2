// What the door adds to a decision: gateway::Gatekeeper::Check in the process, for requests with a
// session's token and for signed ones, next to Authorize of the same questions. Every request
// differs from the ones before it, and every answer is checked.

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/clock.h"
#include "server/engine/sessions.h"
#include "server/gateway/gatekeeper.h"
#include "tests/bench/allocations.h"
#include "tests/bench/door_requests.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using gateway::Arrival;
using gateway::Gatekeeper;
using gateway::Verdict;

constexpr size_t kRequests = 4096;
const absl::Time kNow = absl::FromUnixSeconds(1795262400);

class StandingClock : public base::Clock {
 public:
  absl::Time Now() const override { return kNow; }
};

store::Located At(std::string_view text) {
  return store::Located{std::string(text), {1, 1}};
}

route::GatewayDefinition MakeGateway() {
  route::RuleDefinition rule;
  rule.name = At("get-order");
  rule.match.methods = {At("GET")};
  rule.match.path = At(kDoorPath);
  rule.action = At(kDoorAction);
  rule.resource = At(kDoorResource);
  rule.context = {{At(kDoorContextKey), At(kDoorContextValue)}};
  route::GatewayDefinition gateway;
  gateway.name = At("orders");
  gateway.account = At(kAccount);
  gateway.hosts = {At(kDoorHost)};
  gateway.rules = {std::move(rule)};
  return gateway;
}

// An arrival and what its views refer to.
struct Sent {
  explicit Sent(DoorRequest request_in) : request(std::move(request_in)) {
    for (const auto& [name, value] : request.headers) headers.push_back({name, value});
    arrival.proxy.name = kDoorProxy;
    arrival.request.method = "GET";
    arrival.request.scheme = "https";
    arrival.request.host = kDoorHost;
    arrival.request.target = request.target;
    arrival.request.protocol = "HTTP/2";
    arrival.request.headers = headers;
    arrival.request.body = "";
    arrival.source_address = "198.51.100.7";
  }
  Sent(const Sent&) = delete;
  Sent& operator=(const Sent&) = delete;

  DoorRequest request;
  std::vector<route::Header> headers;
  Arrival arrival;
};
using Sents = std::vector<std::unique_ptr<Sent>>;

Sents Send(std::vector<DoorRequest> requests) {
  Sents sents;
  for (DoorRequest& request : requests) sents.push_back(std::make_unique<Sent>(std::move(request)));
  return sents;
}

struct Door {
  Door() {
    store::UserDefinition& user = world.AddUser(kDoorUser);
    store::AccessKeyDefinition& key = user.access_keys.emplace_back();
    key.id = At(kDoorKeyId);
    key.secret = store::SecretText(kDoorSecret);
    World::AddPolicy("assume", DoorAssume(), &user);
    store::RoleDefinition& role = world.AddRole(kDoorRole, DoorTrust());
    int number = 0;
    for (const std::string& document : DoorPolicies()) {
      const std::string name = "p" + std::to_string(number++);
      World::AddPolicy(name, document, &user);
      World::AddPolicy(name, document, &role);
    }
    world.AddGateway(MakeGateway());
    store::ProxyDefinition proxy;
    proxy.name = At(kDoorProxy);
    world.AddProxy(std::move(proxy));
    world.Publish();
  }

  // A session's token. Ends the program if there is none.
  std::string Assume() {
    session::AssumeRoleParameters parameters;
    parameters.role_arn = std::string(kDoorRoleArn);
    parameters.role_session_name = std::string(kDoorSession);
    const auto assumed =
        sessions.AssumeRole({engine::CallerProof::Kind::kPrincipalArn, kDoorUserArn, {}},
                            parameters, {}, TrustedPeer());
    if (!assumed.ok()) std::abort();
    return assumed->credentials.session_token;
  }

  World world;
  StandingClock clock;
  engine::Recorder recorder{nullptr, nullptr};
  engine::Mfa mfa;
  engine::Authorizer authorizer{world.store(), clock, recorder, nullptr};
  engine::IdentityProviders providers{clock, nullptr, {}};
  engine::Sessions sessions{world.store(), clock, {mfa, recorder, providers, authorizer, nullptr}};
  Gatekeeper gatekeeper{world.store(), clock, {authorizer, sessions, recorder}};
};

Door& TheDoor() {
  static auto* const door = new Door;
  return *door;
}

void ReportAllocations(uint64_t before, benchmark::State& state) {
  state.counters["allocations"] = benchmark::Counter(
      static_cast<double>(AllocationCount() - before), benchmark::Counter::kAvgIterations);
}

void Check(const Sents& sents, std::string_view principal, benchmark::State& state) {
  Gatekeeper& gatekeeper = TheDoor().gatekeeper;
  size_t next = 0;
  const uint64_t before = AllocationCount();
  for (auto _ : state) {
    const Verdict verdict = gatekeeper.Check(sents[next]->arrival);
    next = next + 1 == sents.size() ? 0 : next + 1;
    if (verdict.outcome != Verdict::Outcome::kAllowed || verdict.principal_arn != principal) {
      state.SkipWithError(("wrong answer: " + verdict.reason).c_str());
      return;
    }
  }
  ReportAllocations(before, state);
}

void BM_Check_Bearer(benchmark::State& state) {
  static const auto* const sents = new Sents(Send(BearerRequests(kRequests, TheDoor().Assume())));
  Check(*sents, kDoorSessionArn, state);
}
BENCHMARK(BM_Check_Bearer);

void BM_Check_Signed(benchmark::State& state) {
  static const auto* const sents = new Sents(Send(SignedRequests(kRequests, kNow)));
  Check(*sents, kDoorUserArn, state);
}
BENCHMARK(BM_Check_Signed);

// What is refused: the signature of another request.
void BM_Check_Forged(benchmark::State& state) {
  std::vector<DoorRequest> requests = SignedRequests(kRequests, kNow);
  for (DoorRequest& request : requests) request.target.back() ^= 1;
  const Sents sents = Send(std::move(requests));
  size_t next = 0;
  for (auto _ : state) {
    const Verdict verdict = TheDoor().gatekeeper.Check(sents[next]->arrival);
    next = next + 1 == sents.size() ? 0 : next + 1;
    if (verdict.outcome != Verdict::Outcome::kUnauthenticated) {
      state.SkipWithError("a forged signature was not refused");
      return;
    }
  }
}
BENCHMARK(BM_Check_Forged);

// The same questions without a door.
void BM_Authorize_SameQuestions(benchmark::State& state) {
  const std::string token = TheDoor().Assume();
  std::vector<std::string> orders;
  for (size_t i = 0; i < kRequests; ++i) orders.push_back(OrderArn(i));
  const std::string_view department = "blue";
  const engine::ContextInput context{kDoorContextKey, absl::MakeConstSpan(&department, 1)};
  engine::QueryItem item{kDoorAction, {}, {}};
  engine::Query query;
  query.peer = TrustedPeer();
  query.peer.source_ip = "198.51.100.7";
  query.caller = {engine::CallerProof::Kind::kSessionToken, token, {}};
  query.context = absl::MakeConstSpan(&context, 1);
  query.items = absl::MakeConstSpan(&item, 1);
  engine::Answer answer;
  size_t next = 0;
  const uint64_t before = AllocationCount();
  for (auto _ : state) {
    item.resource = orders[next];
    next = next + 1 == orders.size() ? 0 : next + 1;
    const absl::Status status = TheDoor().authorizer.Authorize(query, &answer);
    if (!status.ok() || answer.items[0].decision.effect != policy::Effect::kAllow) {
      state.SkipWithError("wrong answer");
      return;
    }
  }
  ReportAllocations(before, state);
}
BENCHMARK(BM_Authorize_SameQuestions);

}  // namespace
}  // namespace portcullis::bench
