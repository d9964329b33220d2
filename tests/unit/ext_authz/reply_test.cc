#include "server/ext_authz/reply.h"

#include <string>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace portcullis::ext_authz {
namespace {

using envoy::config::core::v3::HeaderValueOption;
using envoy::service::auth::v3::CheckResponse;
using gateway::Verdict;
using Outcome = gateway::Verdict::Outcome;

Verdict Make(Outcome outcome, const char* reason) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.reason = reason;
  verdict.message = "The request is not allowed.";
  verdict.decision_id = "d-1";
  verdict.policy_revision = "r-1";
  return verdict;
}

Verdict Allowed() {
  Verdict verdict = Make(Outcome::kAllowed, "allowed");
  verdict.principal_arn = "arn:aws:iam::111122223333:user/ana";
  verdict.account = "111122223333";
  verdict.user_id = "AIDAEXAMPLE";
  verdict.proof = Verdict::Proof::kAuthorization;
  return verdict;
}

// A denied call may leave something in the message that is used again.
CheckResponse UsedBefore() {
  CheckResponse response;
  response.mutable_ok_response()->add_headers_to_remove("left-over");
  (*response.mutable_dynamic_metadata()->mutable_fields())["left"].set_bool_value(true);
  return response;
}

void ExpectIs(const CheckResponse& response, const std::string& text) {
  CheckResponse expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &expected)) << text;
  std::string differences;
  google::protobuf::util::MessageDifferencer differ;
  differ.ReportDifferencesToString(&differences);
  EXPECT_TRUE(differ.Compare(expected, response)) << differences << response.DebugString();
}

