// Whether a stream of decisions would pay: the server of constant answers asked by calls and by
// streams, the same messages, as many in flight.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

#include "tests/bench/rpc/client.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/settings.h"
#include "tests/bench/rpc/statistics.h"

namespace portcullis::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStreams = 8;  // One on each connection, as Client has connections.

// One stream: writes while fewer than its part are in flight, and reads all the time.
class Stream {
 public:
  Stream(const Endpoint& endpoint, const Questions& questions, grpc::CompletionQueue* queue)
      : questions_(questions), request_(questions.make(1).front()), stub_(Connect(endpoint)) {
    stream_ = stub_.PrepareCall(&context_, "/portcullis.bench.Streams/Authorize", queue);
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
      if (!questions_.is_right(0, &answer_)) return false;
      ++room_;
      Write();
      if (--to_read_ > 0) stream_->Read(&answer_, &read_);
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
    if (writing_ || room_ == 0 || to_write_ == 0) return;
    writing_ = true;
    --room_;
    --to_write_;
    stream_->Write(request_, &written_);
  }

  const Questions& questions_;
  const grpc::ByteBuffer request_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
  Tag started_{this, Tag::Kind::kStarted};
  Tag written_{this, Tag::Kind::kWritten};
  Tag read_{this, Tag::Kind::kRead};
  Tag ended_{this, Tag::Kind::kEnded};
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  int to_write_ = 0;
  int to_read_ = 0;
  int room_ = 0;
  bool writing_ = false;
};

class Streams {
 public:
  Streams(const Endpoint& endpoint, Questions questions) : questions_(std::move(questions)) {
    for (int i = 0; i < kStreams; ++i) {
      streams_.push_back(std::make_unique<Stream>(endpoint, questions_, &queue_));
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

  const Questions questions_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
  bool right_ = true;
};

struct Side {
  std::vector<double> rates;
  std::vector<double> cpu_microseconds;
};

// range(0): in flight.
void BM_Stream(benchmark::State& state) {
  const Server& server = ReferenceServer(Transport::kTcp);
  const auto in_flight = static_cast<int>(state.range(0));
  const int count = Usually(16'000, 800);
  Client calls(server.endpoint(), AboutOneUser());
  Streams streams(server.endpoint(), AboutOneUser());
  Side sides[2];
  for (auto _ : state) {
    for (int turn = -2; turn < 2 * TheSettings().rounds; ++turn) {  // The first two warm up.
      const bool streaming = turn % 2 != 0;
      const int64_t cpu = server.process().CpuNanoseconds();
      const LoadResult result = streaming ? LoadResult() : calls.Run(count, in_flight);
      const double rate = streaming ? streams.Run(count, in_flight) : count / result.seconds;
      if (rate == 0 || result.wrong > 0) {
        state.SkipWithError("wrong answer");
        return;
      }
      if (turn < 0) continue;
      Side& side = sides[streaming ? 1 : 0];
      side.rates.push_back(rate);
      side.cpu_microseconds.push_back(static_cast<double>(server.process().CpuNanoseconds() - cpu) /
                                      1000 / count);
    }
  }
  std::vector<double> gains;
  for (size_t i = 0; i < sides[0].rates.size(); ++i) {
    gains.push_back(sides[1].rates[i] / sides[0].rates[i]);
  }
  state.counters["call_rps"] = Median(sides[0].rates);
  state.counters["stream_rps"] = Median(sides[1].rates);
  state.counters["stream_rps_ratio"] = Median(gains);
  state.counters["call_cpu_us"] = Median(sides[0].cpu_microseconds);
  state.counters["stream_cpu_us"] = Median(sides[1].cpu_microseconds);
}
BENCHMARK(BM_Stream)->Arg(16)->Arg(64)->Arg(256)->Iterations(1)->UseRealTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
