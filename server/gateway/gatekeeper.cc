#include "server/gateway/gatekeeper.h"

#include <utility>

#include "absl/time/time.h"

#include "server/gateway/credentials_internal.h"
#include "server/gateway/passage_internal.h"
#include "server/gateway/session_exchange_internal.h"

namespace portcullis::gateway {
namespace {

// What one thread keeps between requests, so that they do not share a count of references.
std::shared_ptr<const store::Snapshot> CurrentSnapshot(const store::PolicyStore& store) {
  thread_local store::PolicyStore::Pin pin;
  return pin.Get(store);
}

}  // namespace

Gatekeeper::Gatekeeper(const store::PolicyStore& store, const base::Clock& clock,
                       const GatekeeperParts& parts)
    : store_(store),
      clock_(clock),
      parts_(parts),
      exchange_(std::make_unique<SessionExchange>(parts.sessions, clock)) {}

Gatekeeper::~Gatekeeper() = default;

Verdict Gatekeeper::Check(const Arrival& arrival) {
  Passage passage(CurrentSnapshot(store_), clock_.Now(), parts_, exchange_.get(), arrival);
  absl::Status stop = passage.FindRoute();
  if (stop.ok()) stop = passage.is_public() ? passage.AdmitAnybody() : passage.Decide();
  if (!stop.ok()) {
    passage.TurnAway(stop);
    return std::move(passage.verdict());
  }
  Verdict verdict = std::move(passage.verdict());
  verdict.outcome = Verdict::Outcome::kAllowed;  // Nothing else makes it so.
  return verdict;
}

bool Gatekeeper::MayWait(const Arrival& arrival) const {
  // Cheap, and true of few requests.
  const std::string_view token = BearerToken(arrival.request);
  if (token.empty() || KindOfBearer(token) != Presented::Kind::kWebIdentity) return false;
  Passage passage(CurrentSnapshot(store_), clock_.Now(), parts_, exchange_.get(), arrival);
  return passage.FindRoute().ok() && passage.WouldWait();
}

}  // namespace portcullis::gateway
