// The endpoints that hand a role to the processes beside the server.
#ifndef PORTCULLIS_SERVER_APP_METADATA_LISTENERS_H_
#define PORTCULLIS_SERVER_APP_METADATA_LISTENERS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "server/app/log.h"
#include "server/app/options.h"
#include "server/base/clock.h"
#include "server/engine/sessions.h"
#include "server/http/server.h"
#include "server/metadata/container_endpoint.h"
#include "server/metadata/instance_endpoint.h"
#include "server/metadata/role_credentials.h"
#include "server/store/policy_store.h"

namespace portcullis::app {

// What the endpoints need of the server. All outlive them.
struct MetadataParts {
  engine::Sessions& sessions;
  const store::PolicyStore& store;
  const base::Clock& clock;
  Logger& log;
};

// One endpoint with what it answers from. The HTTP server calls the endpoint, so it goes first.
template <typename Endpoint>
struct MetadataListener {
  std::unique_ptr<metadata::RoleCredentials> credentials;
  std::unique_ptr<Endpoint> endpoint;
  std::unique_ptr<http::Server> server;  // nullptr: the endpoint is not configured.
  std::string url;                       // As clients are configured.
};

struct MetadataListeners {
  MetadataListener<metadata::ContainerEndpoint> container;
  MetadataListener<metadata::InstanceEndpoint> instance;
};

// What an instance is called if the operator does not say: "i-" and 17 hexadecimal digits, always
// the same for one host.
std::string DefaultInstanceId(std::string_view host_name);
// Likewise 32 digits for a task.
std::string DefaultTaskId(std::string_view host_name);

// Starts those that `options` have an address for. Errors name the address or file.
absl::StatusOr<MetadataListeners> StartMetadataListeners(const ServerOptions& options,
                                                         const MetadataParts& parts);

// Returns when both are shut down.
void ShutDownMetadataListeners(MetadataListeners* listeners, absl::Time deadline);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_METADATA_LISTENERS_H_