std::string Metadata(const char* decision, const char* reason) {
  return std::string("dynamic_metadata {") +
         R"(fields { key: "decision_id" value { string_value: "d-1" } }
            fields { key: "policy_revision" value { string_value: "r-1" } }
            fields { key: "decision" value { string_value: ")" +
         decision + R"(" } } fields { key: "reason" value { string_value: ")" + reason + "\" } } }";
}

std::string Identity(const char* name, const char* value) {
  return std::string("headers { header { key: \"") + name + "\" value: \"" + value +
         "\" } append { value: false } append_action: OVERWRITE_IF_EXISTS_OR_ADD "
         "keep_empty_value: true }";
}

TEST(ToCheckResponse, AllowsWithIdentityAndWithoutCredentials) {
  const route::Header headers[] = {{"accept", "*/*"},
                                   {"authorization", "Bearer t"},
                                   {"x-portcullis-admin", "yes"},
                                   {"x-portcullis-principal", "me"}};
  route::Request request;
  request.method = "GET";
  request.target = "/";
  request.headers = headers;
  CheckResponse response = UsedBefore();
  ASSERT_TRUE(ToCheckResponse(request, Allowed(), &response).ok());
  ExpectIs(response,
           "status { message: \"allowed\" } ok_response {" +
               Identity("x-portcullis-principal", "arn:aws:iam::111122223333:user/ana") +
               Identity("x-portcullis-account", "111122223333") +
               Identity("x-portcullis-user-id", "AIDAEXAMPLE") +
               Identity("x-portcullis-decision-id", "d-1") +
               "headers_to_remove: \"authorization\" headers_to_remove: \"x-portcullis-admin\" }" +
               Metadata("allow", "allowed"));
  EXPECT_TRUE(response.has_status());
}

// A public route knows nobody; the client's own claims are overwritten all the same.
TEST(ToCheckResponse, OverwritesIdentitiesThatAreNotKnown) {
  CheckResponse response;
  ASSERT_TRUE(ToCheckResponse({}, Make(Outcome::kAllowed, "public_route"), &response).ok());
  ExpectIs(response,
           "status { message: \"public_route\" } ok_response {" +
               Identity("x-portcullis-principal", "") + Identity("x-portcullis-account", "") +
               Identity("x-portcullis-user-id", "") + Identity("x-portcullis-decision-id", "d-1") +
               "}" + Metadata("allow", "public_route"));
}

// Spec 2.1 (2) and 2.5: statuses by what happened.
TEST(ToCheckResponse, KeepsBackWhateverIsNotAllowed) {
  const struct {
    Outcome outcome;
    int code;
    int http;
    const char* decision;
  } cases[] = {
      {Outcome::kDenied, 7, 403, "deny"},
      {Outcome::kUnauthenticated, 16, 401, "deny"},
      {Outcome::kRefused, 3, 400, "deny"},
  };
  for (const auto& c : cases) {
    Verdict verdict = Make(c.outcome, "because");
    if (c.outcome == Outcome::kUnauthenticated) verdict.challenges = {"Bearer", "AWS4-HMAC-SHA256"};
    CheckResponse response = UsedBefore();
    ASSERT_TRUE(ToCheckResponse({}, verdict, &response).ok());
    EXPECT_EQ(response.status().code(), c.code);
    EXPECT_EQ(response.status().message(), "because");
    ASSERT_TRUE(response.has_denied_response());
    EXPECT_EQ(static_cast<int>(response.denied_response().status().code()), c.http);
    EXPECT_NE(response.denied_response().body(), "");
    EXPECT_EQ(response.dynamic_metadata().fields().at("decision").string_value(), c.decision);
    EXPECT_EQ(response.dynamic_metadata().fields().size(), 4U);
    size_t challenges = 0;
    for (const HeaderValueOption& option : response.denied_response().headers()) {
      ASSERT_TRUE(option.has_append()) << "versions differ in what its absence means";
      EXPECT_FALSE(option.append().value()) << "Envoy 1.40 drops such headers of denials";
      EXPECT_EQ(option.append_action(), HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
      if (option.header().key() == "www-authenticate") ++challenges;
    }
    EXPECT_EQ(challenges, verdict.challenges.size());
  }
}

// Spec 2.1 (3).
TEST(ToCheckResponse, FailsTheCallWhereNothingWasDecided) {
  const struct {
    absl::Status failure;
    absl::StatusCode code;
  } cases[] = {
      {absl::OkStatus(), absl::StatusCode::kInternal},  // The zero verdict.
      {absl::UnavailableError("not loaded"), absl::StatusCode::kUnavailable},
      {absl::ResourceExhaustedError("full"), absl::StatusCode::kResourceExhausted},
      {absl::DeadlineExceededError("late"), absl::StatusCode::kDeadlineExceeded},
      {absl::InternalError("oops"), absl::StatusCode::kInternal},
      {absl::PermissionDeniedError("no proxy"), absl::StatusCode::kPermissionDenied},
  };
  for (const auto& c : cases) {
    Verdict verdict;
    verdict.failure = c.failure;
    CheckResponse response = UsedBefore();
    EXPECT_EQ(ToCheckResponse({}, verdict, &response).code(), c.code);
    EXPECT_EQ(response.status().code(), 7) << "even if somebody sent it";
  }
}

TEST(ToCheckResponse, SendsErrorResponsesToProxiesThatKnowThem) {
  Verdict verdict = Make(Outcome::kUndecided, "not_loaded");
  verdict.failure = absl::UnavailableError("not loaded");
  verdict.error_response = true;
  CheckResponse response;
  ASSERT_TRUE(ToCheckResponse({}, verdict, &response).ok());
  EXPECT_EQ(response.status().code(), 14);
  ASSERT_TRUE(response.has_error_response());
  EXPECT_EQ(static_cast<int>(response.error_response().status().code()), 503);
  EXPECT_EQ(response.dynamic_metadata().fields().at("decision").string_value(), "error");
  bool retry_after = false;
  for (const HeaderValueOption& option : response.error_response().headers()) {
    retry_after |= option.header().key() == "retry-after";
  }
  EXPECT_TRUE(retry_after);
}

// Every allowed answer says both how, and nothing is both set and removed (spec 2.3, 2.4).
TEST(ToCheckResponse, NeverSetsAndRemovesTheSameHeader) {
  const route::Header headers[] = {{"x-portcullis-principal", "me"},
                                   {"x_portcullis_principal", "me"},
                                   {"x-portcullis-decision-id", "mine"}};
  route::Request request;
  request.headers = headers;
  CheckResponse response;
  ASSERT_TRUE(ToCheckResponse(request, Allowed(), &response).ok());
  for (const HeaderValueOption& option : response.ok_response().headers()) {
    EXPECT_TRUE(option.has_append());
    EXPECT_FALSE(option.append().value());
    EXPECT_EQ(option.append_action(), HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
    for (const std::string& removed : response.ok_response().headers_to_remove()) {
      EXPECT_NE(option.header().key(), removed);
    }
  }
}

}  // namespace
}  // namespace portcullis::ext_authz
