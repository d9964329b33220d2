#include "client/authorize.h"

#include <string>

#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

v1::CallerCredentials Session() {
  v1::CallerCredentials caller;
  caller.set_session_token("token");
  return caller;
}

// What CheckAllowed says about one answer.
absl::Status CheckAnswer(v1::Decision decision, std::string* asked = nullptr) {
  FakeServer server([decision, asked](const google::protobuf::Message& request,
                                      google::protobuf::Message* response) {
    if (asked != nullptr) *asked = request.ShortDebugString();
    auto* answer = static_cast<v1::AuthorizeResponse*>(response);
    answer->set_decision(decision);
    answer->set_reason("because");
    return grpc::Status::OK;
  });
  Question question{.action = "s3:GetObject", .resource = "arn:aws:s3:::b/x", .context = {}};
  v1::ContextEntry& entry = question.context.emplace_back();
  entry.set_key("s3:x");
  entry.add_values("y");
  return CheckAllowed(*server.Connect(), Session(), question);
}

TEST(CheckAllowed, AsksTheQuestion) {
  std::string asked;
  EXPECT_TRUE(CheckAnswer(v1::DECISION_ALLOW, &asked).ok());
  EXPECT_EQ(asked,
            "session_token: \"token\" action: \"s3:GetObject\" resource: \"arn:aws:s3:::b/x\" "
            "context { key: \"s3:x\" values: \"y\" }");
}

TEST(CheckAllowed, OnlyAllowAllows) {
  for (const int decision : {0, 2, 3, 4, 1000}) {
    const absl::Status status = CheckAnswer(static_cast<v1::Decision>(decision));
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << decision;
    EXPECT_EQ(base::ReasonOf(status), "AccessDenied");
    EXPECT_EQ(status.message(), "because");
  }
}

TEST(CheckAllowed, AFailureIsNoDecision) {
  FakeServer server([](const google::protobuf::Message&, google::protobuf::Message*) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "later");
  });
  EXPECT_EQ(CheckAllowed(*server.Connect(), Session(), {}).code(), absl::StatusCode::kUnavailable);
}

TEST(CheckAllowed, NobodyAndAccessKeysAreNotSent) {
  FakeServer server([](const google::protobuf::Message&, google::protobuf::Message*) {
    ADD_FAILURE();
    return grpc::Status::OK;
  });
  v1::CallerCredentials key;
  key.mutable_access_key()->set_access_key_id("AKIAEXAMPLE");
  for (const v1::CallerCredentials& caller : {v1::CallerCredentials(), key}) {
    EXPECT_EQ(CheckAllowed(*server.Connect(), caller, {}).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace portcullis::client
