#include "tests/bench/rpc/cerbos.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "cerbos.grpc.pb.h"
#include "server/base/text.h"
#include "tests/bench/rpc/settings.h"

namespace portcullis::bench {
namespace {

using base::Concat;
using cerbos::svc::v1::CerbosService;
using cerbos::svc::v1::CheckResourcesRequest;
using cerbos::svc::v1::CheckResourcesResponse;

constexpr char kAction[] = "view";
constexpr std::chrono::seconds kAnswerMax(20);

std::string KindName(size_t kind) {
  return Concat({"document_", std::to_string(kind)});
}

sockaddr_in LoopbackPort(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// A port of this machine that nobody has now.
int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = LoopbackPort(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener, any, size) != 0 || getsockname(listener, any, &size) != 0) {
    Die("no free port");
  }
  close(listener);
  return ntohs(address.sin_port);
}

CheckResourcesRequest RequestAbout(size_t kind, std::string_view department) {
  CheckResourcesRequest request;
  request.mutable_principal()->set_id("user-5");
  request.mutable_principal()->add_roles("user");
  auto* const asked = request.add_resources();
  asked->add_actions(kAction);
  asked->mutable_resource()->set_kind(KindName(kind));
  asked->mutable_resource()->set_id("summary.csv");
  auto& attributes = *asked->mutable_resource()->mutable_attr();
  attributes["department"].set_string_value(std::string(department));
  attributes["project"].set_string_value("portcullis");
  attributes["prefix"].set_string_value("reports/2026");
  attributes["source_ip"].set_string_value("10.1.2.3");
  return request;
}

cerbos::svc::v1::Effect EffectOf(const CheckResourcesResponse& response) {
  if (response.results_size() != 1) return cerbos::svc::v1::EFFECT_UNSPECIFIED;
  const auto& actions = response.results(0).actions();
  const auto found = actions.find(kAction);
  return found == actions.end() ? cerbos::svc::v1::EFFECT_UNSPECIFIED : found->second;
}

}  // namespace

PolicyFile CerbosPolicy(size_t kind, std::string_view department) {
  const std::string name = KindName(kind);
  return {Concat({name, ".yaml"}),
          Concat({"apiVersion: api.cerbos.dev/v1\nresourcePolicy:\n  version: default\n",
                  "  resource: ", name, "\n  rules:\n    - name: view\n      actions: [view]\n",
                  "      effect: EFFECT_ALLOW\n      roles: [user]\n      condition:\n",
                  "        match:\n          expr: request.resource.attr.department == \"",
                  department, "\"\n"})};
}

std::vector<PolicyFile> CerbosPolicies(size_t count) {
  std::vector<PolicyFile> files;
  files.reserve(count);
  for (size_t kind = 0; kind < count; ++kind) files.push_back(CerbosPolicy(kind, "blue"));
  return files;
}

std::unique_ptr<Server> StartCerbos(const TemporaryDirectory& directory) {
  const std::string address = Concat({"127.0.0.1:", std::to_string(FreePort())});
  directory.Write("cerbos.yaml",
                  Concat({"server:\n  grpcListenAddr: \"", address,
                          "\"\n  httpListenAddr: \"127.0.0.1:", std::to_string(FreePort()),
                          "\"\nstorage:\n  driver: disk\n  disk:\n    directory: \"",
                          directory.Path("policies"),
                          "\"\n    watchForChanges: true\ntelemetry:\n  disabled: true\n",
                          "audit:\n  enabled: false\n"}));
  auto process = std::make_unique<Process>(
      std::vector<std::string>{TheSettings().cerbos, "server", "--log-level=error",
                               Concat({"--config=", directory.Path("cerbos.yaml")})},
      directory.Path("cerbos.log"));
  return std::make_unique<Server>(std::move(process), Endpoint{address, ""});
}

Questions AboutKinds(size_t kind_count) {
  std::vector<CheckResourcesRequest> requests;
  requests.reserve(kind_count);
  for (size_t kind = 0; kind < kind_count; ++kind) requests.push_back(RequestAbout(kind, "blue"));
  return Asking<CheckResourcesResponse>("/cerbos.svc.v1.CerbosService/CheckResources", requests,
                                        [](size_t, const CheckResourcesResponse& response) {
                                          return EffectOf(response) ==
                                                 cerbos::svc::v1::EFFECT_ALLOW;
                                        });
}

bool Listens(const Endpoint& endpoint) {
  const std::string& address = endpoint.address;
  int port = 0;
  std::from_chars(address.data() + address.find(':') + 1, address.data() + address.size(), port);
  const sockaddr_in target = LoopbackPort(port);
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  const bool accepted =
      connect(client, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) == 0;
  close(client);
  return accepted;
}

CerbosAnswer TryCheck(const std::shared_ptr<grpc::Channel>& channel, size_t kind,
                      std::string_view department) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kAnswerMax);
  CheckResourcesResponse response;
  const auto stub = CerbosService::NewStub(channel);
  const grpc::Status status =
      stub->CheckResources(&context, RequestAbout(kind, department), &response);
  if (!status.ok()) return CerbosAnswer::kNone;
  return EffectOf(response) == cerbos::svc::v1::EFFECT_ALLOW ? CerbosAnswer::kAllow
                                                             : CerbosAnswer::kDeny;
}

}  // namespace portcullis::bench
