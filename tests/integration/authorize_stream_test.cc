// Streams of decisions from the real server: the same answers as by calls, whatever happens between
// two questions.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "client/authorize_stream.h"
#include "server/rpc/status.h"
#include "tests/integration/running_server.h"

namespace portcullis {
namespace {

constexpr char kObject[] = "arn:aws:s3:::developmentapp/x";
constexpr char kZoe[] = "arn:aws:iam::111111111111:user/zoe";
constexpr char kTemporary[] = "arn:aws:iam::111111111111:role/Temporary";

v1::AuthorizeRequest Question(const std::string& principal,
                              const std::string& action = "s3:GetObject") {
  v1::AuthorizeRequest request;
  request.set_principal_arn(principal);
  request.set_action(action);
  request.set_resource(kObject);
  return request;
}

v1::AuthorizeRequest QuestionBy(const std::string& token, const std::string& resource) {
  v1::AuthorizeRequest request;
  request.set_session_token(token);
  request.set_action("s3:PutObject");
  request.set_resource(resource);
  return request;
}

// A stream as a client sees it that knows nothing but the interface.
class Stream {
 public:
  explicit Stream(Client client) : client_(std::move(client)) {
    SetDeadline(&context_);
    stream_ = client_.authorization->StreamAuthorize(&context_);
  }

  bool Send(const std::vector<v1::AuthorizeRequest>& questions) {
    v1::StreamAuthorizeRequest request;
    request.mutable_questions()->Add(questions.begin(), questions.end());
    return stream_->Write(request);
  }
  // The next results; fewer if the stream ends.
  std::vector<v1::StreamAuthorizeResult> Receive(size_t count) {
    std::vector<v1::StreamAuthorizeResult> results;
    v1::StreamAuthorizeResponse response;
    while (results.size() < count && stream_->Read(&response)) {
      results.insert(results.end(), response.results().begin(), response.results().end());
    }
    return results;
  }
  // The result of one question.
  v1::StreamAuthorizeResult Ask(const v1::AuthorizeRequest& question) {
    EXPECT_TRUE(Send({question}));
    const std::vector<v1::StreamAuthorizeResult> results = Receive(1);
    EXPECT_EQ(results.size(), 1u);
    return results.empty() ? v1::StreamAuthorizeResult() : results.front();
  }
  void SendNoMore() { stream_->WritesDone(); }
  grpc::Status Finish() { return stream_->Finish(); }

 private:
  Client client_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>>
      stream_;
};

class AuthorizeStreamTest : public ::testing::Test {
 protected:
  AuthorizeStreamTest() : server_({"tcp://127.0.0.1:0?trusted=true", "tcp://127.0.0.1:0"}) {}

  void Reload() {
    v1::ReloadPoliciesRequest request;
    request.mutable_caller()->set_principal_arn(kPaula);
    v1::ReloadPoliciesResponse response;
    grpc::ClientContext context;
    SetDeadline(&context);
    ASSERT_TRUE(server_.Connect().policy_admin->ReloadPolicies(&context, request, &response).ok());
    ASSERT_TRUE(response.status().latest_ok()) << response.ShortDebugString();
  }

  // zoe may, or must not, read; there is a role that ana may assume.
  void WriteZoe(const std::string& effect) {
    server_.WritePolicy("zoe.yaml",
                        "Account: \"111111111111\"\n"
                        "Users:\n"
                        "  - UserName: zoe\n"
                        "    Policies:\n"
                        "      - PolicyName: Read\n"
                        "        PolicyDocument:\n"
                        "          Version: \"2012-10-17\"\n"
                        "          Statement: { Effect: " +
                            effect +
                            ", Action: s3:GetObject, Resource: \"*\" }\n"
                            "Roles:\n"
                            "  - RoleName: Temporary\n"
                            "    AssumeRolePolicyDocument:\n"
                            "      Version: \"2012-10-17\"\n"
                            "      Statement: { Effect: Allow, Action: sts:AssumeRole, "
                            "Principal: { AWS: \"" +
                            kAna + "\" } }\n");
  }

