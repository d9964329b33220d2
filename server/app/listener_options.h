// Addresses to listen on, as the operator writes them.
#ifndef PORTCULLIS_SERVER_APP_LISTENER_OPTIONS_H_
#define PORTCULLIS_SERVER_APP_LISTENER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace portcullis::app {

// One --listen, --query-listen or --gateway-listen.
struct ListenerOptions {
  bool unix_socket = false;
  std::string host;      // TCP: an address or a name; without brackets.
  uint16_t port = 0;     // TCP; 0: the system picks one.
  std::string path;      // Unix domain socket.
  uint32_t mode = 0600;  // Of the socket's file.

  bool trusted = false;                 // Everyone who connects may assert principals.
  std::vector<std::string> identities;  // Those of these names may, by their certificates.
  std::string proxy;  // Everyone who connects is this proxy of the policies; empty: nobody is.
  bool reflection = false;

  std::string certificate_file;  // TLS if set; a chain in PEM.
  std::string key_file;
  std::string client_ca_file;  // Mutual TLS if set.
  bool client_certificate_required = true;

  std::string http_path = "/";  // Of --query-listen: the path of the endpoint's URL.
  // Of --gateway-listen: where clients find it, without a final slash; empty: as they say.
  std::string public_url;

  bool tls() const { return !certificate_file.empty(); }
  // As in --listen, without parameters: "tcp://127.0.0.1:7443".
  std::string Name() const;
  // As gRPC writes it: "127.0.0.1:7443", "[::1]:7443", "unix:/run/a.sock".
  std::string GrpcAddress() const;
};

// Parses "tcp://HOST:PORT?NAME=VALUE&...", "tls://HOST:PORT?..." or "unix://PATH?...". Values may
// contain %XX. Parameters:
//   trusted=BOOL      everyone who connects may assert principals; over TCP without TLS only on a
//                     loopback address, unless insecure=true
//   proxy=NAME        everyone who connects is this one of the policies' Proxies; over TCP only on
//                     a loopback address, unless insecure=true
//   insecure=BOOL     I know that this is not protected
//   reflection=BOOL   server reflection; by default what `trusted` is
//   mode=OCTAL        unix: access to the socket, 0600 if not given
//   cert=, key=       tls: files in PEM; both are needed
//   client-ca=        tls: clients show a certificate of these authorities
//   client-cert=      tls: required (default) or optional
//   assert=IDENTITY   tls: clients of this name may assert principals; may be repeated
// INVALID_ARGUMENT names the parameter. Unknown and repeated parameters are errors.
absl::StatusOr<ListenerOptions> ParseListener(std::string_view text);

// Parses "tcp://HOST:PORT?..." or "tls://HOST:PORT?..." for the Query endpoint; HOST is an address.
//   path=PATH         of the endpoint's URL, if it is not "/"
//   insecure=BOOL     I know that secret keys go out here in the clear; without it there is no
//                     plain TCP but on a loopback address
//   cert=, key=       tls: files in PEM; both are needed
//   client-ca=        tls: clients show a certificate of these authorities
// Errors as above.
absl::StatusOr<ListenerOptions> ParseQueryListener(std::string_view text);

// Parses "tcp://HOST:PORT?..." or "tls://HOST:PORT?..." for proxies and programs that ask over
// HTTP; HOST is an address.
//   proxy=NAME        everyone who connects is this one of the policies' Proxies; beyond a loopback
//                     address only with client-ca, unless insecure=true. Without it a certificate
//                     or a secret says who it is
//   url=URL           where clients find it, for its metadata: "https://pdp.example.com"
//   insecure=BOOL     I know that credentials come here in the clear; without it there is no plain
//                     TCP but on a loopback address
//   cert=, key=       tls: files in PEM; both are needed
//   client-ca=        tls: clients show a certificate of these authorities
// Errors as above.
absl::StatusOr<ListenerOptions> ParseGatewayListener(std::string_view text);

// Parses "tcp://HOST:PORT?..." for an endpoint that hands a role to processes on this host; HOST is
// an address.
//   path=PATH         of the endpoint's URL; only if `with_path`
//   insecure=BOOL     I know who else reaches this address; without it only loopback addresses
// Errors as above.
absl::StatusOr<ListenerOptions> ParseMetadataListener(std::string_view text, bool with_path);

// A host and a port, "127.0.0.1:9090" or "[::1]:9090".
struct HostPort {
  std::string host;
  uint16_t port = 0;
};
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

// Whether `host` is "localhost" or an address in 127.0.0.0/8 or ::1.
bool IsLoopback(std::string_view host);

}  // namespace portcullis::app

#endif  // PORTCULLIS_SERVER_APP_LISTENER_OPTIONS_H_
