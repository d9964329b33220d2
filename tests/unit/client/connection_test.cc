#include "client/connection.h"

#include <string>

#include "absl/synchronization/notification.h"
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
       {connection->Authorize({}).status(), connection->BatchAuthorize({}).status(),
        connection->AssumeRole({}).status(), connection->ValidateSession({}).status(),
        connection->GetCallerIdentity({}).status(), connection->GetStatus({}).status(),
        connection->ReloadPolicies({}).status(), connection->SimulateCustomPolicy({}).status(),
        connection->SimulatePrincipalPolicy({}).status(), connection->CheckHealth("").status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(base::ReasonOf(status), "TOKEN_EXPIRED");
  }
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
