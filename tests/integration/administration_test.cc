// Reloads, status, health and the end of the real server.

#include <thread>

#include "gtest/gtest.h"

#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/status.h"
#include "tests/integration/running_server.h"

namespace portcullis {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kNewUser[] =
    "Account: \"111111111111\"\n"
    "Users:\n"
    "  - UserName: zoe\n"
    "    Groups: [Testers]\n";
constexpr char kZoe[] = "arn:aws:iam::111111111111:user/zoe";

grpc::Status Reload(Client client, const std::string& caller,
                    v1::ReloadPoliciesResponse* response) {
  v1::ReloadPoliciesRequest request;
  request.mutable_caller()->set_principal_arn(caller);
  grpc::ClientContext context;
  SetDeadline(&context);
  return client.policy_admin->ReloadPolicies(&context, request, response);
}

grpc::Status GetStatus(Client client, const std::string& caller, v1::GetStatusResponse* response) {
  v1::GetStatusRequest request;
  request.mutable_caller()->set_principal_arn(caller);
  grpc::ClientContext context;
  SetDeadline(&context);
  return client.policy_admin->GetStatus(&context, request, response);
}

HealthCheckResponse::ServingStatus Check(const Client& client, const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  grpc::ClientContext context;
  SetDeadline(&context);
  EXPECT_TRUE(Health::NewStub(client.channel)->Check(&context, request, &response).ok());
  return response.status();
}

TEST(Administration, ServesWhatAReloadFound) {
  RunningServer server;
  server.Start();
  Client client = server.Connect();
  v1::AuthorizeRequest request;
  request.set_principal_arn(kZoe);
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::developmentapp/x");
  v1::AuthorizeResponse response;
  EXPECT_EQ(client.Authorize(request, &response).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  server.WritePolicy("zoe.yaml", kNewUser);
  v1::ReloadPoliciesResponse reloaded;
  const grpc::Status status = Reload(server.Connect(), kPaula, &reloaded);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_TRUE(reloaded.status().latest_ok());
  uint64_t users = 0;
  for (const v1::ObjectCount& counted : reloaded.status().object_counts()) {
    if (counted.kind() == "users") users = counted.count();
  }
  EXPECT_EQ(users, 7u);  // Those of config/ and the new one.
  ASSERT_TRUE(client.Authorize(request, &response).ok());
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response.policy_revision(), reloaded.status().serving_revision());
}

TEST(Administration, KeepsTheLastGoodPoliciesAndSaysWhatIsWrong) {
  RunningServer server;
  server.Start();
  v1::GetStatusResponse before;
  ASSERT_TRUE(GetStatus(server.Connect(), kPaula, &before).ok());
  server.WritePolicy("broken.yaml", "Account: \"111111111111\"\nUsers:\n  - UserNam: zoe\n");
  v1::ReloadPoliciesResponse reloaded;
  ASSERT_TRUE(Reload(server.Connect(), kPaula, &reloaded).ok());
  EXPECT_FALSE(reloaded.status().latest_ok());
  EXPECT_EQ(reloaded.status().serving_revision(), before.status().serving_revision());
  EXPECT_NE(reloaded.status().latest_revision(), before.status().serving_revision());
  ASSERT_GE(reloaded.status().diagnostics_size(), 1);
  EXPECT_EQ(reloaded.status().diagnostics(0).find("broken.yaml:3:"), 0u)
      << reloaded.status().diagnostics(0);
  EXPECT_EQ(server.Connect().Decide(kAna, "s3:GetObject", "arn:aws:s3:::developmentapp/x"),
            v1::DECISION_ALLOW);
  EXPECT_EQ(Check(server.Connect(), "readiness"), HealthCheckResponse::SERVING);

  server.RemovePolicy("broken.yaml");
  ASSERT_TRUE(Reload(server.Connect(), kPaula, &reloaded).ok());
  EXPECT_TRUE(reloaded.status().latest_ok());
  EXPECT_EQ(reloaded.status().serving_revision(), before.status().serving_revision());
}

TEST(Administration, AsksThePoliciesWhoMayAdminister) {
  RunningServer server;
  server.Start();
  v1::GetStatusResponse status;
  EXPECT_EQ(rpc::ErrorReasonOf(GetStatus(server.Connect(), kAna, &status)), "AccessDenied");
  EXPECT_FALSE(status.has_status());
  v1::ReloadPoliciesResponse reloaded;
  EXPECT_EQ(rpc::ErrorReasonOf(Reload(server.Connect(), kAna, &reloaded)), "AccessDenied");
}

TEST(Administration, IsUnavailableUntilPoliciesCanBeLoaded) {
  RunningServer server;
  server.WritePolicy("broken.yaml", "Account: \"111111111111\"\nUsers: 7\n");
  EXPECT_FALSE(server.TryStart().ok()) << "without start_closed it must not start";

  server.options.start_closed = true;
  server.Start();
  Client client = server.Connect();
  v1::AuthorizeRequest request;
  request.set_principal_arn(kAna);
  request.set_action("s3:GetObject");
  request.set_resource("arn:aws:s3:::developmentapp/x");
  v1::AuthorizeResponse response;
  EXPECT_EQ(client.Authorize(request, &response).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Check(client, ""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Check(client, "liveness"), HealthCheckResponse::SERVING);
  v1::GetStatusResponse status;
  ASSERT_TRUE(GetStatus(server.Connect(), kAna, &status).ok());
  EXPECT_EQ(status.status().serving_revision(), "");
  EXPECT_GE(status.status().diagnostics_size(), 1);

  server.RemovePolicy("broken.yaml");
  v1::ReloadPoliciesResponse reloaded;
  ASSERT_TRUE(Reload(server.Connect(), kAna, &reloaded).ok());
  EXPECT_TRUE(client.Authorize(request, &response).ok());
  EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(Check(client, ""), HealthCheckResponse::SERVING);
}

TEST(Administration, DrainsWithoutLosingAnAnswer) {
  RunningServer server;
  server.options.drain_delay = absl::Milliseconds(400);
  server.options.audit_log = server.directory.Path("audit.log");
  server.Start();
  Client client = server.Connect();
  EXPECT_EQ(Check(client, "readiness"), HealthCheckResponse::SERVING);
  std::thread drainer([&server] { EXPECT_TRUE(server.server().Drain().ok()); });
  int answered = 0;
  bool turned_away = false;
  while (true) {
    v1::AuthorizeRequest request;
    request.set_principal_arn(kAna);
    request.set_action("s3:GetObject");
    request.set_resource("arn:aws:s3:::developmentapp/x");
    v1::AuthorizeResponse response;
    const grpc::Status status = client.Authorize(request, &response);
    if (!status.ok()) {
      // CANCELLED: gRPC drops a call that arrives while it announces the end to the client.
      EXPECT_TRUE(status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                  status.error_code() == grpc::StatusCode::CANCELLED)
          << status.error_message();
      break;
    }
    EXPECT_EQ(response.decision(), v1::DECISION_ALLOW);
    ++answered;
    if (!turned_away && answered % 8 == 0) {
      HealthCheckRequest probe;
      HealthCheckResponse health;
      grpc::ClientContext context;
      SetDeadline(&context);
      const bool ok = Health::NewStub(client.channel)->Check(&context, probe, &health).ok();
      turned_away = ok && health.status() == HealthCheckResponse::NOT_SERVING;
    }
  }
  drainer.join();
  EXPECT_GT(answered, 0);
  EXPECT_TRUE(turned_away) << "health checks must be turned away before calls are";
}

TEST(Administration, SimulatesPolicies) {
  RunningServer server;
  server.Start();
  v1::SimulateCustomPolicyRequest request;
  request.mutable_caller()->set_principal_arn(kPaula);
  request.add_policy_input_list(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:*","Resource":"*"}})");
  for (const char* action : {"a:One", "b:Two", "a:Three"}) request.add_action_names(action);
  request.set_max_items(2);
  v1::SimulatePolicyResponse response;
  Client client = server.Connect();
  {
    grpc::ClientContext context;
    SetDeadline(&context);
    const grpc::Status status =
        client.policy_admin->SimulateCustomPolicy(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  ASSERT_EQ(response.evaluation_results_size(), 2);
  EXPECT_EQ(response.evaluation_results(0).eval_decision(), v1::DECISION_ALLOW);
  EXPECT_EQ(response.evaluation_results(1).eval_decision(), v1::DECISION_IMPLICIT_DENY);
  EXPECT_TRUE(response.is_truncated());
  request.set_marker(response.marker());
  grpc::ClientContext context;
  SetDeadline(&context);
  ASSERT_TRUE(client.policy_admin->SimulateCustomPolicy(&context, request, &response).ok());
  ASSERT_EQ(response.evaluation_results_size(), 1);
  EXPECT_EQ(response.evaluation_results(0).eval_action_name(), "a:Three");
}

}  // namespace
}  // namespace portcullis
