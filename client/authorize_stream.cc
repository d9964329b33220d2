#include "client/authorize_stream.h"

#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

#include "client/rpc_status.h"

namespace portcullis::client {
namespace {

constexpr int kQuestionsMax = 1000;  // In a message.

absl::StatusOr<v1::AuthorizeResponse> ToAnswer(v1::StreamAuthorizeResult* result) {
  switch (result->result_case()) {
    case v1::StreamAuthorizeResult::kAnswer:
      return std::move(*result->mutable_answer());
    case v1::StreamAuthorizeResult::kError:
      return FromStreamError(result->error());
    case v1::StreamAuthorizeResult::RESULT_NOT_SET:
      break;
  }
  return absl::InternalError("the server sent a result that says nothing");
}

}  // namespace

AuthorizeStream::AuthorizeStream(Connection& connection, const AuthorizeStreamOptions& options)
    : options_(options), call_timeout_(connection.call_timeout()) {
  context_.set_wait_for_ready(options.wait_for_ready);
  stream_ = connection.authorization().AsyncStreamAuthorize(&context_, &events_, &started_);
  thread_ = std::thread([this] { Run(); });
}

AuthorizeStream::~AuthorizeStream() {
  {
    const absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    context_.TryCancel();
  }
  thread_.join();
}

void AuthorizeStream::Ask(v1::AuthorizeRequest question, Answered answered, absl::Time deadline) {
  absl::Status problem;
  {
    const absl::MutexLock lock(&mutex_);
    const bool in_time =
        mutex_.AwaitWithDeadline(absl::Condition(this, &AuthorizeStream::HasRoomOrEnded), deadline);
    if (!status_.ok()) {
      problem = status_;
    } else if (!in_time) {
      problem = absl::DeadlineExceededError("too many questions wait for answers");
    } else {
      unsent_.push_back(std::move(question));
      waiting_.push_back(std::move(answered));
      Send();
      return;
    }
  }
  answered(problem);
}

absl::StatusOr<v1::AuthorizeResponse> AuthorizeStream::Authorize(
    const v1::AuthorizeRequest& question, absl::Duration timeout) {
  struct Waiting {
    absl::Notification done;
    absl::StatusOr<v1::AuthorizeResponse> answer = absl::UnknownError("no answer");
  };
  const absl::Time deadline =
      absl::Now() + (timeout > absl::ZeroDuration() ? timeout : call_timeout_);
  const auto waiting = std::make_shared<Waiting>();  // The answer may come later.
  Ask(
      question,
      [waiting](absl::StatusOr<v1::AuthorizeResponse> answer) {
        waiting->answer = std::move(answer);
        waiting->done.Notify();
      },
      deadline);
  if (!waiting->done.WaitForNotificationWithDeadline(deadline)) {
    return absl::DeadlineExceededError("there was no answer in time");
  }
  return std::move(waiting->answer);
}

absl::Status AuthorizeStream::status() const {
  const absl::MutexLock lock(&mutex_);
  return status_;
}

absl::Status AuthorizeStream::Finish() {
  const absl::MutexLock lock(&mutex_);
  if (!closing_) {
    closing_ = true;
    if (status_.ok()) status_ = absl::FailedPreconditionError("the stream was finished");
    Send();
  }
  mutex_.Await(absl::Condition(&ended_));
  return result_;
}

void AuthorizeStream::Send() {
  if (sending_ || closed_) return;
  if (!unsent_.empty()) {
    sending_ = true;
    v1::StreamAuthorizeRequest request;
    size_t bytes = 0;
    do {
      bytes += unsent_.front().ByteSizeLong();
      if (request.questions_size() > 0 && bytes > options_.request_bytes_max) break;
      *request.add_questions() = std::move(unsent_.front());
      unsent_.pop_front();
    } while (!unsent_.empty() && request.questions_size() < kQuestionsMax);
    stream_->Write(request, &written_);
  } else if (closing_) {
    sending_ = true;
    closed_ = true;
    stream_->WritesDone(&written_);
  }
}

void AuthorizeStream::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (events_.Next(&tag, &ok)) (this->*static_cast<Event*>(tag)->handle)(ok);
}

void AuthorizeStream::OnStarted(bool ok) {
  if (!ok) return stream_->Finish(&end_, &finished_);
  stream_->Read(&response_, &read_);
  OnWritten(true);
}

void AuthorizeStream::OnWritten(bool ok) {
  const absl::MutexLock lock(&mutex_);
  if (!ok) return;  // The stream has ended; reading tells why.
  sending_ = false;
  Send();
}

void AuthorizeStream::OnRead(bool ok) {
  if (ok && HandOut(&response_)) return stream_->Read(&response_, &read_);
  if (ok) {
    broken_ = absl::InternalError("the server sent more results than there were questions");
    context_.TryCancel();
  }
  stream_->Finish(&end_, &finished_);
}

bool AuthorizeStream::HandOut(v1::StreamAuthorizeResponse* response) {
  for (v1::StreamAuthorizeResult& result : *response->mutable_results()) {
    Answered answered;
    {
      const absl::MutexLock lock(&mutex_);
      if (waiting_.empty()) return false;
      answered = std::move(waiting_.front());
      waiting_.pop_front();
    }
    answered(ToAnswer(&result));
  }
  return true;
}

void AuthorizeStream::OnFinished(bool /*ok*/) {
  absl::Status why;
  std::deque<Answered> unanswered;
  {
    const absl::MutexLock lock(&mutex_);
    why = WhyEnded();
    unanswered.swap(waiting_);
    unsent_.clear();
    if (!end_.ok() || !unanswered.empty()) result_ = why;
    if (!closing_ || !result_.ok()) status_ = why;
    closed_ = true;  // From here on nothing more is sent.
  }
  for (const Answered& answered : unanswered) answered(why);
  events_.Shutdown();  // What is still on its way is reported before Next() says so.
  const absl::MutexLock lock(&mutex_);
  ended_ = true;
}

absl::Status AuthorizeStream::WhyEnded() const {
  if (!broken_.ok()) return broken_;
  if (cancelled_) return absl::CancelledError("the stream was given up");
  if (end_.ok()) return absl::UnavailableError("the server ended the stream");
  return AsUnavailableIfCancelled(FromGrpcStatus(end_));
}

}  // namespace portcullis::client