  RunningServer server_;
};

// For every listener and question: what Authorize says, in an answer or as its status.
TEST_F(AuthorizeStreamTest, AnswersAsAuthorizeDoes) {
  server_.Start();
  const std::string token = server_.Connect().UpdateAppToken();
  std::vector<v1::AuthorizeRequest> questions = {Question(kAna),
                                                 Question(kTess),
                                                 Question(kAna, ""),
                                                 Question(kAna, "s3:Get*"),
                                                 Question("nobody"),
                                                 Question(kZoe),
                                                 v1::AuthorizeRequest(),
                                                 QuestionBy(token, "arn:aws:s3:::productionapp/x"),
                                                 QuestionBy(token, kObject),
                                                 QuestionBy("not a token", kObject),
                                                 Question(kAna)};
  questions.front().set_explain(true);
  for (const size_t listener : {0, 1}) {
    Client client = server_.Connect(listener);
    Stream stream(server_.Connect(listener));
    ASSERT_TRUE(stream.Send(questions));
    const std::vector<v1::StreamAuthorizeResult> results = stream.Receive(questions.size());
    ASSERT_EQ(results.size(), questions.size());
    for (size_t i = 0; i < questions.size(); ++i) {
      SCOPED_TRACE(questions[i].ShortDebugString());
      v1::AuthorizeResponse response;
      const grpc::Status status = client.Authorize(questions[i], &response);
      v1::StreamAuthorizeResult result = results[i];
      if (status.ok()) {
        EXPECT_FALSE(result.answer().decision_id().empty());
        EXPECT_NE(result.answer().decision_id(), response.decision_id());
        result.mutable_answer()->set_decision_id(response.decision_id());
        EXPECT_EQ(result.answer().SerializeAsString(), response.SerializeAsString());
      } else {
        EXPECT_EQ(result.result_case(), v1::StreamAuthorizeResult::kError);
        EXPECT_EQ(result.error().code(), status.error_code());
        EXPECT_EQ(result.error().message(), status.error_message());
        EXPECT_EQ(result.error().reason(), rpc::ErrorReasonOf(status));
      }
    }
    EXPECT_EQ(results.front().answer().decision(),
              listener == 0 ? v1::DECISION_ALLOW : v1::DECISION_UNSPECIFIED);
    stream.SendNoMore();
    EXPECT_TRUE(stream.Finish().ok());
  }
}

TEST_F(AuthorizeStreamTest, DecidesByThePoliciesOfTheMoment) {
  server_.Start();
  Stream stream(server_.Connect());
  EXPECT_EQ(stream.Ask(Question(kZoe)).error().code(), grpc::StatusCode::UNAUTHENTICATED);
  WriteZoe("Allow");
  Reload();
  const v1::StreamAuthorizeResult allowed = stream.Ask(Question(kZoe));
  EXPECT_EQ(allowed.answer().decision(), v1::DECISION_ALLOW);
  WriteZoe("Deny");
  Reload();
  const v1::StreamAuthorizeResult denied = stream.Ask(Question(kZoe));
  EXPECT_EQ(denied.answer().decision(), v1::DECISION_EXPLICIT_DENY);
  EXPECT_NE(denied.answer().policy_revision(), allowed.answer().policy_revision());
}

TEST_F(AuthorizeStreamTest, ChecksTheSessionOfEachQuestion) {
  WriteZoe("Allow");
  server_.Start();
  v1::AssumeRoleRequest role;
  role.mutable_caller()->set_principal_arn(kAna);
  role.set_role_arn(kTemporary);
  role.set_role_session_name("short");
  v1::AssumeRoleResponse assumed;
  const grpc::Status status = server_.Connect().AssumeRole(role, &assumed);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const v1::AuthorizeRequest question = QuestionBy(assumed.credentials().session_token(), kObject);
  Stream stream(server_.Connect(1));
  EXPECT_EQ(stream.Ask(question).answer().decision(), v1::DECISION_IMPLICIT_DENY);
  server_.RemovePolicy("zoe.yaml");
  Reload();
  EXPECT_EQ(stream.Ask(question).error().code(), grpc::StatusCode::UNAUTHENTICATED);
  const std::string other = server_.Connect().UpdateAppToken();
  EXPECT_EQ(stream.Ask(QuestionBy(other, "arn:aws:s3:::productionapp/x")).answer().decision(),
            v1::DECISION_ALLOW);
}

TEST_F(AuthorizeStreamTest, EndsOverARequestWithoutQuestions) {
  server_.Start();
  Stream stream(server_.Connect());
  ASSERT_TRUE(stream.Send({Question(kAna)}));
  ASSERT_TRUE(stream.Send({}));
  EXPECT_EQ(stream.Receive(10).size(), 1u);
  const grpc::Status status = stream.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(rpc::ErrorReasonOf(status), "MALFORMED_REQUEST");
}

// Hundreds of streams of one connection on two queues that take ten each; calls go on.
TEST_F(AuthorizeStreamTest, RefusesStreamsBeyondTheLimit) {
  server_.options.in_flight_max = 10;
  server_.Start();
  const Client client = server_.Connect();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<
      grpc::ClientReaderWriter<v1::StreamAuthorizeRequest, v1::StreamAuthorizeResponse>>>
      streams;
  for (int i = 0; i < 500; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    SetDeadline(contexts.back().get());
    streams.push_back(client.authorization->StreamAuthorize(contexts.back().get()));
  }
  v1::StreamAuthorizeRequest request;
  *request.add_questions() = Question(kAna);
  int served = 0;
  for (const auto& stream : streams) {
    v1::StreamAuthorizeResponse response;
    if (stream->Write(request) && stream->Read(&response)) {
      ++served;
      EXPECT_EQ(response.results(0).answer().decision(), v1::DECISION_ALLOW);
      continue;
    }
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(rpc::ErrorReasonOf(status), "OVERLOADED");
  }
  EXPECT_GE(served, 10);
  EXPECT_LE(served, 20);
  EXPECT_EQ(server_.Connect().Decide(kAna, "s3:GetObject", kObject), v1::DECISION_ALLOW);
  for (const auto& context : contexts) context->TryCancel();
}

// Open streams do not hold up the end: they are told, though they may have been silent for long.
TEST_F(AuthorizeStreamTest, EndsWithTheServer) {
  server_.Start();
  Stream silent(server_.Connect());
  Stream used(server_.Connect());
  EXPECT_EQ(used.Ask(Question(kAna)).answer().decision(), v1::DECISION_ALLOW);
  const auto begin = std::chrono::steady_clock::now();
  std::thread ending([this] { EXPECT_TRUE(server_.server().Drain().ok()); });
  for (Stream* stream : {&silent, &used}) {
    EXPECT_TRUE(stream->Receive(1).empty());
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(rpc::ErrorReasonOf(status), "SHUTTING_DOWN");
  }
  ending.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

// The client library from many threads, while policies change.
TEST_F(AuthorizeStreamTest, ServesTheClientLibrary) {
  WriteZoe("Allow");
  server_.Start();
  client::ConnectionOptions options;
  options.target = server_.address();
  const auto connection = client::Connection::Open(options);
  ASSERT_TRUE(connection.ok());
  client::AuthorizeStream stream(**connection);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&stream, &wrong] {
      for (int i = 0; i < 500; ++i) {
        const auto ana = stream.Authorize(Question(kAna), absl::Seconds(20));
        if (!ana.ok() || ana->decision() != v1::DECISION_ALLOW || ana->principal_arn() != kAna) {
          ++wrong;
        }
        const auto bad = stream.Authorize(Question(kAna, "s3:*"), absl::Seconds(20));
        if (bad.status().code() != absl::StatusCode::kInvalidArgument) ++wrong;
        const auto zoe = stream.Authorize(Question(kZoe), absl::Seconds(20));
        if (!zoe.ok() || zoe->decision() == v1::DECISION_IMPLICIT_DENY) ++wrong;
      }
    });
  }
  for (const char* effect : {"Deny", "Allow", "Deny"}) {
    WriteZoe(effect);
    Reload();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(stream.Authorize(Question(kZoe))->decision(), v1::DECISION_EXPLICIT_DENY);
  EXPECT_TRUE(stream.Finish().ok());
}

}  // namespace
}  // namespace portcullis
