// From addresses in options to servers that listen there.
#ifndef PORTCULLIS_SERVER_APP_LISTENERS_H_
#define PORTCULLIS_SERVER_APP_LISTENERS_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"

#include "server/app/certificate_files.h"
#include "server/app/options.h"
#include "server/rpc/rpc_server.h"

namespace portcullis::app {

struct Listener {
  ListenerOptions options;
  std::shared_ptr<CertificateFiles> certificates;  // nullptr without TLS.
  std::unique_ptr<rpc::RpcServer> server;
};

// What the server at `listener` trusts and how it serves; credentials are left out.
rpc::RpcServerOptions ToRpcServerOptions(const ListenerOptions& listener,
                                         const ServerOptions& options);

// What a listener serves: made for each, as gRPC wants it.
using MakeServices = std::function<rpc::RpcServices(const ListenerOptions& listener)>;

// Starts all listeners of `options`, or none. Errors name the address or file.
// To be called before other threads make files: see OwnerOnlyFiles.
absl::StatusOr<std::vector<Listener>> StartListeners(const ServerOptions& options,
                                                     const MakeServices& make_services);

// Shuts them down side by side; returns when all are.
void ShutDownListeners(std::vector<Listener>* listeners, absl::Time deadline);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_LISTENERS_H_
