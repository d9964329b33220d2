// What a request at a proxy's door costs the server: Envoy's Check with a session's token and with
// a signature, next to Authorize of the same questions and to an empty call. Requests differ from
// one another; signatures are made before the time that is measured.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"

#include "envoy/service/auth/v3/external_auth.pb.h"
#include "tests/bench/door_requests.h"
#include "tests/bench/rpc/questions.h"
#include "tests/bench/rpc/servers.h"
#include "tests/bench/rpc/subject.h"

namespace portcullis::bench {
namespace {

using envoy::service::auth::v3::CheckRequest;
using envoy::service::auth::v3::CheckResponse;

constexpr std::string_view kCheckMethod = "/envoy.service.auth.v3.Authorization/Check";
constexpr std::string_view kPrincipalHeader = "x-portcullis-principal";

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

bool LetsPass(const CheckResponse& response, std::string_view principal) {
  if (response.status().code() != 0 || !response.has_ok_response()) return false;
  for (const auto& option : response.ok_response().headers()) {
    if (option.header().key() == kPrincipalHeader) return option.header().value() == principal;
  }
  return false;
}

// `make`: requests at the door, as many as it is asked for.
template <typename Make>
Questions AtTheDoor(std::string_view principal, Make make) {
  return {
      std::string(kCheckMethod),
      [make](int count) {
        std::vector<grpc::ByteBuffer> requests;
        for (const DoorRequest& sent : make(static_cast<size_t>(count))) {
          requests.push_back(Serialized(ToCheckRequest(sent)));
        }
        return requests;
      },
      [principal, response = std::make_shared<CheckResponse>()](size_t, auto* answer) {
        return grpc::SerializationTraits<CheckResponse>::Deserialize(answer, response.get()).ok() &&
               LetsPass(*response, principal);
      }};
}

void BM_Door_InFlight(benchmark::State& state) {
  const Server& server = Portcullis({"door", {{"door.yaml", DoorYaml()}}});
  const std::string token = AssumeDoorRole(server.endpoint());
  Subject empty("empty", ReferenceServer(Transport::kTcp), AboutOneUser());
  Subject authorize("authorize", server, AboutOrders(token));
  Subject bearer("bearer", server, AtTheDoor(kDoorSessionArn, [token](size_t count) {
                   return BearerRequests(count, token);
                 }));
  Subject signed_request("signed", server, AtTheDoor(kDoorUserArn, [](size_t count) {
                           return SignedRequests(count, absl::Now());
                         }));
  TakeTurns({&empty, &authorize, &bearer, &signed_request}, static_cast<int>(state.range(0)),
            state);
}
BENCHMARK(BM_Door_InFlight)
    ->Arg(16)
    ->Arg(64)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace portcullis::bench
