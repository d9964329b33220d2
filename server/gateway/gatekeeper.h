// Decides requests at a proxy's door: which proxy, which route, who, and whether they may.
//
// The one path for every kind of proxy, so that Envoy's gRPC and HTTP filters and the forward-auth
// of others cannot differ.
#ifndef PORTCULLIS_SERVER_GATEWAY_GATEKEEPER_H_
#define PORTCULLIS_SERVER_GATEWAY_GATEKEEPER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

#include "server/base/clock.h"
#include "server/engine/authorizer.h"
#include "server/engine/recorder.h"
#include "server/engine/sessions.h"
#include "server/gateway/waiting_room.h"
#include "server/metrics/names.h"
#include "server/route/request.h"
#include "server/store/policy_store.h"

namespace portcullis::gateway {

class SessionExchange;  // In session_exchange_internal.h.

using route::kProxySecretHeader;

// Who connects to us and says that it is a proxy. What it may say of the requests that it brings is
// written in the policies, under `Proxies`.
struct ProxyCredentials {
  std::string_view name = {};  // Whom the listener takes everybody for; empty: nobody.
  // Names of its verified certificate, SPIFFE ID first.
  absl::Span<const std::string_view> identities = {};
  std::string_view secret = {};  // What it sent in kProxySecretHeader; empty: nothing.
};

// A request as a proxy brings it. Views outlive the call.
struct Arrival {
  metrics::Api api = metrics::Api::kExtAuthz;
  ProxyCredentials proxy;
  route::Request request;

  std::string_view source_address;  // Of the connection to the proxy: "192.0.2.1"; empty: unknown.
  std::string_view peer_principal;  // What the proxy says of the client's certificate.
  std::string_view destination_principal;  // The proxy's or the application's own.
  std::string_view trace_parent;           // W3C; anything else is as if it were not there.

  // Who may wait for an identity provider: RESOURCE_EXHAUSTED for whoever finds no seat. nullptr:
  // everybody, as befits threads that do nothing else.
  WaitingRoom* waiting_room = nullptr;
};

// The answer. Zero value: nothing was decided.
struct Verdict {
  enum class Outcome : uint8_t {
    kUndecided,        // A failure of ours, in `failure`: the proxy decides what becomes of it.
    kUnauthenticated,  // Nobody, or a bad proof: 401.
    kRefused,          // A request that no rule can be about (malformed, ambiguous): 400.
    kDenied,           // 403.
    kAllowed,
  };
  Outcome outcome = Outcome::kUndecided;
  absl::Status failure;  // kUndecided: UNAVAILABLE, RESOURCE_EXHAUSTED, INTERNAL, ...

  // One word for what led here, of a closed set: "explicit_deny", "no_route", "ambiguous_path",
  // "token_expired". Safe to tell whoever sent the request, and so is `message`, a sentence.
  std::string reason;
  std::string message;

  std::string decision_id;  // Never empty, whatever the outcome.
  std::string policy_revision;
  std::string trace_id;  // 32 hex digits; empty: the request has none.

  // Whom the request is from; empty unless kAllowed by a question (not by a public route).
  std::string principal_arn;
  std::string account;
  std::string user_id;  // aws:userid.

  // What the caller was identified by.
  enum class Proof : uint8_t {
    kNone,           // Nothing, or not yet: a public route.
    kAuthorization,  // The header, and x-amz-security-token with it.
    kQuery,          // A presigned request.
    kPeerCertificate,
  };
  Proof proof = Proof::kNone;

  // kUnauthenticated: what would do, as WWW-Authenticate challenges; never empty then.
  std::vector<std::string> challenges;

  std::string gateway;  // Its name, and the rule's; empty if it did not come so far.
  std::string rule;
  bool forward_credentials = false;
  bool error_response = false;  // The proxy understands Envoy's error_response (1.37 and later).
};

struct GatekeeperParts {
  engine::Authorizer& authorizer;
  engine::Sessions& sessions;
  engine::Recorder& recorder;
};

// Thread-safe.
class Gatekeeper {
 public:
  // All outlive the object.
  Gatekeeper(const store::PolicyStore& store, const base::Clock& clock,
             const GatekeeperParts& parts);
  ~Gatekeeper();
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;

  // Decides one request against one snapshot, and records the answer exactly once. Total: whatever
  // goes wrong is a verdict, and never kAllowed.
  //
  // In this order: the proxy is known; a gateway is responsible, one that the proxy may bring
  // requests for: the one that its configuration names (extension "portcullis.gateway"), else that
  // of the host; the request has one reading (route::Canonicalize); a rule is about the request;
  // unless the rule is public, the caller is identified by the first of its methods whose proof is
  // there, and by no other; every item of the question is allowed.
  Verdict Check(const Arrival& arrival);

  // Whether Check() may have to wait for an identity provider, so that it does not belong on a
  // thread that others wait for. Quick.
  bool MayWait(const Arrival& arrival) const;

 private:
  const store::PolicyStore& store_;
  const base::Clock& clock_;
  const GatekeeperParts parts_;
  const std::unique_ptr<SessionExchange> exchange_;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_GATEKEEPER_H_
