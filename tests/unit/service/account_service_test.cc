#include "server/service/account_service.h"

#include <string>

#include "gtest/gtest.h"

#include "server/rpc/status.h"
#include "tests/unit/service/unloaded_server.h"

namespace portcullis::service {
namespace {

template <typename Request, typename Response>
using Method = grpc::Status (AccountService::*)(const rpc::CallFacts&, const Request&, Response*);

// Why a method refuses a request as `caller` sends it.
template <typename Request, typename Response>
std::string Refusal(UnloadedServer* server, const v1::CallerCredentials& caller,
                    Method<Request, Response> method, Request request = Request()) {
  *request.mutable_caller() = caller;
  engine::Peer peer;
  peer.may_assert_principals = true;
  Response response;
  const grpc::Status status = (server->account.*method)(rpc::CallFacts{peer}, request, &response);
  return status.ok() ? "answered" : rpc::ErrorReasonOf(status);
}

void ExpectAllRefuse(const v1::CallerCredentials& caller, const std::string& reason) {
  UnloadedServer server;
  EXPECT_EQ(Refusal(&server, caller, &AccountService::RevokeSessions), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::ListRevocations), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GetAccountPasswordPolicy), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GenerateCredentialReport), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GetCredentialReport), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GetAccessKeyLastUsed), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GenerateServiceLastAccessedDetails), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GetServiceLastAccessedDetails), reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::GetServiceLastAccessedDetailsWithEntities),
            reason);
  EXPECT_EQ(Refusal(&server, caller, &AccountService::ListPoliciesGrantingServiceAccess), reason);
}

v1::CallerCredentials Ana() {
  v1::CallerCredentials caller;
  caller.set_principal_arn("arn:aws:iam::111122223333:user/ana");
  return caller;
}

TEST(AccountService, EveryMethodAsksTheEngine) {
  ExpectAllRefuse(Ana(), "NOT_LOADED");
}

TEST(AccountService, EveryMethodNeedsACaller) {
  ExpectAllRefuse(v1::CallerCredentials(), "MALFORMED_REQUEST");
}

TEST(AccountService, NoMethodTakesSecretsInTheClear) {
  v1::CallerCredentials caller;
  caller.mutable_access_key()->set_access_key_id("AKIAIOSFODNN7EXAMPLE");
  caller.mutable_access_key()->set_secret_access_key("secret");
  ExpectAllRefuse(caller, "INSECURE_TRANSPORT");
}

TEST(AccountService, ChecksPagesAndGranularityFirst) {
  UnloadedServer server;
  v1::GetServiceLastAccessedDetailsRequest page;
  page.set_max_items(1001);
  EXPECT_EQ(Refusal(&server, Ana(), &AccountService::GetServiceLastAccessedDetails, page),
            "InvalidInput");
  v1::GetServiceLastAccessedDetailsWithEntitiesRequest entities;
  entities.set_marker("x");
  EXPECT_EQ(
      Refusal(&server, Ana(), &AccountService::GetServiceLastAccessedDetailsWithEntities, entities),
      "InvalidInput");
  v1::GenerateServiceLastAccessedDetailsRequest generate;
  generate.set_granularity(static_cast<v1::AccessGranularity>(7));
  EXPECT_EQ(Refusal(&server, Ana(), &AccountService::GenerateServiceLastAccessedDetails, generate),
            "InvalidInput");
}

}  // namespace
}  // namespace portcullis::service
