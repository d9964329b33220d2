#include "tests/bench/rpc/reference_stream.h"

#include <utility>

#include "grpcpp/impl/codegen/proto_utils.h"

namespace portcullis::bench {
namespace {

constexpr int kStreams = 64;  // More than a benchmark opens in one run.

}  // namespace

// Waits for a stream, reads, answers, reads again; ends with its client.
class ReferenceStreams::Stream final : public Event {
 public:
  Stream(ReferenceStreams* streams, grpc::ServerCompletionQueue* queue)
      : answer_(streams->answer_), stream_(&context_) {
    streams->service_.RequestCall(&context_, &stream_, queue, queue, static_cast<Event*>(this));
  }

  void Proceed(bool ok) override {
    switch (state_) {
      case State::kWaiting:
      case State::kWriting:
        if (ok) Read();
        return;
      case State::kReading:
        if (ok) {
          Answer();
        } else {
          state_ = State::kDone;
          stream_.Finish(grpc::Status::OK, static_cast<Event*>(this));
        }
        return;
      case State::kDone:
        return;
    }
  }

 private:
  enum class State { kWaiting, kReading, kWriting, kDone };

  void Read() {
    state_ = State::kReading;
    stream_.Read(&bytes_, static_cast<Event*>(this));
  }

  // Parses and serializes as a server of the messages would.
  void Answer() {
    state_ = State::kWriting;
    grpc::SerializationTraits<v1::AuthorizeRequest>::Deserialize(&bytes_, &request_);
    grpc::ByteBuffer answer;
    bool own = false;
    grpc::SerializationTraits<v1::AuthorizeResponse>::Serialize(answer_, &answer, &own);
    stream_.Write(answer, static_cast<Event*>(this));
  }

  const v1::AuthorizeResponse& answer_;
  State state_ = State::kWaiting;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  grpc::ByteBuffer bytes_;
  v1::AuthorizeRequest request_;
};

ReferenceStreams::ReferenceStreams(v1::AuthorizeResponse answer) : answer_(std::move(answer)) {}

ReferenceStreams::~ReferenceStreams() = default;

void ReferenceStreams::Start(grpc::ServerCompletionQueue* queue) {
  for (int i = 0; i < kStreams; ++i) streams_.push_back(std::make_unique<Stream>(this, queue));
}

}  // namespace portcullis::bench
