#include "server/app/metadata_listeners.h"

#include <unistd.h>

#include <array>
#include <thread>
#include <utility>

#include <openssl/evp.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "server/base/status_macros.h"
#include "server/metadata/metadata_tokens.h"
#include "server/metadata/service_role.h"
#include "server/metadata/token_file.h"

namespace portcullis::app {
namespace {

constexpr std::string_view kInstanceService = "ec2.amazonaws.com";
constexpr std::string_view kContainerService = "ecs-tasks.amazonaws.com";
constexpr size_t kInstanceIdDigits = 17;
constexpr size_t kTaskIdDigits = 32;

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::string Digits(std::string_view use, std::string_view host_name, size_t count) {
  const std::string text = absl::StrCat(std::string(use), "\n", std::string(host_name));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString(
             absl::string_view(reinterpret_cast<const char*>(digest.data()), size))
      .substr(0, count);
}

// Few clients, small requests, no bodies.
http::ServerOptions ToHttpOptions(const ListenerOptions& address) {
  http::ServerOptions options;
  options.address = address.host;
  options.port = address.port;
  options.threads = 2;
  options.connections_max = 256;
  options.body_bytes_max = 1024;
  return options;
}

absl::Status At(const ListenerOptions& address, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(address.Name(), ": ", status.message()));
}

std::unique_ptr<metadata::RoleCredentials> MakeCredentials(metadata::ServiceRole role,
                                                           const MetadataParts& parts) {
  Logger* const log = &parts.log;
  auto on_failure = [log, arn = role.role_arn, service = role.service](const absl::Status& status) {
    log->Warning("a role for the processes beside the server is not available",
                 {{"role", arn}, {"service", service}, {"problem", std::string(status.message())}});
  };
  return std::make_unique<metadata::RoleCredentials>(
      metadata::MakeRoleSource(parts.sessions, std::move(role)), parts.clock,
      std::move(on_failure));
}

template <typename Endpoint>
absl::Status Serve(const ListenerOptions& address, const http::ServerOptions& http_options,
                   MetadataListener<Endpoint>* listener) {
  const Endpoint* const endpoint = listener->endpoint.get();
  auto server = http::Server::Start(
      http_options, [endpoint](const http::Request& request) { return endpoint->Handle(request); },
      &Endpoint::Refuse);
  RETURN_IF_ERROR(At(address, server.status()));
  listener->server = *std::move(server);
  ListenerOptions bound = address;
  bound.port = listener->server->port();
  listener->url = absl::StrCat("http://", bound.GrpcAddress(), bound.http_path);
  return absl::OkStatus();
}

absl::Status StartContainer(const ServerOptions& options, const MetadataParts& parts,
                            MetadataListener<metadata::ContainerEndpoint>* listener) {
  const ListenerOptions& address = *options.container_credentials_listen;
  // Whether it is good is looked at again whenever it is used.
  RETURN_IF_ERROR(metadata::ReadTokenFile(options.container_credentials_token_file).status());
  metadata::ServiceRole role;
  role.role_arn = options.container_credentials_role;
  role.service = kContainerService;
  role.session_name = options.container_credentials_task_id.empty()
                          ? DefaultTaskId(HostName())
                          : options.container_credentials_task_id;
  const std::string account = metadata::AccountOf(role.role_arn);
  role.context.push_back({"aws:SourceAccount", account});
  role.context.push_back(
      {"aws:SourceArn", absl::StrCat("arn:aws:ecs:", options.region, ":", account, ":task/default/",
                                     role.session_name)});
  listener->credentials = MakeCredentials(std::move(role), parts);
  listener->endpoint = std::make_unique<metadata::ContainerEndpoint>(
      *listener->credentials, metadata::ContainerEndpointOptions{
                                  options.container_credentials_role,
                                  options.container_credentials_token_file, address.http_path});
  return Serve(address, ToHttpOptions(address), listener);
}

// The first of the role's profiles in the current policies.
std::optional<metadata::InstanceProfileFacts> FindProfile(const store::PolicyStore& store,
                                                          const std::string& role_arn) {
  const std::shared_ptr<const store::Snapshot> snapshot = store.Current();
  if (snapshot == nullptr) return std::nullopt;
  const store::Role* const role = snapshot->FindRole(role_arn);
  if (role == nullptr) return std::nullopt;
  const auto profiles = snapshot->InstanceProfilesOf(*role);
  if (profiles.empty()) return std::nullopt;
  return metadata::InstanceProfileFacts{profiles.front()->arn, profiles.front()->id};
}

absl::Status StartInstance(const ServerOptions& options, const MetadataParts& parts,
                           MetadataListener<metadata::InstanceEndpoint>* listener) {
  const ListenerOptions& address = *options.instance_metadata_listen;
  ASSIGN_OR_RETURN(metadata::MetadataTokens tokens, metadata::MetadataTokens::Create());
  metadata::InstanceEndpointOptions endpoint;
  endpoint.role_arn = options.instance_metadata_role;
  endpoint.instance_id = options.instance_metadata_id.empty() ? DefaultInstanceId(HostName())
                                                              : options.instance_metadata_id;
  endpoint.region = options.region;
  endpoint.profile = [&store = parts.store, arn = options.instance_metadata_role] {
    return FindProfile(store, arn);
  };
  metadata::ServiceRole role;
  role.role_arn = options.instance_metadata_role;
  role.service = kInstanceService;
  role.session_name = endpoint.instance_id;
  listener->credentials = MakeCredentials(std::move(role), parts);
  listener->endpoint = std::make_unique<metadata::InstanceEndpoint>(
      *listener->credentials, parts.clock, tokens, std::move(endpoint));
  http::ServerOptions http_options = ToHttpOptions(address);
  http_options.hop_limit = static_cast<int>(options.instance_metadata_hop_limit);
  return Serve(address, http_options, listener);
}

}  // namespace

std::string DefaultInstanceId(std::string_view host_name) {
  return absl::StrCat("i-", Digits("instance", host_name, kInstanceIdDigits));
}

std::string DefaultTaskId(std::string_view host_name) {
  return Digits("task", host_name, kTaskIdDigits);
}

absl::StatusOr<MetadataListeners> StartMetadataListeners(const ServerOptions& options,
                                                         const MetadataParts& parts) {
  MetadataListeners listeners;
  if (options.container_credentials_listen.has_value()) {
    RETURN_IF_ERROR(StartContainer(options, parts, &listeners.container));
  }
  if (options.instance_metadata_listen.has_value()) {
    RETURN_IF_ERROR(StartInstance(options, parts, &listeners.instance));
  }
  return listeners;
}

void ShutDownMetadataListeners(MetadataListeners* listeners, absl::Time deadline) {
  const auto shut_down = [deadline](const std::unique_ptr<http::Server>& server) {
    if (server != nullptr) server->Shutdown(deadline);
  };
  std::thread container([&] { shut_down(listeners->container.server); });
  shut_down(listeners->instance.server);
  container.join();
}

}  // namespace portcullis::app
