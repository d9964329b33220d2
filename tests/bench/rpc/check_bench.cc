// What a request at a proxy's door costs the server: Envoy's Check with a session's token and with
// a signature, next to Authorize of the same questions and to an empty call. Requests differ from
// one another; signatures are made before the time that is measured.

#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "envoy/service/auth/v3/external_auth.grpc.pb.h"
#include "portcullis/v1/authorization_service.grpc.pb.h"
#include "portcullis/v1/security_token_service.grpc.pb.h"
#include "server/base/text.h"
#include "tests/bench/door_requests.h"
#include "tests/bench/rpc/load.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/subject.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using envoy::service::auth::v3::Authorization;
using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;
using CheckLoad = LoadOf<Authorization, CheckRequest, CheckResponse>;
using AuthorizeLoad = LoadOf<v1::AuthorizationService, v1::AuthorizeRequest, v1::AuthorizeResponse>;

constexpr std::string_view kPrincipalHeader = "x-portcullis-principal";

std::string PoliciesOf() {
  std::string yaml = "    Policies:\n";
  int number = 0;
  for (const std::string& document : DoorPolicies()) {
    yaml += Concat({"      - PolicyName: p", std::to_string(number++),
                    "\n        PolicyDocument: ", document, "\n"});
  }
  return yaml;
}

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

// As Envoy sends it, with headers as they came.
CheckRequest ToCheckRequest(const DoorRequest& sent) {
  CheckRequest request;
  auto* const attributes = request.mutable_attributes();
  auto* const source = attributes->mutable_source()->mutable_address()->mutable_socket_address();
  source->set_address("198.51.100.7");
  source->set_port_value(51044);
  auto* const own = attributes->mutable_destination()->mutable_address()->mutable_socket_address();
  own->set_address("10.0.3.17");
  own->set_port_value(8443);
  auto* const http = attributes->mutable_request()->mutable_http();
  http->set_id("5577006791947779410");
  http->set_method("GET");
  http->set_path(sent.target);
  http->set_host(std::string(kDoorHost));
  http->set_scheme("https");
  http->set_protocol("HTTP/2");
  const auto add = [http](std::string_view name, std::string_view value) {
    auto* const header = http->mutable_header_map()->add_headers();
    header->set_key(std::string(name));
    header->set_raw_value(std::string(value));
  };
  add(":authority", kDoorHost);
  add(":method", "GET");
  add(":path", sent.target);
  add(":scheme", "https");
  for (const auto& [name, value] : sent.headers) add(name, value);
  add("x-envoy-auth-partial-body", "false");
  return request;
}

std::vector<CheckRequest> ToCheckRequests(const std::vector<DoorRequest>& sent) {
  std::vector<CheckRequest> requests;
  requests.reserve(sent.size());
  for (const DoorRequest& request : sent) requests.push_back(ToCheckRequest(request));
  return requests;
}

bool LetsPass(const CheckResponse& response, std::string_view principal) {
  if (response.status().code() != 0 || !response.has_ok_response()) return false;
  for (const auto& option : response.ok_response().headers()) {
    if (option.header().key() == kPrincipalHeader) return option.header().value() == principal;
  }
  return false;
}

template <typename Make>
std::unique_ptr<Load> DoorLoad(const std::string& address, std::string_view principal, Make make) {
  return std::make_unique<CheckLoad>(
      address, &Authorization::Stub::AsyncCheck,
      CheckLoad::Questions{
          [make](int count) { return ToCheckRequests(make(static_cast<size_t>(count))); },
          [principal](const CheckRequest&, const CheckResponse& response) {
            return LetsPass(response, principal);
          }});
}

// The same questions without a door.
std::unique_ptr<Load> SessionLoad(const std::string& address, const std::string& token) {
  const auto make = [token](int count) {
    std::vector<v1::AuthorizeRequest> requests(static_cast<size_t>(count));
    for (size_t i = 0; i < requests.size(); ++i) {
      requests[i].set_session_token(token);
      requests[i].set_action(std::string(kDoorAction));
      requests[i].set_resource(OrderArn(i));
      for (const auto& [key, value] :
           {std::pair{kDoorContextKey, "blue"}, {"aws:SourceIp", "198.51.100.7"}}) {
        v1::ContextEntry* const entry = requests[i].add_context();
        entry->set_key(std::string(key));
        entry->add_values(value);
      }
    }
    return requests;
  };
  const auto is_right = [](const v1::AuthorizeRequest&, const v1::AuthorizeResponse& response) {
    return response.decision() == v1::DECISION_ALLOW && response.principal_arn() == kDoorSessionArn;
  };
  return std::make_unique<AuthorizeLoad>(address, &v1::AuthorizationService::Stub::AsyncAuthorize,
                                         AuthorizeLoad::Questions{make, is_right});
}

// A session's token; empty if there is none.
std::string Assume(const std::string& address) {
  grpc::ClientContext context;
  v1::AssumeRoleRequest request;
  request.mutable_caller()->set_principal_arn(std::string(kDoorUserArn));
  request.set_role_arn(std::string(kDoorRoleArn));
  request.set_role_session_name(std::string(kDoorSession));
  v1::AssumeRoleResponse response;
  const auto stub = v1::SecurityTokenService::NewStub(Connect(address).front());
  const grpc::Status status = stub->AssumeRole(&context, request, &response);
  return status.ok() ? response.credentials().session_token() : "";
}

void BM_Door_InFlight(benchmark::State& state) {
  const ServerProcess& server = Portcullis({"door", {{"door.yaml", DoorYaml()}}});
  const std::string& address = server.address();
  const std::string token = Assume(address);
  if (token.empty()) {
    state.SkipWithError("no session");
    return;
  }
  Subject empty("empty", &ReferenceServer(), UserLoad(ReferenceServer().address()));
  Subject authorize("authorize", &server, SessionLoad(address, token));
  Subject bearer("bearer", &server, DoorLoad(address, kDoorSessionArn, [token](size_t count) {
                   return BearerRequests(count, token);
                 }));
  Subject signed_request("signed", &server, DoorLoad(address, kDoorUserArn, [](size_t count) {
                           return SignedRequests(count, absl::Now());
                         }));
  TakeTurns({&empty, &authorize, &bearer, &signed_request}, static_cast<int>(state.range(0)),
            state);
}
BENCHMARK(BM_Door_InFlight)->Arg(16)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
