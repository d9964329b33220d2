#include "tests/bench/rpc/questions.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <utility>

#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"
#include "server/base/text.h"
#include "tests/bench/door_requests.h"
#include "tests/bench/rpc/processes.h"
#include "tests/bench/world.h"

namespace portcullis::bench {
namespace {

using base::Concat;

constexpr size_t kConstantUser = 5;
constexpr size_t kOrders = 4096;
constexpr std::chrono::seconds kAnswerMax(20);

void AddContext(std::string_view key, std::string_view value, v1::AuthorizeRequest* request) {
  v1::ContextEntry* const entry = request->add_context();
  entry->set_key(std::string(key));
  entry->add_values(std::string(value));
}

bool Allows(const v1::AuthorizeResponse& response, std::string_view principal) {
  return response.decision() == v1::DECISION_ALLOW && response.principal_arn() == principal &&
         response.policy_revision().size() == 64;
}

Questions AboutUserList(std::vector<size_t> users, std::set<std::string>* revisions) {
  std::vector<v1::AuthorizeRequest> requests;
  requests.reserve(users.size());
  for (const size_t user : users) requests.push_back(UserRequest(user));
  return Asking<v1::AuthorizeResponse>(std::string(kAuthorizeMethod), requests,
                                       [users = std::move(users), revisions](
                                           size_t question, const v1::AuthorizeResponse& response) {
                                         if (revisions != nullptr)
                                           revisions->insert(response.policy_revision());
                                         return Allows(response, UserArn(users[question]));
                                       });
}

Questions AboutOrdersOf(const std::string& token, std::string principal) {
  return Asking<v1::AuthorizeResponse>(
      std::string(kAuthorizeMethod), SessionRequests(token),
      [principal = std::move(principal)](size_t, const v1::AuthorizeResponse& response) {
        return Allows(response, principal);
      });
}

std::string PoliciesOf() {
  std::string yaml = "    Policies:\n";
  int number = 0;
  for (const std::string& document : DoorPolicies()) {
    yaml += Concat({"      - PolicyName: p", std::to_string(number++),
                    "\n        PolicyDocument: ", document, "\n"});
  }
  return yaml;
}

}  // namespace

std::string DoorYaml() {
  return Concat({"Accounts:\n  - AccountId: \"111111111111\"\nAccount: \"111111111111\"\n",
                 "Users:\n  - UserName: ",
                 kDoorUser,
                 "\n    AccessKeys:\n      - AccessKeyId: ",
                 kDoorKeyId,
                 "\n        SecretAccessKey: {Inline: \"",
                 kDoorSecret,
                 "\", AllowInlineSecret: true}\n",
                 PoliciesOf(),
                 "      - PolicyName: assume\n        PolicyDocument: ",
                 DoorAssume(),
                 "\nRoles:\n  - RoleName: ",
                 kDoorRole,
                 "\n    AssumeRolePolicyDocument: ",
                 DoorTrust(),
                 "\n",
                 PoliciesOf(),
                 "Proxies:\n  - Name: ",
                 kDoorProxy,
                 "\nGateways:\n  - Name: orders\n    Hosts: [",
                 kDoorHost,
                 "]\n    Rules:\n      - Name: get-order\n        Match: {Methods: [GET], Path: \"",
                 kDoorPath,
                 "\"}\n        Action: ",
                 kDoorAction,
                 "\n        Resource: \"",
                 kDoorResource,
                 "\"\n        Context: {\"",
                 kDoorContextKey,
                 "\": \"",
                 kDoorContextValue,
                 "\"}\n"});
}

v1::AuthorizeRequest UserRequest(size_t user) {
  v1::AuthorizeRequest request;
  request.set_principal_arn(UserArn(user));
  request.set_action("s3:GetObject");
  request.set_resource(ObjectArn(user));
  AddContext("app:department", "blue", &request);
  AddContext("app:project", "portcullis", &request);
  AddContext("s3:prefix", "reports/2026", &request);
  AddContext("aws:SourceIp", "10.1.2.3", &request);
  return request;
}

Questions AboutUsers(size_t user_count, std::set<std::string>* revisions) {
  std::vector<size_t> users(user_count);
  for (size_t i = 0; i < users.size(); ++i) users[i] = i;
  std::shuffle(users.begin(), users.end(), std::mt19937(1));
  return AboutUserList(std::move(users), revisions);
}

Questions AboutOneUser() {
  return AboutUserList({kConstantUser}, nullptr);
}

std::vector<v1::AuthorizeRequest> SessionRequests(const std::string& token) {
  std::vector<v1::AuthorizeRequest> requests(kOrders);
  for (size_t i = 0; i < requests.size(); ++i) {
    requests[i].set_session_token(token);
    requests[i].set_action(std::string(kDoorAction));
    requests[i].set_resource(OrderArn(i));
    AddContext(kDoorContextKey, "blue", &requests[i]);
    AddContext("aws:SourceIp", "198.51.100.7", &requests[i]);
  }
  return requests;
}

Questions AboutOrders(const std::string& token) {
  return AboutOrdersOf(token, std::string(kDoorSessionArn));
}

Questions AboutOrdersInVain(const std::string& token) {
  return AboutOrdersOf(token, UserArn(kConstantUser));
}

std::string AssumeDoorRole(const Endpoint& endpoint) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  v1::AssumeRoleRequest request;
  request.mutable_caller()->set_principal_arn(std::string(kDoorUserArn));
  request.set_role_arn(std::string(kDoorRoleArn));
  request.set_role_session_name(std::string(kDoorSession));
  v1::AssumeRoleResponse response;
  const auto stub = v1::SecurityTokenService::NewStub(Connect(endpoint));
  const grpc::Status status = stub->AssumeRole(&context, request, &response);
  if (!status.ok()) Die("no session: " + status.error_message());
  return response.credentials().session_token();
}

v1::AuthorizeResponse AuthorizeOrDie(const Endpoint& endpoint,
                                     const v1::AuthorizeRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  v1::AuthorizeResponse response;
  const auto stub = v1::AuthorizationService::NewStub(Connect(endpoint));
  const grpc::Status status = stub->Authorize(&context, request, &response);
  if (!status.ok()) Die("no answer: " + status.error_message());
  return response;
}

v1::Decision TryAuthorize(const std::shared_ptr<grpc::Channel>& channel,
                          const v1::AuthorizeRequest& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  v1::AuthorizeResponse response;
  const auto stub = v1::AuthorizationService::NewStub(channel);
  if (!stub->Authorize(&context, request, &response).ok()) return v1::DECISION_UNSPECIFIED;
  return response.decision();
}

}  // namespace portcullis::bench
