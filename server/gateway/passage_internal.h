// One request on its way through the door, step by step.
#ifndef PORTCULLIS_SERVER_GATEWAY_PASSAGE_INTERNAL_H_
#define PORTCULLIS_SERVER_GATEWAY_PASSAGE_INTERNAL_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "server/engine/query.h"
#include "server/engine/recorder.h"
#include "server/gateway/credentials_internal.h"
#include "server/gateway/gatekeeper.h"
#include "server/gateway/proxy_internal.h"
#include "server/gateway/session_exchange_internal.h"
#include "server/gateway/signed_request_internal.h"
#include "server/route/canonical_request.h"
#include "server/route/table.h"
#include "server/store/snapshot.h"

namespace portcullis::gateway {

// Use: FindRoute(), then, as is_public() says, AdmitAnybody() or Decide(); after a step that fails,
// TurnAway(). No step makes a verdict kAllowed. For one thread; what it is given outlives it.
class Passage {
 public:
  // `snapshot` may be nullptr: nothing is loaded yet.
  Passage(std::shared_ptr<const store::Snapshot> snapshot, absl::Time now,
          const GatekeeperParts& parts, SessionExchange* exchange, const Arrival& arrival);
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  // Which proxy, gateway and rule. Records nothing. Reasons of route/refusal.h, NOT_LOADED,
  // kReasonUnknownProxy.
  absl::Status FindRoute();
  bool is_public() const { return route_.is_public; }

  // Whether Decide() would have to wait for an identity provider. REQUIRES: FindRoute() was OK.
  bool WouldWait() const;

  // Records that the rule asks nobody. UNAVAILABLE if that cannot be. REQUIRES: is_public().
  absl::Status AdmitAnybody();

  // Who asks, and whether they may: OK if everything that the rule asks is allowed, and recorded.
  // Otherwise why not.
  absl::Status Decide();

  // Makes `stop`, which a step returned, the verdict, and records it unless that has been done.
  void TurnAway(const absl::Status& stop);

  Verdict& verdict() { return verdict_; }

 private:
  absl::Status FindProxy();
  absl::StatusOr<const route::Gateway*> FindGateway() const;
  void FillPeer();

  // How the route's callers prove who they are.
  absl::Span<const route::Method> Methods() const;
  absl::Status Identify(engine::CallerProof* caller);
  absl::Status ProveBy(route::Method method, engine::CallerProof* caller);
  bool IsShown(route::Method method) const;
  absl::StatusOr<ExchangeRequest> TokenExchange(std::string_view token) const;
  absl::StatusOr<ExchangeRequest> CertificateExchange() const;
  absl::Status Exchange(const absl::StatusOr<ExchangeRequest>& request,
                        engine::CallerProof* caller);
  // The peer as trust policies see it.
  engine::Peer ExchangePeer(const engine::DoorFacts* door) const;

  absl::Status Ask(const engine::CallerProof& caller, const route::Question& question);
  void Rename(std::string_view decision_id);

  const engine::RecorderTimer timer_;
  const std::shared_ptr<const store::Snapshot> snapshot_;
  const absl::Time now_;
  const GatekeeperParts parts_;
  SessionExchange& exchange_;
  const Arrival& arrival_;

  route::Request request_;  // The arrival's, without what its proxy may not say.
  engine::DoorFacts door_;
  engine::Peer peer_;
  const store::Proxy* proxy_ = nullptr;
  Believed believed_;
  const route::Gateway* gateway_ = nullptr;
  route::CanonicalRequest canonical_;
  route::Route route_;

  Presented presented_;
  SignedRequest signed_;
  std::string session_token_;

  Verdict verdict_;
  bool recorded_ = false;
};

}  // namespace portcullis::gateway

#endif  // PORTCULLIS_SERVER_GATEWAY_PASSAGE_INTERNAL_H_
