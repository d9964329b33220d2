// The same questions to the same server by calls of Authorize and on streams: with one question in
// a message, and with as many as are waiting when a message can be sent.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"

#include "server/base/text.h"
#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStreams = 8;  // One on each connection, as Client has connections.
constexpr size_t kUser = 5;  // Of AboutOneUser().

// The one question in a message of its own. Several such messages one after the other are a message
// with as many questions.
grpc::Slice OneQuestion() {
  v1::StreamAuthorizeRequest request;
  *request.add_questions() = UserRequest(kUser);
  grpc::Slice slice;
  Serialized(request).DumpToSingleSlice(&slice);
  return slice;
}

// One stream: writes while fewer than its part are in flight, and reads all the time.
class Stream {
 public:
  Stream(const Endpoint& endpoint, bool gathers, grpc::CompletionQueue* queue)
      : gathers_(gathers), stub_(Connect(endpoint)) {
    stream_ =
        stub_.PrepareCall(&context_, "/portcullis.v1.AuthorizationService/StreamAuthorize", queue);
    stream_->StartCall(&started_);
  }

  // A thing that the completion queue returns.
  struct Tag {
    Stream* stream = nullptr;
    enum class Kind { kStarted, kWritten, kRead, kEnded } kind = Kind::kStarted;
  };

  // Asks `count` questions from now on.
  void Begin(int count, int in_flight) {
    to_write_ = to_read_ = count;
    room_ = in_flight;
    Write();
    stream_->Read(&answer_, &read_);
  }
  // False if something went wrong.
  bool Proceed(Tag::Kind kind, bool ok) {
    if (!ok) return false;
    if (kind == Tag::Kind::kWritten) {
      writing_ = false;
      Write();
    } else if (kind == Tag::Kind::kRead) {
      const int results = CountResults();
      if (results == 0 || results > to_read_) return false;
      room_ += results;
      to_read_ -= results;
      Write();
      if (to_read_ > 0) stream_->Read(&answer_, &read_);
    }
    return true;
  }
  bool done() const { return to_read_ == 0 && !writing_; }
  void End() {
    context_.TryCancel();
    stream_->Finish(&status_, &ended_);
  }

 private:
  void Write() {
    const int count = std::min({room_, to_write_, gathers_ ? 1000 : 1});
    if (writing_ || count == 0) return;
    writing_ = true;
    room_ -= count;
    to_write_ -= count;
    const std::vector<grpc::Slice> questions(static_cast<size_t>(count), question_);
    stream_->Write(grpc::ByteBuffer(questions.data(), questions.size()), &written_);
  }

  // 0 if any result is not the one that it must be.
  int CountResults() {
    if (!grpc::SerializationTraits<v1::StreamAuthorizeResponse>::Deserialize(&answer_, &response_)
             .ok()) {
      return 0;
    }
    for (const v1::StreamAuthorizeResult& result : response_.results()) {
      if (result.answer().decision() != v1::DECISION_ALLOW ||
          result.answer().principal_arn() != principal_ ||
          result.answer().policy_revision().size() != 64) {
        return 0;
      }
    }
    return response_.results_size();
  }

  const bool gathers_;
  const grpc::Slice question_ = OneQuestion();
  const std::string principal_ = UserArn(kUser);
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  Tag started_{this, Tag::Kind::kStarted};
  Tag written_{this, Tag::Kind::kWritten};
  Tag read_{this, Tag::Kind::kRead};
  Tag ended_{this, Tag::Kind::kEnded};
  grpc::ByteBuffer answer_;
  v1::StreamAuthorizeResponse response_;
  grpc::Status status_;
  int to_write_ = 0;
  int to_read_ = 0;
  int room_ = 0;
  bool writing_ = false;
};

class Streams {
 public:
  Streams(const Endpoint& endpoint, bool gathers) {
    for (int i = 0; i < kStreams; ++i) {
      streams_.push_back(std::make_unique<Stream>(endpoint, gathers, &queue_));
    }
    for (int i = 0; i < kStreams; ++i) right_ = Next() && right_;
  }
  ~Streams() {
    for (const auto& stream : streams_) stream->End();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // Answers per second; 0 if one was wrong.
  double Run(int count, int in_flight) {
    const auto started = Clock::now();
    for (const auto& stream : streams_) stream->Begin(count / kStreams, in_flight / kStreams);
    while (right_ && !Done()) right_ = Next();
    return right_ ? count / std::chrono::duration<double>(Clock::now() - started).count() : 0;
  }

 private:
  bool Done() const {
    for (const auto& stream : streams_) {
      if (!stream->done()) return false;
    }
    return true;
  }
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) return false;
    const auto* const event = static_cast<Stream::Tag*>(tag);
    return event->stream->Proceed(event->kind, ok);
  }

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
  bool right_ = true;
};

// A way of asking, and what was measured of it, round by round.
struct Side {
  std::string name;
  std::function<double(int count, int in_flight)> run;  // As Streams::Run.
  std::vector<double> rates = {};
  std::vector<double> cpu_microseconds = {};
};

void ReportRatios(const Side& side, const Side& calls, benchmark::State& state) {
  std::vector<double> rates = {};
  std::vector<double> cpu;
  for (size_t i = 0; i < calls.rates.size(); ++i) {
    rates.push_back(side.rates[i] / calls.rates[i]);
    cpu.push_back(side.cpu_microseconds[i] / calls.cpu_microseconds[i]);
  }
  state.counters[side.name + "_rps"] = Median(side.rates);
  state.counters[side.name + "_cpu_us"] = Median(side.cpu_microseconds);
  state.counters[side.name + "_rps_ratio"] = Median(rates);
  state.counters[side.name + "_cpu_us_ratio"] = Median(cpu);
}

// range(0): in flight.
void BM_StreamAuthorize(benchmark::State& state, Transport transport) {
  const Server& server =
      Portcullis({base::Concat({"plain-", NameOf(transport)}), UserFiles(1000), transport});
  const auto in_flight = static_cast<int>(state.range(0));
  const int count = Usually(16'000, 800);
  Client client(server.endpoint(), AboutOneUser());
  Streams single(server.endpoint(), false);
  Streams gathering(server.endpoint(), true);
  Side sides[] = {
      {"calls",
       [&client](int questions, int flying) {
         const LoadResult result = client.Run(questions, flying);
         return result.wrong == 0 ? questions / result.seconds : 0;
       }},
      {"single", [&single](int questions, int flying) { return single.Run(questions, flying); }},
      {"gathering",
       [&gathering](int questions, int flying) { return gathering.Run(questions, flying); }}};
  for (auto _ : state) {
    for (int round = -1; round < TheSettings().rounds; ++round) {  // The first one warms up.
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
  for (const Side& side : sides) ReportRatios(side, sides[0], state);
}

void InFlight(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int in_flight : {16, 64, 256}) benchmark->Arg(in_flight);
}
BENCHMARK_CAPTURE(BM_StreamAuthorize, tcp, Transport::kTcp)->Apply(InFlight);
BENCHMARK_CAPTURE(BM_StreamAuthorize, unix, Transport::kUnixSocket)->Apply(InFlight);

}  // namespace
}  // namespace portcullis::bench
