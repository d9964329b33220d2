#include "client/connection.h"

#include <atomic>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "server/base/error_reason.h"
#include "tests/unit/client/fake_server.h"

namespace portcullis::client {
namespace {

using testing::HasSubstr;

ConnectionOptions To(const std::string& target) {
  ConnectionOptions options;
  options.target = target;
  return options;
}

TEST(Connection, TakesHostAndPortOrASocket) {
  for (const char* target :
       {"127.0.0.1:7443", "[::1]:7443", "pdp.example:443", "unix:run/a.sock"}) {
    EXPECT_TRUE(Connection::Open(To(target)).ok()) << target;
  }
  for (const char* target : {"", "pdp.example", ":7443", "pdp.example:", "unix:"}) {
    EXPECT_EQ(Connection::Open(To(target)).status().code(), absl::StatusCode::kInvalidArgument)
        << target;
  }
}

TEST(Connection, WantsACertificateAndItsKeyTogether) {
  ConnectionOptions options = To("pdp.example:443");
  options.tls.emplace().certificate_file = "client.pem";
  EXPECT_EQ(Connection::Open(options).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Connection, NamesATlsFileThatIsMissing) {
  ConnectionOptions options = To("pdp.example:443");
  options.tls.emplace().ca_file = "no-such-file.pem";
  const absl::Status status = Connection::Open(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no-such-file.pem"));
}

TEST(Connection, FailsWhereNobodyListens) {
  const auto connection = Connection::Open(To("unix:no/such/socket"));
  ASSERT_TRUE(connection.ok());
  EXPECT_EQ((*connection)->Authorize({}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Connection, EndsACallAtItsDeadline) {
  absl::Notification done;
  FakeServer server([&done](const google::protobuf::Message&, google::protobuf::Message*) {
    done.WaitForNotificationWithTimeout(absl::Seconds(20));
    return grpc::Status::OK;
  });
  const auto connection = server.Connect(absl::Seconds(10));
  CallOptions soon;
  soon.timeout = absl::Milliseconds(50);
  EXPECT_EQ(connection->Authorize({}, soon).status().code(), absl::StatusCode::kDeadlineExceeded);
  done.Notify();
}

TEST(Connection, CarriesTheReasonOfAnError) {
  FakeServer server([](const google::protobuf::Message&, google::protobuf::Message*) {
    return ErrorWithDetails(grpc::StatusCode::UNAUTHENTICATED, "TOKEN_EXPIRED", "too late");
  });
  const auto connection = server.Connect();
  for (const absl::Status& status :
       {connection->Authorize({}).status(),
        connection->BatchAuthorize({}).status(),
        connection->AssumeRole({}).status(),
        connection->AssumeRoleWithWebIdentity({}).status(),
        connection->AssumeRoleWithSAML({}).status(),
        connection->AssumeRoleWithWorkloadIdentity({}).status(),
        connection->GetSessionToken({}).status(),
        connection->GetFederationToken({}).status(),
        connection->GetAccessKeyInfo({}).status(),
        connection->DecodeAuthorizationMessage({}).status(),
        connection->ValidateSession({}).status(),
        connection->GetCallerIdentity({}).status(),
        connection->RevokeSessions({}).status(),
        connection->ListRevocations({}).status(),
        connection->GetAccountPasswordPolicy({}).status(),
        connection->GenerateCredentialReport({}).status(),
        connection->GetCredentialReport({}).status(),
        connection->GetAccessKeyLastUsed({}).status(),
        connection->GenerateServiceLastAccessedDetails({}).status(),
        connection->GetServiceLastAccessedDetails({}).status(),
        connection->GetServiceLastAccessedDetailsWithEntities({}).status(),
        connection->ListPoliciesGrantingServiceAccess({}).status(),
        connection->GetStatus({}).status(),
        connection->ReloadPolicies({}).status(),
        connection->SimulateCustomPolicy({}).status(),
        connection->SimulatePrincipalPolicy({}).status(),
        connection->CheckHealth("").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(base::ReasonOf(status), "TOKEN_EXPIRED");
  }
}

// Fails `failures` times with `code`, then answers.
class FailingServer {
  // Before the server, whose threads read them.
  const grpc::StatusCode code_;
  const int failures_;

 public:
  FailingServer(grpc::StatusCode code, int failures) : code_(code), failures_(failures) {}

  std::atomic<int> asked = 0;
  FakeServer server{[this](const google::protobuf::Message&, google::protobuf::Message*) {
    return asked++ < failures_ ? grpc::Status(code_, "no") : grpc::Status::OK;
  }};
};

TEST(Connection, RepeatsACallThatIsUnavailable) {
  for (const grpc::StatusCode code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED}) {
    FailingServer failing(code, 2);
    EXPECT_TRUE(failing.server.Connect(absl::Seconds(10), 3)->Authorize({}).ok());
    EXPECT_EQ(failing.asked, 3);
  }
}

TEST(Connection, GivesUpAfterItsAttempts) {
  FailingServer failing(grpc::StatusCode::UNAVAILABLE, 100);
  EXPECT_EQ(failing.server.Connect(absl::Seconds(10), 3)->Authorize({}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(failing.asked, 3);
}

TEST(Connection, ACallThatTheServerCancelsIsUnavailable) {
  FailingServer failing(grpc::StatusCode::CANCELLED, 1);
  EXPECT_EQ(failing.server.Connect()->Authorize({}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Connection, RepeatsNothingElse) {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNKNOWN, grpc::StatusCode::INVALID_ARGUMENT,
        grpc::StatusCode::DEADLINE_EXCEEDED, grpc::StatusCode::PERMISSION_DENIED,
        grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::ABORTED, grpc::StatusCode::INTERNAL,
        grpc::StatusCode::UNAUTHENTICATED}) {
    FailingServer failing(code, 1);
    EXPECT_FALSE(failing.server.Connect(absl::Seconds(10), 3)->Authorize({}).ok()) << code;
    EXPECT_EQ(failing.asked, 1) << code;
  }
}

TEST(Connection, SendsAOneTimeCodeOnce) {  // it may have been used up.
  FailingServer failing(grpc::StatusCode::UNAVAILABLE, 100);
  const auto connection = failing.server.Connect(absl::Seconds(10), 3);
  v1::AssumeRoleRequest assume_role;
  assume_role.set_token_code("123456");
  EXPECT_FALSE(connection->AssumeRole(assume_role).ok());
  EXPECT_EQ(failing.asked, 1);
  v1::GetSessionTokenRequest session_token;
  session_token.set_token_code("123456");
  EXPECT_FALSE(connection->GetSessionToken(session_token).ok());
  EXPECT_EQ(failing.asked, 2);
}

TEST(Connection, RepeatsOnlyWithinTheTimeout) {
  FailingServer failing(grpc::StatusCode::UNAVAILABLE, 1'000'000);
  const auto connection = failing.server.Connect(absl::Milliseconds(300), 1000);
  const absl::Time begin = absl::Now();
  EXPECT_EQ(connection->Authorize({}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_LT(failing.asked, 10);
}

TEST(Connection, TellsHealth) {
  using grpc::health::v1::HealthCheckResponse;
  HealthCheckResponse::ServingStatus answer = HealthCheckResponse::SERVING;
  FakeServer server(
      [&answer](const google::protobuf::Message&, google::protobuf::Message* response) {
        static_cast<HealthCheckResponse*>(response)->set_status(answer);
        return grpc::Status::OK;
      });
  const auto connection = server.Connect();
  EXPECT_EQ(*connection->CheckHealth("readiness"), Health::kServing);
  answer = HealthCheckResponse::NOT_SERVING;
  EXPECT_EQ(*connection->CheckHealth("readiness"), Health::kNotServing);
  answer = HealthCheckResponse::UNKNOWN;
  EXPECT_EQ(*connection->CheckHealth("readiness"), Health::kUnknown);
}

}  // namespace
}  // namespace portcullis::client
