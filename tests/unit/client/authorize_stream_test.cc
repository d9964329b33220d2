#include "client/authorize_stream.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

using Result = absl::StatusOr<v1::AuthorizeResponse>;

v1::AuthorizeRequest About(const std::string& action) {
  v1::AuthorizeRequest question;
  question.set_action(action);
  return question;
}

// Results that repeat the action; for "bad" an error, for "nothing" a result without contents, for
// "two" two results, for "end" and "close" the end of the stream.
grpc::Status Echo(const google::protobuf::Message& message, google::protobuf::Message* response) {
  auto* const answer = static_cast<v1::StreamAuthorizeResponse*>(response);
  for (const auto& question : static_cast<const v1::StreamAuthorizeRequest&>(message).questions()) {
    if (question.action() == "close") {
      answer->clear_results();
      return grpc::Status::OK;
    }
    if (question.action() == "end") {
      return ErrorWithDetails(grpc::StatusCode::UNAVAILABLE, "SHUTTING_DOWN", "stopping");
    }
    v1::StreamAuthorizeResult* const result = answer->add_results();
    if (question.action() == "bad" || question.action() == "odd") {
      result->mutable_error()->set_code(question.action() == "bad" ? 16 : 0);
      result->mutable_error()->set_message("expired");
      result->mutable_error()->set_reason("TOKEN_EXPIRED");
    } else if (question.action() != "nothing") {
      result->mutable_answer()->set_reason(question.action());
      if (question.action() == "two") answer->add_results();
    }
  }
  return grpc::Status::OK;
}

TEST(AuthorizeStream, AnswersOneAfterTheOther) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  for (int i = 0; i < 20; ++i) {
    const std::string action = "s:" + std::to_string(i);
    const Result answer = stream.Authorize(About(action));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->reason(), action);
  }
  EXPECT_TRUE(stream.status().ok());
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_TRUE(stream.Finish().ok());
}

TEST(AuthorizeStream, AnswersInOrderAndGathersQuestions) {
  std::atomic<int> requests = 0;
  std::atomic<int> largest = 0;
  FakeServer server([&](const auto& message, auto* response) {
    ++requests;
    const int count = static_cast<const v1::StreamAuthorizeRequest&>(message).questions_size();
    if (count > largest) largest = count;
    return Echo(message, response);
  });
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection, {.in_flight_max = 10'000});
  constexpr int kQuestions = 5000;
  std::vector<std::string> answers;  // Of the stream's thread, until Finish().
  for (int i = 0; i < kQuestions; ++i) {
    stream.Ask(About(std::to_string(i)),
               [&answers](Result answer) { answers.push_back(answer->reason()); });
  }
  EXPECT_TRUE(stream.Finish().ok());
  ASSERT_EQ(answers.size(), static_cast<size_t>(kQuestions));
  for (int i = 0; i < kQuestions; ++i) {
    ASSERT_EQ(answers[static_cast<size_t>(i)], std::to_string(i));
  }
  EXPECT_LT(requests, kQuestions / 2);
  EXPECT_LE(largest, 1000);
}

TEST(AuthorizeStream, KeepsRequestsSmall) {
  std::atomic<size_t> largest = 0;
  FakeServer server([&](const auto& message, auto* response) {
    if (message.ByteSizeLong() > largest) largest = message.ByteSizeLong();
    return Echo(message, response);
  });
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection, {.request_bytes_max = 2000});
  for (int i = 0; i < 500; ++i) {
    stream.Ask(About(std::string(300, 'x')),
               [](const Result& answer) { EXPECT_TRUE(answer.ok()); });
  }
  // What is larger alone goes alone.
  EXPECT_EQ(stream.Authorize(About(std::string(5000, 'y')))->reason().size(), 5000u);
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_LT(largest, 5100u);
}

