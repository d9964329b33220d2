// Portcullis next to Cerbos: the same work, the same client, in turns.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

#include "server/base/text.h"
#include "tests/bench/rpc/cerbos.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"
#include "tests/bench/rpc/subject.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kMegabyte = 1024.0 * 1024.0;

// Cerbos with so many policies, where they can be changed.
struct Peer {
  explicit Peer(size_t policy_count) {
    for (const PolicyFile& file : CerbosPolicies(policy_count)) Write(file);
  }
  void Write(const PolicyFile& file) const {
    directory.Write(base::Concat({"policies/", file.name}), file.text);
  }
  // Starts it, and waits for the right answer to a question about the last policy.
  void Start(size_t policy_count) {
    server.reset();
    server = StartCerbos(directory);
    server->process().WaitUntil([&] { return Listens(server->endpoint()); });
    const auto channel = Connect(server->endpoint());
    server->process().WaitUntil(
        [&] { return TryCheck(channel, policy_count - 1) == CerbosAnswer::kAllow; });
    if (TryCheck(channel, policy_count - 1, "green") != CerbosAnswer::kDeny) Die("wrong answer");
  }

  TemporaryDirectory directory;
  std::unique_ptr<Server> server;
};

struct Own {
  explicit Own(size_t policy_count_in) : policy_count(policy_count_in) {}
  size_t users() const { return policy_count / kPoliciesPerUser; }
  void Start() {
    server.reset();
    server = StartPortcullis(directory, {"own", UserFiles(policy_count)});
    v1::AuthorizeRequest request = UserRequest(users() - 1);
    if (AuthorizeOrDie(server->endpoint(), request).decision() != v1::DECISION_ALLOW) {
      Die("wrong answer");
    }
    request.mutable_context(0)->set_values(0, "green");
    if (AuthorizeOrDie(server->endpoint(), request).decision() != v1::DECISION_IMPLICIT_DENY) {
      Die("wrong answer");
    }
  }

  const size_t policy_count;
  TemporaryDirectory directory;
  std::unique_ptr<Server> server;
};

double SecondsUntil(const Process& process, const std::function<void()>& change,
                    const std::function<bool()>& is_seen) {
  const auto started = Clock::now();
  change();
  process.WaitUntil(is_seen);
  return std::chrono::duration<double>(Clock::now() - started).count();
}

double ChangeOwn(const Own& own, bool blue) {
  const size_t user = own.users() - 1;
  const PolicyFile file = FileOfUser(user, own.users(), blue ? "blue" : "green");
  const v1::Decision wanted = blue ? v1::DECISION_ALLOW : v1::DECISION_IMPLICIT_DENY;
  const auto channel = Connect(own.server->endpoint());
  return SecondsUntil(
      own.server->process(), [&] { own.directory.Write("own/policies/" + file.name, file.text); },
      [&] { return TryAuthorize(channel, UserRequest(user)) == wanted; });
}

double ChangePeer(const Peer& peer, size_t kind, bool blue) {
  const PolicyFile file = CerbosPolicy(kind, blue ? "blue" : "green");
  const CerbosAnswer wanted = blue ? CerbosAnswer::kAllow : CerbosAnswer::kDeny;
  const auto channel = Connect(peer.server->endpoint());
  return SecondsUntil(
      peer.server->process(), [&] { peer.Write(file); },
      [&] { return TryCheck(channel, kind) == wanted; });
}

void ReportBoth(const std::string& name, const std::vector<double>& own,
                const std::vector<double>& peer, benchmark::State& state) {
  state.counters["portcullis_" + name] = Median(own);
  state.counters["cerbos_" + name] = Median(peer);
}

// Starts, memory, throughput at 16, 64 and 256 in flight, and changes, by policies: range(0).
void BM_Cerbos(benchmark::State& state) {
  if (TheSettings().cerbos.empty()) {
    for (auto _ : state) state.SetLabel("skipped: no --cerbos");
    return;
  }
  const auto policy_count = static_cast<size_t>(state.range(0));
  Own own(policy_count);
  Peer peer(policy_count);
  std::vector<double> own_ready, peer_ready, own_changed, peer_changed;
  for (int round = 0; round < std::min(TheSettings().rounds, 3); ++round) {
    own.Start();
    own_ready.push_back(own.server->process().SecondsSinceStart());
    peer.Start(policy_count);
    peer_ready.push_back(peer.server->process().SecondsSinceStart());
  }
  ReportBoth("ready_seconds", own_ready, peer_ready, state);
  ReportBoth("start_mb", {own.server->process().ResidentBytes() / kMegabyte},
             {peer.server->process().ResidentBytes() / kMegabyte}, state);
  for (int round = 0; round < std::min(TheSettings().rounds, 5); ++round) {
    own_changed.push_back(ChangeOwn(own, round % 2 == 1));
    peer_changed.push_back(ChangePeer(peer, policy_count - 1, round % 2 == 1));
  }
  ReportBoth("changed_seconds", own_changed, peer_changed, state);
  // What was changed last may be denied now.
  if (own_changed.size() % 2 == 1) {
    ChangeOwn(own, true);
    ChangePeer(peer, policy_count - 1, true);
  }
  Subject portcullis("portcullis", *own.server, AboutUsers(own.users()));
  Subject cerbos("cerbos", *peer.server, AboutKinds(policy_count));
  for (auto _ : state) {
    for (const int in_flight : {16, 64, 256}) {
      if (!Compare({&portcullis, &cerbos}, in_flight, TheSettings().rounds,
                   "at_" + std::to_string(in_flight) + "_", state)) {
        return;
      }
    }
  }
  ReportBoth("load_mb", {own.server->process().ResidentBytes() / kMegabyte},
             {peer.server->process().ResidentBytes() / kMegabyte}, state);
}
BENCHMARK(BM_Cerbos)->Arg(10)->Arg(1000)->Arg(10'000)->Iterations(1)->UseRealTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
