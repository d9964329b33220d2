// The same questions to the same server by calls and on streams: with constant answers, which shows
// what a stream can save, and of Authorize with one question in a message and with as many as are
// waiting when a message can be sent.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "grpcpp/impl/codegen/proto_utils.h"

#include "server/base/text.h"
#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"
#include "tests/bench/rpc/stream_client.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

constexpr size_t kPolicies = 1000;
constexpr size_t kUser = 5;  // Of AboutOneUser().

// A way of asking, and what was measured of it, round by round.
struct Side {
  std::string name;
  std::function<double(int count, int in_flight)> run;  // As StreamClient::Run.
  std::vector<double> rates = {};
  std::vector<double> cpu_microseconds = {};
};

Side ByCalls(std::string name, Client* client) {
  return {std::move(name), [client](int count, int in_flight) {
            const LoadResult result = client->Run(count, in_flight);
            return result.wrong == 0 ? count / result.seconds : 0;
          }};
}

Side OnStreams(std::string name, StreamClient* client) {
  return {std::move(name),
          [client](int count, int in_flight) { return client->Run(count, in_flight); }};
}

void ReportRatios(const Side& side, const Side& calls, benchmark::State& state) {
  std::vector<double> rates;
  std::vector<double> cpu;
  for (size_t i = 0; i < calls.rates.size(); ++i) {
    rates.push_back(side.rates[i] / calls.rates[i]);
    cpu.push_back(side.cpu_microseconds[i] / calls.cpu_microseconds[i]);
  }
  state.counters[side.name + "_rps"] = Median(side.rates);
  state.counters[side.name + "_cpu_us"] = Median(side.cpu_microseconds);
  state.counters[side.name + "_rps_ratio"] = Median(std::move(rates));
  state.counters[side.name + "_cpu_us_ratio"] = Median(std::move(cpu));
}

// Each side has its turn in every round, the first of them warms up. Ratios are to the first side.
void TakeTurns(std::vector<Side> sides, const Server& server, benchmark::State& state) {
  const auto in_flight = static_cast<int>(state.range(0));
  const int count = Usually(16'000, 800);
  for (auto _ : state) {
    for (int round = -1; round < TheSettings().rounds; ++round) {
      for (Side& side : sides) {
        const int64_t cpu = server.process().CpuNanoseconds();
        const double rate = side.run(count, in_flight);
        if (rate == 0) return state.SkipWithError("wrong answer");
        if (round < 0) continue;
        side.rates.push_back(rate);
        side.cpu_microseconds.push_back(
            static_cast<double>(server.process().CpuNanoseconds() - cpu) / 1000 / count);
      }
    }
  }
  for (const Side& side : sides) ReportRatios(side, sides.front(), state);
}

template <typename Request>
grpc::Slice InOnePiece(const Request& request) {
  grpc::Slice slice;
  Serialized(request).DumpToSingleSlice(&slice);
  return slice;
}

StreamQuestions ForConstantAnswers() {
  const auto is_right = AboutOneUser().is_right;
  return {"/portcullis.bench.Streams/Authorize", InOnePiece(UserRequest(kUser)), false,
          [is_right](grpc::ByteBuffer* answer) { return is_right(0, answer) ? 1 : 0; }};
}

bool IsRight(const v1::StreamAuthorizeResult& result, const std::string& principal) {
  return result.answer().decision() == v1::DECISION_ALLOW &&
         result.answer().principal_arn() == principal &&
         result.answer().policy_revision().size() == 64;
}

StreamQuestions ForStreamAuthorize(bool gathers) {
  v1::StreamAuthorizeRequest request;
  *request.add_questions() = UserRequest(kUser);
  return {"/portcullis.v1.AuthorizationService/StreamAuthorize", InOnePiece(request), gathers,
          [principal = UserArn(kUser),
           response = std::make_shared<v1::StreamAuthorizeResponse>()](grpc::ByteBuffer* answer) {
            using Traits = grpc::SerializationTraits<v1::StreamAuthorizeResponse>;
            if (!Traits::Deserialize(answer, response.get()).ok()) return 0;
            const bool right = std::all_of(response->results().begin(), response->results().end(),
                                           [&](const v1::StreamAuthorizeResult& result) {
                                             return IsRight(result, principal);
                                           });
            return right ? response->results_size() : 0;
          }};
}

// range(0): in flight.
void BM_Stream(benchmark::State& state) {
  const Server& server = ReferenceServer(Transport::kTcp);
  Client client(server.endpoint(), AboutOneUser());
  StreamClient streams(server.endpoint(), ForConstantAnswers());
  TakeTurns({ByCalls("call", &client), OnStreams("stream", &streams)}, server, state);
}

// range(0): in flight.
void BM_StreamAuthorize(benchmark::State& state, Transport transport) {
  const Server& server =
      Portcullis({base::Concat({"plain-", NameOf(transport)}), UserFiles(kPolicies), transport});
  Client client(server.endpoint(), AboutOneUser());
  StreamClient single(server.endpoint(), ForStreamAuthorize(false));
  StreamClient gathering(server.endpoint(), ForStreamAuthorize(true));
  TakeTurns(
      {ByCalls("calls", &client), OnStreams("single", &single), OnStreams("gathering", &gathering)},
      server, state);
}

void InFlight(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int in_flight : {16, 64, 256}) benchmark->Arg(in_flight);
}
BENCHMARK(BM_Stream)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_StreamAuthorize, tcp, Transport::kTcp)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_StreamAuthorize, unix, Transport::kUnixSocket)->Apply(InFlight);

}  // namespace
}  // namespace portcullis::bench
