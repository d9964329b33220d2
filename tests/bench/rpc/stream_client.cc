#include "tests/bench/rpc/stream_client.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "grpcpp/generic/generic_stub.h"

namespace portcullis::bench {
namespace {

constexpr int kStreams = 8;  // As many as Client has connections.

// As much as servers take in one message.
constexpr int kQuestionsInMessageMax = 1000;

}  // namespace

// Writes while fewer than its part are in flight, and reads all the time.
class StreamClient::Stream {
 public:
  Stream(const Endpoint& endpoint, const StreamQuestions& questions, grpc::CompletionQueue* queue)
      : questions_(questions), stub_(Connect(endpoint)) {
    stream_ = stub_.PrepareCall(&context_, questions_.method, queue);
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
      const int answers = questions_.count_answers(&answer_);
      if (answers == 0 || answers > to_read_) return false;
      room_ += answers;
      to_read_ -= answers;
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
    const int count = std::min({room_, to_write_, questions_.gathers ? kQuestionsInMessageMax : 1});
    if (writing_ || count == 0) return;
    writing_ = true;
    room_ -= count;
    to_write_ -= count;
    const std::vector<grpc::Slice> questions(static_cast<size_t>(count), questions_.question);
    stream_->Write(grpc::ByteBuffer(questions.data(), questions.size()), &written_);
  }

  const StreamQuestions& questions_;
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

StreamClient::StreamClient(const Endpoint& endpoint, StreamQuestions questions)
    : questions_(std::move(questions)) {
  for (int i = 0; i < kStreams; ++i) {
    streams_.push_back(std::make_unique<Stream>(endpoint, questions_, &queue_));
  }
  for (int i = 0; i < kStreams; ++i) right_ = Next() && right_;
}

StreamClient::~StreamClient() {
  for (const auto& stream : streams_) stream->End();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

double StreamClient::Run(int count, int in_flight) {
  const auto started = std::chrono::steady_clock::now();
  for (const auto& stream : streams_) stream->Begin(count / kStreams, in_flight / kStreams);
  while (right_ && !Done()) right_ = Next();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - started;
  return right_ ? count / passed.count() : 0;
}

bool StreamClient::Done() const {
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const auto& stream) { return stream->done(); });
}

bool StreamClient::Next() {
  void* tag = nullptr;
  bool ok = false;
  if (!queue_.Next(&tag, &ok)) return false;
  const auto* const event = static_cast<Stream::Tag*>(tag);
  return event->stream->Proceed(event->kind, ok);
}

}  // namespace portcullis::bench
