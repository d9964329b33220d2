// Who is at the other end of a connection, and what it may claim.
#ifndef PORTCULLIS_SERVER_RPC_PEER_IDENTITY_H_
#define PORTCULLIS_SERVER_RPC_PEER_IDENTITY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"

#include "server/engine/query.h"

namespace portcullis::rpc {

// What the operator trusts about a listener's clients. The zero value trusts nobody: clients may
// then ask with proof only, a session token or an access key.
struct ListenerTrust {
  // Everyone who can reach the listener may assert principals: a loopback address in development,
  // or a Unix domain socket, whose file mode says who that is.
  bool everyone = false;

  // Clients whose verified certificate names one of these may assert principals. A name is a SPIFFE
  // ID ("spiffe://example.org/ns/shop/sa/gateway") or another subject alternative name; a final
  // "/*" stands for any non-empty rest. Common names are never looked at.
  std::vector<std::string> identities;

  bool secure_transport = false;  // Connections are TLS.
  bool local = false;             // A Unix domain socket.
};

// Checks a pattern of ListenerTrust::identities: not empty, at most one `*`, and that as the whole
// last segment of a path below something.
absl::Status CheckIdentityPattern(std::string_view pattern);

// Whether `pattern` names `identity`. REQUIRES: CheckIdentityPattern(pattern).ok().
bool MatchesIdentity(std::string_view pattern, std::string_view identity);

// The address part of a gRPC peer URI: "ipv4:10.0.0.1:4711" and "ipv6:%5B::1%5D:4711" without
// scheme, port and zone; "" for a Unix socket and for whatever else has no address. A view of
// `*peer_uri`, which is changed where escapes have to be resolved.
std::string_view AddressOfPeer(std::string* peer_uri);

// The facts about one call's sender. The views of `peer` point into this object and into the call's
// ServerContext; do not copy it. Reused from call to call.
class PeerFacts {
 public:
  PeerFacts() = default;
  PeerFacts(const PeerFacts&) = delete;
  PeerFacts& operator=(const PeerFacts&) = delete;

  // Reads the facts of a call that came in through a listener with `trust`.
  //
  // A client trusted to assert principals speaks for somebody else: the address and user agent of
  // its connection say nothing about the principal, and it may supply the true ones in the context.
  // They are therefore read only of clients that speak for themselves.
  void Read(const grpc::ServerContext& context, const ListenerTrust& trust);

  const engine::Peer& peer() const { return peer_; }

  // Whether a long-term secret may be sent over this connection: it is encrypted, or local, or the
  // operator trusts it.
  bool private_transport() const { return private_transport_; }

  // Every name of the client's verified certificate, its SPIFFE ID first; empty if it has none.
  absl::Span<const std::string_view> certificate_names() const { return certificate_names_; }

 private:
  void ReadIdentity(const grpc::AuthContext& auth, const ListenerTrust& trust);

  engine::Peer peer_;
  bool private_transport_ = false;
  std::string uri_;
  std::string identity_;
  std::string spiffe_id_;
  std::vector<std::string_view> certificate_names_;
};

}  // namespace portcullis::rpc

#endif  // PORTCULLIS_SERVER_RPC_PEER_IDENTITY_H_
