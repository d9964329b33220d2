#include "server/app/listeners.h"

#include <thread>
#include <utility>

#include "server/app/cpu_count.h"
#include "server/app/unix_socket.h"
#include "server/base/status_macros.h"

namespace portcullis::app {
namespace {

absl::StatusOr<Listener> StartListener(const ListenerOptions& address, const ServerOptions& options,
                                       const MakeServices& make_services) {
  Listener listener;
  listener.options = address;
  rpc::RpcServerOptions server_options = ToRpcServerOptions(address, options);
  if (address.tls()) {
    ASSIGN_OR_RETURN(listener.certificates, CertificateFiles::Open(address));
    server_options.credentials = CertificateFiles::MakeCredentials(listener.certificates);
  } else {
    server_options.credentials = grpc::InsecureServerCredentials();
  }
  if (!address.unix_socket) {
    ASSIGN_OR_RETURN(listener.server,
                     rpc::RpcServer::Start(server_options, make_services(address)));
    return listener;
  }
  RETURN_IF_ERROR(RemoveStaleSocket(address.path));
  {
    const OwnerOnlyFiles owner_only;
    ASSIGN_OR_RETURN(listener.server,
                     rpc::RpcServer::Start(server_options, make_services(address)));
  }
  RETURN_IF_ERROR(SetSocketMode(address.path, address.mode));
  return listener;
}

}  // namespace

rpc::RpcServerOptions ToRpcServerOptions(const ListenerOptions& listener,
                                         const ServerOptions& options) {
  rpc::RpcServerOptions server;
  server.address = listener.GrpcAddress();
  server.trust.everyone = listener.trusted;
  server.trust.identities = listener.identities;
  server.trust.secure_transport = listener.tls();
  server.trust.local = listener.unix_socket;
  // The kernel says when a peer on this machine is gone: nobody has to ask.
  if (listener.unix_socket) server.keepalive_interval = absl::InfiniteDuration();
  server.reflection = listener.reflection;
  server.queues = options.queues == 0 ? DefaultQueueCount(AvailableCpuCount()) : options.queues;
  server.in_flight_max = options.in_flight_max;
  server.request_bytes_max = options.request_bytes_max;
  server.concurrent_streams_max = options.concurrent_streams_max;
  if (options.connection_age_max > absl::ZeroDuration()) {
    server.connection_age_max = options.connection_age_max;
  }
  return server;
}

absl::StatusOr<std::vector<Listener>> StartListeners(const ServerOptions& options,
                                                     const MakeServices& make_services) {
  std::vector<Listener> listeners;
  for (const ListenerOptions& address : options.listen) {
    ASSIGN_OR_RETURN(Listener listener, StartListener(address, options, make_services));
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

void ShutDownListeners(std::vector<Listener>* listeners, absl::Time deadline) {
  std::vector<std::thread> threads;
  threads.reserve(listeners->size());
  for (const Listener& listener : *listeners) {
    threads.emplace_back([&listener, deadline] { listener.server->Shutdown(deadline); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace portcullis::app