TEST(AuthorizeStream, ServesManyThreads) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection, {.in_flight_max = 3});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&stream, &wrong, thread] {
      for (int i = 0; i < 100; ++i) {
        const std::string action = std::to_string(thread) + ":" + std::to_string(i);
        const Result answer = stream.Authorize(About(action));
        if (!answer.ok() || answer->reason() != action) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(AuthorizeStream, TellsErrorsOfQuestionsFromTheEnd) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  const absl::Status bad = stream.Authorize(About("bad")).status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::ReasonOf(bad), "TOKEN_EXPIRED");
  EXPECT_EQ(bad.message(), "expired");
  // Never OK, whatever the server says.
  EXPECT_EQ(stream.Authorize(About("odd")).status().code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(stream.Authorize(About("nothing")).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(stream.Authorize(About("good"))->reason(), "good");
}

TEST(AuthorizeStream, GivesEveryQuestionTheStatusOfTheEnd) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  EXPECT_TRUE(stream.Authorize(About("before")).ok());
  absl::Mutex mutex;  // Some may be told on this thread, when the stream has ended already.
  std::vector<absl::Status> ends;
  for (const char* action : {"end", "after", "after"}) {
    stream.Ask(About(action), [&](const Result& answer) {
      const absl::MutexLock lock(&mutex);
      ends.push_back(answer.status());
    });
  }
  EXPECT_EQ(base::ReasonOf(stream.Finish()), "SHUTTING_DOWN");
  ASSERT_EQ(ends.size(), 3u);
  for (const absl::Status& end : ends) {
    EXPECT_EQ(end.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(base::ReasonOf(end), "SHUTTING_DOWN");
  }
  EXPECT_EQ(stream.Authorize(About("late")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
}

// An OK at the end is no answer.
TEST(AuthorizeStream, IsUnavailableWhenTheServerEndsItWithoutAnAnswer) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  EXPECT_EQ(stream.Authorize(About("close")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(stream.Finish().code(), absl::StatusCode::kUnavailable);
}

TEST(AuthorizeStream, DoesNotTrustAServerThatAnswersTooOften) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  EXPECT_TRUE(stream.Authorize(About("two")).ok());
  EXPECT_EQ(stream.Finish().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(stream.Authorize(About("late")).status().code(), absl::StatusCode::kInternal);
}

TEST(AuthorizeStream, TakesNothingAfterFinish) {
  FakeServer server(Echo);
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection);
  EXPECT_TRUE(stream.Finish().ok());
  EXPECT_EQ(stream.Authorize(About("late")).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AuthorizeStream, FailsAtOnceWithoutAServer) {
  ConnectionOptions options;
  options.target = "unix:/nowhere/authz.sock";
  auto connection = Connection::Open(options);
  ASSERT_TRUE(connection.ok());
  AuthorizeStream stream(**connection);
  EXPECT_EQ(stream.Authorize(About("a")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(stream.Finish().code(), absl::StatusCode::kUnavailable);
}

// A server that does not answer: questions have their own time, and room is no reason to wait.
TEST(AuthorizeStream, GivesUpInTime) {
  absl::Notification release;
  FakeServer server([&release](const auto& message, auto* response) {
    release.WaitForNotification();
    return Echo(message, response);
  });
  const auto connection = server.Connect();
  AuthorizeStream stream(*connection, {.in_flight_max = 1});
  const absl::Duration timeout = absl::Milliseconds(200);
  const absl::Status waited = stream.Authorize(About("a"), timeout).status();
  EXPECT_EQ(waited.code(), absl::StatusCode::kDeadlineExceeded);
  const absl::Status no_room = stream.Authorize(About("b"), timeout).status();
  EXPECT_EQ(no_room.code(), absl::StatusCode::kDeadlineExceeded);
  release.Notify();
  // The late answer is nobody's, and not the next question's.
  EXPECT_EQ(stream.Authorize(About("c"))->reason(), "c");
}

TEST(AuthorizeStream, CancelsWhatItIsDestroyedWith) {
  absl::Notification asked;
  absl::Notification release;
  FakeServer server([&](const auto& message, auto* response) {
    asked.Notify();
    release.WaitForNotification();
    return Echo(message, response);
  });
  const auto connection = server.Connect();
  absl::Status end;
  {
    AuthorizeStream stream(*connection);
    stream.Ask(About("a"), [&end](const Result& answer) { end = answer.status(); });
    asked.WaitForNotification();
  }
  release.Notify();
  EXPECT_EQ(end.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace portcullis::client
